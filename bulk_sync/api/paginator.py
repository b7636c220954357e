"""The paginator: lists of contacts (all, or those of one status or campaign) and of campaigns, read page by page.

A list may change while it is read: an entry can move from a page that is still to come to one that was read. So what no
page shows is not known to be missing, and a list counts as whole only where every page agrees with it.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import urlencode

from bulk_sync.api.contact import ListPage, read_page
from bulk_sync.errors import Code
from bulk_sync.model import ReadFailed, ReadOk, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from bulk_sync.release import ReadInTurn

    See = Callable[[ListPage[Any]], None]

FIRST = -1
"""The turn of a page: before any single contact that rows are compared with."""

MOST = 1_000_000
"""Pages; an API that never comes to an end is not a list."""

ROUND = 1_000
"""Entries: a total that so many divide may be the most that an API counts, and refuses to go beyond."""


@dataclass(frozen=True, slots=True)
class Source:
    """What can be listed, and how it is asked for. `read_page` tells a page from what is none, which is `no_list`.

    `sizes`: entries on a page, the largest first (None: as many as the API likes); a smaller one is asked for where the
    first page fails with one of `smaller_on`. `at_once`, `most_failed`, `most`: pages in flight, pages in a row that
    may fail, pages in all.
    """

    path: str
    read_page: Callable[[object], ListPage[Any] | None]
    no_list: Unavailable | ReadFailed
    sizes: tuple[int | None, ...]
    smaller_on: Collection[Code]
    sort: Mapping[str, str] = field(default_factory=dict)
    at_once: int = 1
    most_failed: int = 1
    most: int = MOST


CONTACTS = Source(
    "/contacts",
    read_page,
    ReadFailed(Code.BAD_REPLY, "The API's list of contacts could not be understood.", 200, 1),
    sizes=(1000, 100, 25),  # no page documents the most, so the API says what it gives instead
    smaller_on=tuple(Code),  # refused, too long to be taken whole, or too much work for the server
    # the oldest first: who is added meanwhile comes last, and moves nobody to another page
    sort={"sortBy": "createdAt", "sortOrder": "asc"},
    at_once=16,
    most_failed=3,
)


@dataclass(slots=True)
class Reading:
    """A list on its way: its filter, its first page, the size of a page that was asked for, whether all agreed.

    `size`: the entries that a page holds; `pages`: how many there are in all, None where the API does not say;
    `failed`: pages in a row that could not be read; `hindrance`: why the last of them could not.
    """

    query: Mapping[str, str]
    first: ListPage[Any]
    asked: int | None
    failed: int = 0
    hindrance: Unavailable | ReadFailed | None = None
    _ids: set[str] = field(default_factory=set)
    _agrees: bool = True

    @property
    def size(self) -> int:
        """Entries on a page, as the API gives them."""
        return max(1, self.first.entries)

    @property
    def pages(self) -> int | None:
        """How many pages there are."""
        total, told = self.first.total, self.first.pages
        return told if total is None else max(1, math.ceil(total / self.size), told or 0)

    @property
    def is_full(self) -> bool:
        """Whether no entry more has room on its last page, so that another may follow whatever the total says."""
        if self.first.total is None or self.pages == 1:
            return self.first.entries >= (self.first.limit or 1)
        return self.first.total % self.size == 0

    @property
    def ids(self) -> frozenset[str]:
        """The IDs of all that was shown."""
        return frozenset(self._ids)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing: as many entries as the API says there are, on every page the same number."""
        return self._agrees and self.first.total is not None and len(self._ids) == self.first.total

    def see(self, page: ListPage[Any] | Unavailable | ReadFailed) -> bool:
        """Take a page into account, or that it could not be read; whether it showed anything new."""
        if not isinstance(page, ListPage):
            self._agrees, self.failed, self.hindrance = False, self.failed + 1, page
            return False
        self._agrees = self._agrees and page.total == self.first.total and len(page.items) == page.entries
        self.failed, known = 0, len(self._ids)
        self._ids.update(each.id for each in page.items)
        return len(self._ids) > known


def is_no_page(answer: object) -> bool:
    """Whether an API says of a page behind the last one that there is none; most show it empty instead."""
    return isinstance(answer, Unavailable | ReadFailed) and answer.http_status in {400, 404, 410, 416, 422}


class Lists:
    """Reads lists of one source, and remembers how large a page may be asked for.

    `turn`: that of its pages; `seen` is shown each of them.
    """

    def __init__(
        self, read: ReadInTurn, turn: int = FIRST, seen: See = lambda _: None, source: Source = CONTACTS
    ) -> None:
        self._read, self._turn, self._seen, self._source = read, turn, seen, source
        self._sizes = list(source.sizes)

    async def begin(self, query: Mapping[str, str] | None = None) -> Reading | Unavailable | ReadFailed:
        """The first page of what a filter (`status`, `campaignId`) lets through."""
        while True:
            asked = self._sizes[0]
            found = await self._page(query or {}, 1, asked)
            if isinstance(found, ReadFailed) and found.code in self._source.smaller_on and len(self._sizes) > 1:
                self._sizes.pop(0)
                continue
            if not isinstance(found, ListPage):
                return found
            reading = Reading(query or {}, found, asked)
            reading.see(found)
            return reading

    async def go_on(self, reading: Reading, see: See, pays: Callable[[int], bool] = lambda _: True) -> None:
        """Read the other pages; `see` is shown each. Raises Stopped where the run ends first.

        `pays`: whether so many further pages are worth their time. A list that is refused, that fails again and again,
        that ends before its time or repeats itself is not read to its end.
        """
        if reading.pages is None:
            await self.one_by_one(reading, see)
            return
        last = min(self._source.most, reading.pages)
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
            for _ in range(min(self._source.at_once, last - 1)):
                group.create_task(some())

    async def is_all(self, reading: Reading) -> bool:
        """Whether who is not on a list that was read to its end is not there at all. Raises Stopped.

        A total may count too few, one page even: behind a last page that is full, the next one is asked for.
        """
        if not reading.is_whole or not reading.is_full:
            return reading.is_whole
        page = await self._page(reading.query, (reading.pages or 1) + 1, reading.asked)
        if isinstance(page, ListPage):
            return not reading.see(page)
        return is_no_page(page) and (reading.first.total or 0) % ROUND > 0

    async def one_by_one(self, reading: Reading, see: See) -> None:
        """Read what comes behind the last page that the API tells of, until one is not there or shows nothing new."""
        for number in range((reading.pages or 1) + 1, self._source.most + 1):
            page = await self._page(reading.query, number, reading.asked)
            if is_no_page(page) or not self._show(page, reading, see) or not isinstance(page, ListPage):
                return

    def _show(self, page: ListPage[Any] | Unavailable | ReadFailed, reading: Reading, see: See) -> bool:
        """Take a page into account, and show it; whether more of this list may be had."""
        is_new = reading.see(page)
        if not isinstance(page, ListPage):
            return isinstance(page, ReadFailed) and reading.failed < self._source.most_failed
        see(page)
        return is_new

    async def _page(
        self, query: Mapping[str, str], number: int, size: int | None
    ) -> ListPage[Any] | Unavailable | ReadFailed:
        limit = {} if size is None else {"limit": size}
        asked = {**query, "page": number, **limit, **self._source.sort}
        answer = await self._read(f"{self._source.path}?{urlencode(asked)}", self._turn)
        match answer:
            case ReadOk():
                page = self._source.read_page(answer.value)
                if page is None:
                    return self._source.no_list
                self._seen(page)
                return page
            case Unavailable() | ReadFailed():
                return answer
            case _:
                assert_never(answer)
