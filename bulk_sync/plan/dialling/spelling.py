"""Which digits do cells hold? For cells of nothing but digits, a plus before them, and plain punctuation.

In such a cell phonenumbers looks at nothing but the digits and the plus (`_extract_possible_number`,
`_is_viable_phone_number`, `_normalize`), and none of the rules for odd cells in `plan.phone` applies, but the one about
`.0`. All other cells are odd: `plain` may bring one of them into that form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.in_bytes import InBytes
from bulk_sync.plan.dialling.digits import END, MOST_DIGITS, WIDTH, Digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FEWEST_DIGITS = 3
"""With fewer, phonenumbers calls some spellings viable and others not."""

_LONGEST_CELL = 100
"""Bytes; phonenumbers takes up to 250 letters."""

_PUNCTUATION, _PLUS, _ODD, _BETWEEN = range(20, 24)
_PLAIN = " ()-."
_SEPARATOR = "\0"


def _kind(letter: str) -> int:
    if letter in "0123456789":
        return int(letter)
    return _PUNCTUATION if letter in _PLAIN else {"+": _PLUS, _SEPARATOR: _BETWEEN}.get(letter, _ODD)


_KINDS = bytes(_kind(chr(byte)) for byte in range(256))
"""What a byte of UTF-8 is: a digit (0 to 9), or one of the kinds above."""


@dataclass(slots=True)
class Spelled:
    """Cells as digits, a place per cell; `odd` ones mean nothing here, and a cell without digits is odd."""

    digits: Digits
    length: NDArray[np.int64]
    plus: NDArray[np.bool_]
    odd: NDArray[np.bool_]


def spelled(cells: Sequence[str]) -> Spelled:
    """The digits of cells, spaces around them or not."""
    # bytes that are not ASCII are odd in every encoding in which others are
    data = cells.joined(_LONGEST_CELL + 1) if isinstance(cells, InBytes) else _joined(cells)
    return _Cells(np.frombuffer(data.translate(_KINDS), dtype=np.uint8), data).spelled()


def _joined(cells: Sequence[str]) -> bytes:
    """The cells with a separator before the first and behind each: every byte of a cell has neighbours."""
    text = _SEPARATOR.join(cells)
    if text.count(_SEPARATOR) >= max(len(cells), 1):
        text = _SEPARATOR.join([cell.replace(_SEPARATOR, "?") for cell in cells])
    return f"{_SEPARATOR}{text}{_SEPARATOR}".encode("utf-8", "surrogatepass")


class _Cells:
    """The kinds of the bytes of cells; `_separators`: where a cell ends, and where the first begins."""

    def __init__(self, kind: NDArray[np.uint8], data: bytes) -> None:
        self._kind, self._data = kind, np.frombuffer(data, dtype=np.uint8)
        self._separators = np.flatnonzero(kind == _BETWEEN)
        self._count = len(self._separators) - 1
        digits = kind < END
        so_far = np.cumsum(digits, dtype=np.int32).take(self._separators).astype(np.int64)
        self._at = np.flatnonzero(digits)
        self._before, self._length = so_far[:-1], np.diff(so_far)

    def spelled(self) -> Spelled:
        """The cells' digits."""
        odd = (self._length < _FEWEST_DIGITS) | (self._length > MOST_DIGITS)
        odd |= np.diff(self._separators) > _LONGEST_CELL
        odd[self._cells_with(np.flatnonzero(self._kind == _ODD))] = True
        plus = self._pluses(odd)
        numbers = self._numbers()
        length = self._length.copy()
        self._drop_decimals(numbers, length, odd)
        return Spelled(Digits(numbers), length, plus, odd)

    def _numbers(self) -> NDArray[np.uint8]:
        """The digits, WIDTH places for each cell; those that are too many are left out."""
        numbers = np.full(self._count * WIDTH, END, dtype=np.uint8)
        shift = np.arange(self._count, dtype=np.int64) * WIDTH - self._before
        target = np.arange(len(self._at), dtype=np.int64) + np.repeat(shift, self._length)
        digits = self._kind.take(self._at)
        if self._length.max(initial=0) > MOST_DIGITS:
            fits = np.repeat(self._length <= MOST_DIGITS, self._length)
            target, digits = target[fits], digits[fits]
        numbers[target] = digits
        return numbers

    def _cells_with(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The cells that these bytes belong to."""
        return np.searchsorted(self._separators, at) - 1

    def _pluses(self, odd: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which cells have a plus. One that does not stand before all digits, or not alone, makes a cell odd."""
        at = np.flatnonzero(self._kind == _PLUS)
        cell = self._cells_with(at)
        plus = np.bincount(cell, minlength=self._count)
        odd |= plus > 1
        if len(self._at):
            first_digit = self._at.take(np.minimum(self._before.take(cell), len(self._at) - 1))
            odd[cell[at > first_digit]] = True
        return plus > 0

    def _drop_decimals(self, numbers: NDArray[np.uint8], length: NDArray[np.int64], odd: NDArray[np.bool_]) -> None:
        """The zero of `4155552671.0` is none of the number's; more zeros behind a dot make a cell odd."""
        cells = np.flatnonzero(~odd)
        last = self._at.take(self._before.take(cells) + length.take(cells) - 1)
        zero = np.flatnonzero(self._data.take(last) == ord("0"))
        cells, last = cells.take(zero), last.take(zero)
        before = self._before_zeros(last)
        dot = np.flatnonzero(self._data.take(before) == ord("."))
        cells, last, before = cells.take(dot), last.take(dot), before.take(dot)
        decimal = (
            (before == last - 1) & (self._kind.take(before - 1) < END) & (self._separators.take(cells + 1) == last + 1)
        )
        decimal &= length.take(cells) > _FEWEST_DIGITS
        odd[cells[~decimal]] = True
        dropped = cells[decimal]
        length[dropped] -= 1
        numbers[dropped * WIDTH + length[dropped]] = END

    def _before_zeros(self, last: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place before the zeros that end at `last`."""
        before = last - 1
        while len(more := np.flatnonzero(self._data.take(before) == ord("0"))):
            before[more] -= 1
        return before


_ODD_LETTERS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_ALMOST_PLAIN = re.compile(
    # phonenumbers skips what stands before the first digit or plus, and drops what stands behind the last letter
    r"[^+0-9]*(?P<plain>\+?[0-9][0-9 ().-]*?)"
    r"(?:[ ,]*(?:ext\.?|extension|x|\#)[ ]*(?P<extension>[0-9]{1,7}))?[^0-9A-Za-z\#_]*",
    re.IGNORECASE,
)


def plain(cell: str) -> tuple[str, bool] | None:
    """A cleaned cell (as `plan.phone` cleans it) in a form that `spelled` reads, and whether an extension was dropped.

    None: it is more than plain digits with something around them, and phonenumbers must be asked.
    """
    text = cell if cell.isascii() else cell.translate(_ODD_LETTERS)
    found = _ALMOST_PLAIN.fullmatch(text) if len(text) <= _LONGEST_CELL and text.isascii() else None
    if found is None:
        return None
    # the cell is clean already: what still looks like a decimal is none
    return found["plain"].replace(".", " "), found["extension"] is not None
