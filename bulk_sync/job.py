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

from bulk_sync import missing_plus, placing, preparing, reporting, tables
from bulk_sync.again import taking_up, undo_table
from bulk_sync.errors import Code
from bulk_sync.input_table import open_input
from bulk_sync.ledger import Ledger, state_folder
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.naming import known
from bulk_sync.plan import planning
from bulk_sync.previewing import preview, preview_of_undo
from bulk_sync.report.summary import Summary, file_facts, hidden_rows, opened
from bulk_sync.results import Results, Unsent, besides
from bulk_sync.settings import STANDARD_INPUT, Settings
from bulk_sync.tables import columns as choosing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.again.taking_up import Work
    from bulk_sync.model import Outcome, Table, Update
    from bulk_sync.naming import Known
    from bulk_sync.plan import Plan

    Carry = Callable[..., Summary]


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

    def ask(self, question: str, count: int) -> bool:
        """Whether a person confirms something by typing a count; False where nobody is there to ask."""


def run(settings: Settings, watch: Watch) -> Summary:
    """Sync a file, or preview it. Raises BadInput, BadConfiguration and AlreadyRunning where nothing could begin."""
    with placing.the_input(settings) as path:
        return _begin(replace(settings, input=STANDARD_INPUT) if settings.is_stream else settings, watch, path)


def resume(name: str | None, given: Mapping[str, Any], watch: Watch) -> Summary:
    """Go on with a run that was interrupted, the newest if `name` is None; `given` are settings that replace its own.

    Raises as `run` does.
    """
    with taking_up.resumed(name, given) as (settings, work):
        if settings.dry_run:
            show = preview_of_undo if settings.undo else partial(preview, resumed=work.resumed)
            return _carry_out(settings, watch, work.path, show, work.names)
        return _carry_out(settings, watch, work.path, partial(_sync, work), work.names)


def retry(file: str, given: Mapping[str, Any], watch: Watch) -> Summary:
    """Send again what did not get through, and what was corrected since, of a results file; write it back there.

    `given` are settings that replace those of the run that wrote the file. Raises as `run` does.
    """
    from bulk_sync.again.earlier_table import its_runs  # noqa: PLC0415  # other commands do without

    runs, options = its_runs(Path(file), given)
    with taking_up.holding(runs, besides=Path(file)):
        return run(Settings(**{**options, **given, "input": file, "retry": True}), watch)


def undo(name: str, given: Mapping[str, Any], watch: Watch, *, yes: bool) -> Summary:
    """Put back what a run changed, where it still stands as the run left it; without `yes`, say what that would be.

    `given` are settings that were given for this. Raises as `run` does.
    """
    from bulk_sync.again import undoing  # noqa: PLC0415  # as below

    with undoing.asked(name, given, yes=yes) as (settings, path):
        return _begin(settings, watch, path)


def write_missing_results(name: str, watch: Watch) -> None:
    """Write the results of a run that ended before it wrote them, as far as its record knows; nothing is read or sent.

    Raises as `run` does.
    """
    with taking_up.resumed(name, {}) as (own, work):
        settings = replace(own, dry_run=True, offline=True)
        names = known(settings, preparing.pace(settings), watch.tell, work.names)
        table, plan, _ = (_planned_undo if settings.undo else _planned)(work.path, settings, names, watch.tell)
        with Ledger.open(state_folder(), str(work.resumed)) as ledger:
            reporting.write_missing(plan, table, ledger, settings, watch.tell)


def _begin(settings: Settings, watch: Watch, path: Path) -> Summary:
    if settings.dry_run:
        show = preview_of_undo if settings.undo else preview
        return _carry_out(settings, watch, path, show, taking_up.names_of(settings, path))
    with taking_up.claimed(settings, path) as work:
        return _carry_out(settings, watch, path, partial(_sync, work), work.names)


