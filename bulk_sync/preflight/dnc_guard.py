"""DNC guard: how the contact of one update stands, read for that update's sake, as fresh as it must be.

By the DNC list where that costs fewer reads, else by a search for the number. Who is known by ID alone is read by ID
where the API lets that be, else held against the DNC list, else found in the list of everybody, which tells the number
to search for.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from bulk_sync.api.contact import Contact
from bulk_sync.api.paginator import Reading
from bulk_sync.model import ReadFailed, Unavailable
from bulk_sync.preflight.lookup import Missing, Outside, Sighting, shown
from bulk_sync.release import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bulk_sync.api.contact import Page
    from bulk_sync.api.paginator import Lists
    from bulk_sync.model import Read, Update
    from bulk_sync.preflight.dnc_list import DncList
    from bulk_sync.preflight.lookup import Finder
    from bulk_sync.release import ReadInTurn

OLD = 300.0
"""Seconds until the list is read again for somebody whom it did not show, or who has another number by now."""

MOST_PAGES = 1_000
"""Ten minutes of reading; a longer list is not read for the sake of some rows."""


class DncGuard:
    """Finds the contacts of updates. `worth`: the reads that the DNC list may take, for how many look at it."""

    def __init__(
        self,
        read: ReadInTurn,
        finder: Finder,
        dnc_list: DncList | None,
        full_scan: FullScan,
        worth: Callable[[], float],
    ) -> None:
        self._read, self._finder, self._full_scan = read, finder, full_scan
        self._dnc_list, self._worth = dnc_list, worth

    async def find(self, update: Update, *, turn: int, whole: bool, named: bool) -> Sighting:
        """The contact of an update. `whole`: all that is stored of it is wanted; `named`: its other name is.

        Unavailable: no way is left to find it. Raises Stopped where the run ends first.
        """
        read = in_turn(self._read, turn)
        if update.contact_id is not None:
            return await self._by_id(read, update.contact_id, whole=whole, named=named)
        return await self._by_phone(read, update.phone or "", whole=whole, named=named)

    async def _by_phone(self, read: Read, phone: str, *, whole: bool, named: bool) -> Sighting:
        may_be_listed = not (whole or named)
        if may_be_listed and (listed := await self._listed(phone, None, self._worth())) is not None:
            return listed
        seen = await self._finder.by_phone(read, phone)
        if isinstance(seen.found, Unavailable | ReadFailed) and may_be_listed:
            return await self._listed(phone, None, math.inf) or seen
        if isinstance(seen.found, Contact) and whole and seen.found.variables is None:
            by_id = await self._finder.by_id(read, seen.found.id)
            return Sighting(by_id.found, seen.left) if isinstance(by_id.found, Contact) else seen
        return seen

    async def _by_id(self, read: Read, contact_id: str, *, whole: bool, named: bool) -> Sighting:
        seen = await self._finder.by_id(read, contact_id)
        if (
            not isinstance(seen.found, Unavailable) or self._finder.reads_by_id
        ):  # refused after it had worked: an outage
            return seen
        if not (whole or named) and (listed := await self._listed(None, contact_id, math.inf)) is not None:
            return listed
        return await self._by_number_of(read, contact_id, whole=whole)

    async def _listed(self, phone: str | None, contact_id: str | None, worth: float) -> Sighting | None:
        """What the DNC list says of a contact; None where it is too dear, or cannot tell."""
        if self._dnc_list is None:
            return None
        snapshot = await self._dnc_list.snapshot(worth)
        if snapshot is None:
            return None
        found = snapshot.find(phone, contact_id)
        if found is None and phone is not None and not snapshot.is_legible:
            return None
        return Sighting(found or Outside(), snapshot.left)

    async def _by_number_of(self, read: Read, contact_id: str, *, whole: bool) -> Sighting:
        """The contact with this ID, by a search for the number that the list of everybody shows."""
        for anew in (False, True):
            listed = await self._full_scan.find(contact_id, anew=anew)
            if isinstance(listed.found, Missing):
                return Sighting(_UNSEEN if whole else Outside(), listed.left)
            if not isinstance(listed.found, Contact) or listed.found.phone is None:
                return listed
            seen = await self._finder.by_phone(read, listed.found.phone)
            if isinstance(seen.found, Unavailable | ReadFailed):
                return seen
            if (found := self._meant(seen, contact_id)) is not None:
                return Sighting(found, seen.left)
        return Sighting(
            Unavailable("The list of all contacts and a search do not agree on the number of this contact.")
        )

    def _meant(self, seen: Sighting, contact_id: str) -> Contact | None:
        """The contact with this ID, if it was found; one of the same number that may be in DNC counts for it."""
        own = next((each for each in shown(seen.found) if each.id.casefold() == contact_id.casefold()), None)
        against = (each for each in shown(seen.found) if each.status is None or each.status in self._finder.dnc)
        return own if own is None else next(against, own)


_UNSEEN = Unavailable(
    "No contact can be read by its ID, and the list of all contacts does not show this one. Check the ID."
)


class FullScan:
    """Finds contacts by ID in the list of everybody, where no read by ID is to be had.

    `wanted`: the IDs to look for; `clock`: seconds of age.
    """

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
            hindrance = self._hindrance
            if isinstance(hindrance, ReadFailed) or (isinstance(hindrance, Unavailable) and hindrance.is_refusal):
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
