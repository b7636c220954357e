"""The column parser: each distinct text of a column is read once, and the column becomes an array of whole numbers.

So a million rows stay small.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pandas as pd

from bulk_sync.plan.rejection import Rejection, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bulk_sync.plan.rejection import RowErrors
    from bulk_sync.value_mapping import MappedValue

T = TypeVar("T")

BLANK = -1
"""The number of a blank cell; rejections count down from -2, values up from 0."""


class _Read(dict[str, int]):
    """The number of each text, found out when it is asked for first."""

    def __init__(self, read: Callable[[str], int]) -> None:
        self._read = read

    def __missing__(self, text: str) -> int:
        number = self[text] = self._read(text)
        return number


class ColumnParser(Generic[T]):
    """The readings of one field: `values[n]` for n ≥ 0, `rejection(n)` for n ≤ -2, blank for -1.

    `mapped`: which mapping, if any, says what a text means; `mapped_rows` counts the cells of each, and one whose value
    is "" makes its cells blank.
    """

    def __init__(
        self,
        read: Callable[[str], T | Rejection],
        *,
        same: Callable[[T], object] = lambda value: value,
        mapped: Callable[[str], MappedValue | None] | None = None,
    ) -> None:
        self.values: list[T] = []
        self.mapped_rows: Counter[MappedValue] = Counter()
        self._mapped = mapped
        self._read = read
        self._same = same
        self._rejections: list[Rejection] = []
        self._by_text = _Read(lambda text: self._settle(trimmed(text)))
        self._by_value: dict[object, int] = {}

    def numbers(self, column: pd.Series[Any]) -> NDArray[np.int64]:
        """One number per cell of `column`."""
        which, texts = pd.factorize(column)
        if self._mapped is not None:
            for text, rows in zip(texts, np.bincount(which, minlength=len(texts)).tolist(), strict=True):
                if (mapping := self._mapped(trimmed(text))) is not None:
                    self.mapped_rows[mapping] += rows
        return np.fromiter(map(self._by_text.__getitem__, texts), dtype=np.int64, count=len(texts)).take(which)

    def rejection(self, number: int) -> Rejection:
        """What a number of -2 or below stands for."""
        return self._rejections[-2 - number]

    def tell(self, numbers: NDArray[np.signedinteger[Any]], field: str, errors: RowErrors) -> None:
        """Add the rejections among some numbers to the errors of their rows."""
        for place in np.flatnonzero(numbers < BLANK).tolist():
            errors.add(place, field, self.rejection(int(numbers[place])))

    def _settle(self, text: str) -> int:
        mapping = self._mapped(text) if self._mapped is not None else None
        if not text or (mapping is not None and not mapping.value):
            return BLANK
        value = self._read(text)
        if isinstance(value, Rejection):
            self._rejections.append(value)
            return -1 - len(self._rejections)
        number = self._by_value.setdefault(self._same(value), len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number
