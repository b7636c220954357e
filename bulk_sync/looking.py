"""What is looked at before anything is sent, and what does it show? Joins the settings, the plan and the live state."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bulk_sync import preparing
from bulk_sync.errors import AWAY, ApiAway, Code, Stopped
from bulk_sync.live.choosing import Costs
from bulk_sync.live.comparing import Need, Terms
from bulk_sync.live.looking import Looking
from bulk_sync.model import Unread
from bulk_sync.naming.sources import PATIENCE
from bulk_sync.seen import Seen
from bulk_sync.send.lookup import KNOCK, look_up
from bulk_sync.send.sending import send
from bulk_sync.send.terms import Sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.clearing import Look
    from bulk_sync.model import Outcome, Read, Update
    from bulk_sync.plan import Plan
    from bulk_sync.send.budget import Budget
    from bulk_sync.send.terms import Address, Pace
    from bulk_sync.settings import Settings


def look_for(
    settings: Settings, plan: Plan, updates: Sequence[Update], reads: Budget, tell: Callable[[str], None]
) -> Looking | None:
    """What looks at contacts while a run sends; None: none of its updates needs that. `reads`: the run's budget."""
    terms = _terms(settings, plan, compares=settings.only_changed)
    if not any(terms.need_of(update) is not Need.NOTHING for update in updates):
        return None
    costs = Costs(reads=reads.forecast, writes=preparing.pace(settings).budget().forecast)
    return Looking(terms, costs, tell, time.time)


def look_at_all(
    settings: Settings,
    plan: Plan,
    updates: Sequence[Update],
    address: Address,
    reads: Budget,
    tell: Callable[[str], None],
    *,
    witness: Callable[[Look], Look] = lambda look: look,
) -> Seen:
    """How the contacts of all these updates stand, and what would become of each. Nothing is written.

    `witness`: makes a look of this one that tells somebody what is read.
    """
    seen = Seen()

    def record(update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG001 -- a Record
        where = seen.would_send if outcome.code in {Code.UPDATED, Code.CREATED} else seen.settled
        where[update.row] = outcome

    looking = Looking(_terms(settings, plan, compares=True), Costs(reads.forecast, None), tell, time.time)
    pace, alone = replace(preparing.pace(settings), limits=preparing.NO_LIMITS), Sharing(tell=tell)
    ended = send(updates, address, pace, record, sharing=alone, look=witness(looking), reads=reads, dry_run=True)
    seen.stopped, seen.unchecked, seen.why = ended.stopped, looking.unchecked, looking.why_unchecked
    return seen


def is_away(address: Address, pace: Pace, reads: Budget, tell: Callable[[str], None]) -> Stopped | None:
    """Why nothing can be read, found out within `PATIENCE` seconds; None: the API answers. What it says is one read."""

    async def knock(read: Read) -> None:
        answer = await read(KNOCK)
        if isinstance(answer, Unread) and answer.code in AWAY:
            raise ApiAway(f"The API cannot be read: {answer.why}")

    try:
        look_up(address, pace, knock, tell, budget=reads, patience=PATIENCE)
    except Stopped as reason:
        return reason
    return None


def _terms(settings: Settings, plan: Plan, *, compares: bool) -> Terms:
    return Terms(
        compares=compares,
        guards=not settings.allow_leaving_dnc,
        merges=settings.variables == "merge",
        creates=lambda update: plan.creation(update) is not None,
        stopping=plan.stopping,
    )
