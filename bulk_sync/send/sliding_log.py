"""How many requests did we let go ourselves? A sliding window of our own, stamped at the reply. Pure.

Whenever between its departure and its reply a request was counted, its place is free one period after the reply: so
this holds a limit for every kind of window, and for buckets too, without knowing anything of the server.
"""

from __future__ import annotations

import math
from collections import deque

SLACK = 1e-4
"""Of a period: so much two clocks may part in it."""


class SlidingLog:
    """Never more than `limit` requests in any `period`. Both may change on the way."""

    def __init__(self, most: int) -> None:
        self._ended: deque[float] = deque(maxlen=most)

    def ended(self, now: float) -> None:
        """A request was answered, or lost."""
        self._ended.append(now)

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
        return sum(1 for end in self._ended if end > now - period)
