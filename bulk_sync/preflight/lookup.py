"""Lookup: which contact is meant, and how it stands at this moment.

By its number through the documented search, of whose results only an exact number counts; by its ID through a read that
no page documents, so that its absence is expected and remembered. Whether it is in DNC is told by the DNC list, too,
where that costs fewer reads. Who is known by ID alone where no read by ID is to be had is held against the DNC list,
else found in the list of everybody, which tells the number to search for.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, assert_never
from urllib.parse import quote

from bulk_sync.api.contact import Contact, Page, read_contact, read_page
from bulk_sync.api.paginator import Reading, is_no_page
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import ReadFailed, ReadOk, Unavailable
from bulk_sync.release import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bulk_sync.api.paginator import Lists
    from bulk_sync.model import Read, Update
    from bulk_sync.preflight.dnc_list import DncList
    from bulk_sync.release import ReadInTurn

ASKED = 25
"""Contacts on a page of a search: the documented default. A whole number is found on the first."""

MOST_PAGES = 8
"""Of a search for one number: a server that finds more does not search."""

MOST_OF_ALL = 1_000
"""Pages of the list of everybody: ten minutes of reading; a longer list is not read for the sake of some rows."""

OLD = 300.0
"""Seconds until that list is read again for somebody whom it did not show, or who has another number by now."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The CRM has no such contact."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A contact that is not in DNC, or not there at all; nothing else is known of it."""


@dataclass(frozen=True, slots=True)
class Several:
    """The CRM has several contacts with this number."""

    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class NeverRead:
    """Contacts can never be read with this API and this key; `why`, in a sentence."""

    why: str


Found = Contact | Several | Outside | Missing | ReadFailed | Unavailable | NeverRead
"""A contact, or several; that there is none; that nobody can tell at this moment; or that such a read is refused."""


def shown(found: Found) -> tuple[Contact, ...]:
    """The contacts that were found."""
    return found.contacts if isinstance(found, Several) else (found,) if isinstance(found, Contact) else ()


class Sighting(NamedTuple):
    """What was found, and when the read left that tells it, by the clock of ages (`ReadOk.left`)."""

    found: Found
    left: float = 0.0


class Finder:
    """Finds contacts, one by one. `dnc`: the statuses that mean do-not-call.

    An API that has given a list to a search, empty or not, says with a 404 that it refuses the next one.
    """

    def __init__(self, dnc: DncStatuses | None = None) -> None:
        self.dnc = dnc or DncStatuses()
        self._no_id: Unavailable | None = None
        self._vain: Unavailable | None = None
        self._by_id_worked = self._search_worked = False
        self._lock = asyncio.Lock()
        self._finds: bool | None = None
        self._size: int | None = None
        self._has_found = self._counts_all = False

    @property
    def reads_by_id(self) -> bool:
        """Whether a read by ID is to be had, as far as is known."""
        return self._no_id is None

    async def find(self, read: Read, *, phone: str | None, contact_id: str | None) -> Sighting:
        """The contact with this number (E.164), this ID, or both; at least one of them is given.

        Where both are known, and the number finds nobody or cannot be searched for, the ID is tried: somebody may have
        changed the number. Raises Stopped where the run ends first.
        """
        if phone is None:
            if contact_id is None:
                raise ValueError("a contact is known by its number or its ID")
            return await self.by_id(read, contact_id)
        found = await self.by_phone(read, phone)
        if contact_id is None or not isinstance(found.found, Missing | Unavailable):
            return found
        by_id = await self.by_id(read, contact_id)
        return found if isinstance(by_id.found, Unavailable) else by_id

    async def by_phone(self, read: Read, phone: str) -> Sighting:
        """The contact with exactly this number. A total that counts everybody, found or not, says nothing of it."""
        seen, total = await self._search(read, phone)
        if not total:
            return seen
        await self._glance(read)
        self._counts_all = self._counts_all or (self._has_found and total == self._size)
        return Sighting(Missing(), seen.left) if self._counts_all else seen

    async def _search(self, read: Read, phone: str, *, is_test: bool = False) -> tuple[Sighting, int]:
        """The contact with this number; and the total, where only that speaks against that nobody has it, else 0.

        `is_test`: it is nobody of the rows, and does not decide what a 404 means to the next ones.
        """
        if self._vain is not None:
            return Sighting(self._vain), 0
        found: dict[str, Contact] = {}
        left, is_sure, total = 0.0, True, 0
        seen: set[str] = set()
        for number in range(1, MOST_PAGES + 1):
            answered = await self._page(read, phone, number, is_test=is_test)
            if isinstance(answered, Sighting):
                return answered, 0
            if answered is None:
                break
            page, left = answered[0], left or answered[1]
            found |= {contact.id: contact for contact in page.items if contact.phone == phone}
            is_sure = is_sure and not any(self._may_be_meant(contact, found) for contact in page.items)
            known, total = len(seen), page.total or 0
            seen.update(contact.id for contact in page.items)
            if len(seen) == known or _is_last(page, len(seen)):
                break
        else:
            self._vain = Unavailable("The API finds far too many contacts when it is asked for one number.")
            return Sighting(self._vain), 0
        self._has_found, self._finds = bool(found) or self._has_found, bool(found) or self._finds
        is_doubtful = is_sure and not found and len(seen) < total
        return Sighting(_only(found, is_sure=is_sure and not is_doubtful), left), total if is_doubtful else 0

    async def _page(
        self, read: Read, phone: str, number: int, *, is_test: bool
    ) -> tuple[Page, float] | Sighting | None:
        """A page of a search, and when it was asked for; or what became of it instead. None: there is no such page."""
        answer = await read(f"/contacts?search={quote(phone, safe='')}&searchBy=phone&page={number}&limit={ASKED}")
        if number > 1 and is_no_page(answer):
            return None
        match answer:
            case ReadFailed():
                return Sighting(answer)
            case Unavailable(missing="contact") if not self._search_worked:
                return Sighting(Missing(), answer.left)
            case Unavailable():
                return Sighting(replace(answer, is_refusal=True))
            case ReadOk():
                page = read_page(answer.value)
                self._search_worked = self._search_worked or (page is not None and not is_test)
                is_whole = page is not None and len(page.items) == page.entries
                return (page, answer.left) if page is not None and is_whole else Sighting(_not_understood())
            case _:
                assert_never(answer)

    async def finds(self, read: Read) -> bool:
        """Whether a search finds somebody whom the list shows, which is asked once; else whom it lacks may be there.

        No page documents how a number is to be searched for: with its plus, without, or as it is shown.
        """
        if self._finds is None:
            await self._glance(read)
        return bool(self._finds)

    async def _glance(self, read: Read) -> None:
        """Look at the list, once: how many it counts, and whether a search finds somebody whom it shows."""
        async with self._lock:
            if self._size is not None:
                return
            answer = await read(f"/contacts?page=1&limit={ASKED}")
            page = read_page(answer.value) if isinstance(answer, ReadOk) else None
            phone = next((each.phone for each in page.items if each.phone), None) if page else None
            seen = (await self._search(read, phone, is_test=True))[0].found if phone is not None else None
            self._finds = self._finds or not isinstance(seen, Missing)
            self._size = (page.total if page else None) or 0

    def _may_be_meant(self, contact: Contact, found: dict[str, Contact]) -> bool:
        """Whether a contact whose number cannot be read counts: where no other has it, or where it may be in DNC."""
        return contact.phone is None and (not found or contact.status is None or contact.status in self.dnc)

    async def by_id(self, read: Read, contact_id: str) -> Sighting:
        """The contact with this ID."""
        if self._no_id is not None:
            return Sighting(self._no_id)
        answer = await read(f"/contacts/{quote(contact_id, safe='')}")
        match answer:
            case ReadFailed():
                return Sighting(answer)
            case Unavailable(missing="contact"):
                return Sighting(Missing(), answer.left)
            case Unavailable():
                if not self._by_id_worked:
                    self._no_id = answer
                return Sighting(answer)
            case ReadOk():
                contact = read_contact(answer.value)
                is_it = contact is not None and contact.id.casefold() == contact_id.casefold()
                self._by_id_worked = self._by_id_worked or is_it
                return Sighting(contact if contact is not None and is_it else _not_understood(), answer.left)
            case _:
                assert_never(answer)


def _is_last(page: Page, seen: int) -> bool:
    """Whether no page follows one that is not full, by what the API says of the whole; a total may count a page.

    A limit of one is the number of those who are shown: no API lists its contacts one by one.
    """
    size = ASKED if page.limit in {None, 1} else page.limit
    return page.entries < size and (page.total is None or seen >= page.total)


def _only(found: dict[str, Contact], *, is_sure: bool) -> Found:
    """What was found. `is_sure`: every contact that could be meant was shown, and could be compared."""
    if not is_sure:
        return _not_understood()
    if len(found) > 1:
        return Several(tuple(found.values()))
    return next(iter(found.values()), None) or Missing()


def _not_understood() -> ReadFailed:
    return ReadFailed(
        Code.BAD_REPLY, "What the API shows of this contact cannot be understood. Try again later.", 200, 1
    )


@dataclass(frozen=True, slots=True)
class DncGuard:
    """Finds the contacts of updates. `worth`: the reads that the DNC list may take, for how many look at it."""

    read: ReadInTurn
    finder: Finder
    dnc_list: DncList | None
    full_scan: FullScan
    worth: Callable[[], float]

    async def find(self, update: Update, *, turn: int, whole: bool, named: bool) -> Sighting:
        """The contact of an update. `whole`: all that is stored of it is wanted; `named`: its other name is.

        Unavailable: no way is left to find it. Raises Stopped where the run ends first.
        """
        read = in_turn(self.read, turn)
        if update.contact_id is not None:
            return await self._by_id(read, update.contact_id, whole=whole, named=named)
        return await self._by_phone(read, update.phone or "", whole=whole, named=named)

    async def in_dnc_list(self, update: Update) -> Sighting | None:
        """What the DNC list says of the contact of an update that nothing else can tell; None where it cannot."""
        return await self._listed(update.phone, update.contact_id, math.inf)

    async def _by_phone(self, read: Read, phone: str, *, whole: bool, named: bool) -> Sighting:
        may_be_listed = not (whole or named)
        if may_be_listed and (listed := await self._listed(phone, None, self.worth())) is not None:
            return listed
        seen = await self.finder.by_phone(read, phone)
        if isinstance(seen.found, Unavailable | ReadFailed) and may_be_listed:
            return await self._listed(phone, None, math.inf) or seen
        if named and isinstance(seen.found, Missing) and not await self.finder.finds(read):
            return Sighting(_BLIND)
        if isinstance(seen.found, Contact) and whole and seen.found.variables is None:
            by_id = await self.finder.by_id(read, seen.found.id)
            return Sighting(by_id.found, seen.left) if isinstance(by_id.found, Contact) else seen
        return seen

    async def _by_id(self, read: Read, contact_id: str, *, whole: bool, named: bool) -> Sighting:
        seen = await self.finder.by_id(read, contact_id)
        if not isinstance(seen.found, Unavailable) or self.finder.reads_by_id:
            return seen  # refused after it had worked: an outage
        if not (whole or named) and (listed := await self._listed(None, contact_id, math.inf)) is not None:
            return listed
        return await self._by_number_of(read, contact_id, whole=whole)

    async def _listed(self, phone: str | None, contact_id: str | None, worth: float) -> Sighting | None:
        """What the DNC list says of a contact; None where it is too dear, or cannot tell."""
        if self.dnc_list is None:
            return None
        snapshot = await self.dnc_list.snapshot(worth)
        if snapshot is None:
            return None
        found = snapshot.find(phone, contact_id)
        if found is None and phone is not None and not snapshot.is_legible:
            return None
        return Sighting(found or Outside(), snapshot.left)

    async def _by_number_of(self, read: Read, contact_id: str, *, whole: bool) -> Sighting:
        """The contact with this ID, by a search for the number that the list of everybody shows."""
        for anew in (False, True):
            listed = await self.full_scan.find(contact_id, anew=anew)
            if isinstance(listed.found, Missing):
                return Sighting(_UNSEEN if whole else Outside(), listed.left)
            if not isinstance(listed.found, Contact) or listed.found.phone is None:
                return listed
            seen = await self.finder.by_phone(read, listed.found.phone)
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
        against = (each for each in shown(seen.found) if each.status is None or each.status in self.finder.dnc)
        return own if own is None else next(against, own)


_BLIND = ReadFailed(
    Code.BAD_REPLY,
    "The API's search does not find contacts that its list shows, so it is not known whether this one is there. "
    "Ask whoever runs the API.",
    200,
    1,
)
_UNSEEN = Unavailable(
    "No contact can be read by its ID, and the list of all contacts does not show this one. Check the ID."
)


@dataclass
class FullScan:
    """Finds contacts by ID in the list of everybody, where no read by ID is to be had.

    `wanted`: the IDs to look for; `clock`: seconds of age.
    """

    lists: Lists
    wanted: Callable[[], Collection[str]]
    clock: Callable[[], float]

    def __post_init__(self) -> None:
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
            if self._left is None or (not is_known and self.clock() - self._left > OLD):
                self._left = self.clock()
                self._hindrance = await self._read()
            hindrance = self._hindrance
            if isinstance(hindrance, ReadFailed) or (isinstance(hindrance, Unavailable) and hindrance.is_refusal):
                self._left = None  # what is refused, or fails, is asked for again
        return Sighting(self._known.get(name) or self._hindrance or Missing(), self._left or 0.0)

    async def _read(self) -> Unavailable | ReadFailed | None:
        """Read the list; why somebody may be on it who was not seen."""
        wanted = {each.casefold() for each in self.wanted()}
        reading = await self.lists.begin()
        if not isinstance(reading, Reading):
            return reading
        if reading.pages is None or reading.pages > MOST_OF_ALL:
            return Unavailable("No contact can be read by its ID, and the list of all contacts is too long for that.")

        def see(page: Page) -> None:
            for contact in page.items:
                if contact.id.casefold() in wanted:
                    self._known[contact.id.casefold()] = contact

        see(reading.first)
        await self.lists.go_on(reading, see)
        is_all = await self.lists.is_all(reading)
        return None if is_all else Unavailable("The list of all contacts changes while it is read.")
