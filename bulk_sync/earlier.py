"""Which rows of a results file need not be sent again? (`retry`)

A row is sent if it was not sent, failed in a way that another try may cure, or says something else than what was sent:
somebody has corrected it since. What was sent is known from the ledger of the run that the row names. Where that is on
another computer, or forgotten, the row's own `sync_` cells have to do.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bulk_sync import tables
from bulk_sync.errors import BadInput, Code, Result
from bulk_sync.ledger import Ledger, Record, Runs, state_folder
from bulk_sync.model import SYNC_COLUMNS, Outcome
from bulk_sync.report.summary import plural
from bulk_sync.taking_up import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bulk_sync.model import Table, Update
    from bulk_sync.plan import Plan

_TAKEN_AGAIN = ("region", "phone_check", "columns", "sheet", "on_conflict", "variables", "base_url")
"""Options of the first run that a retry takes again. Spreadsheets save text in encodings of their own."""

_BY_WORD = {code.word: code for code in Code}
_BY_API = {Result.SUCCESS, Result.ERROR}


def standing(plan: Plan, table: Table) -> tuple[list[Record], str]:
    """What stands from earlier runs and is not sent again, and a sentence about it.

    Raises BadInput where the table is no results file, or was planned by other options.
    """
    cells = _Cells.of(table)
    with ExitStack() as stack:
        ledgers = _ledgers(cells.runs, stack)
        earlier = _Earlier(plan, cells, ledgers)
        found = [
            Record(update, outcome) for update in plan.updates() if (outcome := earlier.stands(update)) is not None
        ]
    unknown = sorted(cells.runs - set(ledgers))
    caution = (
        f" The record of {', '.join(unknown)} is not on this computer: corrections to rows that were sent already can "
        "only be seen in their numbers."
        if unknown
        else ""
    )
    return found, f"{plural(len(found), 'call')} of {len(plan.sequence):,} need not be sent again.{caution}"


def options_of_its_run(path: Path) -> dict[str, Any]:
    """The options that decided what the run sent that wrote this results file; none, where it is not known here.

    Raises BadInput where the file cannot be read.
    """
    cells = _Cells.of(tables.open_table(path))
    runs = Runs(state_folder())
    for name in sorted(cells.runs, reverse=True):
        if runs.has(name) and not (run := runs.find(name)).trouble:
            noted = asdict(settings_of(run.facts["options"]))
            return {name: noted[name] for name in _TAKEN_AGAIN}
    return {}


def _ledgers(names: set[str], stack: ExitStack) -> dict[str, Ledger]:
    runs = Runs(state_folder())
    found = {name: ledger for name in sorted(names) if (ledger := runs.open(name)) is not None}
    for ledger in found.values():
        stack.callback(ledger.close)
    return found


@dataclass(frozen=True, slots=True)
class _Cells:
    """The `sync_` columns of a results file, each as long as the table; one that is missing is blank."""

    by_name: Mapping[str, list[str]]

    @classmethod
    def of(cls, table: Table) -> _Cells:
        """Read them. Raises BadInput where there are none."""
        places = {header.strip().casefold(): at for at, header in enumerate(table.headers)}
        if "sync_result" not in places:
            raise BadInput(
                f"{table.path.name} is no results file: it has no column sync_result. Give the file that a run wrote, "
                "or sync this one: leave out the word retry."
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

    def cell(self, name: str, row: int) -> str:
        """One cell, by the row's position."""
        return self.by_name[name][row]


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What earlier runs did for the rows of a plan."""

    plan: Plan
    cells: _Cells
    ledgers: Mapping[str, Ledger]

    def stands(self, update: Update) -> Outcome | None:
        """The outcome that still stands; None: it is to be sent."""
        result = self.cells.cell("sync_result", update.row).casefold()
        retryable = self.cells.cell("sync_retryable", update.row).casefold() == "yes"
        if result in {"", Result.NOT_SENT.value, Result.WOULD_SEND.value} or retryable:
            return None
        for run, ledger in self.ledgers.items():
            outcome = ledger.same(update)
            if outcome is not None and not outcome.code.retryable:
                return replace(outcome, run=outcome.run or run)
        if self.cells.cell("sync_run", update.row) in self.ledgers:
            return None  # what was sent for this row is known, and was something else
        return self._as_it_says(update)

    def _as_it_says(self, update: Update) -> Outcome | None:
        """What the row's own cells say, if they are about the same contact."""
        row = update.row
        code = _BY_WORD.get(self.cells.cell("sync_code", row))
        sent_to = self.cells.cell("sync_phone", row)
        if code is None or code.result not in _BY_API or not self.cells.cell("sync_at", row):
            return None  # it was never sent
        if update.contact_id is None and sent_to.lstrip("+") != (update.phone or "").lstrip("+"):
            if code.result is Result.SUCCESS:
                raise BadInput(
                    f"Row {row + self.plan.first_row} was sent to {sent_to} and now reads as {update.phone}, and the "
                    "record of that run is not on this computer. Give the options of the first run (such as --region), "
                    "or, if the number was corrected, empty the row's sync_result."
                )
            return None
        return Outcome(
            code if code is not Code.MERGED else Code.UPDATED,
            self.cells.cell("sync_error", row),
            _whole(self.cells.cell("sync_http_status", row)),
            _whole(self.cells.cell("sync_attempts", row)) or 0,
            _epoch(self.cells.cell("sync_at", row)),
            self.cells.cell("sync_contact_id", row) or None,
            sent_to or None,
            self.cells.cell("sync_previous_status", row) or None,
            self.cells.cell("sync_previous_campaign", row) or None,
            self.cells.cell("sync_run", row) or None,
        )


def _whole(text: str) -> int | None:
    text = text.removesuffix(".0")
    return int(text) if text.isdecimal() else None


def _epoch(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
