"""The state of the window: how many requests the server still allows, after replies that overtake each other. Pure.

A reply whose request left after another reply had come was made later. Of two that crossed, the one with the later
reset was made later: no limiter's reset ever moves back; with the same reset, the one with less remaining was. Resets
that count from now are blurred by the network: where two of them cannot be told apart, the worse of both is believed.
What was sent since, and what ended without a word about the limit, is counted as used.
"""

from __future__ import annotations

import math
from collections import deque
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.ratelimit.headers import Said


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
