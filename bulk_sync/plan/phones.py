"""The phone numbers of a column. `read_phone` is the judge; plain cells of long columns are decided together.

Patterns of the numbering plans run over the distinct texts of the column (RE2, by pyarrow). A cell is decided here only
where its digits can mean one thing, and the patterns say that it is valid; every other cell is read by itself, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bulk_sync.plan.cells import trimmed
from bulk_sync.plan.phone import Phone, read_phone
from bulk_sync.plan.rejection import Rejection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from bulk_sync.plan.phone import Dialling

WORTH_IT = 1_000
"""Cells of one country from which on they are decided together: the patterns take a while to compile."""

_MARKS = ("completed", "coded", "shortened", "labelled", "twofold")

_MOST_REMEMBERED = 100_000
"""Distinct cells whose reading is kept for the chunks to come."""


@dataclass(slots=True)
class PhoneColumn:
    """What the cells of a column hold, a place per cell.

    `digits`: of E.164; 0 where the cell is blank or refused; `calling`: the calling code, 0 there. `completed`,
    `coded`, `shortened`, `labelled` and `twofold` as in `Phone`. `refused`: the cells that hold no number that could be
    called, and why.
    """

    digits: NDArray[np.int64]
    calling: NDArray[np.int16]
    blank: NDArray[np.bool_]
    completed: NDArray[np.bool_]
    coded: NDArray[np.bool_]
    shortened: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    twofold: NDArray[np.bool_]
    refused: dict[int, Rejection]

    @classmethod
    def of(cls, cells: int, *, blank: bool = False) -> PhoneColumn:
        """A column of which nothing is known yet, or one that is blank."""
        digits, calling = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int16)
        marks = {name: np.zeros(cells, dtype=np.bool_) for name in _MARKS}
        return cls(digits, calling, np.full(cells, blank, dtype=np.bool_), **marks, refused={})

    def put(self, place: int, reading: Phone | Rejection | None) -> None:
        """Write down what the cell at a place holds; None: it is blank."""
        match reading:
            case None:
                self.blank[place] = True
            case Rejection():
                self.refused[place] = reading
            case Phone():
                self.digits[place], self.calling[place] = reading.digits, reading.calling
                for name in _MARKS:
                    getattr(self, name)[place] = getattr(reading, name)

    def spread(self, which: NDArray[np.int64], places: NDArray[np.int64], into: PhoneColumn) -> None:
        """Write into another column, at its `places`, what the cells here with the numbers `which` hold."""
        for name in ("digits", "calling", "blank", *_MARKS):
            getattr(into, name)[places] = getattr(self, name).take(which)
        is_refused = np.zeros(len(self.digits), dtype=np.bool_)
        is_refused[list(self.refused)] = True
        for at in np.flatnonzero(is_refused.take(which)).tolist():
            into.refused[int(places[at])] = self.refused[int(which[at])]


class Phones:
    """Reads columns of phone numbers, and remembers what was odd in them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Dialling], Phone | Rejection | None] = {}

    def read(self, cells: pd.Series[Any], diallings: Sequence[Dialling], which: NDArray[np.int64]) -> PhoneColumn:
        """Read a column; `which` says for each cell by which of `diallings` its number is read."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        found = PhoneColumn.of(len(cells))
        for number, count in enumerate(np.bincount(which, minlength=len(diallings)).tolist()):
            places = np.flatnonzero(which == number) if count else which[:0]
            texts = cells if count == len(cells) else cells.take(places)
            if count >= WORTH_IT:
                self._read_together(texts, diallings[number], places, found)
            else:
                self._read_each(texts, diallings[number], places, found)
        return found

    def _read_together(
        self, texts: pd.Series[Any], dialling: Dialling, places: NDArray[np.int64], found: PhoneColumn
    ) -> None:
        from bulk_sync.plan.arrow import Text  # noqa: PLC0415  # short columns do without
        from bulk_sync.plan.number_columns import decide  # noqa: PLC0415  # the same

        try:
            distinct, which = Text.of(texts).distinct()
        except UnicodeError:  # half a character, which Arrow cannot hold
            self._read_each(texts, dialling, places, found)
            return
        once = PhoneColumn.of(len(distinct))
        left = np.flatnonzero(~decide(distinct, dialling, once))
        self._read_each(distinct.take(left).cells(), dialling, left, once)
        once.spread(which, places, found)

    def _read_each(
        self, texts: Iterable[str], dialling: Dialling, places: NDArray[np.int64], found: PhoneColumn
    ) -> None:
        for text, place in zip(texts, places.tolist(), strict=True):
            found.put(place, self._one(text, dialling))

    def _one(self, cell: str, dialling: Dialling) -> Phone | Rejection | None:
        key = cell, dialling
        if key not in self._known:
            text = trimmed(cell)
            self._known[key] = read_phone(text, dialling) if text else None
        return self._known[key]
