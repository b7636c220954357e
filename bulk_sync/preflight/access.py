"""Access: whether contacts can be read: yes, not at this moment, or never with this API and this key.

Reads that updates depend on are waited for. One that is refused (403, 404, 405, 501) is an outage, unless it was
refused `TIMES` times over `LEAST` seconds and nobody has ever read contacts here. While reads are refused, one at a
time tries again, and the others wait for it. Reads for the sake of an undo alone (`--keep-before`) hold no update back:
one that fails, or takes too long, is done without.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bulk_sync.api.contact import Contact
from bulk_sync.model import ReadFailed, Unavailable
from bulk_sync.preflight.dnc_list import FIRST
from bulk_sync.release import ReadyUpdate, in_turn
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bulk_sync.model import Update
    from bulk_sync.preflight.lookup import Finder, Sighting
    from bulk_sync.preflight.scan import Costs
    from bulk_sync.release import ReadInTurn

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


@dataclass(kw_only=True)
class ReadAccess:
    """What is known of the right to read contacts.

    `clock` gives seconds; `pause` sleeps, and raises when the run ends. `ever`: whether any run of this API and profile
    has read contacts; `note` is called when one does. `patience`: the seconds for which refusals are waited out; `tell`
    hears sentences.
    """

    clock: Callable[[], float]
    pause: Callable[[float], Awaitable[None]]
    ever: bool
    note: Callable[[], None]
    patience: float
    tell: Callable[[str], None]

    def __post_init__(self) -> None:
        self._lock = asyncio.Lock()
        self._state = State.OPEN
        self._since: float | None = None
        self._refusals, self._wait, self._next = 0, PAUSE, 0.0
        self._round_ended = -math.inf
        self.why = ""

    @property
    def is_never(self) -> bool:
        """Whether contacts can never be read, and nobody is due to try again."""
        return self._state is State.NEVER and self.clock() < self._next

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[State]:
        """Wait until one may try to read: OPEN; or whatever else is known by then. Raises what ends the run."""
        if self._since is None:
            yield State.OPEN
            return
        async with self._lock:
            if self._since is not None and self._state is State.OPEN:
                await self.pause(max(0.0, self._next - self.clock()))
            may_try = self._since is None or self.clock() >= self._next
            yield State.OPEN if may_try else self._state

    def succeeded(self) -> None:
        """Contacts were read by somebody who looks before an update leaves."""
        self.was_seen()
        if self._since is not None:
            self.tell(f"Contacts can be read again, after {duration(self.clock() - self._since)}.")
        self._since, self._state = None, State.OPEN
        self._refusals, self._wait = 0, PAUSE

    def was_seen(self) -> None:
        """Contacts were read, for whatever reason: so they can be."""
        if not self.ever:
            self.ever = True
            self.note()
        if self._state is State.NEVER:
            self._state, self._next = State.OPEN, self.clock()

    def refused(self, why: str, left: float) -> None:
        """A read that left at that second was refused; `why`, in a sentence.

        Several that were under way together are one refusal.
        """
        now = self.clock()
        self.why = why
        if self._since is None:
            self._since = now  # it may have waited for a connection since it was let go
            self._round_ended = -math.inf
            if self.ever:
                self.tell(f"{why} It worked before, so the rows that need it wait; the others go on.")
        is_new_round = left > self._round_ended
        self._refusals += is_new_round
        is_never = not self.ever and self._refusals >= TIMES and left - self._since >= LEAST
        if is_never:
            self._state = State.NEVER
        elif now - self._since >= max(self.patience, LEAST):
            self._state = State.GIVEN_UP
        if is_new_round:
            self._round_ended = now
            self._next = now + (self._wait if self._state is State.OPEN else AGAIN)
            self._wait = min(LONGEST_PAUSE, self._wait * 1.5) if self.ever else PAUSE


UNDO_PATIENCE = 10.0
"""Seconds that an update which needs no look waits for a read, and by which all reads may take longer than sending."""

AT_ONCE = 16
"""Updates that need no look and wait for such a read together: no more than the release queue has room for."""

LONGEST = 30.0
"""Seconds for which such reads may fail; after them, there are no more."""

_GIVEN_UP = "Contacts cannot be read, so updates cannot be undone from here on (--keep-before)."


@dataclass(kw_only=True)
class Before:
    """Reads what contacts were before their updates, as long as that works and takes no longer than sending.

    Not `is_wanted`: never. `was_seen` hears that contacts could be read, which later looks go by; `tell` hears where it
    gives up.
    """

    read: ReadInTurn
    finder: Finder
    was_seen: Callable[[], None]
    clock: Callable[[], float]
    costs: Costs
    tell: Callable[[str], None]
    is_wanted: bool

    def __post_init__(self) -> None:
        self._failing_since: float | None = None
        self.places: deque[int] = deque()
        """The places of the updates that need no look, in their order; those let go disappear from its beginning."""
        self._let_go: set[int] = set()

    def pays(self, rows: int) -> bool:
        """Whether so many contacts are to be read, while so many updates leave."""
        writes = self.costs.writes
        return self.is_wanted and writes is not None and self.costs.reads(rows) <= writes(rows) + UNDO_PATIENCE

    async def look(self, update: Update, place: int) -> Sighting | None:
        """The contact of an update, in its turn; None where that cannot be read. Raises Stopped where the run ends."""
        read = in_turn(self.read, FIRST + place)
        seen = await self.finder.find(read, phone=update.phone, contact_id=update.contact_id)
        if isinstance(seen.found, Unavailable | ReadFailed):
            self._failed()
            return None
        self._failing_since = None
        self.was_seen()
        return seen

    async def ready(self, update: Update, place: int) -> ReadyUpdate:
        """An update that needs no look, with what it replaces where that is soon read. Raises Stopped."""
        try:
            async with asyncio.timeout(UNDO_PATIENCE):
                seen = await self.look(update, place)
        except TimeoutError:
            self._failed()
            seen = None
        if seen is None or not isinstance(seen.found, Contact):
            return ReadyUpdate(update)
        return ReadyUpdate(update, seen.found.status, seen.found.campaign, seen_at=seen.left, is_for_undo=True)

    def may_look(self, place: int) -> bool:
        """Whether it is near enough to the first of those that wait for this to be looked at."""
        return self.may_follow(place) or len(self.places) <= AT_ONCE or place < self.places[AT_ONCE]

    def may_follow(self, place: int) -> bool:
        """Whether every update before this one that needs no look has been let go: none of them is overtaken."""
        while self.places and self.places[0] in self._let_go:
            self._let_go.discard(self.places.popleft())
        return not self.places or place <= self.places[0]

    def let_go(self, place: int) -> None:
        """Hear that an update was let go."""
        self._let_go.add(place)

    def _failed(self) -> None:
        now = self.clock()
        self._failing_since = now if self._failing_since is None else self._failing_since
        if self.is_wanted and now - self._failing_since >= LONGEST:
            self.is_wanted = False
            self.tell(_GIVEN_UP)
