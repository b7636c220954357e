"""START HERE: a whole run on one screen. A file is opened, its rows are planned, sent or previewed, and written down.

Each stage has a folder of its own and knows no other. Only this file and its neighbours join them: `wiring` makes what
the stages take from the settings, `apply` sends, `confirmation` asks, `dry_run` previews, `finalize` writes down.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync import confirmation, dry_run, finalize, missing_plus, output, wiring
from bulk_sync.catalog import Catalog
from bulk_sync.input_table import open_input, refuse_undone
from bulk_sync.ledger import Ledger, ledger_place
from bulk_sync.plan import planning
from bulk_sync.plan.row_decisions import ReadRows
from bulk_sync.report.file_notes import file_facts, hidden_rows, opened, read_as
from bulk_sync.report.summary import Summary
from bulk_sync.results import default_output, instead_of
from bulk_sync.results.writers import check_output
from bulk_sync.runs import resume as resumption
from bulk_sync.runs.retry import adopt, runs_and_options, settled_before
from bulk_sync.settings import STANDARD_INPUT, Settings
from bulk_sync.sources import columns as column_choice
from bulk_sync.wiring import PlannedRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.model import Table
    from bulk_sync.plan import Plan
    from bulk_sync.preflight.findings import CheckResult
    from bulk_sync.report.console import Observer
    from bulk_sync.report.summary import Summary
    from bulk_sync.runs.resume import ClaimedInput


def run(settings: Settings, observer: Observer) -> Summary:
    """Sync a file, or preview it. Raises BadInput, BadConfiguration and AlreadyRunning where nothing could begin."""
    with output.input_file(settings) as path:
        return _begin(replace(settings, input=STANDARD_INPUT) if settings.is_stream else settings, observer, path)


def _begin(settings: Settings, observer: Observer, path: Path) -> Summary:
    if settings.dry_run:
        return dry_run.preview(_planned(settings, observer, path, resumption.names_of(settings, path)))
    with resumption.claimed(settings, path) as claimed:
        planned = _planned(settings, observer, path, claimed.names)
        answer = confirmation.ask(planned)
        return answer.declined or _apply(planned, claimed, answer.found)


def _planned(settings: Settings, observer: Observer, path: Path, noted: Mapping[str, Any] | None) -> PlannedRun:
    """Open the table and plan its rows, by the names `noted` of a run that goes on; check where results will go."""
    catalog = Catalog(settings, wiring.pace(settings), observer.message, noted)
    table, plan, sentences = _plan(path, settings, catalog)
    out, elsewhere = output.results_path(settings, path)
    for place in filter(None, (out or default_output(path), settings.errors_only)):
        check_output(table, place)
    wiring.check_access(settings)
    for sentence in (*sentences, elsewhere):
        observer.message(sentence)
    return PlannedRun(settings, observer, table, plan, catalog, out)


def _plan(path: Path, settings: Settings, catalog: Catalog) -> tuple[Table, Plan, list[str]]:
    """The table in a file, the plan of its rows, and what a person should know of both."""
    if settings.undo:
        from bulk_sync.runs import undo as undo_run  # noqa: PLC0415  # with all that reads and sends

        return undo_run.planned(path, settings)
    table, columns = open_input(path, settings)
    refuse_undone(table)
    options = wiring.plan_options(settings, catalog, columns)
    rows = ReadRows(table, columns, options)
    catalog.learn(rows.needs, columns)
    wiring.check_values(settings, catalog)
    rows = missing_plus.settled(rows, lambda better: ReadRows(table, columns, better), options, catalog)
    options = replace(options, statuses=catalog.statuses, campaigns=catalog.campaigns, unlearned=catalog.unlearned)
    plan = planning.decide(rows, options)
    if plan.moved_rows():
        catalog.glance()
    told = [
        opened(settings.input, table.notes),
        column_choice.summary(table.headers, columns),
        *read_as(rows.mapped, settings.values),
        *file_facts(plan.facts.counts(), settings.region, plan.reasons.remarks),
        *catalog.sentences(plan),
        *hidden_rows(len(table.hidden), visible_only=settings.visible_only),
    ]
    return table, plan, told


def _apply(run: PlannedRun, claimed: ClaimedInput, found: CheckResult | None = None) -> Summary:
    """Send what has no outcome yet, then write down what became of every row, however the sending ended.

    `found`: what was read of contacts before.
    """
    from bulk_sync import apply  # noqa: PLC0415  # all that sends is a third of the start, and a preview needs it not

    settings = run.settings
    # what is no retry is refused before there is a record of it; a named run that goes on has adopted all of that
    earlier = settled_before(run) if settings.retry and claimed.resumed is None else None
    with (
        wiring.api(run) as address,
        resumption.ledger_for(claimed, settings, address, run.out, run.observer) as ledger,
    ):
        ledger.note({"first_row": run.plan.first_row, **run.catalog.facts()})
        if settings.retry and not ledger.settled():  # else this run was taken up, and has done so already
            run.observer.message(adopt(earlier or settled_before(run), ledger))
        session = finalize.Session(run, ledger, claimed.path, ledger.settled(), time.time())
        report = None
        try:
            report = apply.apply(run, address, ledger, found)
        finally:
            claimed.claim.check()  # else another computer goes on with the run, and writes its results
            results, place = session.write_results(report)
        return session.close(report, results, place)


# The other ways into a run.


def resume(name: str | None, given: Mapping[str, Any], observer: Observer) -> Summary:
    """Go on with a run that was interrupted, the newest if `name` is None; `given` are settings that replace its own.

    Raises as `run` does.
    """
    with resumption.resumed(name, given) as (own, claimed):
        settings = own
        if own.dry_run and own.output is not None and "output" not in given:
            settings = replace(own, output=instead_of(own.output, "preview"))
        planned = _planned(settings, observer, claimed.path, claimed.names)
        return dry_run.preview(planned, claimed.resumed) if settings.dry_run else _apply(planned, claimed)


def retry(file: str, given: Mapping[str, Any], observer: Observer) -> Summary:
    """Send again what did not get through, and what was corrected since, of a results file; write it back there.

    `given` are settings that replace those of the run that wrote the file. Raises as `run` does.
    """
    runs, options = runs_and_options(Path(file), given)
    with resumption.held(runs, besides=str(Path(file).resolve())):
        both = {"values": options["values"]} if "values" in options else {}
        return run(Settings(**{**options, **given, **both, "input": file, "retry": True}), observer)


def undo(name: str, given: Mapping[str, Any], observer: Observer, *, yes: bool) -> Summary:
    """Put back what a run changed, where it still stands as the run left it.

    Without `yes` a person is asked; where nobody can be asked, it says what would be put back.
    `given` are settings that were given for this. Raises as `run` does.
    """
    from bulk_sync.runs import undo as undo_run  # noqa: PLC0415  # as above

    asks = confirmation.undo_is_asked(given, observer, yes=yes)
    with (
        undo_run.asked(name, {**given, "confirm": asks}, yes=yes or asks) as (settings, path),
        resumption.held([str(settings.undo)], besides=resumption.undo_of(str(settings.undo))),
    ):
        return _begin(settings, observer, path)


def write_missing_results(name: str, observer: Observer) -> None:
    """Write the results of a run that ended before it wrote them, as far as its record knows; nothing is read or sent.

    Raises as `run` does.
    """
    with resumption.resumed(name, {}) as (own, claimed):
        settings = replace(own, dry_run=True, offline=True)
        catalog = Catalog(settings, wiring.pace(settings), observer.message, claimed.names)
        table, plan, _ = _plan(claimed.path, settings, catalog)
        with Ledger.open(ledger_place(), str(claimed.resumed)) as ledger:
            finalize.write_missing(PlannedRun(settings, observer, table, plan, catalog, settings.output), ledger)
