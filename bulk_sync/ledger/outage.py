"""The outage of a shared ledger: since when it is away, how long a run bears that, and who hears of it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from bulk_sync.errors import LedgerAway
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE = 0.25
"""Seconds between two looks whether it is back."""


class Outage:
    """Whether the ledger of one run is away, as its sessions and leases find out. Any thread may tell and ask.

    `now`: seconds that no clock is set by. Until `bear` was called, nobody waits.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._longest: float | None = None
        self._tell: Callable[[str], None] = lambda _: None
        self._away: dict[object, float] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def bear(self, longest: float, tell: Callable[[str], None]) -> None:
        """From now on, wait for so many seconds until it is back. `tell` hears when it goes and when it comes back."""
        self._longest, self._tell = longest, tell

    @property
    def is_borne(self) -> bool:
        """Whether a run waits until it is back."""
        return self._longest is not None

    @property
    def is_on(self) -> bool:
        """Whether the ledger is away at this moment, as far as anybody has noticed."""
        return bool(self._away)

    def began(self, who: object, why: str) -> None:
        """Somebody could not reach it; `why`, in a few words."""
        with self._lock:
            is_new = not self._away
            self._away.setdefault(who, self._now())
        if is_new and self._longest is not None:
            self._tell(
                f"The shared ledger is away ({why}). Nothing is sent until it is back. Waiting for "
                f"{duration(self._longest)} at most (--max-outage)."
            )

    def ended(self, who: object) -> None:
        """Somebody who could not has reached it."""
        if who not in self._away:
            return
        with self._lock:
            lasted = self._now() - min(self._away.values())
            del self._away[who]
        if self._longest is not None and not self._away:
            self._tell(f"The shared ledger is back after {duration(lasted)}.")

    def give_up(self) -> None:
        """Wait no more: the run ends."""
        self._ended.set()

    def check(self) -> None:
        """Raise LedgerAway where it has been away for too long, or nobody waits any more."""
        away = list(self._away.values())
        if self._longest is None or not away:
            return
        if self._ended.is_set() or self._now() - min(away) >= self._longest:
            self._ended.set()  # what is left to be done with it must not wait again
            raise LedgerAway(
                "Stopped: the shared ledger did not come back. What was sent until it went away is recorded. When the "
                "database is there again, bulk-sync resume continues and writes the results."
            )

    def pause(self) -> None:
        """Wait a moment before the next look. Raises LedgerAway."""
        self.check()
        self._ended.wait(PAUSE)
