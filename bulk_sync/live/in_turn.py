"""How is each contact looked at just before its update's turn?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.model import Outcome

if TYPE_CHECKING:
    from bulk_sync.clearing import Cleared, Gate, ReadInTurn
    from bulk_sync.model import Answer, Read, Update

Check = Callable[["Update", "Read"], Awaitable["Outcome | Cleared"]]
"""An outcome: the update is settled by what was read, and not sent. Raises Stopped where the run ends first."""


class InTurn:
    """Looks at every contact by `check`, `ahead` of them before their turn at most, so that nothing is old."""

    def __init__(self, check: Check, *, ahead: int) -> None:
        self._check, self._ahead = check, ahead

    async def over(self, updates: Sequence[Update], read: ReadInTurn, gate: Gate) -> None:
        """Pass or settle each of the updates."""
        places = iter(range(len(updates)))

        async def some() -> None:
            for place in places:
                await gate.nears(place, self._ahead)
                found = await self._check(updates[place], partial(at, read, place))
                settle_or_pass(gate, place, found)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._ahead, len(updates))):
                group.create_task(some())


def settle_or_pass(gate: Gate, place: int, verdict: Outcome | Cleared) -> None:
    """Do with an update what was found out that it needs. Raises Stopped where that cannot be recorded."""
    if isinstance(verdict, Outcome):
        gate.settles(place, verdict)
    else:
        gate.passes(place, verdict)


def at(read: ReadInTurn, place: int, path: str) -> Awaitable[Answer]:
    """Read a path in the turn of a place."""
    return read(path, place)
