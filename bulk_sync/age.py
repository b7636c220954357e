"""The age of what was read, by a clock that goes on while the computer sleeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FRESH = 60.0
"""Seconds for which what was read of a contact holds: no update leaves on an older look."""


class Asleep:
    """The seconds that this computer has slept, as far as a process can tell.

    Linux knows; elsewhere it is what the clock on the wall has gained on the monotonic one since this was made, which
    never becomes less: a clock that is set forward makes what was read look older, one that is set back does not make
    it look younger.
    """

    def __init__(self) -> None:
        self._gained, self._apart = 0.0, time.time() - time.monotonic()

    def __call__(self) -> float:
        """The seconds, from some moment on."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
        self._gained = max(self._gained, time.time() - time.monotonic() - self._apart)
        return self._gained


asleep = Asleep()


class AgeClock:
    """Seconds that count ages: those of `ticks`, which may stand still while the computer sleeps, and the sleep's."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks

    def __call__(self) -> float:
        """The present second."""
        return self._ticks() + asleep()
