"""Who leaves next, and when? The budget's word, kept for many workers at once.

Departures go by priority (the lowest number first), then by who came first; where one method must wait, another may
pass. There is one timer.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.ratelimit.window_state import ReplyNews

STALE = 1.0
"""Seconds after which a turn that was given and not taken is given anew: the computer, or this process, was stopped."""


class Departure(NamedTuple):
    """A request that may leave: the moment that names it, in monotonic seconds, and its method."""

    moment: float
    method: str


class Pacing(Protocol):
    """What knows when the next request of a method may leave: the buckets of a key, or those shared with others."""

    def next_departure(self, now: float, method: str) -> float:
        """When the next request may leave: `now` or before, later, or math.inf where only a reply can tell."""
        ...

    def opens(self, now: float, method: str) -> float:
        """The same, as far as is known, and without taking a place."""
        ...

    def departed(self, now: float, method: str) -> float:
        """A request left; the moment that names it."""
        ...

    def withdrawn(self, sent: float, method: str) -> None:
        """The request that was to leave at `sent` never did."""
        ...

    def arrived(self, news: ReplyNews) -> None:
        """A reply came."""
        ...

    def lost(self, sent: float, now: float, method: str) -> None:
        """No reply came."""
        ...


class Pacer:
    """Hands out departures. `clock` gives monotonic seconds, those of the running event loop.

    Every departure is followed by `arrived`, `lost` or `withdrawn`, with what `departure` gave.
    """

    def __init__(self, budget: Pacing, *, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock
        self._waiting: dict[str, list[tuple[int, int, asyncio.Future[Departure]]]] = {}
        self._arrivals = count()
        self._timer: asyncio.TimerHandle | None = None
        self._closed: BaseException | None = None
        self._method = "POST"

    async def departure(self, priority: int, method: str) -> Departure:
        """Wait for one's turn, and take it. Raises what `close` was given."""
        self._method = method
        while True:
            if self._closed is not None:
                raise self._closed
            given = None if self._waiting.get(method) else self._at_once(method)
            if given is None:
                given = await self._turn(priority, method)
            if self._clock() - given.moment <= STALE:
                return given
            self._budget.withdrawn(*given)

    async def _turn(self, priority: int, method: str) -> Departure:
        turn: asyncio.Future[Departure] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting.setdefault(method, []), (priority, next(self._arrivals), turn))
        self._let_go()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.withdrawn(turn.result())
            raise

    def _at_once(self, method: str) -> Departure | None:
        """Leave without waiting, where nobody waits and the budget allows it."""
        now = self._clock()
        if self._budget.next_departure(now, method) > now:
            return None
        return Departure(self._budget.departed(now, method), method)

    def opens_in(self) -> float:
        """The seconds until somebody who asked now could leave as the last one did; 0 where only a reply can tell."""
        now = self._clock()
        moment = self._budget.opens(now, self._method)
        return moment - now if now < moment < math.inf else 0.0

    def is_waited_for(self) -> bool:
        """Whether anybody waits for a turn."""
        return any(not turn.done() for queue in self._waiting.values() for _, _, turn in queue)

    def arrived(self, news: ReplyNews) -> None:
        """A reply came."""
        self._budget.arrived(news)
        self._let_go()

    def lost(self, departure: Departure) -> None:
        """No reply came to the request."""
        self._budget.lost(departure.moment, self._clock(), departure.method)
        self._let_go()

    def withdrawn(self, departure: Departure) -> None:
        """The request never left."""
        self._budget.withdrawn(*departure)
        self._let_go()

    def close(self, error: BaseException) -> None:
        """Nobody leaves any more: everyone who waits, and who comes later, gets the error."""
        self._closed = error
        self._stop_timer()
        for queue in self._waiting.values():
            for _, _, turn in queue:
                if not turn.done():
                    turn.set_exception(error)
        self._waiting.clear()

    def _let_go(self) -> None:
        """Let everyone leave whose turn it is, and set the timer for the next."""
        self._stop_timer()
        again = 0.0
        while self._waiting and again == 0.0:
            again = self._let_one_go()
        if 0.0 < again < math.inf:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(loop.time() + again - self._clock(), self._let_go)

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
