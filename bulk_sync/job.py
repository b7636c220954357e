"""START HERE. What happens in a run, from the file to the results?

A table is opened and its columns are chosen; every row is planned; the calls are sent and their outcomes recorded; the
results file says what became of every row. Each stage has a folder of its own; only this file and `preparing`, which
makes what the stages take from the settings, know more than one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bulk_sync import placing, preparing, tables
from bulk_sync.errors import BadInput, Code, Result
from bulk_sync.ledger import Ledger, state_folder
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.plan import Plan, make_plan
from bulk_sync.report.summary import Summary, calls_by_kind, file_facts, opened
from bulk_sync.results import Results, Unsent
from bulk_sync.send.sending import Sent, send
from bulk_sync.send.twins import Twins
from bulk_sync.tables import columns as choosing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bulk_sync.model import Outcome, Table, Update
    from bulk_sync.settings import Settings


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
    """Sync a file, or preview it. Raises BadInput and BadConfiguration where nothing could begin."""
    with placing.the_input(settings) as path:
        table, columns = preparing.open_input(path, settings)
        out, elsewhere = placing.place_for_results(settings, path)
        tables.check_output(table, out or tables.default_output(path), sync_columns=SYNC_COLUMNS)
        preparing.check_access(settings)
        for sentence in (opened(settings.input, table.notes), choosing.summary(table.headers, columns), elsewhere):
            watch.tell(sentence)
        plan = make_plan(table.chunks(), columns, preparing.rules(settings), first_row=table.first_row)
        for sentence in file_facts(plan.facts.completed, plan.facts.shortened, settings.region):
            watch.tell(sentence)
        carry = _preview if settings.dry_run else _sync
        return carry(settings, watch, plan, table, out)


def _preview(settings: Settings, watch: Watch, plan: Plan, table: Table, out: Path | None) -> Summary:
    """Say what would be sent; nothing is, for there is no client."""
    results = Results(plan, placing.new_run(), None, Unsent(Code.STOPPED, ""))
    place = _write(results, table, out, watch)
    seconds = preparing.pace(settings).budget().forecast(len(plan.sequence))
    return _summary(settings, plan, results, place, Sent(seconds, None, None), settled=0)


def _sync(settings: Settings, watch: Watch, plan: Plan, table: Table, out: Path | None) -> Summary:
    """Send what is to be sent, then write down what became of every row, however the sending ended."""
    run_id = placing.new_run()
    calls, settled = len(plan.sequence), 0
    with (
        preparing.api(settings, plan, watch.tell) as address,
        Ledger(state_folder(), run_id, preparing.facts(settings, address)) as ledger,
    ):
        kept = ledger.keep(table.path)

        def record(update: Update, outcome: Outcome, seconds_left: float) -> None:
            nonlocal settled
            ledger.record(update.row, outcome)
            settled += 1
            watch.settled(update.row + plan.first_row, update, outcome, seconds_left)

        watch.begin(calls)
        unsent = Unsent(Code.STOPPED, "The run failed before this row. Send it again with the same command.")
        try:
            twins = Twins(plan.first_row) if plan.names_contacts_both_ways else None
            shared_in = None if settings.sandbox else state_folder()
            pace = preparing.pace(settings)
            sent = send(plan.updates(), calls, address, pace, record, twins=twins, shared_in=shared_in, tell=watch.tell)
            if sent.stopped is not None:
                unsent = Unsent(sent.stopped.code, str(sent.stopped))
        finally:
            watch.end()
            results = Results(plan, run_id, ledger.outcomes, unsent)
            place = _write(results, table, out, watch, lambda: preparing.open_input(kept, settings)[0])
        summary = _summary(settings, plan, results, place, sent, settled)
        ledger.finish(summary.exit_code)
        return summary


def _write(
    results: Results, table: Table, out: Path | None, watch: Watch, as_it_was: Callable[[], Table] | None = None
) -> Path | None:
    """Write the results file; `as_it_was` opens the table again where its file has changed since the run began."""

    def write(to: Path) -> None:
        try:
            tables.write_results(table, to, results.frames(), sync_columns=SYNC_COLUMNS)
        except BadInput:
            if as_it_was is None:
                raise
            tables.write_results(as_it_was(), to, results.frames(), sync_columns=SYNC_COLUMNS)

    with placing.undisturbed():
        place, elsewhere = placing.deliver(write, out, table.path)
    watch.tell(elsewhere)
    return place


def _summary(settings: Settings, plan: Plan, results: Results, place: Path | None, sent: Sent, settled: int) -> Summary:
    failed = any(result == Result.ERROR.value for result, _ in results.tally)
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
        seconds=sent.seconds,
        exit_code=sent.stopped.exit_code if sent.stopped else int(failed),
        limit=sent.limit,
        stopped=str(sent.stopped) if sent.stopped else None,
        examples=tuple(results.examples.values()),
    )
