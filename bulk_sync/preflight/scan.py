"""Scan: the contacts of many rows compared with what the rows ask for, at the least cost.

By the pages of the whole list, by those of the lists of what the rows ask for (a contact on the list of its status
stands so already), or by a search for each. What no list shows is searched for: only a search tells who is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_sync.api.paginator import Reading
from bulk_sync.model import DNC, Unavailable
from bulk_sync.preflight.cost import Way, asks_filters, cheapest
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from bulk_sync.api.contact import Contact, Page
    from bulk_sync.api.paginator import Lists
    from bulk_sync.model import ReadFailed, Update
    from bulk_sync.preflight.cost import Costs

    Decide = Callable[[int, Contact], None]
    GiveUp = Callable[[int], None]
    Search = Callable[[Sequence[int]], Awaitable[None]]

FEW = 9
"""Rows that say DNC, for which nobody asks how long the list of contacts in DNC is."""

Filter = tuple[tuple[str, str], ...]


class Pending:
    """Updates of which nothing is known yet, by their places in the order of sending; found by their contacts."""

    def __init__(self, updates: Sequence[Update], places: Iterable[int]) -> None:
        self.places = set(places)
        self._by_phone: dict[int, int] = {}  # numbers without their plus: a million of them take half the memory
        self._by_id: dict[str, int] = {}
        for place in self.places:
            update = updates[place]
            if update.contact_id is not None:
                self._by_id[update.contact_id.casefold()] = place
            elif update.phone is not None:
                self._by_phone[int(update.phone)] = place

    def __len__(self) -> int:
        return len(self.places)

    def of(self, contact: Contact) -> list[int]:
        """The places that mean this contact: one by its number, one by its ID."""
        by_phone = self._by_phone.get(int(contact.phone)) if contact.phone else None
        found = (by_phone, self._by_id.get(contact.id.casefold()))
        return [place for place in found if place is not None and place in self.places]

    def take(self, place: int) -> None:
        """It is known now."""
        self.places.discard(place)


class Scan:
    """The updates at some places, on their way to being compared."""

    def __init__(
        self,
        updates: Sequence[Update],
        places: Sequence[int],
        lists: Lists,
        costs: Costs,
        tell: Callable[[str], None],
    ) -> None:
        self._updates, self._lists, self._costs, self._tell = updates, lists, costs, tell
        self._left = Pending(updates, places)

    async def compare(self, decide: Decide, give_up: GiveUp, search: Search) -> None:
        """Decide every update, or give it up where reading does not pay or is not to be had."""
        self._decide, self._give_up, self._search = decide, give_up, search
        whole = await self._lists.begin()
        if isinstance(whole, Reading):
            await self._by_lists(whole)
        else:
            await self._without_lists(whole)
        self._give_up_on(self._left.places)

    async def _by_lists(self, whole: Reading) -> None:
        is_all = whole.pages == 1
        await self._dnc_first(whole.first if is_all else None)
        self._see(whole.first)
        if self._left and (is_all or await self._read_on(whole)):
            left = sorted(self._left.places)  # whom no list showed is looked for, unless sending their rows is quicker
            if self._still_pays(len(left)):
                await self._look_for(left)

    async def _without_lists(self, hindrance: Unavailable | ReadFailed) -> None:
        """Look for each contact, since the list of them is not to be had; one that fails is not asked any more."""
        rows = len(self._left)
        if isinstance(hindrance, Unavailable) and self._costs.pays(rows, rows):
            self._tell(f"{hindrance.why} So the {rows:,} contacts of the file are looked up one by one.")
            await self._look_for(sorted(self._left.places))
            return
        why = hindrance.why if isinstance(hindrance, Unavailable) else "The API failed when it was asked for them."
        self._tell(f"The contacts cannot be compared with the file, so all rows are sent. {why}")

    async def _dnc_first(self, page: Page | None) -> None:
        """Decide who is to be in DNC before anybody else is let go, which costs a read for each at most.

        `page`: all contacts there are, where one page has shown them. Whom no list shows in DNC is put there.
        """
        asked = {place for place in self._left.places if self._updates[place].change.status == DNC}
        if not asked or self._costs.writes is None or not self._costs.pays(1, len(self._left)):
            return
        if page is not None:
            self._see(page, only=asked)
            self._give_up_on(asked & self._left.places)
        elif len(asked) <= FEW or not await self._read_dnc(asked):
            await self._look_for(sorted(asked))

    async def _read_dnc(self, asked: set[int]) -> bool:
        """Decide them by the list of contacts in DNC; False: it is too long, or not to be had."""
        listed = await self._lists.begin({"status": DNC})
        if not isinstance(listed, Reading) or listed.pages is None or listed.pages > len(asked):
            return False
        self._see(listed.first, only=asked)
        await self._lists.go_on(listed, lambda each: self._see(each, only=asked))
        self._give_up_on(asked & self._left.places)
        return True

    async def _read_on(self, whole: Reading) -> bool:
        """Read the lists that are the cheapest way; whether it is worth while to read at all."""
        rows, pages = len(self._left), None if whole.pages is None else whole.pages - 1
        filtered = await self._filtered(rows, pages)
        way, reads = cheapest(rows, pages, [each.pages or 0 for each in filtered] if filtered else None, self._costs)
        self._tell(self._plan_in_words(way, rows, reads))
        for reading in [whole] if way is Way.PAGES else filtered if way is Way.FILTERS else []:
            self._see(reading.first)
            await self._lists.go_on(reading, self._see, self._still_pays)
        return way is not Way.NOT

    def _plan_in_words(self, way: Way, rows: int, reads: int) -> str:
        if way is Way.NOT:
            return f"Reading {rows:,} contacts would take longer than it can save, so nothing is compared."
        how = f"looking up {rows:,} contacts" if way is Way.SEARCHES else f"reading the contacts, {reads:,} reads,"
        took = f"{how[0].upper()}{how[1:]} takes {_about(self._costs.reads(reads))}"
        if self._costs.writes is None:
            return f"{took}."
        return f"{took}; sending every row would take {_about(self._costs.writes(rows))}."

    async def _filtered(self, rows: int, pages: int | None) -> list[Reading]:
        """The lists of what the rows ask for, begun; none where that is not worth it or one is not to be had."""
        filters = self._filters()
        if not (asks_filters(rows, pages, len(filters)) and self._costs.pays(len(filters), rows)):
            return []
        begun = [await self._lists.begin(dict(each)) for each in filters]
        found = [each for each in begun if isinstance(each, Reading) and each.pages is not None]
        return found if len(found) == len(begun) else []

    def _filters(self) -> list[Filter]:
        """What the rows ask for, as filters of the list; none where some ask for neither status nor campaign."""
        found: dict[Filter, None] = {}
        for place in self._left.places:
            change = self._updates[place].change
            named = (("status", change.status), ("campaignId", change.campaign))
            found[tuple((name, value) for name, value in named if value is not None)] = None
        return [] if () in found else list(found)

    def _still_pays(self, reads: int) -> bool:
        """Whether so many further reads are worth it, for those of whom nothing is known yet."""
        return self._costs.still_pays(reads, len(self._left))

    def _give_up_on(self, places: Iterable[int]) -> None:
        for place in sorted(places):
            self._left.take(place)
            self._give_up(place)

    async def _look_for(self, places: Sequence[int]) -> None:
        for place in places:
            self._left.take(place)
        await self._search(places)

    def _see(self, page: Page, only: set[int] | None = None) -> None:
        for contact in page.items:
            for place in self._left.of(contact):
                if only is None or place in only:
                    self._left.take(place)
                    self._decide(place, contact)


def _about(seconds: float) -> str:
    return "a moment" if seconds < 1 else f"about {duration(seconds)}"
