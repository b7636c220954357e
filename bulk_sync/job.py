"""START HERE. What happens in a run, from the file to the results?

A table is opened and its columns are chosen; every row is planned; the calls are sent and their outcomes recorded; the
results file says what became of every row. Each stage has a folder of its own; only this file and `preparing`, which
makes what the stages take from the settings, and their neighbours know more than one.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bulk_sync import abreast, placing, preparing, reporting, tables
from bulk_sync.again import earlier, taking_up, undo_table, undoing
from bulk_sync.again.earlier_table import its_runs
from bulk_sync.errors import BadInput, Code, Result
from bulk_sync.ledger import state_folder
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.report.summary import Summary, calls_by_kind, file_facts, opened
from bulk_sync.results import Results, Unsent
from bulk_sync.send.sending import Sent, Sharing, send
from bulk_sync.settings import Settings
from bulk_sync.tables import columns as choosing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.again.taking_up import Work
    from bulk_sync.model import Outcome, Table, Update
    from bulk_sync.plan import Plan

    Carry = Callable[["Settings", "Watch", Plan, Table, Path | None], Summary]


class Watch(Protocol):
    """Who is told how a run goes: a terminal, a log, nobody."""

    def tell(self, sentence: str) -> None:
        """Hear something found out or decided, for the person who runs it."""

    def begin(self, calls: int) -> None:
        """Hear that sending begins."""

    def settled(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:
        """Hear an update's outcome; `row` is the number that a spreadsheet shows, `seconds_left` a forecast."""

    def end(self) -> None:
        """Hear that sending is over."""


def run(settings: Settings, watch: Watch) -> Summary:
    """Sync a file, or preview it. Raises BadInput, BadConfiguration and AlreadyRunning where nothing could begin."""
    with placing.the_input(settings) as path:
        return _begin(settings, watch, path)


def resume(name: str | None, given: Mapping[str, Any], watch: Watch) -> Summary:
    """Go on with a run that was interrupted, the newest if `name` is None; `given` are settings that replace its own.

    Raises as `run` does.
    """
    with taking_up.resumed(name, given) as (settings, work):
        return _carry_out(settings, watch, work.path, partial(_sync, work))


def retry(file: str, given: Mapping[str, Any], watch: Watch) -> Summary:
    """Send again what did not get through, and what was corrected since, of a results file; write it back there.

    `given` are settings that replace those of the run that wrote the file. Raises as `run` does.
    """
    runs, options = its_runs(Path(file), given)
    with taking_up.holding(runs, besides=Path(file)):
        return run(Settings(**{**options, **given, "input": file, "retry": True}), watch)


def undo(name: str, given: Mapping[str, Any], watch: Watch, *, yes: bool) -> Summary:
    """Put back what a run changed, where it still stands as the run left it; without `yes`, say what that would be.

    `given` are settings that were given for this. Raises as `run` does.
    """
    with undoing.asked(name, given, yes=yes) as (settings, path):
        return _begin(settings, watch, path)


def _begin(settings: Settings, watch: Watch, path: Path) -> Summary:
    if settings.dry_run:
        return _carry_out(settings, watch, path, _preview)
    with taking_up.claimed(settings, path) as work:
        return _carry_out(settings, watch, path, partial(_sync, work))


def _carry_out(settings: Settings, watch: Watch, path: Path, carry: Carry) -> Summary:
    """Open the table and plan its rows; `carry` does the rest."""
    table, plan, sentences = (undoing.planned if settings.undo else _planned)(path, settings)
    out, elsewhere = placing.place_for_results(settings, path)
    tables.check_output(table, out or tables.default_output(path), sync_columns=SYNC_COLUMNS)
    preparing.check_access(settings)
    for sentence in (*sentences, elsewhere):
        watch.tell(sentence)
    return carry(settings, watch, plan, table, out)


def _planned(path: Path, settings: Settings) -> tuple[Table, Plan, list[str]]:
    """The table in a file, the plan of its rows, and what a person should know of both."""
    table, columns = preparing.open_input(path, settings)
    undo_table.refuse(table)
    plan = abreast.make_plan(table, columns, preparing.rules(settings))
    facts = file_facts(plan.facts.completed, plan.facts.shortened, settings.region)
    return table, plan, [opened(settings.input, table.notes), choosing.summary(table.headers, columns), *facts]


