"""A sheet's cells, however they were read: how far they reach, which rows are hidden, and the cells row by row."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.model import letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bulk_sync.sources.cell_values import Value

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""What a sheet has at most."""

MOST_CELLS = 50_000_000
"""Cells of the area that a sheet's filled cells span."""

ALWAYS_FINE, MOST_TIMES = 5_000_000, 100
"""Cells of that area whatever the size of the file, and how many times its bytes there may be of them beyond."""

MOST_KEPT = 2_000_000
"""Cells up to which a sheet stays in memory once it was read (about 100 MB); a larger one is read anew each time."""

_ROW_KEPT = 2
"""Cells that take as much memory as a row itself."""

MOST_TEXT, MOST_TEXT_KEPT = 1_000_000_000, 100_000_000
"""Characters of all cells together: what is read at most, and what stays in memory."""

_ALWAYS_COPIED = 250_000_000

SheetRow = tuple[int, bool, "list[Value]"]
"""A row: its position from 0, whether it is hidden, and its cells from the sheet's first column on."""


class ErrorText(str):
    """What a cell shows that holds an error: `#N/A`."""

    __slots__ = ()


class Uncalculated(str):
    """A formula that no program has worked out yet: a spreadsheet that opens the file would show what it comes to."""

    __slots__ = ()


Merge = tuple[int, int, int, int]
"""Cells that are shown as one: the positions of their first and last row, and of their first and last column."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook. `read` gives the rows that may hold anything, and adds to a set what is merged."""

    name: str
    is_hidden: bool
    read: Callable[[set[Merge]], Iterator[SheetRow]]


@dataclass(slots=True)
class SheetCells:
    """The cells of a sheet. Blank ones that stand behind all others in their row, or below all others, are none."""

    width: int
    height: int
    hidden: frozenset[int]
    merges: set[Merge]
    _filled: Callable[[], Iterable[SheetRow]] = field(repr=False)

    def rows(self) -> Iterator[list[Value]]:
        """Every row from the sheet's first on, all of them `width` wide."""
        blank: list[Value] = [""] * self.width
        below: SheetRow = self.height, False, blank
        filled = iter(self._filled())
        at, _, values = next(filled, below)
        for row in range(self.height):
            if row < at:
                yield [*blank]
            else:
                yield values if len(values) == self.width else [*values, *blank][: self.width]
                at, _, values = next(filled, below)


@dataclass(slots=True)
class Reach:
    """How far the filled cells of a sheet reach that have been seen."""

    path: Path
    sheet: str
    width: int = 0
    height: int = 0
    text: int = 0
    """Characters of the cells."""

    _widest: int = 0
    """The position of the row that reaches furthest to the right."""

    def to(self, row: int, column: int) -> None:
        """There is a filled cell at this position, too. Raises BadInput where they span more than can be read."""
        if column >= self.width:
            self.width, self._widest = column + 1, row
        self.height = max(self.height, row + 1)
        if self.height * self.width > ALWAYS_FINE:
            self._check(self.height * self.width)

    def hold(self, row: int, characters: int) -> None:
        """Cells of this row hold so many characters, too. Raises BadInput where all hold more than there may be."""
        self.text += characters
        if self.text > MOST_TEXT:
            raise BadInput(
                f'The cells of the sheet "{self.sheet}" of {self.path.name} hold more than {MOST_TEXT:,} characters up '
                f"to row {row + 1}. Take out the columns that are not needed, save, and try again."
            )

    def _check(self, area: int) -> None:
        if area > MOST_CELLS:
            most = f"and bulk-sync reads up to {MOST_CELLS:,}"
        elif area > MOST_TIMES * self.path.stat().st_size:
            most = f"over {MOST_TIMES} times what the file holds"
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
    """The cells of a sheet, read once. Raises BadInput where they span more than can be read."""
    reach = Reach(path, sheet.name)
    size = 0
    merges: set[Merge] = set()
    hidden: list[int] = []
    kept: list[SheetRow] | None = []
    with silence():
        for row, is_hidden, values in sheet.read(merges):
            width = _filled(values)
            if not width:
                continue
            reach.to(row, width - 1)
            if is_hidden:
                hidden.append(row)
            size += width + _ROW_KEPT
            reach.hold(row, sum(len(value) for value in values if isinstance(value, str)))
            if kept is not None:
                kept.append((row, is_hidden, values))
                kept = kept if size <= MOST_KEPT and reach.text <= MOST_TEXT_KEPT else None
    filled = partial(sheet.read, merges) if kept is None else lambda: kept
    return SheetCells(reach.width, reach.height, frozenset(hidden), merges, filled)


def _filled(values: Sequence[Value]) -> int:
    """How many cells there are up to the last that is not blank."""
    width = len(values)
    while width and values[width - 1] == "":
        width -= 1
    return width


def dense(cells: Mapping[int, Value]) -> list[Value]:
    """The cells of a row, by those that are not blank and their positions."""
    values: list[Value] = [""] * (max(cells, default=-1) + 1)
    for position, value in cells.items():
        values[position] = value
    return values


def most_copied(path: Path) -> int:
    """Bytes of text that the cells of a sheet may have where each has a copy of its own of a text that they share."""
    return min(MOST_TEXT, max(_ALWAYS_COPIED, MOST_TIMES * path.stat().st_size))


@contextmanager
def silence() -> Iterator[None]:
    """Keep the report of a panic (calamine's) off the terminal while the block lasts."""
    try:
        kept = os.dup(2)
    except OSError:
        yield  # no standard error to keep clean
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
