"""Who sends next, and what do the budget and the run's own limit hear of it?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bulk_sync.send.exchange import ReplyNews
from bulk_sync.send.latency import Latencies
from bulk_sync.send.pacer import Pacer
from bulk_sync.send.sharing.shared_budget import SharedBudget

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.send.budget import Budget
    from bulk_sync.send.exchange import Reply
    from bulk_sync.send.limits import Writes
    from bulk_sync.send.stopping import Stop


class PacedTurns:
    """The pacer of reads or of writes, told of replies in its own terms. `clock`: the event loop's seconds.

    `latencies`: of the replies, each from its departure on.
    """

    def __init__(self, budget: Budget | SharedBudget, clock: Callable[[], float], stop: Stop, writes: Writes) -> None:
        self._pacer = Pacer(budget, clock=clock)
        self.latencies = Latencies()
        self._budget, self._clock, self._stop, self._writes = budget, clock, stop, writes
        stop.tell(self._pacer.close)
        if isinstance(budget, SharedBudget):
            budget.attach(self._pacer.waiting, self._pacer.wake)

    @property
    def refused_windows(self) -> int:
        """Windows in a row without one success."""
        return self._budget.refused_windows

    async def departure(self, priority: int) -> float:
        """Wait for this update's turn; the moment of departure. Raises what stops the run."""
        self._writes.ask()
        moment = await self._pacer.departure(priority)
        try:
            self._writes.ask()  # since the turn was given, the last write may have left, or a reply ended the run
        except BaseException:
            self._pacer.withdrawn(moment)
            raise
        self._writes.left += 1
        if self._writes.are_spent and self._pacer.waiting():
            self._writes.end()  # nobody waits for a window that is of no use any more
        return moment

    def arrived(self, sent: float, reply: Reply) -> None:
        """A reply came to the request that left at `sent`."""
        now = self._clock()
        self.latencies.took(now - sent)
        self._pacer.arrived(ReplyNews(sent, now, time.time(), reply.headers, refused=reply.status == 429))

    def lost(self, sent: float) -> None:
        """No reply came to it."""
        self._pacer.lost(sent)

    def withdrawn(self, sent: float) -> None:
        """It never left."""
        self._writes.left -= 1
        self._pacer.withdrawn(sent)
