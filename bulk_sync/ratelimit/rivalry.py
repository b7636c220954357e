"""Does somebody else use the key, and how careful must we be beside them? Pure.

The server counts every request. Where it has counted more than ours, or refuses one, there is a rival. Beside one, only
part of what is left is in flight at any time, so that what it takes meanwhile costs us no refusal; each reply says how
much is left by then. After a refusal or two the care grows, and with every window that begins well it shrinks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulk_sync.ratelimit.window_state import Sighting

WARY_WINDOWS = 5
"""A rival is believed to be there until so many windows began with a request of ours and showed nobody else."""

SURE_OF_DRIPS = 2
"""So often must what is used have outlived its window before the limiter is taken for a token bucket."""


class Rivalry:
    """What is known of others who use the key. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.spacing = 0.0
        self.refill: float | None = None
        self._wary = 0
        self._reserve = 0.0
        self._started, self._is_begun = 0, False
        self._limit: int | None = None
        self._departed = self._ended = 0
        self._least = math.inf  # what the server counted, less what had ended before the request that told
        self._under_way: dict[float, list[float]] = {}
        self._drips = 0
        self._mark: tuple[float, float, int, int] | None = None

    @property
    def is_near(self) -> bool:
        """Whether somebody else is believed to use the key."""
        return self._wary > 0

    @property
    def is_at_ease(self) -> bool:
        """Whether nobody else is believed to be there, nor to have taken part of the present window."""
        return not (self._wary or self._is_begun)

    @property
    def sees_drips(self) -> bool:
        """Whether places seem to come back one by one, whatever the resets say."""
        return self._drips >= SURE_OF_DRIPS

    def departed(self, now: float) -> None:
        """A request of ours left."""
        self._departed += 1
        self._under_way.setdefault(now, [self._ended, self._least, 0])[2] += 1

    def ended(self, sent: float) -> tuple[float, float]:
        """A request ended; how many had ended before it left, and the least count then."""
        self._ended += 1
        record = self._under_way.get(sent)
        if record is None:  # what several runs have in common was lost, and is learned anew
            return self._ended, self._least
        record[2] -= 1
        if not record[2]:
            del self._under_way[sent]
        return record[0], record[1]

    def withdrawn(self, sent: float) -> None:
        """A request never left."""
        self.ended(sent)
        self._ended -= 1
        self._departed -= 1

    def saw(self, sighting: Sighting, before: tuple[float, float], window: float) -> None:
        """Compare what the server has counted with what we sent.

        `window`: after so many seconds all that is used now would be free again, if the limiter had windows.
        """
        if sighting.limit is None:
            return
        if self._limit is None and not sighting.is_fresh:
            self._is_begun = True  # or a run of ours that ended just now
        if sighting.limit != self._limit:
            self._limit, self._least, self._mark, self._drips = sighting.limit, math.inf, None, 0
            before = (before[0], math.inf)
        if sighting.used - self._departed >= before[1]:
            self._wary = WARY_WINDOWS
        elif sighting.is_fresh:
            self._wary, self._is_begun = max(0, self._wary - 1), False
        self._least = min(self._least, sighting.used - before[0])
        self._see_drips(sighting, window)

    def _see_drips(self, sighting: Sighting, window: float) -> None:
        """In a window nothing is used for longer than its length: what is, was not taken from a window."""
        if self._mark is not None:
            since, until, used, ended = self._mark
            if sighting.sent <= until:
                return
            outlived = sighting.used - (self._departed - ended)
            self._drips = min(SURE_OF_DRIPS, self._drips + 1) if outlived >= (sighting.limit or 0) / 2 else 0
            if used > outlived and not sighting.is_fresh:
                refill = (used - outlived) / (sighting.sent - since)
                self.refill = refill if self.refill is None else max(refill, 0.9 * self.refill + 0.1 * refill)
        if 0 < window < math.inf:
            self._mark = sighting.arrived, sighting.arrived + window, sighting.used, self._ended

    def went_well(self, *, asked: bool) -> None:
        """A request was let through; `asked`: the one that goes alone to ask."""
        if asked:
            self.spacing *= 0.97
            self._reserve *= 0.98
        self._started = 1 if asked else self._started + 1

    def found(self, remaining: int, used: int) -> None:
        """So much was there when we asked: the more, the less there is to wait for."""
        if remaining > used > 0:
            self.spacing *= 0.5 ** (1 / used)

    def refused(self, wait: float, longest: float) -> None:
        """A window's first request was refused: ask less often, and leave a little more to the rival."""
        self._wary = WARY_WINDOWS
        self.spacing = min(max(2 * self.spacing, wait), longest)
        self._reserve = min(max(2 * self._reserve, 4.0), (self._limit or 0) / 25)

    def spare(self, left: int, *, is_bucket: bool) -> int:
        """How many of what is left are for us."""
        return left - self.left_alone(is_bucket=is_bucket) if self._wary else left

    def slice_of(self, spare: int, replies: float) -> int:
        """How many of those may be in flight at once; `replies`: so many, one after the other, fill a window."""
        if spare < 2:
            return spare
        if self._wary:
            parts, ramps = min(3.0, max(1.5, replies / 100)), replies >= 300
        else:
            parts, ramps = min(2.0, max(1.0, replies / 600)), replies >= 1000 and self._is_begun
        most = max(1, int(spare / parts))
        return min(most, self._started) if ramps else most

    def left_alone(self, *, is_bucket: bool) -> int:
        """So many are left to the rival, lest it takes them first. A bucket's are not lost: it would be fuller."""
        limit = self._limit or 0
        if is_bucket:
            return min(limit // 5, 25)
        return int(self._reserve) if self._reserve >= 2 else 0
