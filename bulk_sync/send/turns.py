"""Who sends next, and what do the budget and the run's own limit hear of it?"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from bulk_sync.api.responses import headers_with_wait, is_failure
from bulk_sync.http_times import LONGEST_BY_DATE, asked_wait
from bulk_sync.ratelimit.latency import Latencies
from bulk_sync.ratelimit.scheduler import Pacer
from bulk_sync.ratelimit.window_state import ReplyNews
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.api.exchange import Reply
    from bulk_sync.ratelimit.buckets import Buckets
    from bulk_sync.ratelimit.scheduler import Departure
    from bulk_sync.ratelimit.shared_budget import SharedBudget
    from bulk_sync.send.limits import Writes
    from bulk_sync.send.stopping import Stop


_DAY = 86_400.0


class PacedTurns:
    """The pacer of reads or of writes, told of replies in its own terms. `clock`: the event loop's seconds.

    `latencies`: of the replies, each from its departure on. `tell` hears, in a sentence, of a wait that the API asks
    for and that a person would wonder about.
    """

    def __init__(
        self,
        budget: Buckets | SharedBudget,
        clock: Callable[[], float],
        stop: Stop,
        writes: Writes,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._pacer = Pacer(budget, clock=clock)
        self.latencies = Latencies()
        self._tell, self._told_until = tell, -math.inf
        self._budget, self._clock, self._stop, self._writes = budget, clock, stop, writes
        stop.tell(self._pacer.close)

    @property
    def refused_windows(self) -> int:
        """Windows in a row without one success."""
        return self._budget.known.refused_windows

    def opens_in(self) -> float:
        """The seconds until somebody who asked now could leave; 0 where only a reply can tell."""
        return self._pacer.opens_in()

    async def departure(self, priority: int, method: str) -> Departure:
        """Wait for this request's turn. Raises what stops the run."""
        self._writes.ask()
        departure = await self._pacer.departure(priority, method)
        try:
            self._writes.ask()  # since the turn was given, the last write may have left, or a reply ended the run
        except BaseException:
            self._pacer.withdrawn(departure)
            raise
        self._writes.left += 1
        if self._writes.are_spent and self._pacer.is_waited_for():
            self._writes.end()  # nobody waits for a window that is of no use any more
        return departure

    def arrived(self, departure: Departure, reply: Reply) -> None:
        """A reply came to the request that left so."""
        sent, method = departure
        now, wall = self._clock(), time.time()
        self.latencies.took(now - sent)
        headers = headers_with_wait(reply)
        refused = reply.status == 429
        if refused or is_failure(reply.status):
            self._tell_of_wait(headers, now, wall, refused=refused)
        succeeded = 200 <= reply.status < 300
        self._pacer.arrived(ReplyNews(sent, now, wall, headers, refused, method=method, succeeded=succeeded))

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

    def lost(self, departure: Departure) -> None:
        """No reply came to it."""
        self._pacer.lost(departure)

    def withdrawn(self, departure: Departure) -> None:
        """It never left."""
        self._writes.left -= 1
        self._pacer.withdrawn(departure)
