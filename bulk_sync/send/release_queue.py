"""The release queue: which update leaves next, of those that may.

A plan of updates that need no look leaves in its order. Where contacts are looked at first, updates wait here until it
is known what they would do; whichever is known and stands first in the plan leaves next.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bulk_sync.release import ReadyUpdate
from bulk_sync.send.stop_rules import waited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bulk_sync.model import Outcome, Update
    from bulk_sync.release import ReadInTurn
    from bulk_sync.send.stop_rules import Stop

Due = tuple[int, "Update", ReadyUpdate]
"""An update's place in the order of sending, the update as planned, and as it is to be sent."""

FEWEST, MOST = 16, 64
"""Updates that are looked at and have not left yet: at least, and at most."""

AHEAD = 20.0
"""Seconds in which so many of them leave, at the rate known by then."""

LEAD = 15.0
"""Seconds before updates may leave again, after a wait, from which on contacts are looked at."""

GLANCE = 5.0
"""Seconds between two questions when that will be: a reply may have told more."""


class SendRate(NamedTuple):
    """How fast updates leave: seconds until the next of them may, as far as is known, and how many do in a second."""

    opens_in: Callable[[], float]
    rate: Callable[[], float]


AT_ONCE = SendRate(lambda: 0.0, lambda: math.inf)
"""Of a dry run, from which nothing leaves."""


class ReleaseQueue:
    """Updates that wait until somebody releases them. `settle` is told of those that are settled unsent.

    Bound to the running event loop.
    """

    def __init__(
        self,
        updates: Sequence[Update],
        settle: Callable[[Update, Outcome], None],
        stop: Stop,
        pace: SendRate = AT_ONCE,
    ) -> None:
        self._updates, self._settle, self._stop, self._pace = updates, settle, stop, pace
        self._ready: list[int] = []
        self._cleared: dict[int, ReadyUpdate] = {}
        self._looked_at: set[int] = set()
        self._closed = False
        self._came, self._changed = asyncio.Event(), asyncio.Event()
        stop.tell(lambda _: self.close())

    def release(self, place: int, ready: ReadyUpdate | None = None) -> None:
        """Let an update leave, as it stands in the plan or as `ready` says."""
        if ready is not None:
            self._cleared[place] = ready
        heapq.heappush(self._ready, place)
        self._came.set()

    def release_all(self) -> None:
        """Let all leave in their order, as they stand in the plan: none of them needs a look."""
        self._ready = list(range(len(self._updates)))
        self.close()

    def decide(self, place: int, verdict: Outcome | ReadyUpdate) -> None:
        """Let an update leave so, or settle it: it does not leave. Raises Stopped where that cannot be recorded."""
        if isinstance(verdict, ReadyUpdate):
            self.release(place, verdict)
            return
        self._settle(self._updates[place], verdict)
        self.left(place)
        self._stop.check()

    def left(self, place: int) -> None:
        """An update has left, or is settled: another one may be looked at."""
        self._looked_at.discard(place)
        self._changed.set()

    def changed(self) -> None:
        """Something has happened that somebody may wait for."""
        self._changed.set()

    async def room(self, place: int) -> None:
        """Wait until it is worth looking at an update, since it may leave soon after. Raises Stopped.

        It counts as looked at until it has left or is settled. A look that is older than a minute is of no use: where
        writes wait for their next window, so do looks.
        """
        while len(self._looked_at) >= self._most():
            await self.until(lambda: len(self._looked_at) < self._most())
        self._looked_at.add(place)
        while (wait := self._pace.opens_in() - LEAD) > 0:
            self._stop.check()
            self._changed.clear()
            await waited(self._changed, min(wait, GLANCE))
        self._stop.check()

    def _most(self) -> float:
        return min(MOST, max(FEWEST, AHEAD * self._pace.rate()))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that an outcome brings about. Raises Stopped."""
        while not condition():
            self._stop.check()  # first: once the run has ended, nobody leaves any more, and none would wake who waits
            self._changed.clear()
            await self._changed.wait()

    async def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped as soon as the run ends."""
        await self._stop.pause(seconds)

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._came.set()
        self._changed.set()

    async def take(self) -> Due | None:
        """The first of the updates that may leave; None when there are no more, or the run ends."""
        while not self._ready:
            if self._closed:
                return None
            self._came.clear()
            await self._came.wait()
        if self._stop.reason is not None:
            return None
        place = heapq.heappop(self._ready)
        update = self._updates[place]
        return place, update, self._cleared.pop(place, None) or ReadyUpdate(update)


class Preflight(Protocol):
    """Finds out which updates may leave, while those that may are being sent."""

    def over(self, updates: Sequence[Update], read: ReadInTurn, queue: ReleaseQueue) -> Awaitable[None]:
        """Release or settle each of the updates, which stand in the order of sending. Raises Stopped."""

    def holds(self, ready: ReadyUpdate) -> bool:
        """Whether what was seen of its contact is fresh enough for an update to leave at this moment."""

    def again(self, place: int) -> Awaitable[Outcome | ReadyUpdate]:
        """Look once more at the contact of an update that was released. Raises Stopped."""

    def heard(self, update: Update, outcome: Outcome) -> None:
        """Hear what became of an update that was released, or that is settled otherwise."""

    def seconds_left(self) -> float:
        """The seconds that the reads will take which updates still wait for."""


async def looked_over(
    preflight: Preflight, updates: Sequence[Update], read: ReadInTurn, queue: ReleaseQueue, stop: Stop
) -> None:
    """Look at what needs it, then close the queue. What ends the run ends it for the workers, too."""
    try:
        with stop.heard_out():
            await preflight.over(updates, read, queue)
    finally:
        queue.close()
