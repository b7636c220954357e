"""Which phone numbers does a column hold?

`phone.read_phone` has the word. The plain majority is decided by column (`dialling`), which gives the same answers;
whatever it is not sure of, and columns too short to be worth it, go to `read_phone`, once per distinct cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from phonenumbers import ValidationResult

from bulk_sync.errors import Code
from bulk_sync.plan.cells import trimmed
from bulk_sync.plan.phone import Phone, cleaned, read_phone, why_not
from bulk_sync.plan.rejection import Rejection, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bulk_sync.plan.dialling.reading import Numbers
    from bulk_sync.plan.phone import Check

WORTH_IT = 1_000
"""Cells from which on a column is decided as one: the tables take as long to make as so many numbers to parse."""

_MOST_REMEMBERED = 100_000
"""Distinct cells whose reading is kept for the chunks to come."""


@dataclass(slots=True)
class PhoneColumn:
    """What the cells of a column hold, a place per cell.

    `digits`: of E.164; 0 where the cell is blank or refused. `blank`; `completed` and `shortened` as in `Phone`.
    `refused`: the cells that hold no number that could be called, and why.
    """

    digits: NDArray[np.int64]
    blank: NDArray[np.bool_]
    completed: NDArray[np.bool_]
    shortened: NDArray[np.bool_]
    refused: dict[int, Rejection]

    @classmethod
    def of(cls, cells: int) -> PhoneColumn:
        """A column of which nothing is known yet."""
        blank, completed, shortened = (np.zeros(cells, dtype=np.bool_) for _ in range(3))
        return cls(np.zeros(cells, dtype=np.int64), blank, completed, shortened, {})


class Phones:
    """Reads columns of phone numbers, and remembers what was odd in them."""

    def __init__(self, check: Check) -> None:
        self._check: Check = check
        self._known: dict[tuple[str, str | None], Phone | Rejection | None] = {}

    def read(self, cells: Sequence[str], regions: Sequence[str | None], region: NDArray[np.int64]) -> PhoneColumn:
        """Read a column; `region` says for each cell which of `regions` its number is dialled in."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        reading = _Reading(cells, regions, region, self._check, self._known)
        places = np.arange(len(cells))
        if len(cells) >= WORTH_IT:
            places = reading.read_by_column(cells, places)
            places = reading.read_almost_plain(places)
        reading.read_each(places)
        return reading.found


class _Reading:
    """A column on its way."""

    def __init__(
        self,
        cells: Sequence[str],
        regions: Sequence[str | None],
        region: NDArray[np.int64],
        check: Check,
        known: dict[tuple[str, str | None], Phone | Rejection | None],
    ) -> None:
        self.found = PhoneColumn.of(len(cells))
        self._cells, self._regions, self._region = cells, regions, region
        self._check, self._known = check, known

    def read_by_column(self, texts: Sequence[str], places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Read the plain ones of `texts`, which are the cells at `places` or mean the same; the places of the rest."""
        from bulk_sync.plan.dialling.countries import NOWHERE, known_countries  # noqa: PLC0415  # short ones do without
        from bulk_sync.plan.dialling.reading import read_numbers  # noqa: PLC0415  # the same
        from bulk_sync.plan.dialling.spelling import spelled  # noqa: PLC0415  # the same

        countries = known_countries()
        dialled_in = np.array([countries.place(region) for region in self._regions], dtype=np.int64)
        spelling = spelled(texts)
        region = np.where(spelling.odd, NOWHERE, dialled_in[self._region.take(places)])
        numbers = read_numbers(spelling.digits, spelling.length, spelling.plus, region, countries)
        good = numbers.valid if self._check == "valid" else numbers.possible == ValidationResult.IS_POSSIBLE
        sure = numbers.sure & ~spelling.odd & (numbers.fits | ~good)
        accepted = np.flatnonzero(sure & good)
        self.found.digits[places.take(accepted)] = numbers.e164.take(accepted)
        self.found.completed[places.take(accepted)] = numbers.completed.take(accepted)
        self._refuse(numbers, np.flatnonzero(sure & ~good), places)
        return places[~sure]

    def _refuse(self, numbers: Numbers, rows: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        @cache
        def why(reason: int, region: int, code: int, valid: bool) -> str | None:
            where = f"under +{code}" if code else f"in {self._regions[region]}"
            return why_not(reason, where, self._check, valid=valid)

        there = places.take(rows)
        completed, code = numbers.completed.take(rows), numbers.code.take(rows)
        columns = (
            there,
            numbers.possible.take(rows),
            np.where(completed, self._region.take(there), -1),
            np.where(completed, 0, code),
            numbers.valid.take(rows),
        )
        for place, *kind in zip(*(column.tolist() for column in columns), strict=True):
            text = f"{quoted(trimmed(self._cells[place]))} {why(*kind)}"
            self.found.refused[place] = Rejection(Code.INVALID_PHONE, text)

    def read_almost_plain(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Read the cells at `places` that are plain but for something around the number; the places of the rest."""
        from bulk_sync.plan.dialling.spelling import plain  # noqa: PLC0415  # as above

        cells = [self._cells[place] for place in places.tolist()]
        known = {cell: plain(cleaned(trimmed(cell))) for cell in dict.fromkeys(cells)}
        forms = [known[cell] for cell in cells]
        plain_ones = np.array([form is not None for form in forms], dtype=np.bool_)
        read = places[plain_ones]
        left = self.read_by_column([form[0] for form in forms if form], read)
        shortened = np.array([form[1] for form in forms if form], dtype=np.bool_)
        self.found.shortened[read] = shortened & (self.found.digits.take(read) > 0)
        return np.sort(np.concatenate([places[~plain_ones], left]))

    def read_each(self, places: NDArray[np.int64]) -> None:
        """Ask `read_phone` about the cells at `places`."""
        for place in places.tolist():
            key = self._cells[place], self._regions[self._region[place]]
            if key not in self._known:
                text = trimmed(key[0])
                self._known[key] = read_phone(text, key[1], self._check) if text else None
            match self._known[key]:
                case None:
                    self.found.blank[place] = True
                case Rejection() as refused:
                    self.found.refused[place] = refused
                case Phone() as phone:
                    self.found.digits[place] = phone.digits
                    self.found.completed[place] = phone.completed
                    self.found.shortened[place] = phone.shortened
