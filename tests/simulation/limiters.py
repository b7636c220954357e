"""Which rate limiters are there? The kinds that APIs use, as plain arithmetic in the server's own seconds."""

import math
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Ruling:
    """What a limiter says of one request: `reset` is what its header names, `frees` when the next one may pass.

    `window`: the end of the window that it fell into, where there are windows.
    """

    allowed: bool
    remaining: int
    reset: float
    frees: float
    window: float | None = None


class FixedWindow:
    """Windows that begin with their first request (`phase` None), or at every `period` from `phase` on."""

    begins_full = False

    def __init__(self, limit, period, phase=None):
        self.limit, self.period, self.phase = limit, period, phase
        self._end, self._used = -math.inf, 0

    def take(self, now):
        if now >= self._end:
            begin = now
            if self.phase is not None:
                begin = self.phase + math.floor((now - self.phase) / self.period + 1e-9) * self.period
            self._end, self._used = begin + self.period, 0
        allowed = self._used < self.limit
        self._used += allowed
        return Ruling(allowed, self.limit - self._used, self._end, self._end, self._end)


class SlidingLog:
    """At most `limit` in any `period`. `names`: the reset is when the `oldest` place is free again, or the `newest`."""

    begins_full = False

    def __init__(self, limit, period, names="oldest"):
        self.limit, self.period, self.names = limit, period, names
        self._taken = deque()

    def take(self, now):
        while self._taken and self._taken[0] + self.period <= now:
            self._taken.popleft()
        allowed = len(self._taken) < self.limit
        if allowed:
            self._taken.append(now)
        frees = self._taken[0] + self.period
        reset = frees if self.names == "oldest" else self._taken[-1] + self.period
        return Ruling(allowed, self.limit - len(self._taken), reset, frees)


class TokenBucket:
    """`limit` tokens, one back every `period / limit`. `names`: the reset is the `next` token, or when it is `full`."""

    begins_full = True

    def __init__(self, limit, period, names="next"):
        self.limit, self.period, self.names = limit, period, names
        self._each = period / limit
        self._tokens, self._counted = float(limit), 0.0

    def take(self, now):
        self._tokens = min(float(self.limit), self._tokens + (now - self._counted) / self._each)
        self._counted = now
        allowed = self._tokens >= 1 - 1e-9
        self._tokens -= allowed
        whole = math.floor(self._tokens + 1e-9)
        frees = now + (whole + 1 - self._tokens) * self._each
        full = now + (self.limit - self._tokens) * self._each
        return Ruling(allowed, max(0, whole), frees if self.names == "next" else full, frees)


class Unlimited:
    """Lets everything through."""

    limit, period = 10**9, 1.0

    def take(self, now):
        return Ruling(True, 10**9, now, now)


KINDS = {
    "fixed, from the first request": FixedWindow,
    "fixed, at round times": lambda limit, period: FixedWindow(limit, period, 0.0),
    "fixed, from the server's start": lambda limit, period: FixedWindow(limit, period, 0.618 * period),
    "sliding, names the oldest": SlidingLog,
    "sliding, names the newest": lambda limit, period: SlidingLog(limit, period, "newest"),
    "bucket, names the next token": TokenBucket,
    "bucket, names when it is full": lambda limit, period: TokenBucket(limit, period, "full"),
}
