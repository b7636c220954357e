"""The scheduler: who leaves next, and when; the budget's word, kept for many workers at once.

Departures go by priority (the lowest number first), then by who came first; where one method must wait, another may
pass. There is one timer. The most that may leave in all (`--max-writes`) is held here, too.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from array import array
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.errors import LimitReached
from bulk_sync.http_semantics import LONGEST_BY_DATE, asked_wait, is_failure
from bulk_sync.ratelimit.window import ReplyNews
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bulk_sync.ratelimit.buckets import Buckets
    from bulk_sync.ratelimit.shared_budget import SharedBudget

STALE = 1.0
"""Seconds after which a turn that was given and not taken is given anew: the computer, or this process, was stopped."""

NOTED = 5.0
"""Seconds from which on a wait is one that a person would wonder about."""

TOLD = 600.0
"""Seconds from which on that is told in a sentence, also where nobody sees a progress bar."""

_DAY = 86_400.0


class Departure(NamedTuple):
    """A request that may leave: the moment that names it, in monotonic seconds, and its method."""

    moment: float
    method: str


class Scheduler:
    """Hands out departures. `clock` gives monotonic seconds, those of the running event loop.

    A departure is followed by `arrived`, `lost` or `withdrawn`, with what `departure` gave. `most` leave in all, and
    `ended` hears why where one more would be too many. `tell` hears, in a sentence, of a wait that takes minutes;
    `waits`, of the seconds of each wait for the budget that a person would wonder about.
    """

    def __init__(
        self,
        budget: Buckets | SharedBudget,
        clock: Callable[[], float],
        most: int | None = None,
        ended: Callable[[LimitReached], object] = lambda _: None,
        tell: Callable[[str], None] = lambda _: None,
        waits: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.latencies = array("d")
        """The seconds that replies took."""
        self._budget, self._clock = budget, clock
        self._most, self._left, self._ended = most, 0, ended
        self._tell, self._told_until = tell, -math.inf
        self._waits, self._waits_until = waits, -math.inf
        self._waiting: dict[str, list[tuple[int, int, asyncio.Future[Departure]]]] = {}
        self._arrivals = count()
        self._timer: asyncio.TimerHandle | None = None
        self._closed: BaseException | None = None
        self._method = "POST"

    @property
    def refused_windows(self) -> int:
        """Windows in a row without one success."""
        return self._budget.known.refused_windows

    async def departure(self, priority: int, method: str) -> Departure:
        """Wait for one's turn, and take it. Raises what `close` was given, and what stops the run."""
        self._check()
        departure = await self._departure(priority, method)
        try:
            self._check()  # since the turn was given, the last write may have left, or a reply ended the run
        except BaseException:
            self._withdraw(departure)
            raise
        self._left += 1
        if any(not turn.done() for queue in self._waiting.values() for _, _, turn in queue):
            self._end_if_spent()  # nobody waits for a window that is of no use any more
        return departure

    def _check(self) -> None:
        self._end_if_spent()
        if self._closed is not None:
            raise self._closed

    def _end_if_spent(self) -> None:
        """End the run where more is to be sent than may be."""
        if self._most is not None and self._left >= self._most:
            writes = "1 write" if self._most == 1 else f"{self._most:,} writes"
            self._ended(LimitReached(f"Stopped after {writes} (--max-writes)."))

    async def _departure(self, priority: int, method: str) -> Departure:
        self._method = method
        while True:
            turn: asyncio.Future[Departure] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting.setdefault(method, []), (priority, next(self._arrivals), turn))
            self._let_go()
            try:
                given = await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled() and turn.exception() is None:
                    self._withdraw(turn.result())
                raise
            if self._clock() - given.moment <= STALE:
                return given
            self._budget.withdrawn(*given)
            self._check()

    def opens_in(self) -> float:
        """The seconds until somebody who asked now could leave as the last one did; 0 where only a reply can tell."""
        now = self._clock()
        moment = self._budget.opens(now, self._method)
        return moment - now if now < moment < math.inf else 0.0

    def arrived(self, departure: Departure, status: int, headers: Mapping[str, str]) -> None:
        """A reply came to the request that left so."""
        sent, method = departure
        now, wall = self._clock(), time.time()
        self.latencies.append(now - sent)
        refused, succeeded = status == 429, 200 <= status < 300
        if refused or is_failure(status):
            self._tell_of_wait(headers, now, wall, refused=refused)
        self._budget.arrived(ReplyNews(sent, now, wall, headers, refused, method=method, succeeded=succeeded))
        self._let_go()

    def lost(self, departure: Departure) -> None:
        """No reply came to the request."""
        self._budget.lost(departure.moment, self._clock(), departure.method)
        self._let_go()

    def withdrawn(self, departure: Departure) -> None:
        """The request never left."""
        self._left -= 1
        self._withdraw(departure)

    def close(self, error: BaseException) -> None:
        """Nobody leaves any more: everyone who waits, and who comes later, gets the error."""
        self._closed = error
        self._stop_timer()
        for queue in self._waiting.values():
            for _, _, turn in queue:
                if not turn.done():
                    turn.set_exception(error)
        self._waiting.clear()

    def _withdraw(self, departure: Departure) -> None:
        self._budget.withdrawn(*departure)
        self._let_go()

    def _tell_of_wait(self, headers: Mapping[str, str], now: float, wall: float, *, refused: bool) -> None:
        """Say once what an API asks for that asks for long; all replies of a window ask for the same."""
        asked = asked_wait(headers, wall)
        if asked is None or asked.seconds <= LONGEST_BY_DATE or now < self._told_until:
            return
        self._told_until = now + LONGEST_BY_DATE
        wait = duration(asked.seconds) if asked.seconds < _DAY else "more than a day"
        is_kept_to = refused and not asked.by_date
        then = "after that, or after an hour" if is_kept_to else f"after {duration(LONGEST_BY_DATE)}"
        self._tell(f"The API asks to wait for {wait}. The run tries again {then}.")

    def _let_go(self) -> None:
        """Let everyone leave whose turn it is, and set the timer for the next."""
        self._stop_timer()
        again = 0.0
        while self._waiting and again == 0.0:
            again = self._let_one_go()
        if 0.0 < again < math.inf:
            loop, seconds = asyncio.get_running_loop(), again - self._clock()
            self._timer = loop.call_at(loop.time() + seconds, self._let_go)
            if seconds >= NOTED and abs(again - self._waits_until) >= NOTED:
                self._waits_until = again
                self._waits(seconds)
                if seconds >= TOLD and self._clock() >= self._told_until:
                    self._tell(f"The rate limit is used up. The run goes on in {duration(seconds)}.")

    def _let_one_go(self) -> float:
        """Let the first leave who may, by priority; 0, or the moment to try again where nobody may."""
        again = math.inf
        for method in sorted(self._waiting, key=lambda method: self._waiting[method][0][:2]):
            queue = self._waiting[method]
            now = self._clock()
            is_over = queue[0][2].done()  # its worker was cancelled
            moment = now if is_over else self._budget.next_departure(now, method)
            if moment > now:
                again = min(again, moment)
                continue
            _, _, turn = heapq.heappop(queue)
            if not queue:
                del self._waiting[method]
            if not is_over:
                turn.set_result(Departure(self._budget.departed(now, method), method))
            return 0.0
        return again

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """By name, the seconds within which so many of the replies came; empty without replies."""
    ordered = sorted(seconds)
    return {name: ordered[math.ceil(share * len(ordered)) - 1] for name, share in SHARES.items()} if ordered else {}
