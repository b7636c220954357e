"""The window of a rate limit: how many requests the server still allows, and when a place is free again. Pure.

A reply whose request left after another reply had come was made later. Of two that crossed, the one with the later
reset was made later: no limiter's reset ever moves back; with the same reset, the one with less remaining was. Resets
that count from now are blurred by the network: where two of them cannot be told apart, the worse of both is believed.
What was sent since, and what ended without a word about the limit, is counted as used.

A reset in whole seconds may have been rounded up or down, and nobody says which: it counts as passed a second later.
Two things are known sooner:

- Where the length is known, all places that were taken are free that long after the last reply, in windows of every
  kind. The IETF draft's policy names the length; else it is the documented one, while the resets look like it and
  nothing was refused.
- A token bucket that names the time when it is full moves its reset with each use, faster than time goes. The time
  that one token takes follows, and one token is there long before all are.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.ratelimit.rate import SLACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.ratelimit.headers import Said
    from bulk_sync.ratelimit.rate import Rate


MOST_UNSEEN = 10_000
"""More than can be in flight."""


class ReplyNews(NamedTuple):
    """A reply, as the budget sees it: when its request left and it came, our epoch then, and what it said.

    `method`: the request's; `succeeded`: it was carried out, so every limiter has counted it.
    """

    sent: float
    arrived: float
    wall: float = 0.0
    headers: Mapping[str, str] = MappingProxyType({})
    refused: bool = False
    method: str = ""
    succeeded: bool = True


class Observation(NamedTuple):
    """What a reply said, placed in time (monotonic seconds). A tuple, since two are made for each reply.

    `reset` is comparable between observations (an epoch, or monotonic seconds where the server counts from now), give
    or take `blur`; it was between `nearest` and `farthest` seconds away when the server named it, rounding aside.
    """

    sent: float
    arrived: float
    remaining: int
    limit: int | None = None
    reset: float | None = None
    relative: bool = False
    blur: float = 0.0
    nearest: float = 0.0
    farthest: float = 0.0
    window: float | None = None

    @property
    def used(self) -> int:
        """How much of the limit is used; 0 where the limit is not known."""
        return 0 if self.limit is None else self.limit - self.remaining

    @property
    def is_fresh(self) -> bool:
        """Whether this reply's request was the only one in its window."""
        return self.limit is not None and self.remaining >= self.limit - 1


DRIFT = 1e-4
"""Seconds per second by which two clocks may part: ordinary quartz stays below it."""


class ServerClock:
    """The server's epoch less our monotonic seconds, between `low` and `high`: an interval that each Date narrows.

    A Date of D means that the server's clock stood in [D, D+1) somewhen between `sent` and `arrived`, so that clock
    less our monotonic one lies in [D - arrived, D + 1 - sent]. All replies together leave a narrow interval; an empty
    one means that a clock was set, and it begins anew. Of it, the end that makes us wait longer is the one to go by.
    """

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


def placed(word: Said, remaining: int, sent: float, arrived: float, clock: ServerClock) -> Observation:
    """What a reply said, placed in time; `remaining` is what it comes to.

    A reset that had surely passed when the server named it tells of no window, and counts as none.
    """
    limit, named = word.limit, word.reset
    none = Observation(sent, arrived, remaining, limit, window=word.window)
    if named is None:
        return none
    reset = seconds = nearest = farthest = named.seconds
    if named.relative:
        reset, blur = arrived + seconds, named.grain + arrived - sent
    else:
        nearest, farthest, blur = seconds - (arrived + clock.high), seconds - (sent + clock.low), 1e-6
        if farthest + named.grain <= 0:
            return none
    return Observation(sent, arrived, remaining, limit, reset, named.relative, blur, nearest, farthest, word.window)


class WindowState:
    """The newest seen, and what ended since without one."""

    def __init__(self) -> None:
        self.newest: Observation | None = None
        self.unseen: deque[float] = deque(maxlen=MOST_UNSEEN)

    @property
    def left(self) -> int | None:
        """How many may be in flight, those included that already are; None where the server has said nothing."""
        return None if self.newest is None else self.newest.remaining - len(self.unseen)

    def saw(self, seen: Observation) -> None:
        """Take a seen into account."""
        newest = self.newest
        if newest is None or seen.sent > newest.arrived:
            self.newest = seen
        elif may_be_one_reset(seen, newest):
            self.newest = _worse(seen, newest)
        elif (seen.reset or 0.0) > (newest.reset or 0.0):
            self.newest = seen
        while self.newest is not None and self.unseen and self.unseen[0] < self.newest.sent:
            self.unseen.popleft()

    def ended_unseen(self, now: float) -> None:
        """A request ended without a word about the limit: it may have been counted."""
        self.unseen.append(now)

    def forget(self) -> None:
        """The server has stopped talking about its limit."""
        self.newest = None


def may_be_one_reset(one: Observation, other: Observation) -> bool:
    """Whether two resets may be the same moment; so may those that are not given, or not in the same form."""
    if one.reset is None or other.reset is None or one.relative != other.relative:
        return True
    return abs(one.reset - other.reset) <= one.blur + other.blur


