"""A rate, as it is written ("30/min", "10/s", "30/3s", "500/h"), how long calls take at it, and what holds it. Pure."""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass
from typing import Self

_UNITS = {
    "ms": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0,
    "hour": 3600.0,
}  # fmt: skip
_FORM = r"\s*([0-9]+)\s*(?:/|per)\s*([0-9]*\.?[0-9]*)\s*([a-z]+)\s*"

MOST, SHORTEST, LONGEST = 1_000_000, 0.001, 86_400.0
"""Writes, and seconds of a window, between which a rate is one: what left in a window is remembered one by one."""

SLACK = 1e-4
"""Of a period: so much two clocks may part in it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    limit: int
    period: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a rate. Raises ValueError with a sentence."""
        found = re.fullmatch(_FORM, text, re.IGNORECASE)
        word = found[3].lower() if found else ""
        unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s") or "s")
        length = float(found[2] or 1) if found and found[2] != "." else 0.0
        if found is None or unit is None or length <= 0:
            raise ValueError(f"{text!r} is not a rate. Write it like 30/min, 10/s or 30/3s.")
        limit, period = int(found[1]), length * unit
        if not (1 <= limit <= MOST and SHORTEST <= period <= LONGEST):
            raise ValueError(f"{text!r} is not a possible rate. Give 1 to {MOST:,} writes in a millisecond to a day.")
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


class SlidingLog:
    """Never more than `limit` requests in any `period`. Both may change on the way, and `widen` makes room for more.

    A window of our own over the requests that we let go, stamped at the reply: whenever between its departure and its
    reply a request was counted, its place is free one period after the reply. So this holds a limit for every kind of
    window, and for buckets too, without knowing anything of the server.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._ended: deque[float] = deque()

    def widen(self, most: int) -> None:
        """From now on remember so many, if that is more than before."""
        self._most = max(self._most, most)

    def lap(self, count: int) -> float | None:
        """Seconds in which the latest `count` requests ended; None if fewer are remembered."""
        return self._ended[-1] - self._ended[-count] if 0 < count <= len(self._ended) else None

    def ended(self, now: float) -> None:
        """A request was answered, or lost; told late, it counts as ended last."""
        self._ended.append(max(now, self._ended[-1]) if self._ended else now)
        if len(self._ended) > self._most:
            self._ended.popleft()

    def opens(self, now: float, in_flight: int, limit: int, period: float) -> float:
        """When one more may leave; math.inf where only the end of one in flight can tell."""
        free = limit - in_flight
        if free <= 0:
            return math.inf
        if len(self._ended) < free:
            return now
        return max(now, self._ended[-free] + period * (1 + SLACK))