def _preview(settings: Settings, watch: Watch, plan: Plan, table: Table, out: Path | None) -> Summary:
    """Say what would be sent; nothing is, for there is no client, or (`undo`) one that only reads."""
    stands: dict[int, Outcome] = {}
    stopped = None
    if settings.retry:
        found = earlier.standing(plan, table, settings)
        stands = {record.update.row: record.outcome for record in found.records}
        watch.tell(found.sentence)
    elif settings.undo:
        plan, stopped = undoing.looked_at(settings, plan, table, watch.tell)
    elif (ledger := taking_up.unfinished(settings, table.path)) is not None:
        with ledger:
            updates = {record.update.row: record for record in ledger.records()}
            stands = {row: record.outcome for row, record in updates.items() if plan.update(row) == record.update}
            watch.tell(f"A real run would go on with run {ledger.run}: {len(stands):,} calls are settled already.")
    unsent = Unsent(stopped.code, str(stopped)) if stopped else None
    results = Results(plan, placing.new_run(), lambda start, stop: _between(stands, start, stop), unsent)
    place = _write(results, table, out, watch)
    seconds = preparing.pace(settings).budget().forecast(len(plan.sequence) - len(stands))
    sent = Sent(seconds, None, stopped, seconds)
    summary = _summary(settings, plan, results, place, sent, settled=len(stands), before=len(stands))
    if settings.undo and summary.calls_left and not stopped:
        summary = replace(summary, to_go_on=undoing.to_do_it(settings))
    watch.tell(reporting.write_asked(summary, settings.json_results))
    return summary


def _sync(work: Work, settings: Settings, watch: Watch, plan: Plan, table: Table, out: Path | None) -> Summary:
    """Send what has no outcome yet, then write down what became of every row, however the sending ended."""
    with (
        preparing.api(settings, plan, watch.tell) as address,
        taking_up.ledger_for(work, settings, address, out, watch.tell) as ledger,
    ):
        ledger.note({"first_row": plan.first_row})
        out, elsewhere = taking_up.beside_edits(out, ledger)
        watch.tell(elsewhere)
        if settings.retry and not ledger.settled():  # else this run was taken up, and has done so already
            watch.tell(earlier.adopt(plan, table, settings, ledger))
        updates, calls = taking_up.what_is_left(plan, ledger)
        before, now, began = ledger.settled(), 0, time.time()

        def record(update: Update, outcome: Outcome, seconds_left: float) -> None:
            nonlocal now
            ledger.record(update, outcome)
            now += 1
            watch.settled(update.row + plan.first_row, update, outcome, seconds_left)

        watch.begin(calls)
        to_go_on = taking_up.to_go_on(settings, ledger.run)
        unsent = Unsent(Code.STOPPED, f"The run failed before this row. {to_go_on}")
        try:
            twins, pace = taking_up.twins_of(plan, ledger), preparing.pace(settings)
            look = undoing.check(settings, table) if settings.undo else None
            with_others = Sharing(None if settings.sandbox else state_folder(), watch.tell)
            sent = send(updates, calls, address, pace, record, twins=twins, sharing=with_others, check=look)
            if sent.stopped is not None:
                unsent = Unsent(sent.stopped.code, f"{sent.stopped} {to_go_on}")
        finally:
            watch.end()
            results = Results(plan, ledger.run, ledger.outcomes, unsent)
            place = _write(
                results, table, out, watch, lambda: preparing.open_input(ledger.keep(work.path), settings)[0]
            )
        summary = _summary(settings, plan, results, place, sent, settled=before + now, before=before, began=began)
        reporting.keep(summary, ledger, is_sandbox=settings.sandbox)
        watch.tell(reporting.write_asked(summary, settings.json_results))
        return summary


def _between(outcomes: Mapping[int, Outcome], start: int, stop: int) -> Mapping[int, Outcome]:
    return {row: outcomes[row] for row in range(start, stop) if row in outcomes} if outcomes else {}


def _write(
    results: Results, table: Table, out: Path | None, watch: Watch, as_it_was: Callable[[], Table] | None = None
) -> Path | None:
    """Write the results file; `as_it_was` opens the table again where its file has changed since the run began."""

    def write(to: Path) -> None:
        try:
            abreast.write_results(table, to, results.frames(), sync_columns=SYNC_COLUMNS)
        except BadInput:
            if as_it_was is None:
                raise
            abreast.write_results(as_it_was(), to, results.frames(), sync_columns=SYNC_COLUMNS)

    with placing.undisturbed():
        place, elsewhere = placing.deliver(write, out, table.path)
    watch.tell(elsewhere)
    return place


def _summary(
    settings: Settings,
    plan: Plan,
    results: Results,
    place: Path | None,
    sent: Sent,
    *,
    settled: int = 0,
    before: int = 0,
    began: float | None = None,
) -> Summary:
    failed = any(result == Result.ERROR.value for result, _ in results.tally)
    left = len(plan.sequence) - settled
    return Summary(
        run=results.run,
        input=settings.input,
        results=place,
        dry_run=settings.dry_run,
        rows=len(plan),
        counts=dict(results.tally),
        calls=len(plan.sequence),
        calls_by_kind=calls_by_kind(plan),
        order=settings.order,
        settled=settled,
        settled_before=before,
        seconds=sent.seconds,
        exit_code=sent.stopped.exit_code if sent.stopped else int(failed),
        seconds_left=sent.seconds_left,
        began=began,
        ended=time.time(),
        to_go_on=taking_up.to_go_on(settings, results.run) if left and not settings.dry_run else None,
        limit=sent.limit,
        stopped=str(sent.stopped) if sent.stopped else None,
        examples=tuple(results.examples.values()),
    )
