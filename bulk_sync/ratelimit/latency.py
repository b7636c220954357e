"""How long did replies take? Percentiles from counts in steps of 2 %: a million replies need little room. Pure."""

from __future__ import annotations

import math
from collections import Counter

_STEPS = 50
"""Of the natural logarithm: neighbouring counts are 2 % apart."""

SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


class Latencies:
    """The seconds that replies took."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def took(self, seconds: float) -> None:
        """Count a reply."""
        self._counts[round(_STEPS * math.log(max(seconds, 1e-6)))] += 1

    def percentiles(self) -> dict[str, float]:
        """By name, the seconds within which so many of the replies came, give or take 1 %; empty without replies."""
        return {name: self._within(share) for name, share in SHARES.items()} if self._counts else {}

    def _within(self, share: float) -> float:
        wanted, seen = share * self._counts.total(), 0
        for step, count in sorted(self._counts.items()):
            seen += count
            if seen >= wanted:
                return math.exp(step / _STEPS)
        raise AssertionError(share)
