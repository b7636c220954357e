"""Which limits does a run set itself, and when are they reached? (`--max-duration`, `--until`, `--max-writes`)"""

from __future__ import annotations

import asyncio
import math
from datetime import datetime
from typing import TYPE_CHECKING

from bulk_sync.errors import LimitReached
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.send.config import Limits
    from bulk_sync.send.stopping import Stop

LOOKS = 30.0
"""Seconds between two looks at the clock on the wall: it may be set, or the computer may have slept."""


class Deadline:
    """Stops a run when its time is over, also out of a wait. `wall`: seconds since the epoch."""

    def __init__(self, limits: Limits, stop: Stop, wall: Callable[[], float]) -> None:
        self._limits, self._stop, self._wall = limits, stop, wall
        loop = asyncio.get_running_loop()
        self._end = loop.time() + limits.seconds
        self._timer: asyncio.TimerHandle | None = None
        self._look()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._end - loop.time()
        until = self._limits.until - self._wall()
        if left <= 0:
            self._stop.because(LimitReached(f"Stopped after {duration(self._limits.seconds)} (--max-duration)."))
        elif until <= 0:
            at = datetime.fromtimestamp(self._limits.until).strftime("%H:%M")  # noqa: DTZ006 -- people read their own clock
            self._stop.because(LimitReached(f"Stopped at {at} (--until)."))
        elif min(left, until) < math.inf:
            self._timer = loop.call_later(min(left, until, LOOKS), self._look)

    def cancel(self) -> None:
        """The run is over before its time is."""
        if self._timer is not None:
            self._timer.cancel()


class Writes:
    """Counts the requests that leave, and stops the run where one more would be too many."""

    def __init__(self, most: int | None, stop: Stop) -> None:
        self._most, self._stop = most, stop
        self._left = 0

    def ask(self) -> None:
        """Somebody wants to send. Raises what stops the run."""
        self._end_if_spent()
        self._stop.check()

    def left(self, *, others_wait: bool) -> None:
        """A request leaves. If it is the last one, nobody waits for a window that is of no use any more."""
        self._left += 1
        if others_wait:
            self._end_if_spent()

    def withdrawn(self) -> None:
        """It did not."""
        self._left -= 1

    def _end_if_spent(self) -> None:
        """Stop the run where more is to be sent than may be."""
        if self._most is None or self._left < self._most:
            return
        writes = "1 write" if self._most == 1 else f"{self._most:,} writes"
        self._stop.because(LimitReached(f"Stopped after {writes} (--max-writes)."))
