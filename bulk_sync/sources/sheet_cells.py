"""A sheet's cells, however they were read: how far they reach, which rows are hidden, and the cells row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.model import letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bulk_sync.sources.cell_values import Value

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""What a sheet has at most."""

MOST_CELLS = 50_000_000
"""Cells of the area that a sheet's filled cells span."""

_ALWAYS_FINE, _MOST_TIMES = 5_000_000, 100
"""Cells of that area whatever the size of the file, and how many times its bytes there may be of them beyond."""

MOST_KEPT = 2_000_000
"""Cells up to which a sheet stays in memory once it was read (about 100 MB); a larger one is read anew each time."""

_ROW_KEPT = 3
"""Cells that take as much memory as a row itself."""

MOST_TEXT, MOST_TEXT_KEPT = 1_000_000_000, 100_000_000
"""Characters of all cells together: what is read at most, and what stays in memory."""

_ALWAYS_COPIED = 250_000_000

SparseRow = tuple[int, bool, "dict[int, Value]"]
"""A row: its position from 0, whether it is hidden, and its cells by their positions from 0."""


class ErrorText(str):
    """What a cell shows that holds an error: `#N/A`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook. `read` reads its cells with care; `read_fast` sooner, or gives None."""

    name: str
    is_hidden: bool
    read: Callable[[], Iterator[SparseRow]]
    read_fast: Callable[[], SheetCells | None] = lambda: None


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


@dataclass(slots=True)
class Reach:
    """How far the filled cells of a sheet reach that have been seen."""

    path: Path
    sheet: str
    width: int = 0
    height: int = 0
    _widest: int = 0
    """The position of the row that reaches furthest to the right."""

    def to(self, row: int, column: int) -> None:
        """There is a filled cell at this position, too. Raises BadInput where they span more than can be read."""
        if column >= self.width:
            self.width, self._widest = column + 1, row
        self.height = max(self.height, row + 1)
        if self.height * self.width > _ALWAYS_FINE:
            self._check(self.height * self.width)

    def _check(self, area: int) -> None:
        if area > MOST_CELLS:
            most = f"and bulk-sync reads up to {MOST_CELLS:,}"
        elif area > _MOST_TIMES * self.path.stat().st_size:
            most = f"over {_MOST_TIMES} times what the file holds"
        else:
            return
        cell = f"cell {letter(self.width - 1)}{self._widest + 1}"
        down = f" and down to row {self.height:,}" if self._widest + 1 < self.height else ""
        raise BadInput(
            f'The sheet "{self.sheet}" of {self.path.name} reaches to {cell}{down}: an area of {area:,} cells, {most}. '
            "If nothing belongs there, delete that row and column in a spreadsheet program, save, and try again; if it "
            "does, save the sheet as several files."
        )


def cells_of(path: Path, sheet: Sheet) -> SheetCells:
    """The cells of a sheet, read once.

    Raises:
        BadInput: they span more than can be read.
    """
    fast = sheet.read_fast()
    if fast is not None:
        return fast
    reach = Reach(path, sheet.name)
    cells = text = 0
    hidden: list[int] = []
    kept: list[SparseRow] | None = []
    for row, is_hidden, found in sheet.read():
        filled = {at: value for at, value in found.items() if value != ""} if "" in found.values() else found
        if not filled:
            continue
        reach.to(row, max(filled))
        if is_hidden:
            hidden.append(row)
        cells += len(filled) + _ROW_KEPT
        text += sum(len(value) for value in filled.values() if isinstance(value, str))
        if text > MOST_TEXT:
            raise too_long(path, sheet.name, row, MOST_TEXT)
        if kept is not None:
            kept.append((row, is_hidden, filled))
            kept = kept if cells <= MOST_KEPT and text <= MOST_TEXT_KEPT else None
    return SheetCells(
        reach.width, reach.height, frozenset(hidden), lambda: _dense(sheet.read() if kept is None else kept)
    )


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


def most_copied(path: Path) -> int:
    """Bytes of text that the cells of a sheet may have where each has a copy of its own of a text that they share."""
    return min(MOST_TEXT, max(_ALWAYS_COPIED, _MOST_TIMES * path.stat().st_size))


def too_long(path: Path, sheet: str, row: int, most: int) -> BadInput:
    """The refusal of a sheet whose cells hold more characters than there may be, up to this row."""
    return BadInput(
        f'The cells of the sheet "{sheet}" of {path.name} hold more than {most:,} characters up to row {row + 1}. '
        "Take out the columns that are not needed, save, and try again."
    )
