"""Which contact is meant, and how does it stand at this moment?

By its number through the documented search, of whose results only an exact number counts; by its ID through a read that
no page documents, so that its absence is expected. Which of the two are not to be had is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

from bulk_sync.errors import Code
from bulk_sync.live.contacts import Contact, Page, read_contact, read_page
from bulk_sync.model import Content, NotHad, Unread

if TYPE_CHECKING:
    from bulk_sync.model import Read

ASKED = 25
"""Contacts on a page of a search: the documented default. A whole number is found on the first."""

MOST_PAGES = 8
"""Of a search for one number: a server that finds more does not search."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The CRM has no such contact."""


Found = Contact | Missing | Unread | NotHad
"""A contact; that there is none; that nobody can tell at this moment; or that such a read is not to be had."""


class Finder:
    """Finds contacts, one by one, and remembers which reads are not to be had."""

    def __init__(self) -> None:
        self._no_search: NotHad | None = None
        self._no_id: NotHad | None = None

    async def find(self, read: Read, *, phone: str | None, contact_id: str | None) -> Found:
        """The contact with this number (E.164), this ID, or both; at least one of them is given.

        Where both are known, and the number finds nobody or cannot be searched for, the ID is tried: somebody may have
        changed the number. Raises Stopped where the run ends first.
        """
        if phone is None:
            if contact_id is None:
                raise ValueError("a contact is known by its number or its ID")
            return await self.by_id(read, contact_id)
        found = await self.by_phone(read, phone)
        if contact_id is None or not isinstance(found, Missing | NotHad):
            return found
        by_id = await self.by_id(read, contact_id)
        return found if isinstance(by_id, NotHad) else by_id

    async def by_phone(self, read: Read, phone: str) -> Found:
        """The contact with exactly this number."""
        if self._no_search is not None:
            return self._no_search
        found: dict[str, Contact] = {}
        seen, is_sure = 0, True
        for number in range(1, MOST_PAGES + 1):
            path = f"/contacts?search={quote(phone, safe='')}&searchBy=phone&page={number}&limit={ASKED}"
            answer = await read(path)
            match answer:
                case Unread():
                    return answer
                case NotHad(missing="contact"):
                    return _only(found, is_sure=is_sure)
                case NotHad():
                    self._no_search = answer
                    return answer
                case Content():
                    page = read_page(answer.value)
                case _:
                    assert_never(answer)
            if page is None or len(page.contacts) < page.entries:
                return _not_understood()
            found |= {contact.id: contact for contact in page.contacts if contact.phone == phone}
            is_sure = is_sure and all(contact.phone is not None for contact in page.contacts)
            seen += page.entries
            if _is_last(page, seen):
                return _only(found, is_sure=is_sure)
        self._no_search = NotHad("The API finds far too many contacts when it is asked for one number.")
        return self._no_search

    async def by_id(self, read: Read, contact_id: str) -> Found:
        """The contact with this ID."""
        if self._no_id is not None:
            return self._no_id
        answer = await read(f"/contacts/{quote(contact_id, safe='')}")
        match answer:
            case Unread():
                return answer
            case NotHad(missing="contact"):
                return Missing()
            case NotHad():
                self._no_id = answer
                return answer
            case Content():
                contact = read_contact(answer.value)
                is_it = contact is not None and contact.id.casefold() == contact_id.casefold()
                return contact if contact is not None and is_it else _not_understood()
            case _:
                assert_never(answer)


def _is_last(page: Page, seen: int) -> bool:
    """Whether no page follows: by what the API says of the whole, else by a page that is not full."""
    return page.entries == 0 or (seen >= page.total if page.total is not None else page.entries < (page.limit or ASKED))


def _only(found: dict[str, Contact], *, is_sure: bool) -> Found:
    """The one that was found. `is_sure`: every number that was shown could be compared."""
    if len(found) > 1:
        why = "The CRM has several contacts with this number, and nobody should guess. Merge them there."
        return Unread(Code.CANNOT_MERGE, why)
    if not found:
        return Missing() if is_sure else _not_understood()
    return next(iter(found.values()))


def _not_understood() -> Unread:
    return Unread(Code.BAD_REPLY, "What the API shows of this contact cannot be understood. Try again later.", 200, 1)
