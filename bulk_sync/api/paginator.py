"""The paginator: lists of contacts (all, or those of one status or campaign), read page by page.

A list may change while it is read: a contact can move from a page that is still to come to one that was read. So what
no page shows is not known to be missing, and a list counts as whole only where every page agrees with it.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlencode

from bulk_sync.api.contact import Page, read_page
from bulk_sync.errors import Code
from bulk_sync.model import Content, NotHad, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.release import ReadInTurn

SIZES = (1000, 100, 25)
"""Contacts on a page, as they are asked for: no page documents the most, so the API says what it gives instead."""

AT_ONCE = 16
"""Pages in flight."""

MOST_FAILED = 3
"""Pages in a row that could not be read; after them, the list is given up."""

FIRST = -1
"""The turn of a page: before any single contact that rows are compared with."""

MOST = 1_000_000
"""Pages; an API that never comes to an end is not a list."""


@dataclass(slots=True)
class Reading:
    """A list on its way: its filter, its first page, the contacts on a page that were asked for, whether all agreed.

    `size`: the contacts that a page holds; `pages`: how many there are in all, None where the API does not say;
    `failed`: pages in a row that could not be read.
    """

    query: Mapping[str, str]
    first: Page
    asked: int
    failed: int = 0
    _ids: set[str] = field(default_factory=set)
    _agrees: bool = True

    @property
    def size(self) -> int:
        """Contacts on a page, as the API gives them."""
        return max(1, self.first.entries)

    @property
    def pages(self) -> int | None:
        """How many pages there are."""
        total = self.first.total
        return None if total is None else max(1, math.ceil(total / self.size))

    @property
    def ids(self) -> frozenset[str]:
        """The IDs of everybody who was shown."""
        return frozenset(self._ids)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing: as many contacts as the API says there are, on every page the same number."""
        return self._agrees and self.first.total is not None and len(self._ids) == self.first.total

    def see(self, page: Page | None) -> bool:
        """Take a page into account (None: it could not be read); whether it showed anybody new."""
        if page is None or page.total != self.first.total or len(page.contacts) != page.entries:
            self._agrees = False
        known = len(self._ids)
        self.failed = 0 if page is not None else self.failed + 1
        if page is not None:
            self._ids.update(contact.id for contact in page.contacts)
        return len(self._ids) > known


class Lists:
    """Reads lists of contacts, and remembers how large a page may be asked for.

    `turn`: that of its pages; `seen` is shown each of them.
    """

    def __init__(self, read: ReadInTurn, turn: int = FIRST, seen: Callable[[Page], None] = lambda _: None) -> None:
        self._read, self._turn, self._seen = read, turn, seen
        self._sizes = list(SIZES)

    async def begin(self, query: Mapping[str, str] | None = None) -> Reading | NotHad | Unread:
        """The first page of the contacts that a filter (`status`, `campaignId`) lets through."""
        while True:
            asked = self._sizes[0]
            found = await self._page(query or {}, 1, asked)
            if isinstance(found, Unread) and len(self._sizes) > 1:
                self._sizes.pop(0)  # refused, too long to be taken whole, or too much work for the server
                continue
            if not isinstance(found, Page):
                return found
            reading = Reading(query or {}, found, asked)
            reading.see(found)
            return reading

    async def go_on(
        self, reading: Reading, see: Callable[[Page], None], pays: Callable[[int], bool] = lambda _: True
    ) -> None:
        """Read the other pages; `see` is shown each. Raises Stopped where the run ends first.

        `pays`: whether so many further pages are worth their time. A list that is refused, that fails again and again,
        that ends before its time or repeats itself is not read to its end.
        """
        if reading.pages is None:
            await self._one_by_one(reading, see)
            return
        last = min(MOST, reading.pages)
        numbers = iter(range(2, last + 1))
        is_over = False

        async def some() -> None:
            nonlocal is_over
            for number in numbers:
                page = await self._page(reading.query, number, reading.asked)
                may_go_on = self._show(page, reading, see)
                is_over = is_over or not may_go_on or not pays(last - number)
                if is_over:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, reading.pages - 1)):
                group.create_task(some())

    async def _one_by_one(self, reading: Reading, see: Callable[[Page], None]) -> None:
        """Until a page is empty, or shows nobody new: the API does not say how many there are."""
        for number in range(2, MOST):
            page = await self._page(reading.query, number, reading.asked)
            if not self._show(page, reading, see) or not isinstance(page, Page):
                return

    def _show(self, page: Page | NotHad | Unread, reading: Reading, see: Callable[[Page], None]) -> bool:
        """Take a page into account, and show it; whether more of this list may be had."""
        if not isinstance(page, Page):
            reading.see(None)
            return isinstance(page, Unread) and reading.failed < MOST_FAILED
        is_new = reading.see(page)
        see(page)
        return is_new

    async def _page(self, query: Mapping[str, str], number: int, size: int) -> Page | NotHad | Unread:
        # the oldest first: who is added meanwhile comes last, and moves nobody to another page
        asked = {**query, "page": number, "limit": size, "sortBy": "createdAt", "sortOrder": "asc"}
        answer = await self._read(f"/contacts?{urlencode(asked)}", self._turn)
        match answer:
            case Content():
                page = read_page(answer.value)
                if page is None:
                    return Unread(Code.BAD_REPLY, "What the API gives as a list of contacts is none.", 200, 1)
                self._seen(page)
                return page
            case NotHad() | Unread():
                return answer
            case _:
                assert_never(answer)