def _worse(one: Observation, other: Observation) -> Observation:
    """The worse of two that crossed: less remaining, a later reset."""
    less, more = (one, other) if one.remaining < other.remaining else (other, one)
    reset = less.reset if more.reset is None else max(more.reset, less.reset or 0.0)
    sent, arrived, blur = min(less.sent, more.sent), max(less.arrived, more.arrived), max(less.blur, more.blur)
    return less._replace(sent=sent, arrived=arrived, reset=reset, blur=blur)


_USUAL = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 86400.0)
"""What a length is called that is not known to the second."""

MARGIN = 0.005
"""Seconds later than needed: servers count in milliseconds."""


class Window:
    """What is known of the windows. Times are monotonic seconds; `documented` is the limit as the vendor writes it.

    `grain`: a reset is rounded by so many seconds at most. `token`: what one token takes, where there are tokens.
    """

    def __init__(self, documented: Rate) -> None:
        self.grain = 1.0
        self.documented = documented
        self._limit: int | None = None
        self._told: float | None = None
        self._forget()

    def _forget(self) -> None:
        self._first: Observation | None = None
        self._least = 0.0
        self._looks_documented = self._was_refused = False
        self._full: Observation | None = None
        self._forget_token()

    def _forget_token(self) -> None:
        self.token: float | None = None
        self._token_least, self._token_most = 0.0, math.inf
        self._reset_moves = False

    @property
    def length(self) -> float | None:
        """Its length, where one can go by it."""
        if self._told is not None:
            return self._told
        is_known = self._looks_documented and not self._was_refused and self._least < self.documented.period + MARGIN
        return self.documented.period if is_known else None

    @property
    def period(self) -> float | None:
        """Its length, or the time in which a bucket fills, as well as it is known; for people to read."""
        if self._told is not None:
            return self._told
        if self.token is not None and self._limit is not None:
            return _nearest(self.token * self._limit)
        if self._first is not None:
            return _nearest((self._first.nearest + self._first.farthest) / 2)
        return _nearest(self._least + self.grain) if self._least else None

    def refused(self) -> None:
        """A request was refused: somebody else uses the key, or what was learned is wrong."""
        self._was_refused, self._full = True, None
        self._forget_token()

    def saw(self, seen: Observation, grain: float) -> None:
        """Learn from a reply that names a reset, rounded to `grain` seconds."""
        if seen.limit != self._limit or seen.window != self._told:
            self._limit, self._told = seen.limit, seen.window
            self._forget()
        self.grain = min(self.grain, grain)
        if seen.limit is None:
            return
        self._learn_token(seen)
        least, length = seen.nearest - self.grain, self.documented.period
        self._least = max(self._least, least)
        if seen.is_fresh:
            self._first = seen
            if seen.limit == self.documented.limit and least - MARGIN < length < seen.farthest + self.grain:
                self._looks_documented = True

    def opens(self, seen: Observation, in_flight: int, since: float, clock: ServerClock) -> float:
        """When one more place is surely free, after all that `seen` left are taken; math.inf if nobody knows.

        `since`: when the last request ended that may have taken one.
        """
        if self.token is not None:
            sooner = since + self.token * (1 + SLACK) + MARGIN if in_flight == 0 else math.inf
        else:
            sooner = math.inf if self.length is None else since + self.length * (1 + SLACK) + MARGIN
        return min(self.passed(seen, clock), sooner)

    def passed(self, seen: Observation, clock: ServerClock) -> float:
        """When the reset that was named has surely passed; math.inf where it had passed already, or none was named."""
        if seen.reset is None or seen.farthest + self.grain <= 0:
            return math.inf
        passed = seen.reset + self.grain + MARGIN
        return passed if seen.relative else clock.ours(passed)

    def _learn_token(self, seen: Observation) -> None:
        """Keep what one token takes, as long as all replies agree: `used` tokens fill up in `reset` less now."""
        used = seen.used
        least = (seen.nearest - self.grain) / used if used else 0.0
        most = (seen.farthest + self.grain) / (used - 1) if used > 1 else math.inf
        if max(self._token_least, least) >= min(self._token_most, most):
            self._forget_token()
        self._token_least, self._token_most = max(self._token_least, least), min(self._token_most, most)
        full = self._full
        if seen.is_fresh:
            # in windows, and in a bucket that names its next token, no reset is farther than that of the first request
            if full is None or _moved(full, seen) >= 0:
                self._full, self._reset_moves = seen, False
        elif full is not None and used >= min(3, self._limit or 0):
            self._reset_moves = self._reset_moves or _moved(full, seen) > self.grain
        self.token = self._token_most if self._reset_moves else None


def _moved(before: Observation, after: Observation) -> float:
    """How much farther the reset went than time did, at least."""
    moved = (after.reset or 0.0) - (before.reset or 0.0) - before.blur - after.blur
    return moved - (after.arrived - before.sent)


@lru_cache(maxsize=8)  # asked for with each reply
def _nearest(length: float) -> float:
    above = bisect_left(_USUAL, length)
    around = _USUAL[max(0, above - 1) : above + 1]
    return around[0] if 2 * length <= sum(around) or len(around) == 1 else around[1]
