"""A retry of a results file (`bulk-sync retry`): which of its rows need not be sent again.

A row is sent if it was not sent, failed in a way that another try may cure, or says something else than what was last
sent to its contact: somebody has corrected it since. What was sent is known from the ledgers of the runs that the rows
name. Where those are on another computer, or forgotten, the rows' own `sync_` cells have to do. A row that another row
had beaten does not come to life because somebody took the winner out of the table.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bulk_sync import sources
from bulk_sync.errors import BadInput, Code, Result, code_of
from bulk_sync.ledger import Ledger, Record, Runs
from bulk_sync.model import SYNC_COLUMNS, Outcome
from bulk_sync.report.summary import plural
from bulk_sync.runs.manifest import check_own, fingerprint, is_same_account, settings_of, values_of_both
from bulk_sync.runs.resume import overtake
from bulk_sync.settings import Role, named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bulk_sync.model import Table, Update
    from bulk_sync.plan import Plan
    from bulk_sync.settings import Settings
    from bulk_sync.wiring import PlannedRun

_BY_API = {Result.SUCCESS.value, Result.ERROR.value}

_BEATEN = (
    "Another row about this contact was used in the run before, and its values were kept. To send this row, empty its "
    "sync_result."
)

_WAS_HIDDEN = "The row was hidden in the workbook (--visible-only). To send it, empty its sync_result."


@dataclass(frozen=True, slots=True)
class ResultCells:
    """The `sync_` columns of a results file, each as long as the table; one that is missing is blank."""

    by_name: Mapping[str, list[str]]

    @classmethod
    def of(cls, table: Table) -> ResultCells:
        """Read them. Raises BadInput where there are none."""
        places = {header.strip().casefold(): at for at, header in enumerate(table.headers)}
        if "sync_result" not in places:
            raise BadInput(
                f"{table.path.name} is not a results file: it has no column sync_result. Give the file that a run "
                "wrote, or sync this one: leave out the word retry."
            )
        found: dict[str, list[str]] = {name: [] for name in SYNC_COLUMNS}
        for chunk in table.chunks():
            for name, cells in found.items():
                at = places.get(name)
                cells.extend([""] * len(chunk.cells) if at is None else [cell.strip() for cell in chunk.cells[at]])
        return cls(found)

    @property
    def runs(self) -> set[str]:
        """The runs that the rows name."""
        return set(self.by_name["sync_run"]) - {""}

    def row(self, at: int) -> Mapping[str, str]:
        """The cells of one row, by its position."""
        return {name: cells[at] for name, cells in self.by_name.items()}


def runs_and_options(path: Path, given: Mapping[str, Any]) -> tuple[frozenset[str], dict[str, Any]]:
    """The runs that a results file names, and the options that decided what the last of them sent, where it is known.

    `given`: settings that were given anew. Raises BadInput where the file cannot be read, or a run was undone.
    """
    how = {name: given[name] for name in ("sheet", "encoding", "delimiter") if given.get(name)}
    cells = ResultCells.of(_opened(path, how))
    runs = Runs()
    for name in cells.runs:
        _check_standing(name, runs)
    for name in sorted(cells.runs, reverse=True):
        run = runs.get(name)
        if run is not None and not run.trouble:
            own = settings_of(run.facts["options"])
            check_own(own, given, run.name, named(Role.FIXED))
            options = {name: getattr(own, name) for name in named(Role.REREAD)}
            options["values"] = values_of_both(own, given, run.name)
            if own.plus_missing is None:  # then what the CRM decided holds
                options["plus_missing"] = (run.facts.get("names") or {}).get("plus_missing")
            return frozenset(cells.runs), options
    return frozenset(cells.runs), {}


def _check_standing(name: str, runs: Runs) -> None:
    """Do nothing where what a run did still stands. Raises BadInput where another has put it back."""
    if undone := runs.undone(name):
        raise BadInput(
            f"These are results of run {name}, which run {undone} has undone: what they call a success is none any "
            "more, and which of their rows are still meant is not known, so nothing was sent. Delete the rows that are "
            "not, and sync what is left: leave out the word retry."
        )


def _opened(path: Path, how: dict[str, str]) -> Table:
    """The table of results in a file: of a workbook, the sheet that has them."""
    table = sources.open_table(
        path, sheet=how.get("sheet"), encoding=how.get("encoding"), delimiter=how.get("delimiter")
    )
    if _has_results(table) or "sheet" in how:
        return table
    for sheet in sources.sheet_names(path):
        with contextlib.suppress(BadInput):
            other = sources.open_table(path, sheet=sheet)
            if _has_results(other):
                return other
    return table


def _has_results(table: Table) -> bool:
    return "sync_result" in {header.strip().casefold() for header in table.headers}


@dataclass(frozen=True, slots=True)
class SettledBefore:
    """What is not sent again: its `records`, the `runs` that the rows name, and a sentence about it."""

    records: list[Record]
    open_ends: list[Record]
    runs: frozenset[str]
    sentence: str


def settled_before(run: PlannedRun) -> SettledBefore:
    """What stands from earlier runs.

    Raises BadInput where the table is no results file, or one of another account, or was planned by other options, and
    BadConfiguration where a ledger cannot be read.
    """
    plan, cells = run.plan, ResultCells.of(run.table)
    with contextlib.ExitStack() as stack:
        ledgers = _ledgers(cells.runs, run.settings, stack)
        earlier = _Earlier(plan, cells, ledgers, _cured(run.settings))
        found, open_ends = [], []
        for update in plan.updates():
            if (outcome := earlier.stands(update)) is not None:
                found.append(Record(update, outcome))
            elif (outcome := earlier.may_have_landed(update)) is not None:
                open_ends.append(Record(update, outcome))
    unknown = sorted(cells.runs - set(ledgers))
    caution = (
        f" The record of {', '.join(unknown)} is not on this computer: corrections to rows that were sent already can "
        "only be seen in their numbers, and rows that say DNC are sent again. To send another, empty its sync_result."
        if unknown
        else ""
    )
    sentence = f"{plural(len(found), 'update')} of {len(plan.sequence):,} already done.{caution}"
    return SettledBefore(found, open_ends, frozenset(cells.runs), sentence)


def adopt(found: SettledBefore, ledger: Ledger) -> str:
    """Put into a new run's ledger what stands from earlier ones, whose rest is its business now; a sentence about it.

    Raises BadConfiguration.
    """
    ledger.adopt(found.records)
    for record in found.open_ends:
        ledger.left_open(record.update, record.outcome)
    overtake(found.runs, by=ledger.run)
    return found.sentence


def _ledgers(names: set[str], settings: Settings, stack: contextlib.ExitStack) -> dict[str, Ledger]:
    """The ledgers of these runs that are here. Raises BadInput where one is of another account."""
    runs = Runs()
    found = {name: ledger for name in sorted(names) if (ledger := runs.open(name)) is not None}
    for name, ledger in found.items():
        stack.callback(ledger.close)
        facts = ledger.facts()
        if facts.get("sandbox") and not settings.sandbox:
            raise BadInput(
                f"These are results of a sandbox run ({name}): nothing of them is in the CRM. Sync the file itself."
            )
        key = settings.known_key()  # a preview may do without
        if not settings.sandbox and not is_same_account(facts, settings.base_url, key and fingerprint(key)):
            raise BadInput(
                f"Run {name} was made with another key or address, so what it did is not known here. Use those, or "
                "sync the file itself."
            )
    return found


def _cured(settings: Settings) -> frozenset[Code]:
    """What an option of this run lets through."""
    options = {
        Code.LEAVES_DNC: settings.allow_leaving_dnc,
        Code.STAYS_IN_DNC: settings.allow_leaving_dnc,
        Code.CONTACT_NOT_FOUND: settings.create_missing,
    }
    return frozenset(code for code, given in options.items() if given)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What earlier runs did for the rows of a plan. `cured`: errors that stand in the way no more."""

    plan: Plan
    cells: ResultCells
    ledgers: Mapping[str, Ledger]
    cured: frozenset[Code]

    def stands(self, update: Update) -> Outcome | None:
        """The outcome that still stands; None: it is to be sent."""
        cells = self.cells.row(update.row)
        result = cells["sync_result"].casefold()
        if result not in {Result.SKIPPED.value, *_BY_API} or cells["sync_retryable"].casefold() == "yes":
            return None
        code = code_of(cells["sync_code"], result)
        if code is Code.HIDDEN:
            return Outcome(Code.HIDDEN, _WAS_HIDDEN)
        if (result == Result.ERROR.value and code is None) or code in self.cured:
            return None
        last = self._last(update)
        if last is not None and _covers(last, update) and not last.outcome.code.retryable:
            return last.outcome
        is_beaten = last is not None and code is not Code.UNCHANGED
        if result == Result.SKIPPED.value and (is_beaten or code is Code.SUPERSEDED):
            return Outcome(Code.SUPERSEDED, _BEATEN)
        if last is not None or cells["sync_run"] in self.ledgers:
            return None  # what was sent for this row is known, and was something else
        return self._as_it_says(update, cells)

    def may_have_landed(self, update: Update) -> Outcome | None:
        """What is known of tries before, some of which may have been carried out, while it is not sent again."""
        cells = self.cells.row(update.row)
        result = cells["sync_result"].casefold()
        code = code_of(cells["sync_code"], result)
        if result != Result.ERROR.value or code is None or not code.retryable:
            return None
        why = re.split(" To (?:continue|go on):", cells["sync_error"])[0]
        status, tries = _whole(cells["sync_http_status"]), _whole(cells["sync_attempts"]) or 0
        return Outcome(code, why, status, tries, _epoch(cells["sync_at"]))

    def _last(self, update: Update) -> Record | None:
        """What was last sent to a contact by the runs that are known, with the name of the run that did."""
        found = [
            Record(record.update, replace(record.outcome, run=record.outcome.run or run))
            for run, ledger in self.ledgers.items()
            if (record := ledger.of_contact(update)) is not None
        ]
        return max(found, key=lambda record: record.outcome.at or 0.0, default=None)

    def _as_it_says(self, update: Update, cells: Mapping[str, str]) -> Outcome | None:
        """What the row's own cells say, if they are about the same contact. They do not tell which status was sent."""
        if update.change.status in self.plan.dnc:
            return None  # sending it twice costs two seconds, not sending it rings a person who said never
        result = cells["sync_result"].casefold()
        success = result == Result.SUCCESS.value
        code = Code.UPDATED if success else code_of(cells["sync_code"], result)
        if code is None or code.retryable or code.result not in {Result.SUCCESS, Result.ERROR} or not cells["sync_at"]:
            return None  # it was never sent, or in vain
        sent_to = cells["sync_phone"].removesuffix(".0").lstrip("+")
        if update.phone is not None and sent_to and sent_to != update.phone.lstrip("+"):
            if success:
                raise BadInput(
                    f"Row {update.row + self.plan.first_row} was sent to +{sent_to} and now reads as {update.phone}, "
                    "and the record of that run is not on this computer. Give the options of the first run (such as "
                    "--region), or, if the number was corrected, empty the row's sync_result."
                )
            return None
        return Outcome(
            code,
            cells["sync_error"],
            _whole(cells["sync_http_status"]),
            _whole(cells["sync_attempts"]) or 0,
            _epoch(cells["sync_at"]),
            cells["sync_contact_id"] or None,
            f"+{sent_to}" if sent_to else None,
            cells["sync_previous_status"] or None,
            cells["sync_previous_campaign"] or None,
            cells["sync_run"] or None,
        )


def _covers(last: Record, update: Update) -> bool:
    """Whether what was last sent to a contact was this, or, if it got through, this and more."""
    if last.update.change == update.change:
        return True
    asked, sent = update.change.said, last.update.change.said
    return last.outcome.code.result is Result.SUCCESS and all(sent.get(name) == asked[name] for name in asked)


def _whole(text: str) -> int | None:
    text = text.removesuffix(".0")
    return int(text) if text.isdecimal() else None


def _epoch(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
