"""What is left of a plan, carried to the API: guard rails, a look at the contacts, sending, each outcome recorded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bulk_sync import dnc_record, guardrails, wiring
from bulk_sync.contact_check import ContactCheck
from bulk_sync.errors import ApiAway, BulkSyncError, ProgramFault, Result, Stopped
from bulk_sync.ledger import Runs
from bulk_sync.preflight.findings import Findings
from bulk_sync.report.summary import plural
from bulk_sync.runs.resume import what_is_left
from bulk_sync.runs.undo import UndoCheck
from bulk_sync.send import signals
from bulk_sync.send.config import SendReport
from bulk_sync.send.engine import Sending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bulk_sync.dnc_record import DncRecord
    from bulk_sync.ledger import Ledger
    from bulk_sync.model import Outcome, Update
    from bulk_sync.plan.plan import Updates
    from bulk_sync.preflight.clearance import Clearance
    from bulk_sync.preflight.findings import CheckResult
    from bulk_sync.send.config import Address
    from bulk_sync.wiring import PlannedRun


_DEAD = "No update succeeded: the API failed at every try, or could not be reached. Send the rows again later."


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """How it went, and what could not be found out of the contacts."""

    sent: SendReport
    findings: Findings = field(default_factory=Findings)


def apply(run: PlannedRun, address: Address, ledger: Ledger, found: CheckResult | None = None) -> ApplyReport:
    """Send what has no outcome yet, after a look where that is needed; `found`: what was read of contacts before."""
    settings = run.settings
    with dnc_record.recorded(run, ledger.run) as memory:
        memory.hold(ledger.claim)
        report = _Application(run, address, ledger, memory).report(found)
        if settings.undo and settings.allow_leaving_dnc:
            out = memory.put_back(settings.undo, ledger)
            run.observer.message(f"Taken out of the DNC memory: {plural(out, 'contact')}." if out else "")
        if memory.fault is None or report.sent.stopped is not None:
            return report
        return replace(report, sent=replace(report.sent, stopped=memory.fault))


@dataclass(slots=True)
class _Application:
    """One sending of a plan's updates. `seen`: what the guard rails' count read of contacts that are to be sent."""

    run: PlannedRun
    address: Address
    ledger: Ledger
    memory: DncRecord
    seen: Mapping[int, Outcome] = field(default_factory=dict)
    _has_begun: bool = False

    def report(self, found: CheckResult | None) -> ApplyReport:
        """Send, and how that went."""
        run, updates = self.run, what_is_left(self.run.plan, self.ledger)
        if run.catalog.stopped is not None:
            return self._ended(run.catalog.stopped, updates)
        if found is not None:
            updates = self._but_for(found, updates)
        if guardrails.are_set(run.settings) and not run.settings.undo and not run.settings.yes:
            try:
                updates = self._within_guardrails(updates)
            except Stopped as reason:
                return self._ended(reason, updates)
        return self._sent(updates)

    def _ended(self, reason: Stopped, updates: Updates) -> ApplyReport:
        """How it went where sending could not begin."""
        return ApplyReport(SendReport(0.0, None, reason, self.run.pace.forecast(len(updates))))

    def _but_for(self, found: CheckResult, updates: Updates) -> Updates:
        """Record what a check of contacts has settled for good; what is left then.

        If it came to its end, all are compared; what it could not find out is looked at again.
        """
        settled = ((each, found.settled.get(each.row)) for each in updates)
        self._keep([(each, to) for each, to in settled if to is not None and to.code.result is not Result.NOT_SENT])
        self.seen = found.would_send
        if found.stopped is None:
            self.run = replace(self.run, settings=replace(self.run.settings, only_changed=False))
        return what_is_left(self.run.plan, self.ledger)

    def _sent(self, updates: Updates) -> ApplyReport:
        run, pace = self.run, self.run.pace
        undo = UndoCheck(run, self.memory) if run.settings.undo else None
        clearance = None if undo else ContactCheck(run, self.memory).preflight(updates)
        self._tell_what_is_settled(clearance)
        run.observer.started(len(updates))
        self.ledger.fence.bear(pace.outage, run.observer.message)
        sending = Sending(
            updates, self.address, pace, self._observe, keep=self._keep, reads=run.catalog.reads,
            tell=run.observer.message, shared_in=wiring.shared_in(run.settings), create=run.plan.creation,
            ahead=self.memory.asked, departing=self._departing,
            left_open=self.ledger.left_open, means_dnc=run.catalog.means_dnc,
            waiting=run.observer.waiting, fence=self.ledger.fence, preflight=undo or clearance,
        )  # fmt: skip
        try:
            sent = signals.run(sending.send, run.observer.message)
        except BulkSyncError:
            raise
        except Exception as error:  # noqa: BLE001 -- the last net: what is known is written down all the same
            sent = SendReport(0.0, None, ProgramFault(error), pace.forecast(len(updates)))
        finally:
            run.observer.ended()
        if sent.stopped is None and self.ledger.has_only_failures():  # to its end, but no run has ended well so
            sent = replace(sent, stopped=ApiAway(_DEAD))
        return ApplyReport(sent, clearance.findings if clearance else Findings())

    def _observe(self, update: Update, outcome: Outcome, seconds_left: float) -> None:
        self.run.observer.outcome(update.row + self.run.plan.first_row, update, outcome, seconds_left)

    def _departing(self, leaving: Sequence[tuple[Update, Outcome]]) -> None:
        """Note what stands before calls that are about to leave; before the first of an undo, whose work it undoes."""
        if self.run.settings.undo and not self._has_begun:
            Runs().undoing(self.run.settings.undo, by=self.ledger.run)
            self._has_begun = True
        self.ledger.departing(leaving)

    def _keep(self, settled: Sequence[tuple[Update, Outcome]]) -> None:
        """Write outcomes down, with what was seen of the contacts before."""
        if self.seen:
            settled = [(each, _with_what_was_seen(outcome, self.seen.get(each.row))) for each, outcome in settled]
        self.ledger.record_all(settled)
        self.memory.settled(settled)

    def _tell_what_is_settled(self, clearance: Clearance | None) -> None:
        """Where rows name contacts both ways: let the preflight hear whom the run has put into DNC before."""
        if clearance is not None and self.run.plan.names_contacts_both_ways:
            for record in self.ledger.records():
                clearance.heard(record.update, record.outcome)

    def _within_guardrails(self, updates: Updates) -> Updates:
        """Count what the run would do, and let it go on within its guard rails; what is left then. Raises Stopped.

        With `--only-changed`, all contacts are read for that, and those that stand as asked are settled.
        """
        run = self.run
        if run.settings.only_changed:
            found = ContactCheck(run, self.memory).of_all(updates, self.address)
            if found.stopped is not None:
                raise found.stopped
            updates = self._but_for(found, updates)
        impact = guardrails.impact_of(run.plan, updates.places, self.seen)
        guardrails.check(run.settings, impact, len(run.plan), self._is_confirmed)
        return updates

    def _is_confirmed(self, option: str, question: str, count: int) -> bool:
        """Whether a person says that it is meant; that is noted, so that nobody is asked again when the run goes on."""
        confirmed: dict[str, int] = self.ledger.facts().get("confirmed", {})
        if confirmed.get(option, -1) >= count:
            return True
        if self.run.observer.confirm(question, count):
            self.ledger.note({"confirmed": confirmed | {option: count}})
            return True
        return False


def _with_what_was_seen(outcome: Outcome, seen: Outcome | None) -> Outcome:
    if seen is None or outcome.previous_status is not None or outcome.previous_campaign is not None:
        return outcome
    return replace(outcome, previous_status=seen.previous_status, previous_campaign=seen.previous_campaign)
