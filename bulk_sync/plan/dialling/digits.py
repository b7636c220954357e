"""How are the digits of many numbers held? In one flat array, each number in a place of the same width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

END = 10
"""What stands behind the last digit of a number."""

MOST_DIGITS = 20
"""Longer numbers are left to phonenumbers."""

MOST_ADDED = 4
"""Digits that a country's rule may put before a number: San Marino's 0549."""

WIDTH = 2 * (MOST_DIGITS + MOST_ADDED) + 1
"""Wide enough for END to stand behind a number as often as there may be digits: all numbers are read equally far."""


@dataclass(slots=True)
class Digits:
    """`flat` holds WIDTH places for each number: its digits, and END up to the next."""

    flat: NDArray[np.uint8]

    @classmethod
    def of(cls, numbers: NDArray[np.uint8]) -> Digits:
        """Numbers, a row of WIDTH places each."""
        return cls(numbers.reshape(-1))

    def add(self, numbers: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Take in more numbers, a row of WIDTH places each; where each begins."""
        before = len(self.flat)
        self.flat = np.concatenate([self.flat, numbers.reshape(-1)])
        return before + np.arange(len(numbers), dtype=np.int64) * WIDTH
