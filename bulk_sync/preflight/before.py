"""Before: what a contact was before its update, read for the sake of an undo alone (`--keep-before`).

Nothing depends on it, so no update is held back for it: a read that fails, or takes too long, is done without.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from bulk_sync.api.contact import Contact
from bulk_sync.model import ReadFailed, Unavailable
from bulk_sync.preflight.dnc_list import FIRST
from bulk_sync.release import ReadyUpdate, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.model import Update
    from bulk_sync.preflight.cost import Costs
    from bulk_sync.preflight.lookup import Finder, Sighting
    from bulk_sync.release import ReadInTurn

PATIENCE = 10.0
"""Seconds that an update which needs no look waits for such a read, and by which all reads may take longer."""

AT_ONCE = 16
"""Updates that need no look and wait for such a read together: no more than the release queue has room for."""

LONGEST = 30.0
"""Seconds for which reads may fail; after them, there are no more."""

_GIVEN_UP = "Contacts cannot be read, so updates cannot be undone from here on (--keep-before)."


class Before:
    """Reads single contacts, as long as that works and takes no longer than sending; not `is_wanted`: never.

    `tell` hears where it gives up.
    """

    def __init__(self, costs: Costs, tell: Callable[[str], None], *, is_wanted: bool) -> None:
        self._costs, self._tell, self._is_wanted = costs, tell, is_wanted
        self._failing_since: float | None = None
        self.places: deque[int] = deque()
        """The places of the updates that need no look, in their order; those let go disappear from its beginning."""
        self._let_go: set[int] = set()

    def bind(self, read: ReadInTurn, finder: Finder, was_seen: Callable[[], None], clock: Callable[[], float]) -> None:
        """From now on, read so; `was_seen` hears that contacts could be read, which later looks go by."""
        self._read, self._finder, self._was_seen, self._clock = read, finder, was_seen, clock

    def pays(self, rows: int) -> bool:
        """Whether so many contacts are to be read, while so many updates leave."""
        writes = self._costs.writes
        return self._is_wanted and writes is not None and self._costs.reads(rows) <= writes(rows) + PATIENCE

    async def look(self, update: Update, place: int) -> Sighting | None:
        """The contact of an update, in its turn; None where that cannot be read. Raises Stopped where the run ends."""
        read = in_turn(self._read, FIRST + place)
        seen = await self._finder.find(read, phone=update.phone, contact_id=update.contact_id)
        if isinstance(seen.found, Unavailable | ReadFailed):
            self._failed()
            return None
        self._failing_since = None
        self._was_seen()
        return seen

    async def ready(self, update: Update, place: int) -> ReadyUpdate:
        """An update that needs no look, with what it replaces where that is soon read. Raises Stopped."""
        try:
            async with asyncio.timeout(PATIENCE):
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
        now = self._clock()
        self._failing_since = now if self._failing_since is None else self._failing_since
        if self._is_wanted and now - self._failing_since >= LONGEST:
            self._is_wanted = False
            self._tell(_GIVEN_UP)