def _carry_out(settings: Settings, watch: Watch, path: Path, carry: Carry, noted: Mapping[str, Any] | None) -> Summary:
    """Open the table and plan its rows, by the names `noted` of a run that goes on; `carry` does the rest."""
    names = known(settings, preparing.pace(settings), watch.tell, noted)
    table, plan, sentences = (_planned_undo if settings.undo else _planned)(path, settings, names, watch.tell)
    out, elsewhere = placing.place_for_results(settings, path)
    tables.check_output(table, out or tables.default_output(path), sync_columns=SYNC_COLUMNS)
    preparing.check_access(settings)
    for sentence in (*sentences, elsewhere):
        watch.tell(sentence)
    return carry(settings, watch, plan, table, out, names=names)


def _planned(
    path: Path, settings: Settings, names: Known, tell: Callable[[str], None]
) -> tuple[Table, Plan, list[str]]:
    """The table in a file, the plan of its rows, and what a person should know of both."""
    table, columns = open_input(path, settings)
    undo_table.refuse(table)
    rules = preparing.rules(settings, names.used_by(columns))
    plan = names.settled(missing_plus.plan(partial(planning.make_plan, table, columns), rules, settings, names, tell))
    facts = file_facts(plan.facts.counts(), settings.region, plan.reasons.remarks) + names.sentences(plan)
    facts += hidden_rows(len(table.hidden), visible_only=settings.visible_only)
    return table, plan, [opened(settings.input, table.notes), choosing.summary(table.headers, columns), *facts]


def _planned_undo(path: Path, settings: Settings, *_: object) -> tuple[Table, Plan, list[str]]:
    """The same of an undo, which names nothing."""
    from bulk_sync.again import undoing  # noqa: PLC0415  # as below

    return undoing.planned(path, settings)


def _sync(
    work: Work, settings: Settings, watch: Watch, plan: Plan, table: Table, out: Path | None, *, names: Known
) -> Summary:
    """Send what has no outcome yet, then write down what became of every row, however the sending ended."""
    from bulk_sync import carrying  # noqa: PLC0415  # all that sends is a third of the start, and a preview needs it not

    with (
        preparing.api(settings, plan, watch.tell) as address,
        taking_up.ledger_for(work, settings, address, out, watch.tell) as ledger,
    ):
        ledger.note({"first_row": plan.first_row, **names.facts()})
        out, elsewhere = taking_up.beside_edits(out, ledger)
        watch.tell(elsewhere)
        if settings.retry and not ledger.settled():  # else this run was taken up, and has done so already
            watch.tell(_adopted(plan, table, settings, ledger))
        before, began = ledger.settled(), time.time()
        to_go_on = taking_up.to_go_on(settings, ledger.run)
        unsent = Unsent(Code.STOPPED, f"The run failed before this row. {to_go_on}")
        held: Mapping[int, Outcome] = {}
        try:
            carried = carrying.carry(settings, watch, plan, table, address=address, ledger=ledger, names=names)
            held = carried.sent.held
            if (stopped := carried.sent.stopped) is not None:
                unsent = Unsent(stopped.code, f"{stopped} {to_go_on}")
            watch.tell(reporting.write_fault(stopped, ledger))
        finally:
            results = Results(plan, ledger.run, besides(reporting.with_open_ends(ledger, to_go_on), held), unsent)
            place = reporting.write(
                results, table, out, watch.tell, lambda: open_input(ledger.keep(work.path), settings)[0],
                private=bool(ledger.facts().get("private")),
                has_sent=lambda: ledger.settled() > before or bool(ledger.open_ends()),
                on_complete=reporting.known_to(ledger),
            )  # fmt: skip
        summary = reporting.summary_of_run(
            settings, plan, results, place, carried, ledger=ledger, before=before, began=began
        )
        reporting.keep(summary, ledger, is_sandbox=settings.sandbox)
        watch.tell(reporting.write_asked(summary, settings.json_results))
        return summary


def _adopted(plan: Plan, table: Table, settings: Settings, ledger: Ledger) -> str:
    """Take over what earlier runs of a results file have settled; a sentence on that."""
    from bulk_sync.again import earlier  # noqa: PLC0415  # as in `retry`

    return earlier.adopt(plan, table, settings, ledger)
