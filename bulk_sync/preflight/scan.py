"""Scan: the contacts of many rows compared with what the rows ask for, at the least cost.

By the pages of the whole list, by those of the lists of what the rows ask for (a contact on the list of its status
stands so already), or by a search for each. What no list shows is searched for: only a search tells who is missing.

Reads and writes have separate budgets, so what counts is time: reading may go on while writes leave, but what it takes
must be less than what it can save at best, if every row it looks at stands as asked.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bulk_sync.api.paginator import Reading
from bulk_sync.errors import Code
from bulk_sync.model import DNC, Unavailable
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

    from bulk_sync.api.contact import Contact, Page
    from bulk_sync.api.paginator import Lists
    from bulk_sync.model import ReadFailed, Update

MOST_FILTERS = 12
"""Lists of one status or campaign that are asked how long they are: each question is a read."""

GRANTED = 60.0
"""Seconds."""

OFTEN_DIFFERENT = 0.1
"""Of the rows: how many are taken to differ, and so to stand on no list of what they ask for."""

AT_ONCE = 16
"""Contacts that are searched for together."""

MOST_FAILED = 5
"""Searches in a row that gave nothing; after them, no more is compared by searching."""

FEW = 9
"""Rows that say DNC, for which nobody asks how long the list of contacts in DNC is."""

Filter = tuple[tuple[str, str], ...]


class Way(Enum):
    """How contacts are read."""

    PAGES = "pages"
    FILTERS = "filters"
    SEARCHES = "searches"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Costs:
    """The seconds that so many requests take. No `writes`: nothing will be sent, and reading is what is wanted."""

    reads: Callable[[int], float]
    writes: Callable[[int], float] | None

    def pays(self, reads: int, rows: int) -> bool:
        """Whether so many reads take less time than sending so many rows."""
        return self.writes is None or self.reads(reads) < self.writes(rows)

    def still_pays(self, reads: int, rows: int) -> bool:
        """Whether so many further reads are worth it, for so many rows of which nothing is known yet.

        A minute is granted: windows make small numbers uncertain, and what was begun had better be finished.
        """
        return self.writes is None or self.reads(reads) <= self.writes(rows) + GRANTED


def asks_filters(rows: int, pages: int | None, filters: int) -> bool:
    """Whether it is worth a read each to learn how long the lists of single statuses and campaigns are."""
    others = min(rows, rows if pages is None else pages)
    return 0 < filters <= MOST_FILTERS and others > 10 * filters


def cheapest(rows: int, pages: int | None, filtered: Collection[int] | None, costs: Costs) -> tuple[Way, int]:
    """The way to read, and its reads: for `rows` contacts, of a list of so many further `pages` (None: not known).

    `filtered`: the pages of each list of what the rows ask for; None where they were not asked.
    """
    ways = {Way.SEARCHES: rows}
    if pages is not None:
        ways[Way.PAGES] = pages
    if filtered is not None:
        ways[Way.FILTERS] = sum(filtered) + math.ceil(OFTEN_DIFFERENT * rows)
    way = min(ways, key=lambda each: ways[each])
    return (way, ways[way]) if costs.pays(ways[way], rows) else (Way.NOT, 0)


@dataclass
class Scan:
    """The updates at some `places` of the order of sending, on their way to being compared.

    `decide` is shown the contact of one, `search` looks for that of one and decides it, if it can be read; `give_up`
    hears of one of which nothing will be known. `tell` hears sentences.
    """

    updates: Sequence[Update]
    places: Iterable[int]
    lists: Lists
    costs: Costs
    tell: Callable[[str], None]
    decide: Callable[[int, Contact], None]
    give_up: Callable[[int], None]
    search: Callable[[int], Awaitable[bool]]

    def __post_init__(self) -> None:
        self._left = set(self.places)
        self._named: dict[int | str, int] = {}  # numbers without their plus: a million of them take half the memory
        for place in self._left:
            update = self.updates[place]
            if update.contact_id is not None:
                self._named[update.contact_id.casefold()] = place
            elif update.phone is not None:
                self._named[int(update.phone)] = place

    async def compare(self) -> None:
        """Decide every update, or give it up where reading does not pay or is not to be had."""
        whole = await self.lists.begin()
        if isinstance(whole, Reading):
            await self._by_lists(whole)
        else:
            await self._without_lists(whole)
        self._give_up_on(self._left)

    async def _by_lists(self, whole: Reading) -> None:
        is_all = whole.pages == 1
        await self._dnc_first(whole.first if is_all else None)
        self._see(whole.first)
        if self._left and (is_all or await self._read_on(whole)):
            left = sorted(self._left)  # whom no list showed is looked for, unless sending their rows is quicker
            if self._still_pays(len(left)):
                await self._look_for(left)

    async def _without_lists(self, hindrance: Unavailable | ReadFailed) -> None:
        """Look for each contact, since the list of them is not to be had; one that fails is not asked any more."""
        rows = len(self._left)
        if isinstance(hindrance, Unavailable) and self.costs.pays(rows, rows):
            self.tell(f"{hindrance.why} So the {rows:,} contacts of the file are looked up one by one.")
            await self._look_for(sorted(self._left))
            return
        is_told = isinstance(hindrance, Unavailable) or hindrance.code is Code.BAD_REPLY
        why = hindrance.why if is_told else "The API failed when it was asked for them."
        self.tell(f"The contacts cannot be compared with the file, so all rows are sent. {why}")

    async def _dnc_first(self, page: Page | None) -> None:
        """Decide who is to be in DNC before anybody else is let go, which costs a read for each at most.

        `page`: all contacts there are, where one page has shown them. Whom no list shows in DNC is put there.
        """
        asked = {place for place in self._left if self.updates[place].change.status == DNC}
        if not asked or self.costs.writes is None or not self.costs.pays(1, len(self._left)):
            return
        if page is not None:
            self._see(page, only=asked)
            self._give_up_on(asked & self._left)
        elif len(asked) <= FEW or not await self._read_dnc(asked):
            await self._look_for(sorted(asked))

    async def _read_dnc(self, asked: set[int]) -> bool:
        """Decide them by the list of contacts in DNC; False: it is too long, or not to be had."""
        listed = await self.lists.begin({"status": DNC})
        if not isinstance(listed, Reading) or listed.pages is None or listed.pages > len(asked):
            return False
        self._see(listed.first, only=asked)
        await self.lists.go_on(listed, lambda each: self._see(each, only=asked))
        self._give_up_on(asked & self._left)
        return True

    async def _read_on(self, whole: Reading) -> bool:
        """Read the lists that are the cheapest way; whether it is worth while to read at all."""
        rows, pages = len(self._left), None if whole.pages is None else whole.pages - 1
        filtered = await self._filtered(rows, pages)
        way, reads = cheapest(rows, pages, [each.pages or 0 for each in filtered] if filtered else None, self.costs)
        self.tell(self._plan_in_words(way, rows, reads))
        for reading in [whole] if way is Way.PAGES else filtered if way is Way.FILTERS else []:
            self._see(reading.first)
            await self.lists.go_on(reading, self._see, self._still_pays)
        return way is not Way.NOT

    def _plan_in_words(self, way: Way, rows: int, reads: int) -> str:
        if way is Way.NOT:
            return f"Reading {rows:,} contacts would take longer than it can save, so nothing is compared."
        how = f"looking up {rows:,} contacts" if way is Way.SEARCHES else f"reading the contacts, {reads:,} reads,"
        took = f"{how[0].upper()}{how[1:]} takes {_about(self.costs.reads(reads))}"
        if self.costs.writes is None:
            return f"{took}."
        return f"{took}; sending every row would take {_about(self.costs.writes(rows))}."

    async def _filtered(self, rows: int, pages: int | None) -> list[Reading]:
        """The lists of what the rows ask for, begun; none where that is not worth it or one is not to be had."""
        filters = self._filters()
        if not (asks_filters(rows, pages, len(filters)) and self.costs.pays(len(filters), rows)):
            return []
        begun = [await self.lists.begin(dict(each)) for each in filters]
        found = [each for each in begun if isinstance(each, Reading) and each.pages is not None]
        return found if len(found) == len(begun) else []

    def _filters(self) -> list[Filter]:
        """What the rows ask for, as filters of the list; none where some ask for neither status nor campaign."""
        found: dict[Filter, None] = {}
        for place in self._left:
            change = self.updates[place].change
            named = (("status", change.status), ("campaignId", change.campaign))
            found[tuple((name, value) for name, value in named if value is not None)] = None
        return [] if () in found else list(found)

    def _still_pays(self, reads: int) -> bool:
        """Whether so many further reads are worth it, for those of whom nothing is known yet."""
        return self.costs.still_pays(reads, len(self._left))

    def _give_up_on(self, places: Iterable[int]) -> None:
        for place in sorted(places):
            self._left.discard(place)
            self.give_up(place)

    async def _look_for(self, places: Sequence[int]) -> None:
        """Search for the contact of each, as long as that works and is worth it; the others are given up."""
        self._left.difference_update(places)
        waiting, failed = iter(enumerate(places)), 0

        async def some() -> None:
            nonlocal failed
            for begun, place in waiting:
                left = len(places) - begun
                if failed >= MOST_FAILED or not self.costs.still_pays(left, left):
                    self.give_up(place)
                elif await self.search(place):
                    failed = 0
                else:
                    failed += 1
                    self.give_up(place)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(places))):
                group.create_task(some())

    def _see(self, page: Page, only: Collection[int] | None = None) -> None:
        for contact in page.items:
            for name in (int(contact.phone) if contact.phone else None, contact.id.casefold()):
                place = None if name is None else self._named.get(name)
                if place in self._left and (only is None or place in only):
                    self._left.discard(place)
                    self.decide(place, contact)


def _about(seconds: float) -> str:
    return "a moment" if seconds < 1 else f"about {duration(seconds)}"
