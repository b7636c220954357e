"""How many requests did we let go ourselves? A sliding window of our own, stamped at the reply. Pure."""

from __future__ import annotations

import math
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulk_sync.send.rate import Rate


class OwnWindow:
    """Never more than `rate.limit` requests in any `rate.period`, whenever between departure and reply they counted."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._ended: deque[float] = deque()

    def ended(self, now: float) -> None:
        """A request ended: its place is free a period later."""
        self._ended.append(now)
        while len(self._ended) > self.rate.limit:
            self._ended.popleft()

    def next_departure(self, now: float, flying: int) -> float:
        """When one more may leave; math.inf where only the end of one in flight can tell."""
        while self._ended and self._ended[0] + self.rate.period <= now:
            self._ended.popleft()
        surplus = flying + len(self._ended) - self.rate.limit + 1
        if surplus <= 0:
            return now
        if surplus > len(self._ended):
            return math.inf
        return next(islice(self._ended, surplus - 1, None)) + self.rate.period
