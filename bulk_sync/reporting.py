"""What is written of how a run went? The results file, its summary, the ledger's last word, and run_results.json."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync import __version__, faults, placing, tables
from bulk_sync.again import taking_up
from bulk_sync.again.noting import digest_of
from bulk_sync.errors import BadInput, BulkSyncError, Code, ProgramFault, Result, ResultsUnwritten
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.printable import json_text
from bulk_sync.private import write_whole
from bulk_sync.report.summary import Summary
from bulk_sync.results import Results, Unsent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bulk_sync.carrying import Carried
    from bulk_sync.errors import Stopped
    from bulk_sync.ledger import Ledger
    from bulk_sync.model import Outcome, Table
    from bulk_sync.plan import Plan
    from bulk_sync.preflight.findings import Findings
    from bulk_sync.results import Outcomes
    from bulk_sync.send.terms import Sent
    from bulk_sync.settings import Settings

    Tell = Callable[[str], None]

NAME = "run_results.json"


def keep(summary: Summary, ledger: Ledger, *, is_sandbox: bool) -> None:
    """Note how the run ended; a copy of the summary stays in its folder."""
    with contextlib.suppress(OSError):  # only the copy is lost by that
        _write(summary, ledger.path.with_name(NAME))
    facts = {
        "exit_code": summary.exit_code,
        "calls": summary.calls,
        "rows": summary.rows,
        "codes": summary.codes,
        "results": None if summary.results is None else str(summary.results.absolute()),
        "results_sha256": None if summary.results is None else digest_of(summary.results),
    }
    ledger.finish(facts, is_done=is_sandbox or not summary.rows_left)


def known_to(ledger: Ledger) -> Callable[[Path], None]:
    """What notes results before they are in their place: a run that dies then must not take them for edited ones."""

    def coming(unfinished: Path) -> None:
        with contextlib.suppress(BulkSyncError):  # the results matter more
            ledger.note({"results_coming_sha256": digest_of(unfinished)})

    return coming


def write_fault(stopped: Stopped | None, ledger: Ledger) -> str:
    """Write the report of a fault, if that stopped a run, into its folder; what a person is told of it."""
    if not isinstance(stopped, ProgramFault):
        return ""
    place = faults.write_report(stopped.cause, ledger.path.parent, time.time(), __version__)
    return faults.sentence(stopped.cause, place)


def with_open_ends(ledger: Ledger, to_go_on: str) -> Outcomes:
    """The recorded outcomes, and of updates that have none what is known of the tries that may have reached the API."""
    open_ends = {row: replace(each, error=f"{each.error} {to_go_on}") for row, each in ledger.open_ends().items()}

    def found(start: int, stop: int) -> Mapping[int, Outcome]:
        among = {row: outcome for row, outcome in open_ends.items() if start <= row < stop}
        return {**among, **ledger.outcomes(start, stop)}

    return found


def write_asked(summary: Summary, path: Path | None) -> str:
    """Write the summary where `--json-results` wants it; a sentence if that fails."""
    if path is None:
        return ""
    try:
        _write(summary, path)
    except OSError as error:
        return f"{path} (--json-results) could not be written: {error.strerror}."
    return ""


def _write(summary: Summary, path: Path) -> None:
    write_whole(path, json_text(summary.as_json()) + "\n")


def write(
    results: Results,
    table: Table,
    out: Path | None,
    tell: Tell,
    as_it_was: Callable[[], Table] | None = None,
    *,
    private: bool,
    has_sent: Callable[[], bool] = lambda: False,
    on_complete: Callable[[Path], None] = lambda _: None,
) -> Path | None:
    """Write the results file; where it is. None is standard output.

    `as_it_was` opens the table again where its file has changed since the run began. `private`: the input was its
    owner's only, and so are the results. `on_complete` hears of the complete file before it is moved into its place.
    Raises BadInput where no place takes them, and ResultsUnwritten where that is after something was sent.
    """
    write_to = partial(tables.write_results, sync_columns=SYNC_COLUMNS, private=private, on_complete=on_complete)

    def into(place: Path) -> None:
        try:
            write_to(table, place, results.frames())
        except BadInput:
            if as_it_was is None:
                raise
            write_to(as_it_was(), place, results.frames())

    try:
        with placing.undisturbed():
            place, elsewhere = placing.deliver(into, out, table.path)
    except BadInput as error:
        if has_sent():
            raise ResultsUnwritten(str(error)) from None
        raise
    tell(elsewhere)
    return place


def write_missing(plan: Plan, table: Table, ledger: Ledger, settings: Settings, tell: Tell) -> None:
    """Write the results of a run that ended before it wrote them, and note where they are."""
    going_on = taking_up.to_go_on(settings, ledger.run)
    unsent = Unsent(Code.INTERRUPTED, f"The run ended before this row. {going_on}")
    results = Results(plan, ledger.run, with_open_ends(ledger, going_on), unsent)
    out, elsewhere = taking_up.beside_edits(settings.output, ledger)
    tell(elsewhere)
    place = write(results, table, out, tell, private=bool(ledger.facts().get("private")), on_complete=known_to(ledger))
    if place is not None:
        ledger.note({"results": str(place.absolute()), "results_sha256": digest_of(place)})
        tell(f"Run {ledger.run} ended before it wrote its results. They are written now: {place}. {going_on}")


def _exit_code(settings: Settings, sent: Sent, findings: Findings | None, *, failed: bool) -> int:
    if sent.stopped is not None:
        return sent.stopped.exit_code
    unread = 0 if findings is None else findings.exit_code_of(dry_run=settings.dry_run)
    return unread or int(failed or bool(sent.held))


def summary(
    settings: Settings,
    plan: Plan,
    results: Results,
    place: Path | None,
    sent: Sent,
    findings: Findings | None = None,
    *,
    settled: int = 0,
    before: int = 0,
    began: float | None = None,
) -> Summary:
    """How a run went. `settled`: calls that have an outcome; `before`: those that had one when it began."""
    found = {result for result, _ in results.tally}
    left = Result.NOT_SENT.value in found or (sent.stopped is not None and settled < len(plan.sequence))
    return Summary(
        run=results.run,
        input=settings.input,
        results=place,
        dry_run=settings.dry_run,
        rows=len(plan),
        counts=dict(results.tally),
        calls=len(plan.sequence),
        calls_by_kind=plan.by_kind(),
        order=settings.order,
        settled=settled,
        settled_before=before,
        seconds=sent.seconds,
        exit_code=_exit_code(settings, sent, findings, failed=Result.ERROR.value in found),
        seconds_left=sent.seconds_left,
        began=began,
        ended=time.time(),
        to_go_on=taking_up.to_go_on(settings, results.run, sent.stopped) if left and not settings.dry_run else None,
        limit=sent.limit,
        stopped=str(sent.stopped) if sent.stopped else None,
        two_readings=plan.facts.undecided,
        examples=tuple(results.examples.values()),
        unchecked=findings.in_words if findings else None,
        latency=sent.latency,
    )


def summary_of_run(
    settings: Settings,
    plan: Plan,
    results: Results,
    place: Path | None,
    carried: Carried,
    *,
    ledger: Ledger,
    before: int,
    began: float,
) -> Summary:
    """How a run went that is recorded in a ledger; the rest as in `summary`."""
    done = ledger.settled()
    sent, findings = carried.sent, carried.findings
    found = summary(settings, plan, results, place, sent, findings, settled=done, before=before, began=began)
    return replace(found, left_open=len(ledger.open_ends()))
