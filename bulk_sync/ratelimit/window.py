"""The window of a rate limit: when its first place is free again, by the resets that its replies name. Pure.

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
from functools import lru_cache
from typing import TYPE_CHECKING

from bulk_sync.ratelimit.rate import SLACK

if TYPE_CHECKING:
    from bulk_sync.ratelimit.rate import Rate
    from bulk_sync.ratelimit.window_state import Observation, ServerClock

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
