"""Who leaves next, and when? The budget's word, kept for many workers at once.

Departures go by priority (the lowest number first), then by who came first. There is one timer, and nobody polls.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from itertools import count
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.send.exchange import ReplyNews

STALE = 1.0
"""Seconds after which a turn that was given and not taken is given anew: the computer, or this process, was stopped."""


class Pacing(Protocol):
    """What knows when the next request may leave: a Budget, or one that is shared."""

    def next_departure(self, now: float) -> float:
        """When the next request may leave: `now` or before, later, or math.inf where it will be heard of."""
        ...

    def departed(self, now: float) -> None:
        """A request left."""
        ...

    def withdrawn(self, sent: float) -> None:
        """The request that was to leave at `sent` never did."""
        ...

    def arrived(self, news: ReplyNews) -> None:
        """A reply came."""
        ...

    def lost(self, sent: float, now: float) -> None:
        """No reply came."""
        ...


class Pacer:
    """Hands out departures. `clock` gives monotonic seconds, those of the running event loop.

    Every departure is followed by `arrived`, `lost` or `withdrawn`, with the moment that `departure` gave.
    """

    def __init__(self, budget: Pacing, *, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock
        self._waiting: list[tuple[int, int, asyncio.Future[float]]] = []
        self._arrivals = count()
        self._timer: asyncio.TimerHandle | None = None
        self._closed: BaseException | None = None
        self._asking = 0

    async def departure(self, priority: int) -> float:
        """Wait for one's turn, and take it; the moment of departure. Raises what `close` was given."""
        while True:
            if self._closed is not None:
                raise self._closed
            moment = None if self._waiting else self._at_once()
            if moment is None:
                moment = await self._turn(priority)
            if self._clock() - moment <= STALE:
                return moment
            self._budget.withdrawn(moment)

    async def _turn(self, priority: int) -> float:
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._arrivals), turn))
        self._let_go()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.withdrawn(turn.result())
            raise

    def _at_once(self) -> float | None:
        """Leave without waiting, where nobody waits and the budget allows it."""
        now = self._clock()
        self._asking = 1
        try:
            if self._budget.next_departure(now) > now:
                return None
        finally:
            self._asking = 0
        self._budget.departed(now)
        return now

    def opens_in(self) -> float:
        """The seconds until somebody who asked now could leave; 0 where only a reply can tell."""
        now = self._clock()
        self._asking = 1
        try:
            moment = self._budget.next_departure(now)
        finally:
            self._asking = 0
        return moment - now if now < moment < math.inf else 0.0

    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._asking + (sum(not turn.done() for _, _, turn in self._waiting) if self._waiting else 0)

    def wake(self) -> None:
        """Ask the budget again: it has heard something."""
        self._let_go()

    def arrived(self, news: ReplyNews) -> None:
        """A reply came."""
        self._budget.arrived(news)
        self._let_go()

    def lost(self, sent: float) -> None:
        """No reply came to the request that left at `sent`."""
        self._budget.lost(sent, self._clock())
        self._let_go()

    def withdrawn(self, sent: float) -> None:
        """The request that was to leave at `sent` never will."""
        self._budget.withdrawn(sent)
        self._let_go()

    def close(self, error: BaseException) -> None:
        """Nobody leaves any more: everyone who waits, and who comes later, gets the error."""
        self._closed = error
        self._stop_timer()
        for _, _, turn in self._waiting:
            if not turn.done():
                turn.set_exception(error)
        self._waiting.clear()

    def _let_go(self) -> None:
        """Let everyone leave whose turn it is, and set the timer for the next."""
        self._stop_timer()
        while self._waiting:
            if self._waiting[0][2].done():  # its worker was cancelled
                heapq.heappop(self._waiting)
                continue
            now = self._clock()
            moment = self._budget.next_departure(now)
            if moment > now:
                if moment < math.inf:
                    loop = asyncio.get_running_loop()
                    self._timer = loop.call_at(loop.time() + moment - now, self._let_go)
                return
            self._budget.departed(now)
            heapq.heappop(self._waiting)[2].set_result(now)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
