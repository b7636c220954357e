"""What does a workbook hold?

`WorkbookTable` is one of its sheets as a table; `rows` gives the cells with their types, for those who write them
again.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.model import Chunk
from bulk_sync.tables.calamine import rows_of, sheet_names, sheet_of, workbook
from bulk_sync.tables.cells import all_shown, shown
from bulk_sync.tables.earlier_run import EarlierRun
from bulk_sync.tables.error_cells import error_cells
from bulk_sync.tables.fingerprint import Fingerprint
from bulk_sync.tables.header import WINDOW, find_header, is_blank, is_remark, lettered, skipped
from bulk_sync.tables.kinds import Kind
from bulk_sync.tables.sheets import choose_sheet
from bulk_sync.texts import Grid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from python_calamine import CalamineSheet

    from bulk_sync.tables.cells import Value
    from bulk_sync.tables.error_cells import Errors
    from bulk_sync.tables.header import Judge


MOST_KEPT = 2_000_000
"""Cells up to which a sheet stays in memory once it was read (about 100 MB); a larger one is read anew each time."""


@dataclass(slots=True)
class WorkbookTable:
    """One sheet of a workbook as a table. `row_count` is the number of rows under the header."""

    path: Path
    headers: tuple[str, ...]
    has_header: bool
    first_row: int
    notes: tuple[str, ...]
    kind: Kind
    sheet: str
    row_count: int
    errors: Errors = field(repr=False)
    fingerprint: Fingerprint
    _loaded: CalamineSheet | None = field(default=None, repr=False)

    @property
    def widest(self) -> int:
        """The number of columns."""
        return len(self.headers)

    def chunks(self, size: int = 50_000, only: Collection[int] | None = None) -> Iterator[Chunk]:
        """Every row under the header, in order, `size` rows at a time; of the columns `only`, if they are named.

        Raises:
            BadInput: the file is no longer the one that was opened.
        """
        wanted = range(self.widest) if only is None else sorted(set(only))
        rows, start, earlier = self.rows(), 0, EarlierRun.of(self.headers)
        telling = earlier.columns if earlier else set()
        while some := list(islice(rows, size)):
            columns = {column: all_shown([row[column] for row in some]) for column in {*wanted, *telling}}
            broken = earlier.still_broken(columns) if earlier else {}
            said = {at: all_shown(row) for at, row in enumerate(some) if str(row[0]).lstrip()[:1] == "#"}
            remarks = {at: cells for at, cells in said.items() if is_remark(cells)}
            yield Chunk(start, Grid({at: columns[at] for at in wanted}, len(some)), broken, remarks)
            start += len(some)

    def rows(self) -> Iterator[list[Value]]:
        """The rows under the header."""
        return islice(self.all_rows(), self.first_row - 1, None)

    def rows_above(self) -> list[list[Value]]:
        """The rows over the header."""
        return list(islice(self.all_rows(), self.first_row - 1 - self.has_header))

    def all_rows(self) -> Iterator[list[Value]]:
        """The rows of the sheet, from its first on."""
        self.fingerprint.check(self.path)
        if self._loaded is None:
            with workbook(self.path) as book:
                sheet = sheet_of(book, self.sheet)
        else:
            sheet = self._loaded
        width = self.widest
        for row in rows_of(sheet, self.errors, is_ods=self.kind is Kind.ODS):
            yield row if len(row) == width else row[:width]


def open_workbook(path: Path, kind: Kind, judge: Judge, *, sheet: str | None) -> WorkbookTable:
    """Open a workbook: choose the sheet, find its header.

    Raises:
        BadInput: it is damaged, locked or empty, or has no such sheet.
    """
    fingerprint = Fingerprint.of(path)
    with workbook(path) as book, ThreadPoolExecutor(1) as beside:
        names = sheet_names(book)
        loaded: dict[str, CalamineSheet] = {}
        looked_up: dict[str, Future[Errors]] = {}

        def is_empty(name: str) -> bool:
            # both take their time reading the sheet, and most of that without Python
            looked_up[name] = beside.submit(error_cells, path, kind, name)
            loaded[name] = sheet_of(book, name)
            return next(rows_of(loaded[name], {}), None) is None

        chosen = choose_sheet(path, names, sheet, is_empty)
        errors = looked_up[chosen].result()
    extent = _measured(rows_of(loaded[chosen], errors, is_ods=kind is Kind.ODS))
    header = find_header(extent.top, judge)
    if header is None:
        raise BadInput(f'The sheet "{chosen}" of {path.name} holds nothing but blank cells; name another with --sheet.')
    first_row = header.at + 1 + header.present
    which = (f'the sheet "{chosen}", one of {len(names)}',) if len(names) > 1 else ()
    return WorkbookTable(
        path=path,
        headers=tuple(extent.top[header.at][: extent.width]) if header.present else lettered(extent.width),
        has_header=header.present,
        first_row=first_row,
        notes=(*which, *skipped(extent.top, header)),
        kind=kind,
        sheet=chosen,
        row_count=extent.height - first_row + 1,
        errors=errors,
        fingerprint=fingerprint,
        _loaded=loaded[chosen] if extent.width * extent.height <= MOST_KEPT else None,
    )


@dataclass(slots=True)
class _Extent:
    """How far a sheet's cells reach, and what its first rows say."""

    width: int = 0
    height: int = 0
    top: list[list[str]] = field(default_factory=list)


def _measured(rows: Iterator[list[Value]]) -> _Extent:
    extent = _Extent()
    filled = 0
    for row in rows:
        extent.height += 1
        if len(row) > extent.width and any(value != "" for value in row[extent.width :]):
            extent.width = max(at for at, value in enumerate(row) if value != "") + 1
        if filled < WINDOW:
            extent.top.append([shown(value) for value in row])
            filled += not is_blank(extent.top[-1])
    return extent
