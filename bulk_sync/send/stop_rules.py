"""Stop rules: what ends a run before its rows are done (time, failures, or anything else), and who is told."""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
from datetime import datetime
from typing import TYPE_CHECKING

from bulk_sync.errors import BulkSyncError, Code, LimitReached, ProgramFault, Stopped, TooManyErrors
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bulk_sync.model import Outcome
    from bulk_sync.send.config import ErrorThreshold, Limits


LOOKS = 30.0
"""Seconds between two looks at the clock on the wall: it may be set, or the computer may have slept."""

FAILURES = frozenset({Code.REJECTED, Code.SERVER_ERROR, Code.NETWORK_ERROR, Code.BAD_REPLY})
"""What counts against `--max-errors`. A contact that the CRM does not know says nothing about the run."""


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first of several faults that tasks ended with together."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


async def waited(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, for so many seconds at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Stop:
    """The first reason to stop counts. What is in flight may end, unless it is cut off; nothing new leaves.

    `tell` is called once, with the reason, so that those who wait for their turn are let go. What stops `above`, or
    cuts it off, does so here.
    """

    def __init__(self, above: Stop | None = None) -> None:
        self.reason: Stopped | None = None
        self.is_cut_off = False
        self._told: list[Callable[[Stopped], object]] = []
        self._cut: list[Callable[[], object]] = []
        self._hopeless: list[Callable[[], object]] = []
        self._event = asyncio.Event()
        if above is not None:
            above.tell(self.because)
            above.on_cut_off(self.cut_off)
            above.on_hopeless(self.hopeless)

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

    def on_cut_off(self, listener: Callable[[], object]) -> None:
        """Call `listener` when what is in flight must not be waited for any more."""
        self._cut.append(listener)
        if self.is_cut_off:
            listener()

    def cut_off(self) -> None:
        """Wait no more for what is in flight."""
        self.is_cut_off = True
        for listener in self._cut:
            listener()

    def on_hopeless(self, listener: Callable[[], object]) -> None:
        """Call `listener`, in any thread, once nothing outside the event loop is to be waited for any more."""
        self._hopeless.append(listener)

    def hopeless(self, after: float = 0.0) -> None:
        """From any thread, after so many seconds: free an event loop that waits itself. The rest is `cut_off`'s."""
        if after and self._hopeless:
            timer = threading.Timer(after, self.hopeless)
            timer.daemon = True
            timer.start()
            return
        for listener in self._hopeless:
            listener()

    def check(self) -> None:
        """Raise the reason, if there is one."""
        if self.reason is not None:
            raise self.reason

    @contextlib.contextmanager
    def heard_out(self) -> Iterator[None]:
        """What ends the run in here ends it for all, a fault that nobody expected, too; calls in flight may end.

        No other error of ours is caught.
        """
        try:
            yield
        except* Stopped as group:
            self.because(first_of(group))  # type: ignore[arg-type]  # except* lets nothing else in
        except* BulkSyncError:
            raise
        except* Exception as group:  # noqa: BLE001 -- the other workers' calls may have landed: they are heard out
            self.because(ProgramFault(first_of(group)))

    async def pause(self, seconds: float) -> None:
        """Sleep; raise the reason as soon as there is one."""
        await waited(self._event, seconds)
        self.check()


async def deadline(limits: Limits, stop: Stop, wall: Callable[[], float]) -> None:
    """Stop a run when its time is over (`--max-duration`, `--until`), also out of a wait. `wall`: the time of day."""
    clock = asyncio.get_running_loop().time
    end = clock() + limits.seconds
    while (left := min(end - clock(), limits.until - wall())) > 0:
        if left == math.inf:
            return
        await asyncio.sleep(min(left, LOOKS))
    if end <= clock():
        stop.because(LimitReached(f"Stopped after {duration(limits.seconds)} (--max-duration)."))
    else:
        at = datetime.fromtimestamp(limits.until).strftime("%H:%M")  # noqa: DTZ006 -- people read their own clock
        stop.because(LimitReached(f"Stopped at {at} (--until)."))


class ErrorCount:
    """Counts failures (`--max-errors`), and stops the run when there are too many."""

    def __init__(self, tolerance: ErrorThreshold, stop: Stop) -> None:
        self._tolerance, self._stop = tolerance, stop
        self.failed = 0
        self.settled = 0

    def count(self, outcome: Outcome) -> None:
        """Take an outcome into account."""
        self.settled += 1
        self.failed += outcome.code in FAILURES
        if outcome.code in FAILURES and self._tolerance.exceeded(self.failed, self.settled):
            self._stop.because(
                TooManyErrors(
                    f"Stopped: {self.failed} of {self.settled} rows sent had failed. See sync_error in the results; "
                    "allow more with --max-errors."
                )
            )
