"""The rate budget: when the next request may leave. Pure arithmetic; every time is a monotonic second.

The budget believes the server. After each reply it knows how many requests the window still takes, and never has more
in flight than that. The first request goes alone: its reply teaches the limit and proves the key. When a place is
surely free again, one request goes, and its reply says how many may follow; so fixed windows, sliding windows and token
buckets are all served right, whoever else uses the key.

Where a server says nothing, a sliding window of our own takes its place, and no more is in flight than its rate times
the latency. A ceiling (`--rate`) is held by a window of the same kind, whatever the server allows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bulk_sync.http_semantics import epoch, retry_after
from bulk_sync.ratelimit.headers import said
from bulk_sync.ratelimit.rate import SlidingLog, windows_of
from bulk_sync.ratelimit.window import ServerClock, Window, WindowState, placed

if TYPE_CHECKING:
    from bulk_sync.ratelimit.rate import Rate
    from bulk_sync.ratelimit.window import Observation, ReplyNews

LONGEST_WAIT = 3660.0
"""Seconds: an hour's window and a minute for its clocks. Whatever a server says, one request then asks again."""

CALMER = 0.97
"""Of the spacing between two questions, what a question leaves of it that was answered."""

SPREAD = 2.0
"""Replies may take so much longer than they mostly do: in silence, what is in flight is the rate times that."""


