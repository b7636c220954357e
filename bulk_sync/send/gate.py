"""Which update leaves next, of those that may?

A plan of updates that need no look leaves in its order. Where contacts are looked at first, updates wait here until it
is known what they would do; whichever is known and stands first in the plan leaves next.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bulk_sync.clearing import Cleared
from bulk_sync.errors import BulkSyncError, Code, ProgramFault, Stopped
from bulk_sync.model import Outcome
from bulk_sync.send.stopping import first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bulk_sync.clearing import Creation, Look, ReadInTurn
    from bulk_sync.model import Update
    from bulk_sync.send.attempts import Attempts
    from bulk_sync.send.stopping import Stop

Due = tuple[int, "Update", Cleared]
"""An update's place in the order of sending, the update as planned, and as it is to be sent."""


class Source(Protocol):
    """Where the workers take updates from."""

    async def take(self) -> Due | None:
        """The next update; None when there are no more, or the run ends."""
        ...


class Straight:
    """Updates in their order, none of which needs a look."""

    def __init__(self, updates: Iterable[Update]) -> None:
        self._waiting = enumerate(updates)

    async def take(self) -> Due | None:
        """The next update."""
        for place, update in self._waiting:
            return place, update, Cleared(update)
        return None


class Gate:
    """Updates that wait until somebody lets them pass. `settle` is told of those that are settled unsent.

    Bound to the running event loop.
    """

    def __init__(self, updates: Sequence[Update], settle: Callable[[Update, Outcome], None], stop: Stop) -> None:
        self._updates, self._settle, self._stop = updates, settle, stop
        self._ready: list[int] = []
        self._cleared: dict[int, Cleared] = {}
        self._closed = False
        self._came, self._went = asyncio.Event(), asyncio.Event()
        stop.tell(lambda _: self.close())

    def passes(self, place: int, cleared: Cleared | None = None) -> None:
        """Let an update leave, as it stands in the plan or as `cleared` says."""
        if cleared is not None:
            self._cleared[place] = cleared
        heapq.heappush(self._ready, place)
        self._came.set()

    def settles(self, place: int, outcome: Outcome) -> None:
        """Settle an update that does not leave. Raises Stopped where that cannot be recorded."""
        self._settle(self._updates[place], outcome)
        self._stop.check()

    async def nears(self, place: int, ahead: int) -> None:
        """Wait until the next update to leave stands at most `ahead` places before this one."""
        while self._ready and place > self._ready[0] + ahead:
            self._stop.check()  # first: once the run has ended, nobody leaves any more, and none would wake who waits
            self._went.clear()
            await self._went.wait()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._came.set()
        self._went.set()

    async def take(self) -> Due | None:
        """The first of the updates that may leave."""
        while not self._ready:
            if self._closed:
                return None
            self._came.clear()
            await self._came.wait()
        if self._stop.reason is not None:
            return None
        place = heapq.heappop(self._ready)
        self._went.set()
        update = self._updates[place]
        return place, update, self._cleared.pop(place, None) or Cleared(update)


async def looking(look: Look, updates: Sequence[Update], read: ReadInTurn, gate: Gate, stop: Stop) -> None:
    """Look at what needs it, then close the gate. What ends the run ends it for the workers, too."""
    try:
        await look.over(updates, read, gate)
    except* Stopped as group:
        stop.because(first_of(group))  # type: ignore[arg-type]  # except* lets nothing else in
    except* BulkSyncError:
        raise
    except* Exception as group:  # noqa: BLE001 -- the calls in flight are heard out
        stop.because(ProgramFault(first_of(group)))
    finally:
        gate.close()


Create = Callable[["Update"], "Creation | None"]
"""The contact to be made for an update whose own the CRM does not have; None: none is."""


async def carried_out(attempts: Attempts, create: Create, cleared: Cleared, place: int) -> Outcome:
    """Settle an update that may leave, or make its contact; what it replaced is in its outcome."""
    update = cleared.update
    outcome = None if cleared.is_missing else await attempts.settle(update, place)
    if outcome is None or outcome.code is Code.CONTACT_NOT_FOUND:
        creation = create(update)
        if creation is not None:
            return await attempts.create(update, creation, place)
    outcome = outcome or await attempts.settle(update, place)
    if cleared.previous_status is None and cleared.previous_campaign is None:
        return outcome
    return replace(outcome, previous_status=cleared.previous_status, previous_campaign=cleared.previous_campaign)


async def pretend(cleared: Cleared, place: int) -> Outcome:  # noqa: ARG001 -- a Settle
    """Send nothing: in a dry run, this is what becomes of an update that would be sent."""
    return Outcome(
        Code.CREATED if cleared.is_missing else Code.UPDATED,
        contact_id=cleared.contact_id,
        previous_status=cleared.previous_status,
        previous_campaign=cleared.previous_campaign,
    )
