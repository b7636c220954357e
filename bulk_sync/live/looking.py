"""Which updates may leave, and which are settled by how their contacts stand already?

A run that compares reads many contacts at once where that is cheaper, and single ones where it is not; updates leave
as soon as they are known to differ, while reading goes on. What must be fresh (is the contact in DNC, what does it
store) is looked at again when its turn comes.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.clearing import Cleared
from bulk_sync.errors import AWAY, Code
from bulk_sync.live.bulk import Bulk
from bulk_sync.live.comparing import Need
from bulk_sync.live.contacts import Contact
from bulk_sync.live.dnc import DncList, Outside
from bulk_sync.live.everyone import Everyone
from bulk_sync.live.finding import Finder
from bulk_sync.live.in_turn import at, settle_or_pass
from bulk_sync.live.pages import Lists, Reading
from bulk_sync.model import NotHad, Outcome, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.clearing import Gate, ReadInTurn
    from bulk_sync.live.choosing import Costs
    from bulk_sync.live.comparing import Terms
    from bulk_sync.live.finding import Found
    from bulk_sync.model import Read, Update

_LACKS = frozenset({Code.BAD_REPLY, Code.CANNOT_MERGE})
"""What becomes of updates whose contacts are not shown as a whole."""

AT_ONCE = 16
"""Single contacts in work."""

AHEAD = 64
"""Places: so far before its turn a contact is looked at that must be known as it stands. Two minutes of writes."""

FRESH = 120.0
"""Seconds for which what was read of a contact holds where its DNC or its stored variables count."""

MOST_FAILED = 5
"""Searches in a row that the API failed to answer; after them, no more is compared by searching."""

FEW = 3
"""Rows for which nobody asks how long the list of contacts in DNC is."""


class Looking:
    """How one run looks at its contacts.

    `terms`: what it asks of them; `costs`: what requests take, without writes in a dry run; `tell` hears sentences;
    `wall`: seconds since the epoch. Afterwards, `unchecked` updates left, or would leave, though nobody could tell
    whether their contacts are in DNC, and `why_unchecked` says why.
    """

    def __init__(self, terms: Terms, costs: Costs, tell: Callable[[str], None], wall: Callable[[], float]) -> None:
        self.terms, self.costs, self.tell, self.wall = terms, costs, tell, wall
        self.unchecked = 0
        self.why_unchecked = ""

    async def over(self, updates: Sequence[Update], read: ReadInTurn, gate: Gate) -> None:
        """Pass or settle every update. Raises Stopped where the run ends first."""
        await _Desk(self, updates, read, gate).clear()


class _Desk:
    """The updates of one run on their way through."""

    def __init__(self, looking: Looking, updates: Sequence[Update], read: ReadInTurn, gate: Gate) -> None:
        self._looking, self._terms = looking, looking.terms
        self._updates, self._read, self._gate = updates, read, gate
        self._clock = asyncio.get_running_loop().time
        self._needs = bytearray(self._terms.need_of(update).value for update in updates)
        self._finder, self._lists = Finder(), Lists(read)
        self._dnc = DncList(self._lists, self._clock)
        self._everyone = Everyone(self._lists, self._known_by_id, self._clock)
        self._by_list: bool | None = None
        self._guarded = 0  # of those whose turn is to come: only whether they are in DNC must be known
        self._choosing = asyncio.Lock()
        self._in_turn: asyncio.PriorityQueue[tuple[int, Cleared | None, float]] = asyncio.PriorityQueue()

    async def clear(self) -> None:
        """Let every update pass, or settle it."""
        compared = []
        for place, value in enumerate(self._needs):
            need = Need(value)
            if need & Need.COMPARE:
                compared.append(place)
            elif need:
                self._wait_for_turn(place)
            else:
                self._gate.passes(place)
        async with asyncio.TaskGroup() as group:
            readers = [group.create_task(self._look_in_turn()) for _ in range(AT_ONCE)]
            if compared:
                bulk = Bulk(self._updates, compared, self._lists, self._looking.costs, self._looking.tell)
                await bulk.compare(self.decide, self.give_up, self.search)
            await self._in_turn.join()
            for reader in readers:
                reader.cancel()

    def decide(self, place: int, found: Contact) -> None:
        """Pass or settle an update whose contact a list showed; what the list does not show of it is read."""
        verdict = self._judged(place, found)
        if isinstance(verdict, Outcome) and verdict.code in _LACKS:
            self._wait_for_turn(place)
        else:
            self._decided(place, verdict)

    def _decided(self, place: int, verdict: Outcome | Cleared) -> None:
        if isinstance(verdict, Cleared) and self._must_be_fresh(place):
            self._wait_for_turn(place, verdict)
        else:
            self._done(place, verdict)

    def give_up(self, place: int) -> None:
        """Nothing is known of this update's contact; it is sent, unless more than that must be known."""
        if self._must_be_fresh(place):
            self._wait_for_turn(place)
        else:
            self._gate.passes(place)

    async def search(self, places: Sequence[int]) -> None:
        """Look for the contacts of these updates, one by one, and decide them."""
        waiting, left, failed = iter(places), len(places), 0

        async def some() -> None:
            nonlocal left, failed
            for place in waiting:
                left -= 1
                if failed >= MOST_FAILED or not self._looking.costs.still_pays(left + 1, left + 1):
                    self.give_up(place)
                    continue
                found = await self._find(place)
                failed = failed + 1 if isinstance(found, Unread) and found.code in AWAY else 0
                self._decided(place, self._judged(place, found))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(places))):
                group.create_task(some())

    def _must_be_fresh(self, place: int) -> bool:
        """Whether an update that differs must be looked at when its turn comes; nothing is sent by a dry run."""
        need = Need(self._needs[place])
        return bool(need & (Need.GUARD | Need.WHOLE)) and self._looking.costs.writes is not None

    async def _look_in_turn(self) -> None:
        while True:
            place, cleared, read_at = await self._in_turn.get()
            await self._gate.nears(place, AHEAD)
            if cleared is not None and self._clock() - read_at <= FRESH:
                self._done(place, cleared)
            elif self._is_only_guarded(place):
                found = await self._find_guarded(place)
                stands = cleared if isinstance(found, Outside) and cleared is not None else self._judged(place, found)
                self._done(place, stands)
            else:
                self._done(place, self._judged(place, await self._find(place)))
            self._guarded -= self._is_only_guarded(place)
            self._in_turn.task_done()

    def _wait_for_turn(self, place: int, cleared: Cleared | None = None) -> None:
        self._guarded += self._is_only_guarded(place)
        self._in_turn.put_nowait((place, cleared, self._clock()))

    def _is_only_guarded(self, place: int) -> bool:
        """Whether all that must be fresh is whether the contact is in DNC."""
        need = Need(self._needs[place])
        return bool(need & Need.GUARD) and not need & Need.WHOLE

    async def _find_guarded(self, place: int) -> Found | Outside:
        """Whether a contact is in DNC: by the list of those who are, where that is cheaper than a search for each."""
        async with self._choosing:
            if self._by_list is None:
                self._by_list = await self._prefers_list()
        if self._by_list:
            found = await self._dnc.find(self._updates[place])
            if not isinstance(found, NotHad | Unread):
                return found
        return await self._find(place)

    async def _prefers_list(self) -> bool:
        if self._guarded <= FEW:
            return False
        reading = await self._dnc.begin()
        return isinstance(reading, Reading) and reading.pages is not None and 2 * reading.pages < self._guarded

    async def _find(self, place: int) -> Found | Outside:
        """The contact of an update, by a read for it alone."""
        update = self._updates[place]
        read: Read = partial(at, self._read, place)
        found: Found | Outside = await self._finder.find(read, phone=update.phone, contact_id=update.contact_id)
        if isinstance(found, NotHad):
            return await self._find_in_lists(update, Need(self._needs[place]), found)
        if isinstance(found, Contact) and found.variables is None and self._merges(update):
            whole = await self._finder.by_id(read, found.id)
            found = whole if isinstance(whole, Contact) else found
        return found

    async def _find_in_lists(self, update: Update, need: Need, found: Found) -> Found | Outside:
        """The contact of an update that no read for it alone shows; `found` where no list does either."""
        if need & Need.WHOLE and update.contact_id is not None:
            return await self._everyone.find(update.contact_id)
        listed = await self._dnc.find(update) if need & Need.GUARD else found
        return found if isinstance(listed, NotHad) else listed

    def _known_by_id(self) -> list[str]:
        """The IDs of the updates that need what their contacts store."""
        return [
            update.contact_id
            for place, value in enumerate(self._needs)
            if Need(value) & Need.WHOLE and (update := self._updates[place]).contact_id is not None
        ]

    def _merges(self, update: Update) -> bool:
        return self._terms.merges and update.change.variables is not None

    def _judged(self, place: int, found: Found | Outside) -> Outcome | Cleared:
        update, need = self._updates[place], Need(self._needs[place])
        if isinstance(found, Outside):
            return Cleared(update)
        verdict = self._terms.judge(update, found, need)
        if isinstance(verdict, Outcome):
            return replace(verdict, at=self._looking.wall())
        if isinstance(found, NotHad) and need & Need.GUARD:
            self._looking.unchecked += 1
            self._looking.why_unchecked = found.why
        return verdict

    def _done(self, place: int, verdict: Outcome | Cleared) -> None:
        settle_or_pass(self._gate, place, verdict)
