"""How do contacts stand that are known by their ID alone, where no read by ID is to be had? By the list of everyone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bulk_sync.live.pages import Reading
from bulk_sync.model import NotHad

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bulk_sync.live.contacts import Contact, Page
    from bulk_sync.live.pages import Lists
    from bulk_sync.model import Unread

OLD = 300.0
"""Seconds for which the list holds: what it tells of stored variables is written back."""

MOST_PAGES = 1_000
"""Ten minutes of reading; a longer list is not read for the sake of some rows."""


class Everyone:
    """Finds contacts by ID in the list of all contacts. `clock`: the event loop's seconds."""

    def __init__(self, lists: Lists, wanted: Callable[[], Collection[str]], clock: Callable[[], float]) -> None:
        self._lists, self._wanted, self._clock = lists, wanted, clock
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._known: dict[str, Contact] = {}
        self._hindrance: NotHad | Unread | None = None

    async def find(self, contact_id: str) -> Contact | NotHad | Unread:
        """The contact with this ID, one of those that are `wanted`. Raises Stopped where the run ends first.

        Whom no page shows is not known to be missing: a contact can move between two pages that are read.
        """
        async with self._lock:
            if self._read_at is None or self._clock() - self._read_at > OLD:
                self._hindrance = await self._read()
                self._read_at = self._clock()
        return self._known.get(contact_id.casefold()) or self._hindrance or _UNSEEN

    async def _read(self) -> NotHad | Unread | None:
        """Read the list; why somebody may be on it who was not seen."""
        wanted = {each.casefold() for each in self._wanted()}
        reading = await self._lists.begin()
        if not isinstance(reading, Reading):
            return reading
        if reading.pages is None or reading.pages > MOST_PAGES:
            return NotHad("No contact can be read by its ID, and the list of all contacts is too long for that.")

        def see(page: Page) -> None:
            for contact in page.contacts:
                if contact.id.casefold() in wanted:
                    self._known[contact.id.casefold()] = contact

        self._known = {}
        see(reading.first)
        await self._lists.go_on(reading, see)
        return None if reading.is_whole else NotHad("The list of all contacts changes while it is read.")


_UNSEEN = NotHad("No contact can be read by its ID, and the list of all contacts does not show this one: is it right?")
