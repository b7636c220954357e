"""What is written of how a run went: the results file, its summary, the ledger's last word, run_results.json."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bulk_sync import fault_report, output, run_report
from bulk_sync.errors import (
    BadInput,
    BulkSyncError,
    Code,
    LeaseLost,
    LedgerAway,
    ProgramFault,
    Result,
    ResultsUnwritten,
)
from bulk_sync.input_table import open_input
from bulk_sync.ledger import Runs
from bulk_sync.printable import json_text
from bulk_sync.report.summary import Summary, plural
from bulk_sync.results.sync_columns import Results, Unsent, besides
from bulk_sync.results.writers import write_errors, write_file
from bulk_sync.runs import resume
from bulk_sync.runs.manifest import digest_of
from bulk_sync.state import write_whole
from bulk_sync.times import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bulk_sync.apply import ApplyReport
    from bulk_sync.ledger import Ledger
    from bulk_sync.model import Outcome, Table
    from bulk_sync.preflight.findings import Findings
    from bulk_sync.results.sync_columns import Outcomes
    from bulk_sync.send.config import SendReport
    from bulk_sync.wiring import PlannedRun

NAME = "run_results.json"


def _known_to(ledger: Ledger, *, keeps: bool = False) -> Callable[[Path], None]:
    """What notes results before they are in their place: a run that dies then must not take them for edited ones.

    `keeps`: they are kept with the ledger, too.
    """

    def coming(unfinished: Path) -> None:
        try:
            ledger.note({"results_coming_sha256": digest_of(unfinished)})
            if keeps:
                ledger.files.keep_results(unfinished)
        except (LeaseLost, LedgerAway):  # then they are another computer's business, or a later command's
            raise
        except BulkSyncError:
            return  # the results matter more

    return coming


def _outcomes(ledger: Ledger, to_go_on: str, held: Mapping[int, Outcome]) -> Outcomes:
    """The recorded outcomes, and of updates that have none why they are `held`, or which tries may have got through."""
    open_ends = {row: replace(each, error=f"{each.error} {to_go_on}") for row, each in ledger.open_ends().items()}
    return besides(ledger.outcomes, {**held, **open_ends})


def write_asked(summary: Summary, run: PlannedRun) -> None:
    """Write what else was asked for of a run, or of a preview: its summary, its report. It does not end by that."""
    path = run.settings.json_results
    if path is not None:
        try:
            write_whole(path, json_text(summary.as_json()) + "\n")
        except OSError as error:
            run.observer.warning(f"{path} (--json-results) could not be written: {error.strerror}.")
    run_report.write_asked(summary, run.settings, run.observer)


def write_results(
    run: PlannedRun, results: Results, out: Path | None, as_it_was: Callable[[], Table] | None = None, *, private: bool,
    has_sent: Callable[[], bool] = lambda: False, on_complete: Callable[[Path], None] = lambda _: None,
) -> Path | None:  # fmt: skip
    """Write the results file; where it is. None is standard output.

    `as_it_was` opens the table again where its file has changed since the run began. `private`: the input was its
    owner's only, and so are the results. `on_complete` hears of the complete file before it is moved into its place.
    Raises BadInput where no place takes them, and ResultsUnwritten where that is after something was sent.
    """
    write_to = partial(write_file, private=private, on_complete=on_complete)

    def into(place: Path) -> None:
        try:
            write_to(run.table, place, results.frames())
        except BadInput:
            if as_it_was is None:
                raise
            write_to(as_it_was(), place, results.frames())

    try:
        with output.signals_held():
            place, elsewhere = output.deliver(into, out, run.table.path)
    except BadInput as error:
        if has_sent():
            raise ResultsUnwritten(str(error)) from None
        raise
    if elsewhere:  # who wants quiet would search where they should be
        run.observer.warning(elsewhere)
    return place


def write_errors_only(run: PlannedRun, results: Results, *, private: bool) -> None:
    """Write the rows in error where `--errors-only` wants them, if anywhere, and say so; a run does not end by that."""
    path = run.settings.errors_only
    if path is None:
        return
    try:
        count = write_errors(run.table, path, results.frames(), private=private)
    except Exception as error:  # noqa: BLE001 -- the results are written, and the run's own exit code stands
        run.observer.warning(f"{path} (--errors-only) could not be written: {error}")
    else:
        run.observer.message(f"Rows with errors: {path} ({plural(count, 'row')}).")


def write_missing(run: PlannedRun, ledger: Ledger) -> None:
    """Write the results of a run that ended before it wrote them, and note where they are."""
    going_on = resume.to_go_on(run.settings, ledger.run)
    unsent = Unsent(Code.INTERRUPTED, f"The run ended before this row. {going_on}")
    results = Results(run.plan, ledger.run, _outcomes(ledger, going_on, {}), unsent)
    out = output.place_for(run.out, ledger, run.observer.message)
    is_private = bool(ledger.facts().get("private"))
    place = write_results(run, results, out, private=is_private, on_complete=_known_to(ledger))
    run_report.keep(ledger, results.tally, results.errors, run.plan.stopping)
    if place is not None:
        ledger.note(_where(place, ledger))
        run.observer.message(
            f"Run {ledger.run} ended before it wrote its results. They are written now: {place}. {going_on}"
        )


def summary(
    run: PlannedRun, results: Results, place: Path | None, sent: SendReport, findings: Findings | None = None,
    *, settled: int = 0, **more: Any,  # noqa: ANN401 -- fields of a summary
) -> Summary:  # fmt: skip
    """How a run went. `settled`: calls that have an outcome; `more`: what else is known, as the summary calls it."""
    settings, plan, found = run.settings, run.plan, {result for result, _ in results.tally}
    left = Result.NOT_SENT.value in found or (sent.stopped is not None and settled < len(plan.sequence))
    unread = 0 if findings is None else findings.exit_code_of(dry_run=settings.dry_run)
    failed = int(Result.ERROR.value in found or bool(sent.held))
    return Summary(
        run=results.run,
        input=settings.input,
        results=place,
        dry_run=settings.dry_run,
        rows=len(plan),
        counts=dict(results.tally),
        calls=len(plan.sequence),
        order=settings.order,
        settled=settled,
        seconds=sent.seconds,
        exit_code=unread or failed if sent.stopped is None else sent.stopped.exit_code,
        seconds_left=sent.seconds_left,
        ended=time.time(),
        to_go_on=resume.to_go_on(settings, results.run, sent.stopped) if left and not settings.dry_run else None,
        limit=sent.limit,
        stopped=str(sent.stopped) if sent.stopped else None,
        two_readings=plan.facts.undecided,
        examples=tuple(results.examples.values()),
        unchecked=findings.in_words if findings else None,
        latency=sent.latency,
        not_understood=plan.not_understood,
        correctable=None if settings.sandbox or settings.undo else place,
        **{"calls_by_kind": plan.by_kind(), **more},
    )


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a run that is recorded in a ledger: from before its first call to its summary.

    `input` is the file as it was when the run began; `before`: calls that had an outcome when the session `began`, in
    seconds since the epoch.
    """

    run: PlannedRun
    ledger: Ledger
    input: Path
    before: int
    began: float

    def write_results(self, report: ApplyReport | None) -> tuple[Results, Path | None]:
        """Write the results file; where it is. `report` is None where sending failed in a way that nobody expected."""
        run, ledger = self.run, self.ledger
        to_go_on = resume.to_go_on(run.settings, ledger.run)
        unsent = Unsent(Code.STOPPED, f"The run failed before this row. {to_go_on}")
        if report is not None and (stopped := report.sent.stopped) is not None:
            unsent = Unsent(stopped.code, f"{stopped} {to_go_on}")
            if isinstance(stopped, ProgramFault):
                run.observer.message(fault_report.reported(stopped.cause, ledger.files.folder))
        outcomes = _outcomes(ledger, to_go_on, report.sent.held if report else {})
        results = Results(run.plan, ledger.run, outcomes, unsent)
        out = output.place_for(run.out, ledger, run.observer.message)
        is_private = bool(ledger.facts().get("private"))
        place = write_results(
            run, results, out, lambda: open_input(ledger.keep(self.input), run.settings)[0],
            private=is_private,
            has_sent=lambda: ledger.settled() > self.before or bool(ledger.open_ends()),
            on_complete=_known_to(ledger, keeps=run.settings.job is not None),
        )  # fmt: skip
        write_errors_only(run, results, private=is_private)
        return results, place

    def close(self, report: ApplyReport, results: Results, place: Path | None) -> Summary:
        """Note how the run ended, in the ledger, in its folder and where `--json-results` wants it; its summary."""
        run, ledger = self.run, self.ledger
        found = summary(
            run, results, place, report.sent, report.findings,
            settled=ledger.settled(),
            settled_before=self.before,
            began=self.began,
            left_open=len(ledger.open_ends()),
            stop=type(report.sent.stopped) if report.sent.stopped else None,
            undoable=0 if run.settings.sandbox else ledger.undoable(),
        )  # fmt: skip
        _keep(found, ledger, is_sandbox=run.settings.sandbox)
        run_report.keep(ledger, results.tally, results.errors, run.plan.stopping, found)
        write_asked(found, run)
        with contextlib.suppress(BulkSyncError, OSError):  # a later run forgets old runs, where this one cannot
            Runs().prune(time.time() - parse_duration(run.settings.keep_runs), by=ledger)
        return found


def _where(place: Path | None, ledger: Ledger) -> dict[str, str | None]:
    """Where the results are, and what they were when they came there, by which edited ones are known later."""
    if place is None:
        return {"results": None, "results_sha256": None}
    return {"results": str(place.absolute()), "results_sha256": ledger.facts().get("results_coming_sha256")}


def _keep(summary: Summary, ledger: Ledger, *, is_sandbox: bool) -> None:
    """Note how the run ended; a copy of the summary stays beside its record."""
    with contextlib.suppress(OSError):  # only the copy is lost by that
        ledger.files.write(NAME, json_text(summary.as_json()) + "\n")
    facts = {
        "exit_code": summary.exit_code,
        "calls": summary.calls,
        "rows": summary.rows,
        "codes": summary.codes,
        "row_errors": summary.row_errors,
        **_where(summary.results, ledger),
    }
    ledger.finish(facts, is_done=is_sandbox or not summary.rows_left)
