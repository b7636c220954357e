"""A rate, as it is written ("30/min", "10/s", "30/3s", "500/h"), and how long calls take at it. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Self

_UNITS = {"s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0}
_FORM = r"\s*([0-9]+)\s*(?:/|per)\s*([0-9]*\.?[0-9]*)\s*([a-z]+)\s*"

MOST, SHORTEST, LONGEST = 1_000_000, 0.001, 86_400.0
"""Writes, and seconds of a window, between which a rate is one: what left in a window is remembered one by one."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    limit: int
    period: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a rate. Raises ValueError with a sentence."""
        found = re.fullmatch(_FORM, text, re.IGNORECASE)
        unit = _UNITS.get(found[3].lower().removesuffix("s") or "s") if found else None
        length = float(found[2] or 1) if found and found[2] != "." else 0.0
        if found is None or unit is None or length <= 0:
            raise ValueError(f"{text!r} is not a rate. Write it like 30/min, 10/s or 30/3s.")
        limit, period = int(found[1]), length * unit
        if not (1 <= limit <= MOST and SHORTEST <= period <= LONGEST):
            raise ValueError(
                f"{text!r} is a rate that nobody can keep to. Give 1 to {MOST:,} writes in a millisecond to a day."
            )
        return cls(limit, period)

    def seconds_of(self, calls: int) -> float:
        """The seconds that so many calls take where a window's allowance leaves at once and nothing has left yet."""
        return windows_of(calls - self.limit, self.limit) * self.period

    def at_most(self, calls: int) -> float:
        """The seconds between the first and the last of so many calls where this is never exceeded."""
        return max(0, calls - 1) // self.limit * self.period

    def __str__(self) -> str:
        for unit, seconds in (("h", 3600.0), ("min", 60.0), ("s", 1.0)):
            if self.period % seconds == 0:
                count = round(self.period / seconds)
                return f"{self.limit}/{unit}" if count == 1 else f"{self.limit}/{count}{unit}"
        return f"{self.limit}/{self.period:g}s"


def windows_of(calls: int, limit: int) -> int:
    """The windows that so many calls wait for, of which `limit` leave in each."""
    return math.ceil(max(0, calls) / limit)
