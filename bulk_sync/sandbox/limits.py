"""Limits: whether a request is let in (by the key, the state of the API, the limits), and what the rate headers say.

Three limiters, all plain arithmetic: the time is an argument, in seconds since the epoch of the server's own clock.

- `fixed`: a window begins with its first request and lasts `period`; within it at most `limit` pass.
- `sliding`: at most `limit` in any `period`, whenever it begins; a place is free again `period` after it was taken.
- `bucket`: `limit` tokens at the start, one back every `period / limit` seconds, never more than `limit`.

A refused request takes nothing. `reset` is when the window ends (fixed) or when the next place is free (the others).
"""

from __future__ import annotations

import math
import random
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.sandbox import responses
from bulk_sync.sandbox.responses import Fault, Headers, Response, chosen

if TYPE_CHECKING:
    from bulk_sync.sandbox import SandboxOptions

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


def seconds(text: str) -> float:
    """Read a length of time as people write it (`200ms`, `1.5s`, `90s`, `2min`, `-90s`), in seconds.

    Raises ValueError with a sentence.
    """
    match = re.fullmatch(r"\s*([+-]?[0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(ms|sec|s|min|m|h|)\s*", text.lower())
    if match is None:
        raise ValueError(f"{text!r} is not a length of time; write it like 200ms, 1.5s, 90s or 2min")
    return float(match[1]) * _SECONDS[match[2]]


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


LIMITERS: Mapping[str, Callable[[Rate], Limiter | None]] = {
    "fixed": fixed_window,
    "sliding": sliding_log,
    "bucket": token_bucket,
    "none": lambda _: None,
}
"""What makes a fresh limiter, by name; `none` sends no rate headers either."""


class Admission(NamedTuple):
    """What became of a request at the gate: `refusal` is the answer of one that is not let in."""

    refusal: Response | None = None
    rate_headers: Headers = ()
    fault: Fault | None = None


class Gate:
    """One key, a limiter for its reads and one for its writes (PUT may have its own), and the faults of the day.

    Down comes first, then the key, then the limit: a refused key uses up nothing. `revoke_after` and `down_after` count
    the requests that were let in, reads and writes together.
    """

    def __init__(self, key: str, options: SandboxOptions) -> None:
        self._key = key.encode()
        self._options = options
        limiter = LIMITERS[options.limiter]
        self._reads, self._writes = limiter(options.reads), limiter(options.writes)
        self._puts = self._writes if options.put_bucket == "shared" else limiter(options.writes)
        self._draw = random.Random(options.seed)  # noqa: S311 -- repeatable on purpose
        self._let_in = 0

    def admit(self, method: str, key: bytes, now: float) -> Admission:
        """Decide about a request with this method and key that arrives at `now`, seconds since the epoch."""
        if self._reached(self._options.down_after):
            return Admission(responses.UNAVAILABLE)
        if not secrets.compare_digest(key, self._key) or self._reached(self._options.revoke_after):
            return Admission(responses.UNAUTHORIZED)
        applicable = {"GET": self._reads, "HEAD": self._reads, "PUT": self._puts}.get(method, self._writes)
        ruling = applicable(now) if applicable else None
        headers = _headers(ruling, self._options.reset_skew) if ruling else ()
        if ruling and not ruling.allowed:
            return Admission(responses.too_many(ruling.retry_after(now), self._options.retry_after), headers)
        self._let_in += 1
        return Admission(None, headers, chosen(self._options.faults, self._draw.random()))

    def _reached(self, count: int | None) -> bool:
        return count is not None and self._let_in >= count


def _headers(ruling: Ruling, skew: float) -> Headers:
    """The three headers; the moment of reset in whole seconds, rounded up, so that it never comes too early.

    `skew`: how far the clock that names it is ahead of the server's.
    """
    return (
        (b"x-ratelimit-limit", b"%d" % ruling.limit),
        (b"x-ratelimit-remaining", b"%d" % ruling.remaining),
        (b"x-ratelimit-reset", b"%d" % math.ceil(ruling.reset + skew)),
    )
