"""Why does a run end before its rows are done, and who is told?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.errors import Stopped


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first of several faults that tasks ended with together."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


class Stop:
    """The first reason to stop counts. What is in flight may end; nothing new leaves.

    `tell` is called once, with the reason, so that those who wait for their turn are let go.
    """

    def __init__(self) -> None:
        self.reason: Stopped | None = None
        self._told: list[Callable[[Stopped], object]] = []
        self._event = asyncio.Event()

    def tell(self, listener: Callable[[Stopped], object]) -> None:
        """Call `listener` with the reason, once there is one."""
        self._told.append(listener)
        if self.reason is not None:
            listener(self.reason)

    def because(self, reason: Stopped) -> None:
        """Stop for this reason; a later reason changes nothing."""
        if self.reason is None:
            self.reason = reason
            self._event.set()
            for listener in self._told:
                listener(reason)

    def check(self) -> None:
        """Raise the reason, if there is one."""
        if self.reason is not None:
            raise self.reason

    async def pause(self, seconds: float) -> None:
        """Sleep; raise the reason as soon as there is one."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        self.check()
