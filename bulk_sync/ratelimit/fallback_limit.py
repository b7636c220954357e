"""How many requests does a server take that says nothing of its limit? What is assumed, until it refuses one. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulk_sync.ratelimit.sliding_log import SlidingLog

SPREAD = 2.0
"""Replies may take so much longer than they mostly do: what is in flight is the rate times that, and one more."""


class OwnRate:
    """At most `assumed` requests in a period. A refusal lowers that below what was let through; it grows back."""

    def __init__(self, assumed: int) -> None:
        self._assumed = self._limit = assumed
        self._changed = -math.inf

    def assume(self, limit: int, *, anew: bool) -> None:
        """Another limit is assumed. What was learned stays where it is less, unless all is to be learned `anew`."""
        self._limit = limit if anew or self._limit >= self._assumed else min(self._limit, limit)
        self._assumed = limit

    def opens(self, now: float, in_flight: int, period: float, latency: float, log: SlidingLog) -> float:
        """When one more may leave; no more are in flight than the rate needs."""
        if in_flight > 1 + math.ceil(SPREAD * self._limit / period * latency):
            return math.inf
        return log.opens(now, in_flight, self._limit, period)

    def allowed(self, now: float, period: float) -> None:
        """A request was let through: with each period, one more may be tried."""
        if self._limit < self._assumed and now >= self._changed + period:
            self._limit, self._changed = self._limit + 1, now

    def refused(self, now: float, within: int) -> None:
        """A request was refused after so many `within` a period."""
        self._limit, self._changed = max(1, min(self._limit, within - 1)), now
