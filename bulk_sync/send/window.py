"""When does a used-up window open again? What can be learned from the resets that a server names. Pure.

A reset in whole seconds may be rounded up or down, and nobody says which: it counts as passed one second later, until
what the windows do tells more. Three things can be learned safely, for whoever is alone on the key:

- Windows that begin with a request: the first request of a fresh window (`remaining` is `limit` - 1) names a reset one
  window later. Windows have round lengths; when two fresh windows name the same round length, a place is free that long
  after the first reply of the window. That holds for fixed and for sliding windows.
- Windows that begin at round times (every full minute): their resets need no rounding.
- Token buckets that name the time when they are full again: each use moves the reset by the time that one token takes.
  Then a token is there long before the bucket is full.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulk_sync.send.rate_headers import Said

ROUND_LENGTHS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
SHORTEST_LEARNED = 5.0
"""Seconds. Shorter windows gain nothing by it, and a token bucket's single token looks like one."""

ROUNDING = 1.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a reply said: the request left at `sent`, the reply came at `arrived`; `reset` by our clock, unrounded."""

    said: Said
    sent: float
    arrived: float
    reset: float

    @property
    def named(self) -> float:
        """The reset on a scale on which two replies compare: what we think of the server's clock may change."""
        return self.reset if self.said.relative else self.said.reset


class Windows:
    """Learns from sightings. All times are monotonic seconds."""

    def __init__(self) -> None:
        self.length: float | None = None
        self._guess: float | None = None
        self._previous_reset: float | None = None
        self._is_aligned = False
        self._token: float | None = None
        self._burst: list[Sighting] = []
        self._began = -math.inf
        self._uses: deque[tuple[float, float]] = deque(maxlen=4096)
        self._slides = False
        self._distrust = False

    def begins(self, now: float) -> None:
        """A request leaves that asks how the next window stands: what is used from now on belongs to it."""
        self._began = now

    def used(self, sent: float, ended: float) -> None:
        """A request of ours took a place at some moment between these two."""
        self._uses.append((sent, ended))

    def refused(self) -> None:
        """A request was refused: what was learned may be wrong, and is not used again."""
        self._distrust = True

    def see(self, sighting: Sighting) -> None:
        """Learn from a reply."""
        if sighting.sent == self._began and sighting.said.limit - 1 - sighting.said.remaining > 0:
            self._slides = True  # a new fixed window would have been empty
        self._learn_length(sighting)
        self._learn_alignment(sighting.said)
        self._learn_token(sighting)

    def opens(self, sighting: Sighting) -> float:
        """When the first place is surely free again, for a window that this reply says is used up."""
        whole = sighting.said.whole and not (self._is_aligned and not self._distrust)
        opens = sighting.reset + (ROUNDING if whole else 0.0)
        if self._distrust:
            return opens
        if self.length is not None:
            opens = min(opens, self._first_place_back(sighting, self.length))
        if self._token is not None:
            opens = min(opens, sighting.arrived + self._token * max(1, sighting.said.limit // 4))
        return opens

    def _first_place_back(self, sighting: Sighting, length: float) -> float:
        """When the first of our own uses is surely given back: in a fixed window only those of this window count.

        In a sliding one each is given back by itself; those that the reply may have counted as free are left out.
        """
        since = sighting.arrived - length if self._slides else self._began
        return min((ended for sent, ended in self._uses if sent >= since), default=sighting.arrived) + length

    def _learn_length(self, sighting: Sighting) -> None:
        said = sighting.said
        ahead = sighting.reset - sighting.arrived
        if self.length is None:
            near = [length for length in ROUND_LENGTHS if abs(length - ahead) < ROUNDING]
            longest = near[-1] if near else None
        else:
            longest = None
        if said.remaining != said.limit - 1 or self.length is not None:
            return
        if longest is not None and longest >= SHORTEST_LEARNED and longest == self._guess:
            self.length = longest
        self._guess = longest

    def _learn_alignment(self, said: Said) -> None:
        before, self._previous_reset = self._previous_reset, said.reset
        if said.relative or before is None or said.reset <= before or self.length is not None:
            return
        step = said.reset - before
        self._is_aligned = step in ROUND_LENGTHS and step >= SHORTEST_LEARNED and said.reset % step == 0

    def _learn_token(self, sighting: Sighting) -> None:
        """See whether the reset moves with each use, evenly: then `(reset - now) / used` is what one token takes."""
        burst = self._burst
        if burst and sighting.said.remaining >= burst[-1].said.remaining:
            if sighting.sent < burst[-1].arrived:
                return  # a reply that was overtaken
            burst.clear()
        burst.append(sighting)
        used = burst[0].said.remaining - sighting.said.remaining
        if self.length is not None or used < max(4, sighting.said.limit // 6):
            return
        missing = sighting.said.limit - sighting.said.remaining
        per_token = (sighting.reset - sighting.arrived) / missing
        half = min(burst, key=lambda seen: abs(burst[0].said.remaining - seen.said.remaining - used / 2))
        even = abs(burst[0].said.remaining - half.said.remaining - used / 2) <= used / 5 and all(
            _moved_by(per_token, one, other) for one, other in ((burst[0], half), (half, sighting))
        )
        moved = sighting.reset - burst[0].reset
        at_once = sighting.arrived - burst[0].arrived < moved / 4
        if moved >= 6 * ROUNDING and even and at_once:
            self._token = per_token + ROUNDING / missing


def _moved_by(per_token: float, one: Sighting, other: Sighting) -> bool:
    """Whether the reset moved between two replies as the tokens used between them say."""
    expected = per_token * (one.said.remaining - other.said.remaining)
    return abs(other.reset - one.reset - expected) <= 0.3 * expected + ROUNDING
