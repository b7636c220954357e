"""Which numbers do digits stand for? What `phonenumbers.parse` decides, for all rows at once.

The steps are those of `phonenumbers.parse`, in their order, and named after its functions where they have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from phonenumbers import ValidationResult

from bulk_sync.plan.dialling.countries import NOWHERE, Countries
from bulk_sync.plan.dialling.digits import END, WIDTH, Digits
from bulk_sync.plan.dialling.national import matches, without_national_prefix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORTEST, _LONGEST = 2, 17
"""Digits of a national number that phonenumbers takes."""

_SHORTEST_E164, _LONGEST_E164 = 7, 15
"""Digits of a number that the API takes."""

_TENS = 10 ** np.arange(_LONGEST + 1, dtype=np.int64)

_SHIFT = np.array([10] * END + [1], dtype=np.int64)
_DIGIT = np.array([*range(END), 0], dtype=np.int64)
"""What another digit does to a number, and what END does: nothing."""

_KEEPS_ITS_PREFIX = (
    ValidationResult.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    ValidationResult.INVALID_LENGTH,
)


@dataclass(slots=True)
class Numbers:
    """What was read, a place per row.

    `sure`: whether the rest means anything; where not, phonenumbers must be asked. `fits`: whether the number can be
    written as the API takes numbers, `e164`: its digits so; `code`: its country code; `possible`: a `ValidationResult`;
    `valid`; `completed`: the country code is not in the cell.
    """

    sure: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    e164: NDArray[np.int64]
    code: NDArray[np.int64]
    possible: NDArray[np.int8]
    valid: NDArray[np.bool_]
    completed: NDArray[np.bool_]


def read_numbers(
    digits: Digits, length: NDArray[np.int64], plus: NDArray[np.bool_], region: NDArray[np.int64], countries: Countries
) -> Numbers:
    """Read numbers: `length` digits each, with a plus before them or not, as dialled in the region at a place.

    `region` is NOWHERE where there is none.
    """
    return _Reading(digits, length, plus, region, countries).numbers()


class _Reading:
    """One column on its way. `start` and `length` say which digits are still the number's, `sure` as in Numbers."""

    def __init__(
        self,
        digits: Digits,
        length: NDArray[np.int64],
        plus: NDArray[np.bool_],
        region: NDArray[np.int64],
        countries: Countries,
    ) -> None:
        self._digits, self._countries = digits, countries
        self._start = np.arange(len(length), dtype=np.int64) * WIDTH
        self._length = length
        self._international = plus.copy()
        # what stands for NOWHERE is never used: a number with a plus needs no region, and without one it is not sure
        self._region = np.maximum(region, 0)
        self._sure = plus | (region != NOWHERE)
        self._needs(np.flatnonzero(~plus & self._sure), self._region)

    def _needs(self, rows: NDArray[np.int64], place: NDArray[np.int64]) -> None:
        """Of these rows only those stay sure for which the rules of their place are at hand."""
        self._sure[rows] &= self._countries.at_hand(place.take(rows))

    def numbers(self) -> Numbers:
        self._strip_international_prefix()
        place, completed = self._extract_country_code()
        self._sure &= self._length >= _SHORTEST
        self._strip_national_prefix(place)
        return self._judged(place, completed)

    def _judged(self, place: NDArray[np.int64], completed: NDArray[np.bool_]) -> Numbers:
        countries, length = self._countries, self._length
        main = countries.main.take(place)
        self._needs(np.flatnonzero(self._sure), main)
        code, whole = countries.code.take(place), length + countries.code_digits.take(place)
        self._sure &= (length >= _SHORTEST) & (length <= _LONGEST)
        national = self._value()
        valid = countries.valid.value_of_all(self._digits, self._start, length, countries.first_valid.take(main))
        return Numbers(
            sure=self._sure,
            # of a national number of nothing but zeros phonenumbers makes no E.164
            fits=(whole >= _SHORTEST_E164) & (whole <= _LONGEST_E164) & (national > 0),
            e164=code * _TENS.take(np.clip(length, 0, _LONGEST)) + national,
            code=code,
            possible=countries.lengths[main, np.clip(length, 0, countries.lengths.shape[1] - 1)],
            valid=valid.astype(np.bool_),
            completed=completed,
        )

    def _value(self) -> NDArray[np.int64]:
        """The national number, as a number."""
        at, value = self._start.copy(), np.zeros(len(self._start), dtype=np.int64)
        for _ in range(min(int(self._length.max(initial=0)), _LONGEST)):
            digit = self._digits.flat.take(at)
            value = value * _SHIFT.take(digit) + _DIGIT.take(digit)
            at += 1
        return value

    def _strip_international_prefix(self) -> None:
        """`_maybe_strip_i18n_prefix_and_normalize`: a prefix is none before a 0, with which no country code begins."""
        countries = self._countries
        asked = np.flatnonzero(self._sure & ~self._international)
        first = countries.first_international.take(self._region.take(asked))
        cut = countries.international.last_value(self._digits, self._start.take(asked), first)
        found = np.flatnonzero(cut)
        rows, end = asked.take(found), countries.ends().take(cut.take(found))
        goes = self._digits.flat.take(self._start.take(rows) + end) != 0
        rows, end = rows[goes], end[goes]
        self._start[rows] += end
        self._length = self._length.copy()
        self._length[rows] -= end
        self._international[rows] = True

    def _extract_country_code(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """`_maybe_extract_country_code`: the place whose rules hold; whether the country code is not in the cell."""
        countries = self._countries
        place, completed = self._region.copy(), ~self._international
        rows = np.flatnonzero(self._international)
        named = self._place_of_code(self._start.take(rows))
        self._sure[rows] &= (named != NOWHERE) & (self._length.take(rows) > _SHORTEST)
        named = np.maximum(named, 0)
        place[rows] = named
        self._needs(rows[self._sure[rows]], place)
        code_digits = countries.code_digits.take(named)
        self._start[rows] += code_digits
        self._length[rows] -= code_digits
        self._extract_unmarked_code(place, completed)
        return place, completed

    def _place_of_code(self, start: NDArray[np.int64]) -> NDArray[np.int64]:
        """The main place of the calling code that the digits begin with; no code is the beginning of another."""
        first, second, third = (self._digits.flat.take(start + at).astype(np.int64) for at in range(3))
        # behind a number's end stands END, and no code has it; a code shorter than three digits is looked up with END
        wide = END + 1
        found = np.full(len(start), NOWHERE, dtype=np.int64)
        for key in (
            (first * wide + END) * wide + END,
            (first * wide + second) * wide + END,
            (first * wide + second) * wide + third,
        ):
            found = np.where(found == NOWHERE, self._countries.by_first_digits.take(key), found)
        return found

    def _extract_unmarked_code(self, place: NDArray[np.int64], completed: NDArray[np.bool_]) -> None:
        """A number may begin with its country code and say so by nothing: if only so it makes sense, it does."""
        countries = self._countries
        rows = np.flatnonzero(self._sure & completed)
        region, start, length = self._region.take(rows), self._start.take(rows), self._length.take(rows)
        begins = np.flatnonzero(self._place_of_code(start) == countries.main.take(region))
        rows, region, start, length = rows.take(begins), region.take(begins), start.take(begins), length.take(begins)
        code_digits = countries.code_digits.take(region)
        behind, rest = without_national_prefix(
            self._digits, region, start + code_digits, length - code_digits, countries
        )
        fits, rest_fits = (
            matches(self._digits, region, *number, countries) for number in ((start, length), (behind, rest))
        )
        taken = (~fits & rest_fits) | (countries.lengths[region, length] == ValidationResult.TOO_LONG)
        rows, main = rows[taken], countries.main.take(region[taken])
        self._start[rows], self._length[rows] = behind[taken], rest[taken]
        place[rows], completed[rows] = main, False
        self._needs(rows, place)

    def _strip_national_prefix(self, place: NDArray[np.int64]) -> None:
        """Go on without the national prefix, if a number of a possible length remains."""
        rows = np.flatnonzero(self._sure)
        there = place.take(rows)
        start, length = without_national_prefix(
            self._digits, there, self._start.take(rows), self._length.take(rows), self._countries
        )
        goes = ~np.isin(self._countries.lengths[there, length], _KEEPS_ITS_PREFIX)
        self._start[rows[goes]], self._length[rows[goes]] = start[goes], length[goes]
