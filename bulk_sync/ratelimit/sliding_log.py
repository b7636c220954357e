"""The sliding log: a window of our own over the requests that we let go, stamped at the reply. Pure.

Whenever between its departure and its reply a request was counted, its place is free one period after the reply: so
this holds a limit for every kind of window, and for buckets too, without knowing anything of the server.
"""

from __future__ import annotations

import math
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
