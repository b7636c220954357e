"""Who is in DNC? The list of them, where it is cheaper than a search for each contact."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.live.pages import Reading
from bulk_sync.model import DNC, NotHad, Unread

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.live.contacts import Contact, Page
    from bulk_sync.live.pages import Lists
    from bulk_sync.model import Update

OLD = 120.0
"""Seconds after which the list is read again: people ask not to be called while hours go by."""

PART = 10
"""A list that takes long is read again after so many times as long, and takes that part of the time at most."""

TRIES = 3
"""A list that changed while it was read is read again."""

_FILTER = {"status": DNC}


@dataclass(frozen=True, slots=True)
class Outside:
    """A contact that is not in DNC, or not there at all; nothing else is known of it."""


class DncList:
    """The contacts in DNC, by number and by ID. `clock`: the event loop's seconds."""

    def __init__(self, lists: Lists, clock: Callable[[], float]) -> None:
        self._lists, self._clock = lists, clock
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._took = 0.0
        self._hindrance: NotHad | Unread | None = None
        self._known: dict[str, Contact] = {}
        self._unnamed = False

    async def begin(self) -> Reading | NotHad | Unread:
        """The list's first page, which says how long it is."""
        return await self._lists.begin(_FILTER)

    async def find(self, update: Update) -> Contact | Outside | NotHad | Unread:
        """The contact of an update, where it is in DNC. NotHad, Unread: the list cannot tell. Raises Stopped."""
        await self._refresh()
        known = self._known.get(update.contact_id.casefold() if update.contact_id else update.phone or "")
        if known is not None:
            return known
        if self._hindrance is None and update.contact_id is None and self._unnamed:
            return NotHad("Some contacts in DNC have numbers that cannot be read.")
        return self._hindrance or Outside()

    async def _refresh(self) -> None:
        async with self._lock:
            began = self._clock()
            if self._read_at is not None and began - self._read_at < max(OLD, PART * self._took):
                return
            for _ in range(TRIES):
                self._hindrance = await self._read()
                if self._hindrance is not _CHANGING:
                    break
            self._read_at = self._clock()
            self._took = self._read_at - began

    async def _read(self) -> NotHad | Unread | None:
        """Read the list; why it cannot be relied on, where it cannot."""
        reading = await self.begin()
        if not isinstance(reading, Reading):
            return reading
        self._known, self._unnamed = {}, False
        self._see(reading.first)
        await self._lists.go_on(reading, self._see)
        if reading.is_whole and reading.pages != 1:
            return await self._read_again()
        return None if reading.is_whole else _CHANGING

    async def _read_again(self) -> NotHad | Unread | None:
        """Read a list of several pages once more, and know those of either reading.

        While somebody left the list and another came, the pages shift between two reads, and hide one contact without
        a trace: the numbers agree.
        """
        again = await self.begin()
        if not isinstance(again, Reading):
            return again
        self._see(again.first)
        await self._lists.go_on(again, self._see)
        return None if again.is_whole else _CHANGING

    def _see(self, page: Page) -> None:
        for contact in page.contacts:
            if contact.status is None or contact.status.casefold() == DNC.casefold():
                self._unnamed = self._unnamed or contact.phone is None
                self._known[contact.id.casefold()] = contact
                if contact.phone is not None:
                    self._known[contact.phone] = contact


_CHANGING = NotHad("The list of contacts in DNC changes while it is read.")
