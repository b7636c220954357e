"""A results file as an earlier run wrote it: its cells, the runs it names, and the options of the last of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync import sources
from bulk_sync.errors import BadInput
from bulk_sync.ledger import Runs, ledger_place
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.runs.manifest import check_own, settings_of, values_of_both
from bulk_sync.settings import Role, named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bulk_sync.model import Table


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

    `given`: settings that were given anew. Raises BadInput where the file cannot be read.
    """
    how = {name: given[name] for name in ("sheet", "encoding", "delimiter") if given.get(name)}
    cells = ResultCells.of(_opened(path, how))
    runs = Runs(ledger_place())
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


def _opened(path: Path, how: dict[str, str]) -> Table:
    """The table of results in a file: of a workbook, the sheet that has them."""
    table = sources.open_table(
        path, sheet=how.get("sheet"), encoding=how.get("encoding"), delimiter=how.get("delimiter")
    )
    if _has_results(table) or "sheet" in how:
        return table
    for sheet in sources.sheet_names(path):
        with suppress(BadInput):
            other = sources.open_table(path, sheet=sheet)
            if _has_results(other):
                return other
    return table


def _has_results(table: Table) -> bool:
    return "sync_result" in {header.strip().casefold() for header in table.headers}
