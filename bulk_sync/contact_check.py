"""How the contacts of a run are checked before it sends: the preflight, made of its settings, its plan and its names.

A preview asks the same of contacts as the run would; where it cannot read, it goes by the memory of this computer.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.catalog.catalog import dnc_sentence
from bulk_sync.catalog.sources import PATIENCE
from bulk_sync.errors import ApiAway, Code, LimitReached, Stopped
from bulk_sync.ledger.notes import ReadFact
from bulk_sync.model import DNC, Outcome
from bulk_sync.preflight.access import LEAST
from bulk_sync.preflight.clearance import Clearance
from bulk_sync.preflight.dnc_list import TeamStatuses
from bulk_sync.preflight.findings import CheckResult, slower_sentence
from bulk_sync.preflight.lookup import Outside
from bulk_sync.preflight.policy import Need, Policy, Rival
from bulk_sync.preflight.scan import Costs
from bulk_sync.times import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bulk_sync.dnc_record import DncRecord
    from bulk_sync.do_not_call import DncStatuses
    from bulk_sync.model import Listing, Read, Status, Update
    from bulk_sync.plan import Plan
    from bulk_sync.plan.plan import Updates
    from bulk_sync.send.config import Address, SendReport
    from bulk_sync.send.engine import Sending
    from bulk_sync.send.stop_rules import Stop
    from bulk_sync.settings import Settings
    from bulk_sync.wiring import PlannedRun


_NAMES_ALONE = (
    "The list of your team's statuses could not be read. If one of them means do not call, its contacts are kept in it "
    "only where its name says so."
)


@dataclass(frozen=True, slots=True)
class ContactCheck:
    """How a planned run checks contacts, with the DNC memory that it has."""

    run: PlannedRun
    memory: DncRecord

    def preflight(self, updates: Sequence[Update]) -> Clearance | None:
        """What looks at contacts while the run sends; None: none of its updates needs that."""
        rules = self._policy(compares=self.run.settings.only_changed)
        needs = Counter(map(rules.need_of, updates))
        if not rules.keeps_before and needs.keys() <= {Need.NOTHING}:
            return None
        reads, writes = self.run.catalog.reads.forecast, self.run.pace.budget().forecast
        looks = sum(count for need, count in needs.items() if need & Need.GUARD)
        self.run.observer.message(slower_sentence(reads(looks), writes(len(updates))))
        return self._clearance(rules, Costs(reads, writes))

    def of_all(self, updates: Sequence[Update], address: Address, patience: float | None = None) -> CheckResult:
        """How the contacts of all these updates stand, and what would become of each. Nothing is written.

        `patience`: the seconds after which it ends with what is known by then (`stopped` is LimitReached).
        """
        from bulk_sync.send.config import Limits  # noqa: PLC0415
        from bulk_sync.send.engine import Sending  # noqa: PLC0415  # a preview by the memory alone does without a client
        from bulk_sync.send.signals import run  # noqa: PLC0415

        settled, would_send = dict[int, Outcome](), dict[int, Outcome]()

        def record(update: Update, outcome: Outcome, seconds_left: float) -> None:  # noqa: ARG001 -- a Record
            where = would_send if outcome.code in {Code.UPDATED, Code.CREATED} else settled
            where[update.row] = outcome

        reads = self.run.catalog.reads
        clearance = self._clearance(self._policy(compares=True), Costs(reads.forecast, None))
        pace = replace(self.run.pace, limits=Limits())
        tell = self.run.observer.message
        sending = Sending(updates, address, pace, record, tell=tell, preflight=clearance, reads=reads, dry_run=True)
        ended = run(sending.send, tell) if patience is None else run(partial(_sent_within, patience, sending))
        settled |= ended.held
        return CheckResult(settled, would_send, ended.stopped, clearance.findings, clearance.seconds_of_looks)

    def recall(self, updates: Updates, found: CheckResult) -> None:
        """Settle those of the updates of whom nothing was read, and whom the memory knows by the file's own words."""
        rules = self._policy(compares=False)
        if not rules.guards:
            return
        for update in self._in_question(updates):
            if update.row in found.settled or update.row in found.would_send or not rules.starts_outreach(update):
                continue
            known = self.memory.find((update.phone, update.contact_id), (update.change.phone, None))
            if self.memory.fault is not None:
                found.settled[update.row] = found.findings.could_not_recall(update.row, self.memory.fault)
            elif isinstance(verdict := rules.judge(update, Outside(), rules.need_of(update), known), Outcome):
                found.settled[update.row] = replace(verdict, at=time.time())

    def _in_question(self, updates: Updates) -> Iterable[Update]:
        """The updates that the memory may know; all of them where it cannot be used."""
        numbers = self.memory.numbers()
        if self.memory.fault is not None:
            return updates
        return map(self.run.plan.update, self.run.plan.known_by(updates.places, numbers))

    def _policy(self, *, compares: bool) -> Policy:
        """What the run asks of contacts before it sends: the same for a preview."""
        settings, plan = self.run.settings, self.run.plan
        return Policy(
            compares=compares,
            guards=not settings.allow_leaving_dnc,
            merges=settings.variables == "merge",
            creates=plan.creation,
            stopping=plan.stopping,
            dnc=self.run.catalog.dnc,
            holds_unchecked=settings.unchecked == "hold",
            keeps_before=settings.keep_before,
            rivals=_rivals(settings, plan),
        )

    def _clearance(self, rules: Policy, costs: Costs) -> Clearance:
        settings, catalog = self.run.settings, self.run.catalog
        fact, outage = ReadFact(settings.base_url, settings.profile), parse_duration(settings.max_outage)
        return Clearance(
            policy=rules,
            costs=costs,
            tell=self.run.observer.message,
            wall=time.time,
            memory=self.memory,
            both_ways=self.run.plan.names_contacts_both_ways,
            statuses=TeamStatuses(self._learned, catalog.dnc if catalog.lists_statuses else None),
            ever=not settings.sandbox and fact.is_known,
            note=(lambda: None) if settings.sandbox else fact.note,
            patience=LEAST if costs.writes is None else outage,
        )

    def _learned(self, listed: Listing[Status] | None) -> DncStatuses:
        """Which statuses mean do-not-call, by what the API lists, and a sentence about those of the team's own."""
        catalog = self.run.catalog
        if listed is None and catalog.listings.statuses is None:  # else the catalog has said so
            self.run.observer.message(_NAMES_ALONE)
        if listed is not None and catalog.learn_statuses(listed):
            self.run.observer.message(dnc_sentence(catalog.dnc))
        return catalog.dnc


