"""What is looked at before anything is sent, and what does it show? Joins the settings, the plan and the live state."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bulk_sync import preparing
from bulk_sync.dnc_policy import policy
from bulk_sync.errors import AWAY, ApiAway, Code, Stopped
from bulk_sync.ledger.read_fact import ReadFact
from bulk_sync.model import Unread
from bulk_sync.naming.known import dnc_in_words
from bulk_sync.naming.sources import PATIENCE
from bulk_sync.preflight.access import LEAST
from bulk_sync.preflight.clearance import Clearance, TeamStatuses
from bulk_sync.preflight.cost import Costs
from bulk_sync.preflight.policy import Need, Policy
from bulk_sync.seen import Seen, slower_in_words
from bulk_sync.send.config import Sharing
from bulk_sync.send.engine import send
from bulk_sync.send.reader import PING, look_up
from bulk_sync.times import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.dnc_record import DncRecord
    from bulk_sync.do_not_call import DncStatuses
    from bulk_sync.model import Listed, Outcome, Read, Status, Update
    from bulk_sync.naming import Known
    from bulk_sync.plan import Plan
    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.send.config import Address
    from bulk_sync.settings import Settings


@dataclass(frozen=True, slots=True)
class Looks:
    """How a run of these settings and this plan looks at contacts, by the names and the memory that it has."""

    settings: Settings
    plan: Plan
    names: Known
    never: DncRecord
    tell: Callable[[str], None]

    def preflight(self, updates: Sequence[Update]) -> Clearance | None:
        """What looks at contacts while the run sends; None: none of its updates needs that."""
        rules = policy(self.settings, self.plan, self.names, compares=self.settings.only_changed)
        if not any(rules.need_of(update) is not Need.NOTHING for update in updates):
            return None
        reads, writes = self.names.reads.forecast, preparing.pace(self.settings).budget().forecast
        looks = sum(bool(rules.need_of(update) & Need.GUARD) for update in updates)
        self.tell(slower_in_words(reads(looks), writes(len(updates))))
        return self._clearance(rules, Costs(reads, writes))

    def at_all(self, updates: Sequence[Update], address: Address) -> Seen:
        """How the contacts of all these updates stand, and what would become of each. Nothing is written."""
        seen = Seen()

        def record(update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG001 -- a Record
            where = seen.would_send if outcome.code in {Code.UPDATED, Code.CREATED} else seen.settled
            where[update.row] = outcome

        rules = policy(self.settings, self.plan, self.names, compares=True)
        clearance = self._clearance(rules, Costs(self.names.reads.forecast, None))
        pace = replace(preparing.pace(self.settings), limits=preparing.NO_LIMITS)
        ended = send(
            updates, address, pace, record, sharing=Sharing(tell=self.tell), preflight=clearance,
            reads=self.names.reads, dry_run=True,
        )  # fmt: skip
        seen.settled |= ended.held
        seen.stopped, seen.findings = ended.stopped, clearance.findings
        seen.seconds_of_looks = clearance.seconds_of_looks
        return seen

    def _clearance(self, rules: Policy, costs: Costs) -> Clearance:
        settings, fact = self.settings, ReadFact(self.settings.base_url)
        outage = parse_duration(settings.max_outage)
        return Clearance(
            rules,
            costs,
            self.tell,
            time.time,
            recall=self.never.recall(both_ways=self.plan.names_contacts_both_ways),
            statuses=TeamStatuses(self._learned, self.names.dnc if self.names.lists_statuses else None),
            ever=not settings.sandbox and fact.is_known,
            note=(lambda: None) if settings.sandbox else fact.note,
            patience=LEAST if costs.writes is None else outage,
        )

    def _learned(self, listed: Listed[Status] | None) -> DncStatuses:
        """Which statuses mean do-not-call, by what the API lists, and a sentence about those of the team's own."""
        if listed is None or not self.names.learn_statuses(listed):
            return self.names.dnc
        self.tell(dnc_in_words(self.names.dnc))
        return self.names.dnc


def is_away(address: Address, settings: Settings, reads: Budget, tell: Callable[[str], None]) -> Stopped | None:
    """Why nothing can be read, found out within `PATIENCE` seconds; None: the API answers. What it says is one read."""
    fact = ReadFact(settings.base_url)

    async def knock(read: Read) -> None:
        answer = await (read if settings.sandbox else fact.witness(read))(PING)
        if isinstance(answer, Unread) and answer.code in AWAY:
            raise ApiAway(f"The API cannot be read: {answer.why}")

    try:
        look_up(address, preparing.pace(settings), knock, tell, budget=reads, patience=PATIENCE)
    except Stopped as reason:
        return reason
    return None
