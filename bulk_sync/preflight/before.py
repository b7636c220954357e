"""Before: what a contact was before its update, read for the sake of an undo alone (`--keep-before`).

Nothing depends on it, so no update is held back for it: a read that fails, or takes too long, is done without.
"""

from __future__ import annotations

import asyncio
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

MOST_FAILED = 5
"""Reads in a row that told nothing; after them, there are no more."""


class Before:
    """Reads single contacts, as long as that works and takes no longer than sending; not `is_wanted`: never."""

    def __init__(self, costs: Costs, *, is_wanted: bool) -> None:
        self._costs, self._is_wanted, self._failed = costs, is_wanted, 0
        self._out: set[asyncio.Future[Sighting | None]] = set()

    def bind(self, read: ReadInTurn, finder: Finder, was_seen: Callable[[], None]) -> None:
        """From now on, read so; `was_seen` hears that contacts could be read, which later looks go by."""
        self._read, self._finder, self._was_seen = read, finder, was_seen

    def pays(self, rows: int) -> bool:
        """Whether so many contacts are to be read, while so many updates leave."""
        writes = self._costs.writes
        if not self._is_wanted or writes is None or self._failed >= MOST_FAILED:
            return False
        return self._costs.reads(rows) <= writes(rows) + PATIENCE

    async def look(self, update: Update, place: int) -> Sighting | None:
        """The contact of an update, in its turn; None where that cannot be read. Raises Stopped where the run ends."""
        read = in_turn(self._read, FIRST + place)
        seen = await self._finder.find(read, phone=update.phone, contact_id=update.contact_id)
        if isinstance(seen.found, Unavailable | ReadFailed):
            self._failed += 1
            return None
        self._failed = 0
        self._was_seen()
        return seen

    async def ready(self, update: Update, place: int) -> ReadyUpdate:
        """An update that needs no look, with what it replaces where that is soon read. Raises Stopped."""
        looking = asyncio.ensure_future(self.look(update, place))
        self._out.add(looking)
        looking.add_done_callback(self._ended)
        done, _ = await asyncio.wait({looking}, timeout=PATIENCE)
        if not done:
            self._failed += 1
        seen = looking.result() if done else None
        if seen is None or not isinstance(seen.found, Contact):
            return ReadyUpdate(update)
        return ReadyUpdate(update, seen.found.status, seen.found.campaign)

    def _ended(self, looking: asyncio.Future[Sighting | None]) -> None:
        self._out.discard(looking)
        if not looking.cancelled():
            looking.exception()  # of one that is late nobody asks for it, and asyncio would call that a fault

    def end(self) -> None:
        """Wait no longer for reads that are late."""
        for looking in self._out:
            looking.cancel()
