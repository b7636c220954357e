"""What does a whole column of cells say?

Each distinct text is read once; a column becomes an array of small whole numbers, so that a million rows stay small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import pandas as pd

from bulk_sync.plan.rejection import Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

T = TypeVar("T")

BLANK = -1
"""The number of a blank cell; rejections count down from -2, values up from 0."""

_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"


def trimmed(text: str) -> str:
    """A cell without the spaces around it, those that nobody sees included."""
    return text.strip().strip(_UNSEEN).strip()


class Cells(Generic[T]):
    """The readings of one field: `values[n]` for n ≥ 0, `rejection(n)` for n ≤ -2, blank for -1."""

    def __init__(
        self, read: Callable[[str], T | Rejection], *, same: Callable[[T], object] = lambda value: value
    ) -> None:
        self.values: list[T] = []
        self._read = read
        self._same = same
        self._rejections: list[Rejection] = []
        self._by_text: dict[str, int] = {}
        self._by_value: dict[object, int] = {}

    def numbers(self, column: pd.Series) -> NDArray[np.int64]:
        """One number per cell of `column` (text)."""
        codes, texts = pd.factorize(column)
        return (
            np.array([self._number(text) for text in texts], dtype=np.int64)[codes]
            if len(texts)
            else _blanks(len(column))
        )

    def rejection(self, number: int) -> Rejection:
        """What a number of -2 or below stands for."""
        return self._rejections[-2 - number]

    def _number(self, text: str) -> int:
        known = self._by_text.get(text)
        if known is None:
            known = self._by_text[text] = self._settle(trimmed(text))
        return known

    def _settle(self, text: str) -> int:
        if not text:
            return BLANK
        value = self._read(text)
        if isinstance(value, Rejection):
            self._rejections.append(value)
            return -1 - len(self._rejections)
        number = self._by_value.setdefault(self._same(value), len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


def pairs(first: NDArray[np.int64], second: NDArray[np.int64]) -> tuple[NDArray[np.int64], Sequence[tuple[int, int]]]:
    """Two arrays as one: a number per row, and the distinct pairs that the numbers stand for."""
    width = int(second.max(initial=0)) + 1
    codes, keys = pd.factorize(first * width + second)
    return codes.astype(np.int64), [divmod(int(key), width) for key in keys]


def _blanks(length: int) -> NDArray[np.int64]:
    return np.full(length, BLANK, dtype=np.int64)
