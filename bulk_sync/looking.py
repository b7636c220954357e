"""What is looked at before anything is sent, and what does it show? Joins the settings, the plan and the live state."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bulk_sync import preparing
from bulk_sync.errors import ApiAway, Code, KeyRefused, Stopped, WrongAddress
from bulk_sync.live.choosing import Costs
from bulk_sync.live.comparing import Need, Terms
from bulk_sync.live.looking import Looking
from bulk_sync.model import Unread
from bulk_sync.report.effects import NEW, Effects
from bulk_sync.report.summary import plural
from bulk_sync.send.lookup import look_up
from bulk_sync.send.sending import send
from bulk_sync.send.terms import Sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from bulk_sync.model import Outcome, Read, Update
    from bulk_sync.plan import Plan
    from bulk_sync.send.budget import Budget
    from bulk_sync.send.terms import Address, Pace
    from bulk_sync.settings import Settings


PATIENCE = 5.0
"""Seconds in which an API must answer a preview, else it goes by the file."""


@dataclass(slots=True)
class Seen:
    """What a look at the contacts showed, by the row of their update.

    `settled`: updates that would not be sent; `would_send`: those that would, with what stood there before. `stopped`:
    why the look ended early. `unchecked` of them might take contacts out of DNC: nobody could tell, and `why`.
    """

    settled: dict[int, Outcome] = field(default_factory=dict)
    would_send: dict[int, Outcome] = field(default_factory=dict)
    stopped: Stopped | None = None
    unchecked: int = 0
    why: str = ""

    @property
    def in_words(self) -> str | None:
        """What nobody could check, if there is anything."""
        return unchecked_in_words(self.unchecked, self.why)


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
) -> Seen:
    """How the contacts of all these updates stand, and what would become of each. Nothing is written."""
    seen = Seen()

    def record(update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG001 -- a Record
        where = seen.would_send if outcome.code in {Code.UPDATED, Code.CREATED} else seen.settled
        where[update.row] = outcome

    looking = Looking(_terms(settings, plan, compares=True), Costs(reads.forecast, None), tell, time.time)
    pace, alone = replace(preparing.pace(settings), limits=preparing.NO_LIMITS), Sharing(tell=tell)
    ended = send(updates, address, pace, record, sharing=alone, look=looking, reads=reads, dry_run=True)
    seen.stopped, seen.unchecked, seen.why = ended.stopped, looking.unchecked, looking.why_unchecked
    return seen


def unchecked_in_words(count: int, why: str) -> str | None:
    """That contacts may leave DNC unseen, and why; None: none may."""
    if not count:
        return None
    return f"Not checked for {plural(count, 'contact')}: whether their rows take them out of DNC. {why}"


def is_away(address: Address, pace: Pace, reads: Budget, tell: Callable[[str], None]) -> Stopped | None:
    """Why nothing can be read, found out within `PATIENCE` seconds; None: the API answers. What it says is one read."""

    async def knock(read: Read) -> None:
        answer = await read("/contacts?page=1&limit=1")
        if isinstance(answer, Unread) and answer.code in {Code.NETWORK_ERROR, Code.SERVER_ERROR}:
            raise ApiAway(f"The API cannot be read: {answer.why}")

    try:
        look_up(address, pace, knock, tell, budget=reads, patience=PATIENCE)
    except Stopped as reason:
        return reason
    return None


def is_refusal(stopped: Stopped | None) -> bool:
    """Whether what ended a look would end a run as well: nobody should plan on it."""
    return isinstance(stopped, KeyRefused | WrongAddress)


def effects_of(plan: Plan, places: NDArray[np.int64], seen: Mapping[int, Outcome]) -> Effects:
    """What the calls of the rows at these places do, as far as the file tells, and by what was `seen` of contacts."""
    effects = Effects(plan.stopping)
    usual, others = plan.parted(places, seen)
    for change, count in plan.tallied(usual):
        effects.add(change, None, None, count)
    for place in others:
        change, before = plan.change(place), seen.get(place)
        if before is not None and before.code is Code.CREATED:
            effects.add(change, NEW, NEW)
        else:
            effects.add(change, *((before.previous_status, before.previous_campaign) if before else (None, None)))
    return effects


def _terms(settings: Settings, plan: Plan, *, compares: bool) -> Terms:
    return Terms(
        compares=compares,
        guards=not settings.allow_leaving_dnc,
        merges=settings.variables == "merge",
        creates=lambda update: plan.creation(update) is not None,
        stopping=plan.stopping,
    )
