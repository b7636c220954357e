"""Limits: how many requests the sandbox lets through, and what its rate headers say.

Three limiters, all plain arithmetic: the time is an argument, in seconds since the epoch of the server's own clock.

- `fixed`: a window begins with its first request and lasts `period`; within it at most `limit` pass.
- `sliding`: at most `limit` in any `period`, whenever it begins; a place is free again `period` after it was taken.
- `bucket`: `limit` tokens at the start, one back every `period / limit` seconds, never more than `limit`.

A refused request takes nothing. `reset` is when the window ends (fixed) or when the next place is free (the others).
"""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass
from typing import Literal, Protocol

LimiterName = Literal["fixed", "sliding", "bucket", "none"]
LIMITERS: tuple[LimiterName, ...] = ("fixed", "sliding", "bucket", "none")

_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}
_RATE = re.compile(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)?\s*(ms|s|sec|min|m|h)\s*")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` requests in `period` seconds. Written `30/min`, `10/s`, `30/3s`, `500/h`."""

    limit: int
    period: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read a rate as people write it. Raises ValueError with a sentence."""
        match = _RATE.fullmatch(text.lower())
        if match is None:
            raise ValueError(f"{text!r} is not a rate; write it like 30/min, 10/s, 30/3s or 500/h")
        rate = cls(int(match[1]), float(match[2] or 1) * _SECONDS[match[3]])
        if rate.limit < 1 or rate.period <= 0:
            raise ValueError(f"{text!r} lets nothing through; write a rate like 30/min")
        return rate

    def __str__(self) -> str:
        for name, seconds in (("h", 3600.0), ("min", 60.0), ("s", 1.0)):
            if self.period >= seconds:
                count = self.period / seconds
                return f"{self.limit}/{'' if count == 1 else f'{count:g}'}{name}"
        return f"{self.limit}/{self.period * 1000:g}ms"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a limiter says of one request. `reset` is in seconds since the epoch, not yet rounded."""

    allowed: bool
    limit: int
    remaining: int
    reset: float

    def retry_after(self, now: float) -> int:
        """Whole seconds to wait, at least 1, never too few."""
        return max(1, math.ceil(self.reset - now))


class Limiter(Protocol):
    """Decides about the requests of one kind (reads or writes) of one key."""

    def rule(self, now: float) -> Ruling:
        """May a request that arrives at `now` pass? A request that may has taken its place."""
        ...


class FixedWindow:
    """A window begins with the first request after the previous one has ended."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._end = -math.inf
        self._used = 0

    def rule(self, now: float) -> Ruling:
        """See `Limiter.rule`."""
        if now >= self._end:
            self._end = now + self._rate.period
            self._used = 0
        allowed = self._used < self._rate.limit
        self._used += allowed
        return Ruling(allowed, self._rate.limit, self._rate.limit - self._used, self._end)


class SlidingLog:
    """Remembers when each place was taken: exact, whatever the window one looks at."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._free_again: deque[float] = deque()

    def rule(self, now: float) -> Ruling:
        """See `Limiter.rule`."""
        while self._free_again and self._free_again[0] <= now:
            self._free_again.popleft()
        allowed = len(self._free_again) < self._rate.limit
        if allowed:
            self._free_again.append(now + self._rate.period)
        return Ruling(allowed, self._rate.limit, self._rate.limit - len(self._free_again), self._free_again[0])


class TokenBucket:
    """Holds tokens; a request takes one, and they come back one by one."""

    _ALMOST = 1e-3
    """How much of a token may be missing: moments since 1970 as floats are a quarter of a microsecond apart."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._interval = rate.period / rate.limit
        self._tokens = float(rate.limit)
        self._counted_at = -math.inf

    def rule(self, now: float) -> Ruling:
        """See `Limiter.rule`."""
        now = max(now, self._counted_at)
        self._tokens = min(self._rate.limit, self._tokens + (now - self._counted_at) / self._interval)
        self._counted_at = now
        allowed = self._tokens >= 1 - self._ALMOST
        self._tokens -= allowed
        whole = math.floor(self._tokens + self._ALMOST)
        next_token = now + (whole + 1 - self._tokens) * self._interval
        return Ruling(allowed, self._rate.limit, max(0, whole), next_token)


def limiter(name: LimiterName, rate: Rate) -> Limiter | None:
    """A fresh limiter of this kind; None for `none`, which sends no rate headers either."""
    match name:
        case "fixed":
            return FixedWindow(rate)
        case "sliding":
            return SlidingLog(rate)
        case "bucket":
            return TokenBucket(rate)
        case "none":
            return None


def seconds(text: str) -> float:
    """Read a length of time as people write it (`200ms`, `1.5s`, `90s`, `2min`, `-90s`), in seconds.

    Raises ValueError with a sentence.
    """
    match = re.fullmatch(r"\s*([+-]?[0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(ms|sec|s|min|m|h|)\s*", text.lower())
    if match is None:
        raise ValueError(f"{text!r} is not a length of time; write it like 200ms, 1.5s, 90s or 2min")
    return float(match[1]) * _SECONDS[match[2]]
