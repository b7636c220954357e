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


class Windows:
    """Learns from sightings. All times are monotonic seconds."""

    def __init__(self) -> None:
        self.length: float | None = None
        self._guess: float | None = None
        self._previous_reset: float | None = None
        self._is_aligned = False
        self._token: float | None = None
        self._burst: Sighting | None = None
        self._uses: deque[float] = deque(maxlen=4096)
        self._distrust = False

    def used(self, now: float) -> None:
        """A request of ours ended: it took a place at this moment or before."""
        self._uses.append(now)

    def refused(self) -> None:
        """A request was refused: what was learned may be wrong, and is not used again."""
        self._distrust = True

    def see(self, sighting: Sighting) -> None:
        """Learn from a reply."""
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
            oldest = next((use for use in self._uses if use > sighting.arrived - self.length), sighting.arrived)
            opens = min(opens, oldest + self.length)
        if self._token is not None:
            opens = min(opens, sighting.arrived + self._token * max(1, sighting.said.limit // 4))
        return opens

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
        """See whether the reset moves with each use: then `(reset - now) / used` is the time that one token takes."""
        said, first = sighting.said, self._burst
        if first is None or said.remaining >= first.said.remaining or sighting.arrived - first.arrived > 10:
            self._burst = sighting
            return
        used, moved = first.said.remaining - said.remaining, sighting.reset - first.reset
        if used < max(3, said.limit // 6):
            return
        missing = said.limit - said.remaining
        whole_wait = sighting.reset - sighting.arrived
        per_token = whole_wait / missing
        fits = abs(moved - used * per_token) <= 2 * ROUNDING
        self._token = (whole_wait + ROUNDING) / missing if moved > 2 * ROUNDING and fits else None
