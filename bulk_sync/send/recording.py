"""When are outcomes written down? At once while they come one by one, several together when they come fast.

A ledger that is made durable for each of thousands of outcomes a second would be most of what the run does. Outcomes
that come within `APART` seconds, up to `ENOUGH` of them, share a transaction, in a thread of its own, so that a slow
disk holds nobody's reply up. Whoever has an outcome waits until it is kept, and only then is it told: a run that is
killed has no more calls that nobody knows of than it has workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Self

from bulk_sync.errors import Stopped
from bulk_sync.model import Outcome, Update

if TYPE_CHECKING:
    from types import TracebackType

    from bulk_sync.send.stop_rules import Stop

APART = 0.004
"""Seconds between the beginnings of two transactions."""

ENOUGH = 12
"""So many outcomes do not wait for more: as many workers have nothing to do meanwhile."""

Settled = tuple[Update, Outcome]
Keep = Callable[[Sequence[Settled]], None]
"""Makes outcomes durable, all or nothing. Raises where that fails, and Stopped where the run must end for it."""


_Waiting = tuple[Settled, "asyncio.Future[None] | None"]


class LedgerThread:
    """A thread that does one thing after the other: `act`, with each batch.

    A plain queue leads there, since an executor's two futures and three locks for each batch cost more than the batch.
    """

    def __init__(self, act: Callable[[list[_Waiting]], None]) -> None:
        self._act = act
        self._batches: SimpleQueue[list[_Waiting] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="ledger", daemon=True)

    def begin(self) -> None:
        """Start."""
        self._thread.start()

    def do(self, batch: list[_Waiting]) -> None:
        """Have it done, behind what was asked for before."""
        self._batches.put(batch)

    def end(self) -> None:
        """Wait until all is done."""
        self._batches.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (batch := self._batches.get()) is not None:
            self._act(batch)


class Recording:
    """Hands outcomes to `keep`, in their order, and `tell`s of those that were kept.

    Use it as an async context manager. Leaving it, all that was handed in is kept; a fault that nobody waited for stops
    the run, or is raised.
    """

    def __init__(self, keep: Keep, tell: Callable[[Sequence[Settled]], None], stop: Stop) -> None:
        self._keep, self._tell, self._stop = keep, tell, stop
        self._loop = asyncio.get_running_loop()
        self._waiting: list[_Waiting] = []
        self._began = -math.inf
        self._timer: asyncio.Handle | None = None
        self._busy: asyncio.Future[None] | None = None
        self._fault: Exception | None = None
        self._thread = LedgerThread(self._write)

    async def __aenter__(self) -> Self:
        self._thread.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while self._waiting or self._busy is not None:
                await asyncio.wait([self._busy or self._begin()])
        finally:
            self._thread.end()
        if self._fault is not None and error is None:
            raise self._fault

    def record(self, update: Update, outcome: Outcome) -> asyncio.Future[None]:
        """Have an outcome kept, and wait for that. Raises what `keep` or `tell` raised for it."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._hand_in((update, outcome), done)
        return done

    def record_unsent(self, update: Update, outcome: Outcome) -> None:
        """Have an outcome kept that cost no call: nobody waits for it. If that fails, the run stops."""
        self._hand_in((update, outcome), None)

    def _hand_in(self, settled: Settled, done: asyncio.Future[None] | None) -> None:
        self._waiting.append((settled, done))
        if self._busy is None and (self._timer is None or len(self._waiting) == ENOUGH):
            self._begin_soon()

    def _begin_soon(self) -> None:
        """With all that comes in the same turn of the loop, if it is time; else when it is."""
        if self._timer is not None:
            self._timer.cancel()
        moment = self._began + APART
        is_time = len(self._waiting) >= ENOUGH or self._loop.time() >= moment
        self._timer = self._loop.call_soon(self._begin) if is_time else self._loop.call_at(moment, self._begin)

    def _begin(self) -> asyncio.Future[None]:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        self._began, self._busy = self._loop.time(), self._loop.create_future()
        self._thread.do(batch)
        return self._busy

    def _write(self, batch: list[_Waiting]) -> None:
        """Keep a batch, in the thread."""
        faults = _kept(self._keep, [settled for settled, _ in batch])
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._ended, batch, faults)

    def _ended(self, batch: list[_Waiting], faults: list[Exception | None]) -> None:
        if self._busy is not None and not self._busy.done():
            self._busy.set_result(None)
        self._busy = None
        untold = self._told([settled for (settled, _), fault in zip(batch, faults, strict=True) if fault is None])
        for (_, done), fault in zip(batch, faults, strict=True):
            error = fault or untold
            if error is not None:
                self._failed(error)
            if done is None or done.done():  # nobody waits, or not any more
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
        if self._waiting:
            self._begin_soon()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Stopped):
            self._stop.because(error)
        else:
            self._fault = self._fault or error

    def _told(self, kept: Sequence[Settled]) -> Exception | None:
        try:
            self._tell(kept)
        except Exception as error:  # noqa: BLE001 -- whoever waits for these outcomes hears it
            return error
        return None


def _kept(keep: Keep, batch: Sequence[Settled]) -> list[Exception | None]:
    """What went wrong with each. One that cannot be written down must not take the others with it."""
    try:
        keep(batch)
    except Exception as error:  # noqa: BLE001 -- whoever waits for this outcome hears it
        return [error] if len(batch) == 1 else [fault for each in batch for fault in _kept(keep, [each])]
    return [None] * len(batch)
