"""Ordered check: each contact is looked at just before its update's turn, and again where that look grew old."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from bulk_sync.age import FRESH, AgeClock
from bulk_sync.release import in_turn

if TYPE_CHECKING:
    from bulk_sync.model import Outcome, Read, Update
    from bulk_sync.release import Memory, ReadInTurn, ReadyUpdate, ReleaseQueue

Check = Callable[["Update", "Read"], Awaitable["Outcome | ReadyUpdate"]]
"""An outcome: the update is settled by what was read, and not sent. Raises Stopped where the run ends first."""

Prepare = Callable[["ReadInTurn"], Awaitable[None]]

AT_ONCE = 16
"""Contacts that are looked at together."""


class OrderedCheck:
    """Looks at every contact by `check`. `memory`: that of DNC, which sees what is read.

    `prepare` reads what must be known before the first of them; `allows`: whether nothing that became known since the
    look, others having added to the memory, speaks against an update at the moment it leaves.
    """

    def __init__(
        self,
        check: Check,
        memory: Memory | None = None,
        prepare: Prepare | None = None,
        allows: Callable[[ReadyUpdate], bool] = lambda _: True,
    ) -> None:
        self._check, self._memory, self._prepare, self._allows = check, memory, prepare, allows

    async def over(self, updates: Sequence[Update], read: ReadInTurn, queue: ReleaseQueue) -> None:
        """Release or settle each of the updates."""
        self._updates, self._read = updates, read if self._memory is None else self._memory.witness(read)
        self._clock = AgeClock(asyncio.get_running_loop().time)
        if self._prepare is not None:
            await self._prepare(self._read)
        places = iter(range(len(updates)))

        async def some() -> None:
            for place in places:
                await queue.room(place)
                queue.decide(place, await self.again(place))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(updates))):
                group.create_task(some())

    async def again(self, place: int) -> Outcome | ReadyUpdate:
        """Look at one of them."""
        return await self._check(self._updates[place], in_turn(self._read, place))

    def holds(self, ready: ReadyUpdate) -> bool:
        """Whether the look is fresh, and nothing is known by now that it did not show."""
        return (ready.seen_at is None or self._clock() - ready.seen_at <= FRESH) and self._allows(ready)

    def heard(self, update: Update, outcome: Outcome) -> None:
        """Nothing follows from it for others."""

    def seconds_left(self) -> float:
        """Reading goes beside sending, and is quicker."""
        return 0.0
