"""Which records of a text can be cut by arithmetic?

Nearly all of a usual file: as many cells as there are headers, quoted by the rules (RFC 4180) or not at all, a line
each or with line breaks in quoted cells. Their delimiters are found a block at a time, and no text is made of a cell
that nobody asks for. The first record that is anything else ends the stretch; `records` reads it with care. What stands
here is what `records` would read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bulk_sync.tables.reading import Shape

    Places = NDArray[np.intp]
    """Positions of bytes, in their order."""

LONGEST_CELL = 131_072
"""Characters that csv.reader takes in one cell; a cell has no more characters than bytes."""

_QUOTE, _RETURN, _NEWLINE = b'"\r\n'


@dataclass(slots=True)
class Stretch:
    """Consecutive records, `records` of them. Where their cells end is found out when somebody asks."""

    data: bytes
    shape: Shape
    records: int
    _ends: Places | None = None
    _text: str | None = None

    def __len__(self) -> int:
        return self.records

    def __reduce__(self) -> tuple[Callable[..., Stretch], tuple[object, ...]]:
        """To another process goes what it would have to find out again, in as few bytes as will do."""
        ends = None if self._ends is None else self._ends.astype(np.int32)
        return Stretch, (self.data, self.shape, self.records, ends)

    @property
    def ends(self) -> Places:
        """Where in the bytes each cell ends, rows by columns."""
        if self._ends is None:
            self._ends = stretch_of(self.data, self.shape).ends
        return self._ends

    def lines(self) -> list[str]:
        """The records without their line ends, in Latin-1."""
        lines = self._latin().split(self.shape.line_end)
        return lines[:-1] if len(lines) == self.records + 1 else self.pieces(0, self.shape.width - 1)

    def divided(self, at: int) -> tuple[Stretch, Stretch]:
        """The first `at` records, and the rest."""
        newlines = np.flatnonzero(np.frombuffer(self.data, dtype=np.uint8) == _NEWLINE)
        cut = int(newlines[at - 1] if len(newlines) == self.records else self.ends[at - 1, -1]) + 1
        first, rest = (None, None) if self._ends is None else (self._ends[:at], self._ends[at:] - cut)
        return (
            Stretch(self.data[:cut], self.shape, at, first),
            Stretch(self.data[cut:], self.shape, self.records - at, rest),
        )

    def pieces(self, first: int, last: int) -> list[str]:
        """The columns from `first` to `last` as they stand, delimiters between them and quotes included, in Latin-1."""
        starts, ends = self._bounds(first, last)
        text = self._latin()
        return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def column(self, at: int) -> tuple[Places, Places]:
        """Where the cells of a column begin and end, without the quotation marks around them."""
        starts, ends = self._bounds(at, at)
        quoted = np.frombuffer(self.data, dtype=np.uint8).take(starts) == _QUOTE
        return starts + quoted, ends - quoted

    def _bounds(self, first: int, last: int) -> tuple[Places, Places]:
        starts = self.ends[:, first - 1] + 1 if first else np.concatenate([[0], self.ends[:-1, -1] + 1])
        is_last = last == self.shape.width - 1
        return starts, self.ends[:, last] - (len(self.shape.line_end) - 1 if is_last else 0)

    def _latin(self) -> str:
        if self._text is None:
            self._text = self.data.decode("latin-1")
        return self._text


def stretch_of(data: bytes, shape: Shape) -> Stretch:
    """The records at the start of `data` that can be cut by arithmetic, up to the first that cannot."""
    codes = np.frombuffer(data, dtype=np.uint8)
    separates = codes == ord(shape.delimiter)
    separates |= codes == _NEWLINE
    ends = np.flatnonzero(separates)
    bad = len(data)
    if b'"' in data:
        quoted = _Quoted.of(codes, ends)
        bad = quoted.first_wrong(codes, separates)
        ends = np.delete(ends, quoted.inside)
    bad = min(bad, _wrong_line_end(codes, ends, shape.line_end, has_returns=b"\r" in data))
    rows = _rows(codes, ends, shape, bad)
    taken = ends[: rows * shape.width]
    cut = int(taken[-1]) + 1 if rows else 0
    return Stretch(data[:cut], shape, rows, taken.reshape(rows, shape.width))


def _rows(codes: NDArray[np.uint8], ends: Places, shape: Shape, bad: int) -> int:
    """How many lines in a row have as many cells as there are headers, none too long, and nothing bad before `bad`."""
    newlines = np.flatnonzero(codes[ends] == _NEWLINE)
    sizes = np.diff(newlines, prepend=-1)
    odd = np.flatnonzero(sizes != shape.width)
    rows = int(odd[0]) if len(odd) else len(sizes)
    long = np.flatnonzero(np.diff(ends[: rows * shape.width], prepend=-1) > LONGEST_CELL)
    if len(long):
        rows = int(long[0]) // shape.width
    return min(rows, int(np.searchsorted(ends[newlines[:rows]], bad)))


def _wrong_line_end(codes: NDArray[np.uint8], ends: Places, line_end: str, *, has_returns: bool) -> int:
    """The place of the first character that ends a line otherwise; behind the text where there is none.

    In a quoted cell a line may end either way, but with no return alone.
    """
    if line_end == "\n":
        return _first(np.flatnonzero(codes == _RETURN), codes) if has_returns else len(codes)
    newlines, returns = ends[codes[ends] == _NEWLINE], np.flatnonzero(codes == _RETURN)
    bare = newlines[codes[newlines - 1] != _RETURN]
    alone = returns[codes[np.minimum(returns + 1, len(codes) - 1)] != _NEWLINE]
    return min(_first(bare, codes), _first(alone, codes))


@dataclass(frozen=True, slots=True)
class _Quoted:
    """Where quotation marks open and close a cell, or part of one (`""` closes and opens again).

    `inside`: which of the ends are inside. `unclosed`: the place of the last mark, if nothing closes it.
    """

    opening: Places
    closing: Places
    inside: Places
    unclosed: Places

    @classmethod
    def of(cls, codes: NDArray[np.uint8], ends: Places) -> _Quoted:
        marks = np.flatnonzero(codes == _QUOTE)
        pairs = len(marks) // 2
        opening, closing = marks[: 2 * pairs : 2], marks[1 : 2 * pairs : 2]
        first, last = np.searchsorted(ends, opening), np.searchsorted(ends, closing)
        sizes = last - first
        inside = np.arange(sizes.sum()) + np.repeat(first - np.cumsum(sizes) + sizes, sizes)
        return cls(opening, closing, inside, marks[2 * pairs :])

    def first_wrong(self, codes: NDArray[np.uint8], separates: NDArray[np.bool_]) -> int:
        """The place of the first mark that breaks the rules; else behind the text."""
        behind = np.minimum(self.closing + 1, len(codes) - 1)
        starts_cell = separates[self.opening - 1] | (self.opening == 0)
        ends_cell = separates[behind] | (codes[behind] == _RETURN)
        doubled = self.closing[:-1] + 1 == self.opening[1:]
        starts_cell[1:] |= doubled
        ends_cell[:-1] |= doubled
        wrong = ~(starts_cell & ends_cell)
        return min(_first(self.opening[wrong], codes), _first(self.unclosed, codes))


def _first(places: Places, codes: NDArray[np.uint8]) -> int:
    return int(places[0]) if len(places) else len(codes)
