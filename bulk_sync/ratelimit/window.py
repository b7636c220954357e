"""When is the first place free again? What can be learned about a server's windows from the resets it names. Pure.

A reset in whole seconds may have been rounded up or down, and nobody says which: it counts as passed a second later.
What the replies show can do better, and is used only as far as it is safe for every limiter that fits them:

- The first request of a window names a reset one window later, give or take the rounding. Windows have round lengths.
  Once a whole limit was used up and came back within about one such length, a place that was taken is free that long
  after the reply that took it, in windows that begin with a request and in sliding ones. Not in windows that tick by
  the clock: those show by resets that are whole multiples of a longer length apart. Where the two cannot be told
  apart, one window is begun a second late, which moves the resets of the one and not of the other.
- A token bucket that names the time when it is full moves its reset with each use, faster than time goes. The time
  that one token takes follows, and one token is there long before all are.
- The IETF draft's policy names the length outright.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING

from bulk_sync.ratelimit.sliding_log import SLACK

if TYPE_CHECKING:
    from bulk_sync.ratelimit.server_clock import ServerClock
    from bulk_sync.ratelimit.window_state import Sighting

_MINUTE, _HOUR = 60.0, 3600.0
ROUND_LENGTHS = (
    *(float(seconds) for seconds in (*range(1, 16), 20, 24, 25, 30, 36, 40, 45, 48, 50)),
    *(minutes * _MINUTE for minutes in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 10, 12, 15, 20, 30, 45)),
    *(hours * _HOUR for hours in (1, 2, 3, 4, 6, 8, 12, 24)),
)
"""What people choose. A server that chose another (17 s, say) may cost one refusal; its length is then not guessed."""

_USUAL = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 86400.0)
"""What a length is called that is not known to the second."""

MARGIN = 0.005
"""Seconds later than needed: servers count in milliseconds."""


class WindowShape:
    """What is known of the windows. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.grain = 1.0
        self.token: float | None = None
        self.length: float | None = None
        self._told: float | None = None
        self._limit: int | None = None
        self._uses: deque[float] = deque()
        self._too_short = 0.0
        self._has_waited = False
        self._patience = 0.0
        self._forget()

    def _forget(self) -> None:
        self._full: Sighting | None = None
        self._forget_length()
        self._forget_token()

    def _forget_length(self) -> None:
        self.length = self._told
        self._least, self._most = 0.0, math.inf
        self._first: Sighting | None = None
        self._is_spent = False
        self._clocked = ROUND_LENGTHS
        self._slowest = math.inf if self._told is None else 0.0

    def _forget_token(self) -> None:
        self.token = None
        self._token_least, self._token_most = 0.0, math.inf
        self._deep: Sighting | None = None

    @property
    def period(self) -> float | None:
        """The length of a window, or the time in which a bucket fills, as well as it is known; for people to read."""
        if self.length is not None:
            return self.length
        if self.token is not None and self._limit is not None:
            return _nearest(self.token * self._limit)
        if self._first is not None:
            return _nearest((self._first.nearest + self._first.farthest) / 2)
        return _nearest(self._least + self.grain) if self._least else None

    @property
    def most(self) -> float:
        """What a window's length is less than, as far as its resets tell."""
        return self._most

    def used(self, now: float) -> None:
        """A request of ours ended: it may have taken a place until now."""
        self._uses.append(now)

    def taken(self, places: int) -> None:
        """No more than so many places are taken: by our latest requests, as all earlier ones are free again."""
        while len(self._uses) > max(1, places):
            self._uses.popleft()

    def refused(self) -> None:
        """A request was refused: somebody else uses the key, or what was learned is wrong. It is learned anew."""
        self._too_short = max(self._too_short, self.length or 0.0)
        self._forget()

    def saw(self, sighting: Sighting, grain: float) -> None:
        """Learn from a reply that names a reset, rounded to `grain` seconds."""
        if sighting.limit != self._limit or sighting.window != self._told:
            self._limit, self._told = sighting.limit, sighting.window
            self._forget()
        self.grain = min(self.grain, grain)
        if sighting.limit is None:
            return
        self._learn_token(sighting)
        is_fresh, least, most = sighting.is_fresh, sighting.nearest - self.grain, math.inf
        if is_fresh:
            most = sighting.farthest + self.grain
        if max(self._least, least) >= min(self._most, most):
            self._forget_length()  # it has changed, or these are no windows
        self._least, self._most = max(self._least, least), min(self._most, most)
        if is_fresh:
            self._began(sighting)
        self._is_spent = self._is_spent or sighting.remaining == 0

    def opens(self, sighting: Sighting, in_flight: int, since: float, clock: ServerClock) -> float:
        """When one more place is surely free, after all that `sighting` left are taken; math.inf if nobody knows.

        `since`: when the last request ended that may have taken one.
        """
        moments = []
        if sighting.reset is not None and sighting.farthest + self.grain > 0:
            passed = sighting.reset + self.grain + self._patience + MARGIN
            moments.append(passed if sighting.relative else clock.ours(passed))
        if self.token is not None:
            moments.append(since + self.token * (1 + SLACK) + MARGIN if in_flight == 0 else math.inf)
        elif self.length is not None and not self._patience:
            oldest = self._oldest(sighting, in_flight) + self.length * (1 + SLACK)
            moments.append(max(oldest, since + self._slowest) + MARGIN)
        return min(moments, default=math.inf)

    def _oldest(self, sighting: Sighting, in_flight: int) -> float:
        """When a place was taken, at the latest, that is still taken.

        Of `taken` places at most `in_flight` were taken by requests whose reply is still to come; the others by our
        latest ones that ended. Where replies crossed, the one that is counted came even sooner.
        """
        taken = sighting.taken - in_flight
        return math.inf if taken <= 0 or not self._uses else self._uses[-min(taken, len(self._uses))]

    def _began(self, sighting: Sighting) -> None:
        """A window began with this sighting's request."""
        before, spent = self._first, self._is_spent
        self._first, self._is_spent, self._patience = sighting, False, 0.0
        if before is None or not spent or sighting.arrived - before.sent >= 2 * self._most:
            return
        # a bucket that filled up in that time takes no longer for each token
        self._slowest = min(self._slowest, (sighting.arrived - before.sent) / (sighting.limit or 1))
        step = (sighting.reset or 0.0) - (before.reset or 0.0)
        blur = 0.01 + sighting.blur + before.blur
        self._clocked = tuple(length for length in self._clocked if abs(step - round(step / length) * length) <= blur)
        if self._told is None and self._most < math.inf:
            self._settle(is_clocked=step in ROUND_LENGTHS and (sighting.reset or 0.0) % step == 0)

    def _settle(self, *, is_clocked: bool) -> None:
        """Choose the longest length that fits, if no window that ticks by the clock could be longer."""
        fitting = [each for each in ROUND_LENGTHS if max(self._least, self._too_short) < each < self._most]
        longest = fitting[-1] if fitting else self._most
        is_clear = longest > self._too_short and all(length <= longest for length in self._clocked)
        self.length = longest if is_clear else None
        if fitting and not is_clear and not self._has_waited and not is_clocked:
            self._has_waited, self._patience = True, 1.0

    def _learn_token(self, sighting: Sighting) -> None:
        """Keep what one token takes, as long as all replies agree: `used` tokens fill up in `reset` less now."""
        used = sighting.used
        least = (sighting.nearest - self.grain) / used if used else 0.0
        most = (sighting.farthest + self.grain) / (used - 1) if used > 1 else math.inf
        if max(self._token_least, least) >= min(self._token_most, most):
            self._forget_token()
        self._token_least, self._token_most = max(self._token_least, least), min(self._token_most, most)
        if sighting.is_fresh:
            self._full = _farther(sighting, self._full)
        elif used >= min(3, self._limit or 0):
            self._deep = _farther(sighting, self._deep)
        # in windows, and in a bucket that names its next token, no reset is farther than that of the first request
        moves = self._full and self._deep and _moved(self._full, self._deep) > self.grain
        self.token = self._token_most if moves else None


def _farther(sighting: Sighting, before: Sighting | None) -> Sighting:
    """The one whose reset was farther away; of two alike the later."""
    if before is None:
        return sighting
    is_farther = (sighting.reset or 0.0) - sighting.arrived >= (before.reset or 0.0) - before.arrived
    return sighting if is_farther else before


def _moved(before: Sighting, after: Sighting) -> float:
    """How much farther the reset went than time did, at least."""
    moved = (after.reset or 0.0) - (before.reset or 0.0) - before.blur - after.blur
    return moved - (after.arrived - before.sent)


@lru_cache(maxsize=8)  # asked for with each reply
def _nearest(length: float) -> float:
    above = bisect_left(_USUAL, length)
    around = _USUAL[max(0, above - 1) : above + 1]
    return around[0] if 2 * length <= sum(around) or len(around) == 1 else around[1]
