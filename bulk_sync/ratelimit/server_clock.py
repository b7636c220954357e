"""The server's clock: an interval that each reply's Date narrows. Pure.

A Date of D means that the server's clock stood in [D, D+1) somewhen between `sent` and `arrived`, so that clock less
our monotonic one lies in [D - arrived, D + 1 - sent]. All replies together leave a narrow interval; an empty one means
that a clock was set, and it begins anew. Of the interval, the end that makes us wait longer is the one to go by.
"""

from __future__ import annotations

import math

DRIFT = 1e-4
"""Seconds per second by which two clocks may part: ordinary quartz stays below it."""


class ServerClock:
    """The server's epoch less our monotonic seconds, between `low` and `high`."""

    def __init__(self) -> None:
        self.low, self.high = -math.inf, math.inf
        self._told_at: float | None = None
        self._lag = 1.0

    def dated(self, date: float, sent: float, arrived: float) -> None:
        """Take a Date into account."""
        if self._told_at is None:
            self.low, self.high = -math.inf, math.inf
        else:
            drifted = DRIFT * max(0.0, arrived - self._told_at)
            self.low, self.high = self.low - drifted, self.high + drifted
        self._told_at = arrived
        low, high = date - arrived, date + self._lag - sent
        if high < self.low <= high + 1:  # a server that keeps its Date for up to a second longer, as some do
            self._lag, high = 2.0, high + 1
        self.low, self.high = max(self.low, low), min(self.high, high)
        if self.low > self.high:
            self.low, self.high = low, high

    def undated(self, wall: float, arrived: float) -> None:
        """A reply without Date: our own wall clock is believed until there is one."""
        if self._told_at is None:
            self.low = self.high = wall - arrived

    def ours(self, epoch: float) -> float:
        """When, in monotonic seconds, the server's clock has surely reached `epoch`."""
        return epoch - self.low
