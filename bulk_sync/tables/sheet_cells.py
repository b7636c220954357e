"""A sheet's cells, however they were read: how far they reach, which rows are hidden, and the cells row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.model import letter
from bulk_sync.tables.stderr import silence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bulk_sync.tables.cells import Value

MOST_CELLS = 50_000_000
"""Cells of the area that a sheet's filled cells span."""

MOST_KEPT = 2_000_000
"""Cells up to which a sheet stays in memory once it was read (about 100 MB); a larger one is read anew each time."""

MOST_TEXT, MOST_TEXT_KEPT = 1_000_000_000, 100_000_000
"""Characters of all cells together: what is read at most, and what stays in memory."""

SparseRow = tuple[int, bool, "dict[int, Value]"]
"""A row: its position from 0, whether it is hidden, and its cells by their positions from 0."""


class ErrorText(str):
    """What a cell shows that holds an error: `#N/A`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook. `read` reads its cells with care; `read_fast` may fail in any way, and does it faster."""

    name: str
    is_hidden: bool
    read: Callable[[], Iterator[SparseRow]]
    read_fast: Callable[[], Iterable[list[Value]] | None] = lambda: None


@dataclass(slots=True)
class SheetCells:
    """The cells of a sheet. Blank ones that stand behind all others in their row, or below all others, are none."""

    width: int
    height: int
    hidden: frozenset[int]
    _rows: Callable[[], Iterable[list[Value]]] = field(repr=False)

    def rows(self) -> Iterator[list[Value]]:
        """Every row from the sheet's first on, all of them `width` wide."""
        width = self.width
        for row, _ in zip(chain(self._rows(), repeat([])), range(self.height), strict=False):
            missing = width - len(row)
            yield row if not missing else row[:width] if missing < 0 else [*row, *[""] * missing]


def cells_of(path: Path, sheet: Sheet) -> SheetCells:
    """The cells of a sheet, read once.

    Raises:
        BadInput: they span more than can be read.
    """
    fast = _read_fast(sheet)
    return fast if fast is not None else _read(path, sheet)


def _read_fast(sheet: Sheet) -> SheetCells | None:
    try:
        with silence():
            rows = sheet.read_fast()
            if rows is None:
                return None
            width, height = _extent(rows)
    except Exception:  # noqa: BLE001  # whatever it was, the careful way is left
        return None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # calamine's, of no ordinary kind
            return None
        raise
    if width * height <= MOST_KEPT:
        return SheetCells(width, height, frozenset(), lambda: rows)
    return SheetCells(width, height, frozenset(), lambda: sheet.read_fast() or [])


def _extent(rows: Iterable[list[Value]]) -> tuple[int, int]:
    """How wide and how high the filled cells reach."""
    width = height = 0
    for number, row in enumerate(rows, start=1):
        if len(row) > width and any(value != "" for value in row[width:]):
            width = max(at for at, value in enumerate(row) if value != "") + 1
            height = number
        elif row and (row[0] != "" or row.count("") != len(row)):  # most rows are filled from their first cell on
            height = number
    return width, height


def _read(path: Path, sheet: Sheet) -> SheetCells:
    width = height = cells = text = 0
    hidden: list[int] = []
    kept: list[SparseRow] | None = []
    for row, is_hidden, found in sheet.read():
        filled = {at: value for at, value in found.items() if value != ""}
        if not filled:
            continue
        height, width = row + 1, max(width, max(filled) + 1)
        if height * width > MOST_CELLS:
            raise too_large(path, sheet.name, row, max(filled), height * width)
        if is_hidden:
            hidden.append(row)
        cells += len(filled)
        text += sum(len(value) for value in filled.values() if isinstance(value, str))
        if text > MOST_TEXT:
            raise _too_long(path, sheet.name, row)
        if kept is not None:
            kept.append((row, is_hidden, filled))
            kept = kept if cells <= MOST_KEPT and text <= MOST_TEXT_KEPT else None
    return SheetCells(width, height, frozenset(hidden), lambda: _dense(sheet.read() if kept is None else kept))


def _dense(rows: Iterable[SparseRow]) -> Iterator[list[Value]]:
    at = 0
    for row, _, cells in rows:
        yield from repeat([], row - at)
        at = row + 1
        if not cells:
            yield []
            continue
        values: list[Value] = [""] * (max(cells) + 1)
        for position, value in cells.items():
            values[position] = value
        yield values


def too_large(path: Path, sheet: str, row: int, column: int, area: int) -> BadInput:
    """The refusal of a sheet whose cells span too much, up to this cell."""
    return BadInput(
        f'The sheet "{sheet}" of {path.name} reaches to cell {letter(column)}{row + 1}: an area of {area:,} cells, and '
        f"bulk-sync reads up to {MOST_CELLS:,}. If nothing belongs there, delete that row and column in a spreadsheet "
        "program, save, and try again; if it does, save the sheet as several files."
    )


def _too_long(path: Path, sheet: str, row: int) -> BadInput:
    return BadInput(
        f'The cells of the sheet "{sheet}" of {path.name} hold more than {MOST_TEXT:,} characters up to row {row + 1}. '
        "Take out the columns that are not needed, save, and try again."
    )
