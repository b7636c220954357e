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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

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


class Ruling(NamedTuple):
    """What a limiter says of one request. `reset` is in seconds since the epoch, not yet rounded."""

    allowed: bool
    limit: int
    remaining: int
    reset: float

    def retry_after(self, now: float) -> int:
        """Whole seconds to wait, at least 1, never too few."""
        return max(1, math.ceil(self.reset - now))


Limiter = Callable[[float], Ruling]
"""Decides about the requests of one kind of one key: may the one that arrives now pass? Then it has taken its place."""


def fixed_window(rate: Rate) -> Limiter:
    """A window begins with the first request after the previous one has ended."""
    end, used = -math.inf, 0

    def rule(now: float) -> Ruling:
        nonlocal end, used
        if now >= end:
            end, used = now + rate.period, 0
        allowed = used < rate.limit
        used += allowed
        return Ruling(allowed, rate.limit, rate.limit - used, end)

    return rule


def sliding_log(rate: Rate) -> Limiter:
    """Remembers when each place was taken: exact, whatever the window one looks at."""
    free_again: deque[float] = deque()

    def rule(now: float) -> Ruling:
        while free_again and free_again[0] <= now:
            free_again.popleft()
        allowed = len(free_again) < rate.limit
        if allowed:
            free_again.append(now + rate.period)
        return Ruling(allowed, rate.limit, rate.limit - len(free_again), free_again[0])

    return rule


_ALMOST = 1e-3
"""How much of a token may be missing: moments since 1970 as floats are a quarter of a microsecond apart."""


def token_bucket(rate: Rate) -> Limiter:
    """Holds tokens; a request takes one, and they come back one by one."""
    interval = rate.period / rate.limit
    tokens, counted_at = float(rate.limit), -math.inf

    def rule(now: float) -> Ruling:
        nonlocal tokens, counted_at
        now = max(now, counted_at)
        tokens = min(rate.limit, tokens + (now - counted_at) / interval)
        counted_at = now
        allowed = tokens >= 1 - _ALMOST
        tokens -= allowed
        whole = math.floor(tokens + _ALMOST)
        return Ruling(allowed, rate.limit, max(0, whole), now + (whole + 1 - tokens) * interval)

    return rule


LimiterName = Literal["fixed", "sliding", "bucket", "none"]
LIMITERS: Mapping[LimiterName, Callable[[Rate], Limiter | None]] = {
    "fixed": fixed_window,
    "sliding": sliding_log,
    "bucket": token_bucket,
    "none": lambda _: None,
}
"""What makes a fresh limiter, by name; `none` sends no rate headers either."""


def seconds(text: str) -> float:
    """Read a length of time as people write it (`200ms`, `1.5s`, `90s`, `2min`, `-90s`), in seconds.

    Raises ValueError with a sentence.
    """
    match = re.fullmatch(r"\s*([+-]?[0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(ms|sec|s|min|m|h|)\s*", text.lower())
    if match is None:
        raise ValueError(f"{text!r} is not a length of time; write it like 200ms, 1.5s, 90s or 2min")
    return float(match[1]) * _SECONDS[match[2]]
