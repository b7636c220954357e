"""Access: whether contacts can be read: yes, not at this moment, or never with this API and this key.

A read that is refused (403, 404, 405, 501) is an outage, unless it was refused `TIMES` times over `LEAST` seconds and
nobody has ever read contacts here. While reads are refused, one at a time tries again, and the others wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from enum import Enum
from typing import TYPE_CHECKING

from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

TIMES, LEAST = 3, 10.0
"""Refusals, and the seconds between the first and the last of them, after which a read was never to be had."""

PAUSE, LONGEST_PAUSE = 5.0, 30.0
"""Seconds between two tries while a read is refused; each further pause is half as long again."""

AGAIN = 60.0
"""Seconds until somebody tries again, after it was concluded that contacts cannot be read."""


class State(Enum):
    """Whether somebody may read; else why not: contacts can never be read, or were not to be read for too long."""

    OPEN = "open"
    NEVER = "never"
    GIVEN_UP = "given up"


class ReadAccess:
    """What is known of the right to read contacts.

    `ever`: whether any run of this API and profile has read contacts; `note` is called when one does. `patience`: the
    seconds for which refusals are waited out; `tell` hears sentences.
    """

    def __init__(self, *, ever: bool, note: Callable[[], None], patience: float, tell: Callable[[str], None]) -> None:
        self._ever, self._note, self._patience, self._tell = ever, note, max(patience, LEAST), tell
        self._lock = asyncio.Lock()
        self._state = State.OPEN
        self._since: float | None = None
        self._refusals, self._wait, self._next = 0, PAUSE, 0.0
        self._round_ended = -math.inf
        self.why = ""

    def bind(self, clock: Callable[[], float], pause: Callable[[float], Awaitable[None]]) -> None:
        """A run begins: `clock` gives seconds; `pause` sleeps, and raises when the run ends."""
        self._clock, self._pause = clock, pause

    @property
    def is_never(self) -> bool:
        """Whether contacts can never be read, and nobody is due to try again."""
        return self._state is State.NEVER and self._clock() < self._next

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[State]:
        """Wait until one may try to read: OPEN; or whatever else is known by then. Raises what ends the run."""
        if self._since is None:
            yield State.OPEN
            return
        async with self._lock:
            if self._since is not None and self._state is State.OPEN:
                await self._pause(max(0.0, self._next - self._clock()))
            may_try = self._since is None or self._clock() >= self._next
            yield State.OPEN if may_try else self._state

    def succeeded(self) -> None:
        """Contacts were read by somebody who looks before an update leaves."""
        self.was_seen()
        if self._since is not None:
            self._tell(f"Contacts can be read again, after {duration(self._clock() - self._since)}.")
        self._since, self._state = None, State.OPEN
        self._refusals, self._wait = 0, PAUSE

    def was_seen(self) -> None:
        """Contacts were read, for whatever reason: so they can be."""
        if not self._ever:
            self._ever = True
            self._note()
        if self._state is State.NEVER:
            self._state, self._next = State.OPEN, self._clock()

    def refused(self, why: str, left: float) -> None:
        """A read that left at that second was refused; `why`, in a sentence.

        Several that were under way together are one refusal.
        """
        now = self._clock()
        self.why = why
        if self._since is None:
            self._since = now  # it may have waited for a connection since it was let go
            self._round_ended = -math.inf
            if self._ever:
                self._tell(f"{why} It worked before, so the rows that need it wait; the others go on.")
        is_new_round = left > self._round_ended
        self._refusals += is_new_round
        is_never = not self._ever and self._refusals >= TIMES and left - self._since >= LEAST
        if is_never:
            self._state = State.NEVER
        elif now - self._since >= self._patience:
            self._state = State.GIVEN_UP
        if is_new_round:
            self._round_ended = now
            self._next = now + (self._wait if self._state is State.OPEN else AGAIN)
            self._wait = min(LONGEST_PAUSE, self._wait * 1.5) if self._ever else PAUSE