async def _sent_within(patience: float, sending: Sending, stop: Stop) -> SendReport:
    """How sending went that only reads, and ends after so many seconds: nothing is waited for then, or at Ctrl-C."""
    stop.tell(lambda _: stop.cut_off())
    late = LimitReached(f"Stopped after {patience:.0f} seconds.")
    timer = asyncio.get_running_loop().call_later(patience, stop.because, late)
    try:
        return await sending.send(stop)
    finally:
        timer.cancel()


def _rivals(settings: Settings, plan: Plan) -> dict[str, Rival]:
    """The rows that put contacts into DNC, by the number or the ID that they name, where others may name them else."""
    found: dict[str, Rival] = {}
    if settings.on_conflict != "safest" or not plan.names_contacts_both_ways:
        return found
    for update in plan.updates():
        name = (update.phone or update.contact_id or "").casefold()
        if update.change.status in plan.dnc:
            rival = Rival(0 if update.change.status == DNC else 1, update.row + plan.first_row)
            found[name] = min(rival, found.get(name, rival))
    return found


def why_away(run: PlannedRun, address: Address) -> Stopped | None:
    """Why nothing can be read, found out within `PATIENCE` seconds; None: the API answers. What it says is one read."""
    from bulk_sync.api.contact import PING, is_away, read_page  # noqa: PLC0415  # as above
    from bulk_sync.send.reads import look_up  # noqa: PLC0415

    fact = ReadFact(run.settings.base_url, run.settings.profile)

    async def knock(read: Read) -> None:
        answer = await (read if run.settings.sandbox else fact.witness(read, read_page))(PING)
        if is_away(answer):
            raise ApiAway(f"The API cannot be read: {answer.why}")

    try:
        look_up(address, run.pace, knock, run.observer.message, budget=run.catalog.reads, patience=PATIENCE)
    except Stopped as reason:
        return reason
    return None