class Budget:
    """The requests of one kind (reads, or writes) that one key may make.

    `ceiling` is never exceeded, `assumed` is used where the server says nothing, `most_in_flight` holds always.
    """

    def __init__(self, *, ceiling: Rate | None, assumed: Rate, most_in_flight: int) -> None:
        self.limit: int | None = None
        self.refused_windows = 0
        self._most, self._ceiling, self._assumed = most_in_flight, ceiling, assumed
        self._log = SlidingLog(max(assumed.limit, ceiling.limit if ceiling else 0))
        self._clock, self._window, self._state = ServerClock(), Window(assumed), WindowState()
        self._in_flight, self._latency = 0, 0.0
        self._last_end = -math.inf
        self._asks_since: float | None = -math.inf  # nobody knows how we stand: one request goes, and its reply tells
        self._probe: float | None = None
        self._held_until, self._refused_at = -math.inf, -math.inf
        self._uncounted = 0
        self._spacing = 0.0

    @property
    def period(self) -> float | None:
        """Seconds in which the server's limit comes back, as well as it is known; None if it named no reset."""
        period = self._window.period
        if period is None or self.limit != self._assumed.limit:
            return period
        # so many requests take longer than a window in windows of every kind, and longer than filling a bucket
        lap = self._log.lap(2 * self.limit + 1)
        is_sooner = lap is not None and lap < self._assumed.period
        return period if is_sooner else max(period, self._assumed.period)

    def assume(self, rate: Rate) -> None:
        """Where the server says nothing, assume this rate from now on."""
        self._assumed = self._window.documented = rate
        self._log.widen(rate.limit)

    def doubt(self, now: float) -> None:
        """What is known may be outdated: one request asks before others leave, and not sooner than one may."""
        moment = self.next_departure(now)
        if moment < math.inf:
            self._held_until = max(self._held_until, moment)
        if self._asks_since is None:
            self._asks_since = now
        self.refused_windows = 0

    def next_departure(self, now: float) -> float:
        """When the next request may leave: `now` or before, later, or math.inf where only a reply can tell."""
        bound = self.bounds(now)
        return bound if bound == math.inf else max(bound, self._held_until, self._permitted(now))

    def bounds(self, now: float) -> float:
        """The same by the ceiling and by what may be in flight alone, whatever the server says."""
        if self._in_flight >= self._most:
            return math.inf
        rate = self._ceiling
        return self._log.opens(now, self._in_flight, rate.limit, rate.period) if rate else now

    def departed(self, now: float) -> None:
        """A request left."""
        left = self._state.left
        if self._asks_since is not None or (left is not None and self._in_flight >= left):
            self._probe = now
        self._in_flight += 1

    def withdrawn(self, sent: float) -> None:
        """The request that was to leave at `sent` never did."""
        self._in_flight -= 1
        if self._probe == sent:
            self._probe = None

    def arrived(self, news: ReplyNews) -> Observation | None:
        """A reply came; what it says of the limit."""
        probed = self._ended(news.sent, news.arrived)
        latency = news.arrived - news.sent
        self._latency = latency if not self._latency else 0.8 * self._latency + 0.2 * latency
        seen = self._observation(news)
        if seen is not None:
            self._state.saw(seen)
        elif probed and not news.refused:
            self._state.forget()  # the windows go on in silence
        else:
            self._state.ended_unseen(news.arrived)
        newest = self._state.newest
        if newest is not None and newest.limit is not None:
            self.limit = newest.limit
            self._log.widen(2 * newest.limit + 1)
        if news.refused:
            self._refused(news, seen)
        else:
            self.refused_windows = 0
            self._spacing *= CALMER if probed else 1.0
            if self._asks_since is not None and news.sent >= self._asks_since:
                self._asks_since = None
        return seen

    def lost(self, sent: float, now: float) -> None:
        """No reply came; the server may have counted the request all the same."""
        self._ended(sent, now)
        self._state.ended_unseen(now)

    def forecast(self, calls: int) -> float:
        """The seconds that so many further calls will take at the present limit."""
        limit, period = self.limit or self._assumed.limit, self.period or self._assumed.period
        left = self._state.left
        free = limit if left is None else max(0, left - self._in_flight)
        seconds = windows_of(calls - free, limit) * period
        if self._ceiling:
            seconds = max(seconds, self._ceiling.at_most(calls))
        return max(seconds, calls * self._latency / self._most)

    def _permitted(self, now: float) -> float:
        """What the server's word allows, or our own window where it has said nothing."""
        if self._asks_since is not None:
            return now if self._probe is None else math.inf
        newest, unseen = self._state.newest, self._state.unseen
        if newest is None:
            return self._in_silence(now)
        if self._in_flight < (self._state.left or 0):
            return now
        if self._probe is not None or (self.limit is not None and self._in_flight >= self.limit):
            return math.inf
        since = max(newest.arrived, unseen[-1]) if unseen else newest.arrived
        opens = self._window.opens(newest, self._in_flight, since, self._clock)
        if opens == math.inf:  # a reset that is not given, or lay in the past already
            opens = self._log.opens(now, self._in_flight, self.limit or self._assumed.limit, self._own_period())
        return min(max(opens, since + self._spacing), since + LONGEST_WAIT)

    def _in_silence(self, now: float) -> float:
        """What our own window allows. Where the server has spoken, but of no windows, one at a time."""
        period = self._own_period()
        if self.limit is not None:
            opens = self._log.opens(now, self._in_flight, self.limit, period)
            if self._window.length is not None:
                return opens
            return math.inf if self._in_flight else max(opens, self._last_end + period / self.limit)
        limit = self._assumed.limit
        if self._in_flight > 1 + math.ceil(SPREAD * limit / period * self._latency):
            return math.inf
        return self._log.opens(now, self._in_flight, limit, period)

    def _own_period(self) -> float:
        token = self._window.token
        return self._window.length or (token * self.limit if token and self.limit else self._assumed.period)

    def _ended(self, sent: float, now: float) -> bool:
        """Count a request out; whether it was the one that asked."""
        now = self._last_end = max(now, self._last_end)  # of several runs, one may tell late
        self._in_flight -= 1
        self._log.ended(now)
        probed = self._probe == sent
        if probed:
            self._probe = None
        return probed

    def _observation(self, news: ReplyNews) -> Observation | None:
        """What the reply said, placed in time."""
        sent, arrived = news.sent, news.arrived
        date = epoch(news.headers.get("date", ""))
        if date is None:
            self._clock.undated(news.wall, arrived)
        else:
            self._clock.dated(date, sent, arrived)
        word = said(news.headers)
        if word is None:
            return None
        if not news.refused and word.remaining == word.limit:
            self._uncounted = 1  # this server does not count a request before it has told what remains
        remaining = max(0, word.remaining - (0 if news.refused else self._uncounted))
        seen = placed(word, remaining, sent, arrived, self._clock)
        if word.reset is not None and seen.reset is not None and not news.refused:
            self._window.saw(seen, word.reset.grain)
        return seen

    def _refused(self, news: ReplyNews, seen: Observation | None) -> None:
        """A 429 holds everybody, in doubt until the later of what it says; then one request asks."""
        now = news.arrived
        asked = retry_after(news.headers, news.wall)
        is_spent = seen is not None and seen.remaining == 0  # else it was not this limit that refused
        moments = [] if asked is None else [now + asked]
        if seen is not None and is_spent and (self._window.token is None or not moments):
            moments.append(self._window.passed(seen, self._clock))
        until = max((each for each in moments if each < math.inf), default=now + self._own_period())
        if news.sent > self._refused_at:
            self._refused_at = now
            until = max(until, now + min(2.0**self.refused_windows, self._assumed.period))
            self.refused_windows += 1
            if is_spent:
                self._spacing = min(max(2 * self._spacing, until - now), (self.period or self._assumed.period) / 6)
        if is_spent:
            self._window.refused()
        self._asks_since = now
        self._held_until = max(self._held_until, min(until, now + LONGEST_WAIT))
