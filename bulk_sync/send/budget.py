"""When may the next request leave? Pure arithmetic: no clock, no sleep, no I/O; every time is a monotonic second.

The budget believes the server. After each reply it knows how many requests the window still takes, and never lets more
be in flight than that. The first request goes alone: its reply teaches the limit and proves the key. When the window's
reset passes, one request goes, and its reply says how the next window stands; so fixed windows, sliding windows and
token buckets are all served right, whoever else uses the key.

Where a server says nothing, an own sliding window of the assumed rate takes its place. A ceiling (`--rate`) is held by
a window of the same kind, whatever the server allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.send.own_window import OwnWindow
from bulk_sync.send.rate_headers import Said, ServerClock, retry_after, said
from bulk_sync.send.window import ROUND_LENGTHS, ROUNDING, Sighting, Windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.send.rate import Rate

LONGEST_WAIT = 3600.0
"""A reset further away than this is not believed: a probe an hour is a small price."""


@dataclass(frozen=True, slots=True)
class ReplyNews:
    """A reply, as the budget sees it: when its request left and it came, our epoch then, and what it said."""

    sent: float
    arrived: float
    wall: float
    headers: Mapping[str, str]
    refused: bool


class Budget:
    """The requests of one kind (reads, or writes) that one key may make."""

    def __init__(self, *, ceiling: Rate | None, assumed: Rate, most_in_flight: int) -> None:
        self.limit: int | None = None
        self.period: float | None = None
        self.refused_windows = 0
        self._most = most_in_flight
        self._ceiling = OwnWindow(ceiling) if ceiling else None
        self._assumed = OwnWindow(assumed)
        self._clock, self._windows = ServerClock(), Windows()
        self._flying = 0
        self._latency = 0.0
        self._spoken = False
        self._remaining: int | None = None
        self._opens = -math.inf
        self._newest: Sighting | None = None
        self._probe: float | None = None
        self._held_until = -math.inf

    def next_departure(self, now: float) -> float:
        """When the next request may leave: `now` or before, later, or math.inf where only a reply can tell."""
        if self._flying >= self._most:
            return math.inf
        moment = max(now, self._held_until, self._by_the_server(now))
        if self._ceiling:
            moment = max(moment, self._ceiling.next_departure(now, self._flying))
        return moment

    def departed(self, now: float) -> None:
        """A request left."""
        self._flying += 1
        if self._newest is not None and self._remaining_now(now) is None:
            self._probe = now
            self._windows.begins(now)

    def arrived(self, news: ReplyNews) -> None:
        """A reply came."""
        self._ended(news.sent, news.arrived)
        self._spoken = True
        self._latency = max(news.arrived - news.sent, 0.9 * self._latency)
        self._clock.learn(news.headers, news.sent, news.arrived, news.wall)
        found = self._sighting(news)
        if found is not None:
            self._windows.see(found)
            self._take(found)
        elif self._remaining is not None:
            self._remaining = max(0, self._remaining - 1)
        if news.refused:
            self._hold(news, found)
        else:
            self.refused_windows = 0

    def lost(self, sent: float, now: float) -> None:
        """No reply came; the server may have counted the request all the same."""
        self._ended(sent, now)
        self._spoken = True
        if self._remaining is not None:
            self._remaining = max(0, self._remaining - 1)

    def forecast(self, calls: int) -> float:
        """The seconds that so many further calls will take at the present limit."""
        limit, period = (
            (self.limit, self.period)
            if self.limit and self.period
            else (self._assumed.rate.limit, self._assumed.rate.period)
        )
        waits = max(0, calls - 1) // limit if self._remaining is None else -(-max(0, calls - self._remaining) // limit)
        seconds = waits * period
        if self._ceiling:
            ceiling = self._ceiling.rate
            seconds = max(seconds, max(0, calls - 1) // ceiling.limit * ceiling.period)
        return seconds

    def _by_the_server(self, now: float) -> float:
        """What the server's word allows, or ours where it has said nothing."""
        if self._newest is None:
            if not self._spoken:
                return now if self._flying == 0 else math.inf
            rate = self._assumed.rate
            most = math.ceil(rate.limit / rate.period * self._latency) + 1
            return self._assumed.next_departure(now, self._flying) if self._flying < most else math.inf
        remaining = self._remaining_now(now)
        if remaining is None:
            return now if self._probe is None else math.inf
        return now if self._flying < remaining else self._opens

    def _remaining_now(self, now: float) -> int | None:
        """What the window still takes; None where it has passed, and one request must ask."""
        return None if now >= self._opens else self._remaining

    def _ended(self, sent: float, now: float) -> None:
        self._flying = max(0, self._flying - 1)
        if self._probe is not None and sent >= self._probe:
            self._probe = None
        self._windows.used(sent, now)
        self._assumed.ended(now)
        if self._ceiling:
            self._ceiling.ended(now)

    def _sighting(self, news: ReplyNews) -> Sighting | None:
        found = said(news.headers)
        if found is None:
            return None
        self._describe(found, news)
        reset = news.arrived + found.reset if found.relative else found.reset - self._clock.ahead
        if reset < news.arrived - 1 and found.remaining == 0 and not found.relative:
            return None  # a clock that cannot be believed: our own window takes over
        return Sighting(found, news.sent, news.arrived, min(reset, news.arrived + LONGEST_WAIT))

    def _take(self, found: Sighting) -> None:
        """Go by a reply, if it is the newest word: replies may overtake each other."""
        newest = self._newest
        follows = newest is None or found.sent >= newest.arrived
        if newest is not None and not follows:
            blur = _blur(found) + _blur(newest)
            later = found.named - newest.named
            if later < -blur:
                return
            same_window = later <= blur
            if same_window and self._remaining is not None and found.said.remaining >= self._remaining:
                # it may have counted a place that was freed since: that one must not be counted twice
                self._opens = max(self._opens, self._windows.opens(found))
                return
        self._newest, self._remaining = found, found.said.remaining
        self._opens = max(found.arrived, self._windows.opens(found))

    def _describe(self, found: Said, news: ReplyNews) -> None:
        """Keep the limit in words for the summary."""
        self.limit = found.limit
        if found.remaining == found.limit - 1:
            ahead = found.reset if found.relative else found.reset - self._clock.ahead - news.arrived
            self.period = min(ROUND_LENGTHS, key=lambda length: abs(length - ahead))

    def _hold(self, news: ReplyNews, found: Sighting | None) -> None:
        """A 429 holds everybody; in doubt until the later of what it says."""
        if news.sent >= self._held_until:
            self.refused_windows += 1
        self._windows.refused()
        asked = retry_after(news.headers, news.wall)
        moments = [] if asked is None else [news.arrived + asked + 1.0]
        if found is not None and found.reset > news.arrived:
            moments.append(self._windows.opens(found))
        until = max(moments, default=news.arrived + self._assumed.rate.period)
        self._held_until = max(self._held_until, min(until, news.arrived + LONGEST_WAIT))
        if self._newest is not None:
            self._remaining, self._opens = 0, self._held_until


def _blur(found: Sighting) -> float:
    """How far the reset that a reply names may be from the true one, in seconds."""
    return ROUNDING * found.said.whole + (found.arrived - found.sent) * found.said.relative + 0.01
