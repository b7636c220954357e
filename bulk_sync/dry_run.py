"""A preview (`--dry-run`): what a run would do, as far as the file tells and, with a key, as the contacts stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync import finalize, guardrails, output, wiring
from bulk_sync.errors import Code, Interrupted, KeyRefused, WrongAddress
from bulk_sync.ledger.dnc_file import has_memory
from bulk_sync.preflight.findings import CheckResult, slower_sentence
from bulk_sync.report.summary import Saving, plural
from bulk_sync.results.sync_columns import Results, Unsent, besides
from bulk_sync.runs.resume import unfinished
from bulk_sync.runs.retry import settled_before
from bulk_sync.send.config import SendReport
from bulk_sync.state import is_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bulk_sync.errors import Stopped
    from bulk_sync.model import Outcome
    from bulk_sync.plan.plan import Updates
    from bulk_sync.report.summary import Impact, Summary
    from bulk_sync.wiring import PlannedRun

Refusal = KeyRefused | WrongAddress
"""What would end a run as well as a check of contacts: nobody should plan on it."""

_outcomes = partial(besides, lambda _start, _stop: {})
"""Outcomes that are known of rows, where no ledger has any."""


def preview(run: PlannedRun, resumed: str | None = None) -> Summary:
    """Say what would be sent; nothing is, for there is no client, or one that only reads.

    `resumed`: the run that would go on, where it was named.
    """
    summary = _preview_of_undo(run) if run.settings.undo else _preview(run, resumed)
    finalize.write_asked(summary, run)
    return summary


def _preview(run: PlannedRun, resumed: str | None) -> Summary:
    settings, plan = run.settings, run.plan
    stands, said = standing(run, resumed)
    run.observer.message(said)
    updates = plan.updates(but=stands)
    found = _checked(run, updates)
    recall(run, updates, found)
    outlook = outlook_of(run, stands, found)
    impact = outlook.impact
    if impact.moves and wiring.can_read(settings) and not run.catalog.stopped:
        impact.campaigns = run.catalog.of_campaigns()
    looks, writes = found.seconds_of_looks(len(outlook.left)), run.pace.forecast(len(outlook.left))
    run.observer.message(slower_sentence(looks, writes))
    ends = found.stopped if isinstance(found.stopped, Refusal | Interrupted) else None
    summary = written(run, outlook, ends)
    first = next(guardrails.exceeded(settings, impact, len(plan)), None)
    run.observer.message(f"A real run would not begin: this file {first.what}. {first.advice}" if first else "")
    return summary


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run would do, as far as is known.

    `stands`: what an earlier run has done; `found`: what a check of contacts showed, of which `settled` would not be
    sent, and `would_send` would. `left`: the updates to send, and their `impact`.
    """

    stands: Mapping[int, Outcome]
    found: CheckResult
    settled: Mapping[int, Outcome]
    would_send: Mapping[int, Outcome]
    left: Updates
    impact: Impact


def outlook_of(run: PlannedRun, stands: Mapping[int, Outcome], found: CheckResult) -> Outlook:
    """What a run would do, by what stands from earlier ones and what was found of contacts."""
    settled, would_send = _parted(found, only_changed=run.settings.only_changed)
    left = run.plan.updates(but=stands.keys() | settled.keys())
    impact = guardrails.impact_of(run.plan, left.places, would_send)
    return Outlook(stands, found, settled, would_send, left, impact)


def written(run: PlannedRun, outlook: Outlook, ends: Stopped | None) -> Summary:
    """Write the results file of a preview; its summary. `ends`: what ended it early, or a run in its place."""
    plan, found, left = run.plan, outlook.found, outlook.left
    unsent = Unsent(ends.code, str(ends)) if isinstance(ends, Refusal) else None
    known = {**outlook.stands, **outlook.settled}
    results = Results(plan, output.new_run(), _outcomes(known), unsent, seen=_outcomes(outlook.would_send))
    place = _written(run, results)
    forecast = forecast_of(run, found)
    sent = SendReport(forecast(len(left)), None, ends, forecast(len(left)))
    same = sum(outcome.code is Code.UNCHANGED for outcome in outlook.would_send.values())
    return finalize.summary(
        run, results, place, sent, found.findings,
        settled=len(known),
        settled_before=len(outlook.stands),
        effects=None if run.settings.undo else outlook.impact,  # of what it puts back, its plan knows no effect
        saving=Saving(same, forecast(len(left)) - forecast(len(left) - same)) if same else None,
        calls_by_kind=plan.by_kind(left.places),
        errors=results.errors,
        stop=type(ends) if ends else None,
    )  # fmt: skip


