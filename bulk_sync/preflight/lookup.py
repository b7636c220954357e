"""Lookup: which contact is meant, and how it stands at this moment.

By its number through the documented search, of whose results only an exact number counts; by its ID through a read that
no page documents, so that its absence is expected and remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, assert_never
from urllib.parse import quote

from bulk_sync.api.contact import Contact, Page, read_contact, read_page
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import ReadFailed, ReadOk, Unavailable

if TYPE_CHECKING:
    from bulk_sync.model import Read

ASKED = 25
"""Contacts on a page of a search: the documented default. A whole number is found on the first."""

MOST_PAGES = 8
"""Of a search for one number: a server that finds more does not search."""


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
        """The contact with exactly this number."""
        if self._vain is not None:
            return Sighting(self._vain)
        found: dict[str, Contact] = {}
        left, seen, is_sure = 0.0, 0, True
        for number in range(1, MOST_PAGES + 1):
            path = f"/contacts?search={quote(phone, safe='')}&searchBy=phone&page={number}&limit={ASKED}"
            answer = await read(path)
            match answer:
                case ReadFailed():
                    return Sighting(answer)
                case Unavailable(missing="contact") if not self._search_worked:
                    return Sighting(_only(found, is_sure=is_sure), answer.left)
                case Unavailable():
                    return Sighting(replace(answer, is_refusal=True))
                case ReadOk():
                    page = read_page(answer.value)
                    self._search_worked = self._search_worked or page is not None
                case _:
                    assert_never(answer)
            if page is None or len(page.items) < page.entries:
                return Sighting(_not_understood())
            left = left or answer.left
            found |= {contact.id: contact for contact in page.items if contact.phone == phone}
            is_sure = is_sure and not any(self._may_be_meant(contact, found) for contact in page.items)
            seen += page.entries
            if _is_last(page, seen):
                return Sighting(_only(found, is_sure=is_sure), left)
        self._vain = Unavailable("The API finds far too many contacts when it is asked for one number.")
        return Sighting(self._vain)

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
    """Whether no page follows: by what the API says of the whole, else by a page that is not full."""
    return page.entries == 0 or (seen >= page.total if page.total is not None else page.entries < (page.limit or ASKED))


def _only(found: dict[str, Contact], *, is_sure: bool) -> Found:
    """What was found. `is_sure`: every contact that was shown and could be meant could be compared."""
    if not is_sure:
        return _not_understood()
    if len(found) > 1:
        return Several(tuple(found.values()))
    return next(iter(found.values()), None) or Missing()


def _not_understood() -> ReadFailed:
    return ReadFailed(
        Code.BAD_REPLY, "What the API shows of this contact cannot be understood. Try again later.", 200, 1
    )
