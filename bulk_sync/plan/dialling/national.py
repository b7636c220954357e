"""Which digits are left when the prefix goes that is dialled inside a country? (The 0 of 020 7946 0123.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.plan.dialling.digits import END, MOST_DIGITS, WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bulk_sync.plan.dialling.countries import Countries
    from bulk_sync.plan.dialling.digits import Digits

Found = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
"""Where the digits of numbers begin, and how many there are."""


def without_national_prefix(
    digits: Digits, place: NDArray[np.int64], start: NDArray[np.int64], length: NDArray[np.int64], countries: Countries
) -> Found:
    """`_maybe_strip_national_prefix_carrier_code`, by the rules of the country at a place of `countries`.

    A number that matches the country's general pattern keeps its prefix, if it would not match without it.
    """
    cut = countries.national.last_value(digits, start, countries.first_national.take(place))
    rows = np.flatnonzero(cut)
    there, old, old_length = place.take(rows), start.take(rows), length.take(rows)
    new, new_length = _cut(digits, old, old_length, cut.take(rows), countries)
    goes = ~matches(digits, there, old, old_length, countries) | matches(digits, there, new, new_length, countries)
    start, length = start.copy(), length.copy()
    start[rows[goes]], length[rows[goes]] = new[goes], new_length[goes]
    return start, length


def matches(
    digits: Digits, place: NDArray[np.int64], start: NDArray[np.int64], length: NDArray[np.int64], countries: Countries
) -> NDArray[np.bool_]:
    """Whether numbers match the general pattern of the country at a place of `countries`."""
    return countries.general.value_of_all(digits, start, length, countries.first_general.take(place)) > 0


def _cut(
    digits: Digits, start: NDArray[np.int64], length: NDArray[np.int64], cut: NDArray[np.int32], countries: Countries
) -> Found:
    """Numbers after their cut; `cut` is a number of `countries.cuts`."""
    ends = countries.ends().take(cut)
    start, length = start + ends, length - ends
    for number in np.flatnonzero(np.bincount(cut)).tolist():
        head = countries.cuts[number].head
        if head:
            rows = np.flatnonzero(cut == number)
            start[rows] = _with_head(digits, start.take(rows), countries.cuts[number].end, head)
            length[rows] += len(head)
    return start, length


def _with_head(digits: Digits, start: NDArray[np.int64], end: int, head: tuple[int, ...]) -> NDArray[np.int64]:
    """Where the numbers begin that have `head` (as in `Cut`) before the digits at `start`, in place of `end` digits."""
    numbers = np.full((len(start), WIDTH), END, dtype=np.uint8)
    for at, source in enumerate(head):
        numbers[:, at] = ~source if source < 0 else digits.flat.take(start - end + source)
    for at in range(MOST_DIGITS):
        numbers[:, len(head) + at] = digits.flat.take(start + at)
    return digits.add(numbers)
