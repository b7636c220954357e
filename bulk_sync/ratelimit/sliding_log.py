"""How many requests did we let go ourselves? A sliding window of our own, stamped at the reply. Pure.

Whenever between its departure and its reply a request was counted, its place is free one period after the reply: so
this holds a limit for every kind of window, and for buckets too, without knowing anything of the server.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque

SLACK = 1e-4
"""Of a period: so much two clocks may part in it."""


class SlidingLog:
    """Never more than `limit` requests in any `period`. Both may change on the way, and `widen` makes room for more."""

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

    def ends(self) -> tuple[float, ...]:
        """When requests ended, as far as it remembers."""
        return tuple(self._ended)

    def within(self, now: float, period: float) -> int:
        """How many ended in the last `period`."""
        return len(self._ended) - bisect_right(self._ended, now - period)

    def frees(self, since: float, period: float, patience: float) -> float | None:
        """When those that ended in the `period` up to `since` are all free again.

        If they are far apart, then those that are within `patience` seconds after the first. None: there are none.
        """
        count = self.within(since, period)
        if not count:
            return None
        return min(self._ended[-1], self._ended[-count] + patience) + period * (1 + SLACK)

    def quarter(self, since: float, period: float) -> float | None:
        """When a quarter of them is."""
        count = self.within(since, period)
        return self._ended[-count + count // 4] + period * (1 + SLACK) if count else None
