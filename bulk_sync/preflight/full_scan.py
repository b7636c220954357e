"""Full scan: contacts that are known by their ID alone, where no read by ID is to be had, in the list of everybody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bulk_sync.api.paginator import Reading
from bulk_sync.model import Unavailable
from bulk_sync.preflight.lookup import Missing, Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bulk_sync.api.contact import Contact, Page
    from bulk_sync.api.paginator import Lists
    from bulk_sync.model import ReadFailed

OLD = 300.0
"""Seconds until the list is read again for somebody whom it did not show, or who has another number by now."""

MOST_PAGES = 1_000
"""Ten minutes of reading; a longer list is not read for the sake of some rows."""


class FullScan:
    """Finds contacts by ID in the list of all contacts. `wanted`: the IDs to look for; `clock`: seconds of age."""

    def __init__(self, lists: Lists, wanted: Callable[[], Collection[str]], clock: Callable[[], float]) -> None:
        self._lists, self._wanted, self._clock = lists, wanted, clock
        self._lock = asyncio.Lock()
        self._left: float | None = None
        self._known: dict[str, Contact] = {}
        self._hindrance: Unavailable | ReadFailed | None = None

    async def find(self, contact_id: str, *, anew: bool = False) -> Sighting:
        """How the contact with this ID stood when the list was read, one of those that are `wanted`.

        `anew`: what was read before of it was not right. Missing: the list was whole, and did not show it. Raises
        Stopped where the run ends first.
        """
        name = contact_id.casefold()
        async with self._lock:
            is_known = name in self._known and not anew
            if self._left is None or (not is_known and self._clock() - self._left > OLD):
                self._left = self._clock()
                self._hindrance = await self._read()
            if self._hindrance is not None and _may_pass(self._hindrance):
                self._left = None  # what is refused, or fails, is asked for again
        return Sighting(self._known.get(name) or self._hindrance or Missing(), self._left or 0.0)

    async def _read(self) -> Unavailable | ReadFailed | None:
        """Read the list; why somebody may be on it who was not seen."""
        wanted = {each.casefold() for each in self._wanted()}
        reading = await self._lists.begin()
        if not isinstance(reading, Reading):
            return reading
        if reading.pages is None or reading.pages > MOST_PAGES:
            return Unavailable("No contact can be read by its ID, and the list of all contacts is too long for that.")

        def see(page: Page) -> None:
            for contact in page.items:
                if contact.id.casefold() in wanted:
                    self._known[contact.id.casefold()] = contact

        see(reading.first)
        await self._lists.go_on(reading, see)
        return None if reading.is_whole else Unavailable("The list of all contacts changes while it is read.")


def _may_pass(hindrance: Unavailable | ReadFailed) -> bool:
    """Whether the list may be had another time."""
    return not isinstance(hindrance, Unavailable) or hindrance.is_refusal
