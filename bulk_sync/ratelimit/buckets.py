"""The budget of requests of several methods: one bucket for all of them until the headers prove one for each. Pure.

The vendor's table of limits names POST and not PUT. While nothing is proven, a request leaves only where two budgets
let it: the one that hears all replies, and the one that hears those to its own method. So one bucket and two are both
obeyed, and not knowing costs time and no refusal. Once it is proven that methods are counted apart, each obeys its own
headers, and only what we set ourselves bounds their sum. A refusal after that ends it for good: the proof may have been
wrong.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.ratelimit.window import may_be_one_reset

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.ratelimit.rate import Rate
    from bulk_sync.ratelimit.window import Observation, ReplyNews

FAR = 10.0
"""Seconds: nothing is concluded from windows that end sooner; they are short enough to be waited for."""

APART = 2.0
"""Seconds between two replies that rounding cannot show as of one moment, where each request moves the reset."""


class Buckets:
    """Makes its budgets by `make`. Times are monotonic seconds; a request is known by its method and its departure."""

    def __init__(self, make: Callable[[], Budget]) -> None:
        self._make = make
        self._all = make()
        self._own: dict[str, Budget] = {}
        self._out: dict[str, list[float]] = {}
        self._apart = Apartness()
        self._was_refused = False

    @property
    def known(self) -> Buckets:
        """What is known of the key's limit; a budget that is shared knows it by others, too."""
        return self

    @property
    def limit(self) -> int | None:
        """The limit that the server named; None if it named none."""
        return self._all.limit

    @property
    def period(self) -> float | None:
        """Seconds in which that limit comes back, as well as it is known."""
        return self._all.period

    @property
    def refused_windows(self) -> int:
        """Windows in a row without one success."""
        return self._all.refused_windows

    @property
    def are_apart(self) -> bool:
        """Whether each method is known to have a bucket of its own."""
        return self._apart.is_proven and not self._was_refused

    def assume(self, rate: Rate) -> None:
        """Where the server says nothing, assume this rate from now on."""
        for budget in (self._all, *self._own.values()):
            budget.assume(rate)

    def doubt(self, now: float) -> None:
        """Nobody is there who knows how the key stands: one request asks first, when what is known lets one leave."""
        for budget in (self._all, *self._own.values()):
            budget.doubt(now)

    def forecast(self, calls: int) -> float:
        """The seconds that so many further calls will take at the present limit."""
        return self._all.forecast(-(-calls // len(self._own)) if self.are_apart else calls)

    def next_departure(self, now: float, method: str) -> float:
        """When the next request of this method may leave; math.inf where only a reply can tell."""
        if method not in self._out:
            self._meet(method)
        own = self._own.get(method)
        if own is None:
            return self._all.next_departure(now)
        if self.are_apart:
            return max(self._all.bounds(now), own.next_departure(now))
        if sum(map(len, self._out.values())) > (self.limit or 0) // 2 > 0 and not self._was_refused:
            return math.inf  # of a window that leaves all at once, no reply could show what was counted elsewhere
        return max(self._all.next_departure(now), own.next_departure(now))

    def opens(self, now: float, method: str) -> float:
        """The same: asking takes no place."""
        return self.next_departure(now, method)

    def departed(self, now: float, method: str) -> float:
        """A request left; the moment that names it."""
        if method not in self._out:
            self._meet(method)
        self._out[method].append(now)
        for budget in self._of(method):
            budget.departed(now)
        return now

    def withdrawn(self, sent: float, method: str) -> None:
        """The request that was to leave at `sent` never did."""
        self._out[method].remove(sent)
        for budget in self._of(method):
            budget.withdrawn(sent)

    def lost(self, sent: float, now: float, method: str) -> None:
        """No reply came; the server may have counted the request all the same."""
        self._out[method].remove(sent)
        for budget in self._of(method):
            budget.lost(sent, now)

    def arrived(self, news: ReplyNews) -> None:
        """A reply came."""
        self._out[news.method].remove(news.sent)
        if news.refused and self._apart.is_proven:
            self._was_refused = True
        seen = None
        for budget in self._of(news.method):
            seen = budget.arrived(news)
        if self._own and seen is not None and not news.refused:
            self._apart.saw(news.method, seen, is_counted=news.succeeded)

    def _of(self, method: str) -> tuple[Budget, ...]:
        own = self._own.get(method)
        return (self._all,) if own is None else (self._all, own)

    def _meet(self, method: str) -> None:
        """A method's first request comes: from the second method on each has a budget of its own besides."""
        self._out[method] = []
        for each in self._out if len(self._out) > 1 else ():
            if each not in self._own:
                self._own[each] = self._make()
                for sent in self._out[each]:
                    self._own[each].departed(sent)


@dataclass(slots=True)
class _Window:
    """The first reply of a window to one method; when replies came to requests of all methods that left after it."""

    first: Observation
    counted: list[float] = field(default_factory=list)


class Apartness:
    """Are the requests of several methods counted apart?

    In one bucket, each request between two replies of one window shows in the second one's count. Places that become
    free meanwhile hide some: none do while the reset stays, which is named again `APART` seconds later, and hardly any
    do after the first request of a window. What is missing then was counted elsewhere.
    """

    def __init__(self) -> None:
        self.is_proven = False
        self._windows: dict[str, _Window] = {}

    def saw(self, method: str, seen: Observation, *, is_counted: bool) -> None:
        """A reply to this method said so much; `is_counted`: the server surely counted its request."""
        if is_counted:
            for each in self._windows.values():
                if seen.sent > each.first.arrived:
                    each.counted.append(seen.arrived)
        window = self._windows.get(method)
        if window is None or seen.limit is None or not _are_of_one_window(window.first, seen):
            self._windows[method] = _Window(seen)
            return
        first = window.first
        is_told = first.is_fresh or seen.sent - first.arrived >= APART
        if is_told and min(first.nearest, seen.nearest) >= FAR:
            between = bisect_left(window.counted, seen.sent) + is_counted
            missing = between - (seen.used - first.used)
            self.is_proven = self.is_proven or missing >= max(3, seen.limit / 4)


def _are_of_one_window(one: Observation, other: Observation) -> bool:
    return one.limit == other.limit and one.reset is not None and may_be_one_reset(one, other)
