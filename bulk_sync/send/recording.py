"""Recording: what must be durable is written down in groups (group commit), and only then is it gone by.

A ledger that is made durable for each of thousands of outcomes a second would be most of what the run does. What comes
while a group is written shares the next one, and so do outcomes that come within `APART` seconds. A thread writes, so
that a slow disk holds nobody's reply up. Whoever has an outcome waits until it is kept, and only then is it told: a
run that is killed has no more calls that nobody knows of than it has workers.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from bulk_sync.errors import Stopped
from bulk_sync.model import Outcome, Update
from bulk_sync.send.stop_rules import waited

if TYPE_CHECKING:
    from types import TracebackType

    from bulk_sync.send.stop_rules import Stop

T = TypeVar("T")

APART = 0.004
"""Seconds between the beginnings of two groups of outcomes."""

ENOUGH = 12
"""So many do not wait for more: as many workers have nothing to do meanwhile."""

Settled = tuple[Update, Outcome]
Keep = Callable[[Sequence[Settled]], None]
"""Makes outcomes durable, all or nothing. Raises where that fails, and Stopped where the run must end for it."""


class GroupCommit(Generic[T]):
    """Has things written down, in their order, by `write`: called in a thread, for one group after the other.

    `told` hears of those that were written, `failed` of each fault, whether or not anybody still waits. Groups begin
    `apart` seconds from each other, or when `ENOUGH` wait.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], None],
        told: Callable[[Sequence[T]], None] = lambda _: None,
        failed: Callable[[Exception], None] = lambda _: None,
        *,
        apart: float = 0.0,
    ) -> None:
        self._write, self._told, self._failed, self._apart = write, told, failed, apart
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._enough = asyncio.Event()
        self._began = -math.inf
        self._writer: asyncio.Task[None] | None = None

    def written(self, member: T) -> asyncio.Future[None]:
        """Have this written down, and wait for that. Raises what `write` raised for it, or `told`."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((member, done))
        if len(self._waiting) >= ENOUGH:
            self._enough.set()
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        return done

    def noted(self, member: T) -> None:
        """Have this written down; nobody waits for it."""
        self.written(member).add_done_callback(lambda done: done.cancelled() or done.exception())

    async def drained(self) -> None:
        """Wait until all is written that was handed in."""
        while self._writer is not None:
            await asyncio.wait([self._writer])

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                if (seconds := self._began + self._apart - loop.time()) > 0:
                    await waited(self._enough, seconds)
                group, self._waiting = self._waiting, []
                self._enough.clear()
                self._began = loop.time()
                faults = await asyncio.to_thread(_faults_of, self._write, [member for member, _ in group])
                self._answer(group, faults)
        finally:
            self._writer = None

    def _answer(self, group: list[tuple[T, asyncio.Future[None]]], faults: list[Exception | None]) -> None:
        untold: Exception | None = None
        try:
            self._told([member for (member, _), fault in zip(group, faults, strict=True) if fault is None])
        except Exception as error:  # noqa: BLE001 -- whoever waits for these hears it
            untold = error
        for (_, done), fault in zip(group, faults, strict=True):
            reason = fault or untold
            if reason is not None:
                self._failed(reason)
            if done.done():  # nobody waits any more
                continue
            if reason is None:
                done.set_result(None)
            else:
                done.set_exception(reason)


def _faults_of(write: Callable[[Sequence[T]], None], group: Sequence[T]) -> list[Exception | None]:
    """What went wrong with each. One that cannot be written down must not take the others with it."""
    try:
        write(group)
    except Exception as error:  # noqa: BLE001 -- whoever waits for this hears it
        return [error] if len(group) == 1 else [fault for each in group for fault in _faults_of(write, [each])]
    return [None] * len(group)


class Recording:
    """Hands outcomes to `keep`, and `tell`s of those that were kept.

    Use it as an async context manager. Leaving it, all that was handed in is kept; a fault stops the run, or is raised.
    """

    def __init__(self, keep: Keep, tell: Callable[[Sequence[Settled]], None], stop: Stop) -> None:
        self._outcomes, self._stop = GroupCommit(keep, tell, self._failed, apart=APART), stop
        self._fault: Exception | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._outcomes.drained()
        if self._fault is not None and error is None:
            raise self._fault

    def record(self, update: Update, outcome: Outcome) -> asyncio.Future[None]:
        """Have an outcome kept, and wait for that. Raises what `keep` or `tell` raised for it."""
        return self._outcomes.written((update, outcome))

    def record_unsent(self, update: Update, outcome: Outcome) -> None:
        """Have an outcome kept that cost no call: nobody waits for it. If that fails, the run stops."""
        self._outcomes.noted((update, outcome))

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Stopped):
            self._stop.because(error)
        else:
            self._fault = self._fault or error