def _preview_of_undo(run: PlannedRun) -> Summary:
    """Say what an undo would put back; for that, every contact is looked at."""
    from bulk_sync.runs import undo  # noqa: PLC0415  # with all that reads and sends

    plan, stopped = undo.looked_at(run)
    unsent = Unsent(stopped.code, str(stopped)) if stopped else None
    results = Results(plan, output.new_run(), _outcomes({}), unsent)
    place = _written(run, results)
    seconds = run.pace.forecast(len(plan.sequence))
    sent = SendReport(seconds, None, stopped, seconds)
    summary = finalize.summary(replace(run, plan=plan), results, place, sent, errors=results.errors)
    return replace(summary, to_go_on=undo.to_do_it(run.settings)) if summary.calls_left and not stopped else summary


def _written(run: PlannedRun, results: Results) -> Path | None:
    is_secret = is_private(run.table.path)
    place = finalize.write_results(run, results, run.out, private=is_secret)
    finalize.write_errors_only(run, results, private=is_secret)
    return place


def standing(run: PlannedRun, resumed: str | None = None) -> tuple[dict[int, Outcome], str]:
    """What a real run would not send again, since an earlier one has; a sentence about it, or nothing."""
    if run.settings.retry and resumed is None:
        found = settled_before(run)
        return {record.update.row: record.outcome for record in found.records}, found.sentence
    ledger = unfinished(run.settings, run.table.path, run.observer.message, resumed)
    if ledger is None:
        return {}, ""
    with ledger:
        records = {record.update.row: record for record in ledger.records()}
        stands = {row: record.outcome for row, record in records.items() if run.plan.update(row) == record.update}
    return stands, f"Run {ledger.run} would continue: {plural(len(stands), 'update')} already done."


def _checked(run: PlannedRun, updates: Updates) -> CheckResult:
    """How the contacts stand, where there is a key to ask with."""
    catalog, tell = run.catalog, run.observer.message
    if catalog.stopped or catalog.is_away or not updates or not wiring.can_read(run.settings):
        return CheckResult(stopped=catalog.stopped)
    from bulk_sync.contact_check import ContactCheck, why_away  # noqa: PLC0415  # with all that reads and sends
    from bulk_sync.dnc_record import recorded  # noqa: PLC0415

    with wiring.api(run) as address:
        if (away := why_away(run, address)) is not None:
            if isinstance(away, Refusal):
                return CheckResult(stopped=away)
            tell(f"{away} So this preview goes by the file alone.")
            return CheckResult()
        with recorded(run) as memory:
            found = ContactCheck(run, memory).of_all(updates, address)
    if found.stopped and not isinstance(found.stopped, Refusal):
        tell(f"{found.stopped} What was not read by then goes by the file alone.")
    return found


def recall(run: PlannedRun, updates: Updates, found: CheckResult) -> None:
    """Settle what the memory of this computer knows of those of whom nothing was read."""
    if run.settings.sandbox or not has_memory():
        return
    from bulk_sync.contact_check import ContactCheck  # noqa: PLC0415  # most have no memory, or all was read
    from bulk_sync.dnc_record import recorded  # noqa: PLC0415

    with recorded(run) as memory:
        ContactCheck(run, memory).recall(updates, found)


def _parted(found: CheckResult, *, only_changed: bool) -> tuple[dict[int, Outcome], dict[int, Outcome]]:
    """What would be settled unsent, and what would be sent: without `--only-changed`, also what stands as asked."""
    if only_changed:
        return found.settled, found.would_send
    same = {row: outcome for row, outcome in found.settled.items() if outcome.code is Code.UNCHANGED}
    others = {row: outcome for row, outcome in found.settled.items() if row not in same}
    return others, found.would_send | same


def forecast_of(run: PlannedRun, found: CheckResult) -> Callable[[int], float]:
    """The seconds that so many updates take, with the looks at their contacts."""
    writes, looks = run.pace.forecast, found.seconds_of_looks
    return lambda calls: max(writes(calls), looks(calls))
