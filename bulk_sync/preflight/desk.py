"""Desk: the updates of one run on their way through. Each is released, or settled by how its contact stands.

A run that compares reads many contacts at once where that is cheaper, and single ones where it is not; updates leave
as soon as they are known to differ, while reading goes on. What must be fresh (is the contact in DNC, what does it
store) is looked at when its turn is near, and again whenever it grew old before it could leave.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.age import FRESH
from bulk_sync.api.contact import Contact
from bulk_sync.api.paginator import Lists
from bulk_sync.errors import Code
from bulk_sync.model import Outcome, ReadFailed, Unavailable
from bulk_sync.preflight.access import ReadAccess, State
from bulk_sync.preflight.dnc_guard import FIRST, DncGuard
from bulk_sync.preflight.dnc_list import RENEWED, DncList
from bulk_sync.preflight.full_scan import FullScan
from bulk_sync.preflight.lookup import Finder, Several, Sighting
from bulk_sync.preflight.ordered_check import settle_or_release
from bulk_sync.preflight.policy import Need, is_guarded
from bulk_sync.preflight.scan import Scan
from bulk_sync.release import ReadyUpdate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.api.contact import Page
    from bulk_sync.model import Update
    from bulk_sync.preflight.clearance import Clearance
    from bulk_sync.preflight.policy import Policy, Remembered
    from bulk_sync.release import ReadInTurn, ReleaseQueue

_LACKS = frozenset({Code.BAD_REPLY, Code.CANNOT_MERGE})
"""What becomes of updates whose contacts are not shown as a whole."""

AT_ONCE = 64
"""Contacts that are looked at together."""

MOST_FAILED = 5
"""Searches in a row that gave nothing; after them, no more is compared by searching."""

FEW = 3
"""Rows for which nobody asks how long the list of contacts in DNC is."""

MANY = 1_000
"""Writes by which it is judged how fast they leave."""


class Desk:
    """See Clearance, whose work it does. `clock`: seconds of age. Bound to the running event loop."""

    def __init__(
        self,
        clearance: Clearance,
        updates: Sequence[Update],
        read: ReadInTurn,
        queue: ReleaseQueue,
        clock: Callable[[], float],
    ) -> None:
        self._clearance, self._findings, self._recall = clearance, clearance.findings, clearance.recall
        self._updates, self._queue, self._clock = updates, queue, clock
        self._read = clearance.recall.witness(read)
        self._policy: Policy = replace(clearance.policy, rivals=clearance.rivals)
        self._needs = bytearray(self._policy.need_of(update).value for update in updates)
        self._access = ReadAccess(
            ever=clearance.ever,
            note=clearance.note,
            patience=clearance.patience,
            clock=clock,
            pause=queue.pause,
            tell=clearance.tell,
        )
        self._lists = Lists(self._read, seen=self._note_page)
        self._in_turn: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()
        self._seen: dict[int, ReadyUpdate] = {}
        self._numbers: dict[int, str] = {}  # of contacts known by ID, as a page of a list has shown them
        self._unseen = 0
        self._dnc_list: DncList | None = None
        self._stashed: dict[int, Outcome | ReadyUpdate] = {}
        self._asking = self._who_ask_for_dnc()

    async def clear(self) -> None:
        """Let every update pass, or settle it."""
        compared, looked_at = [], []
        for place, value in enumerate(self._needs):
            need = Need(value)
            if need & Need.COMPARE:
                compared.append(place)
            elif need:
                looked_at.append(place)
            else:
                self._queue.release(place)
        if not compared and not looked_at:
            return
        await self._prepare()
        for place in looked_at:
            self._wait_for_turn(place)
        async with asyncio.TaskGroup() as group:
            most = min(AT_ONCE, len(compared) + len(looked_at))
            lookers = [group.create_task(self._look_in_turn()) for _ in range(most)]
            if compared:
                scan = Scan(self._updates, compared, self._lists, self._clearance.costs, self._clearance.tell)
                await scan.compare(self.decide, self.give_up, self.search)
                await self._unstash()
            await self._in_turn.join()
            for looker in lookers:
                looker.cancel()

    async def _prepare(self) -> None:
        """Learn which statuses mean do-not-call, and make what looks at contacts by that."""
        if any(Need(value) & (Need.GUARD | Need.WHOLE) for value in set(self._needs)):
            dnc = await self._clearance.statuses.read(self._read)
        else:
            dnc = self._policy.dnc
        self._policy = replace(self._policy, dnc=dnc)
        self._finder = Finder(dnc)
        lists = Lists(self._read, FIRST - 1, seen=self._note_page)
        costs = self._clearance.costs
        # a list is only as good as the statuses that are asked for
        self._dnc_list = (
            DncList(lists, dnc, self._clock, costs.reads, forever=self._clearance.is_dry)
            if self._clearance.statuses.known is not None
            else None
        )
        full_scan = FullScan(lists, self._known_by_id, self._clock)
        self._guard = DncGuard(self._read, self._finder, self._dnc_list, full_scan, self._worth)

    def decide(self, place: int, found: Contact) -> None:
        """Settle an update whose contact a list showed, or look at it in its turn: one page does not show enough.

        Another contact could have the same number, and what was seen may be old by then.
        """
        if found.phone is not None and self._updates[place].phone is None:
            self._numbers[place] = found.phone
        verdict = self._judged(place, Sighting(found))
        if not self._needs_look(place):
            settle_or_release(self._queue, place, verdict)
        elif isinstance(verdict, Outcome) and verdict.code in _LACKS:
            self._wait_for_turn(place)
        elif self._clearance.is_dry:
            self._stashed[place] = verdict
        elif isinstance(verdict, Outcome):
            self._queue.settle(place, verdict)
        else:
            self._wait_for_turn(place)

    def give_up(self, place: int) -> None:
        """Nothing is known of this update's contact; it is sent, unless more than that must be known."""
        if self._needs_look(place):
            self._wait_for_turn(place)
        else:
            self._queue.release(place)

    async def search(self, places: Sequence[int]) -> None:
        """Look for the contacts of these updates, one by one, and decide them."""
        waiting, left, failed = iter(places), len(places), 0

        async def some() -> None:
            nonlocal left, failed
            for place in waiting:
                left -= 1
                if failed >= MOST_FAILED or not self._clearance.costs.still_pays(left + 1, left + 1):
                    self.give_up(place)
                    continue
                whole = bool(Need(self._needs[place]) & Need.WHOLE)
                seen = await self._guard.find(self._updates[place], turn=place, whole=whole, named=True)
                if isinstance(seen.found, Unavailable | ReadFailed):
                    failed += 1
                    self.give_up(place)
                    continue
                failed = 0
                verdict = self._judged(place, seen)
                if isinstance(verdict, Outcome) or self._clearance.is_dry or not self._needs_look(place):
                    settle_or_release(self._queue, place, verdict)
                else:
                    self._wait_for_turn(place, verdict)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(16, len(places))):
                group.create_task(some())

    async def look(self, place: int) -> Outcome | ReadyUpdate:
        """How the contact of an update stands at this moment, and what becomes of it. Raises Stopped."""
        update, need = self._updates[place], Need(self._needs[place])
        whole, named = bool(need & Need.WHOLE), self._must_be_named(update)
        while True:
            async with self._access.turn() as state:
                if state is not State.OPEN:
                    return self._unread(place, state)
                seen = await self._guard.find(update, turn=FIRST + place, whole=whole, named=named)
                if isinstance(seen.found, Unavailable) and seen.found.is_refusal:
                    self._access.refused(seen.found.why, seen.found.left)
                    continue
            if isinstance(seen.found, ReadFailed) and seen.found.is_outage:
                continue
            if not isinstance(seen.found, Unavailable | ReadFailed):
                self._access.succeeded()
            return self._judged(place, seen)

    def holds(self, ready: ReadyUpdate) -> bool:
        """Whether what was seen is fresh, or contacts can still never be read."""
        if ready.seen_at is None:
            return not ready.is_unchecked or self._access.is_never
        return self._clock() - ready.seen_at <= FRESH

    def settled(self, update: Update) -> None:
        """An update that asks for DNC has its outcome."""
        self._asking[update.contact_id is not None].discard(update.row)

    @property
    def looks_by_list(self) -> bool:
        """Whether few reads show who is in DNC, so that not each look is one."""
        return self._dnc_list is not None and self._dnc_list.is_in_use

    def seconds_left(self) -> float:
        """The seconds that the looks will take which are still to come, where each is a read."""
        return 0.0 if self.looks_by_list else self._clearance.costs.reads(self._unseen)

    def _needs_look(self, place: int) -> bool:
        """Whether an update must be looked at when its turn comes."""
        return bool(Need(self._needs[place]) & (Need.GUARD | Need.WHOLE))

    def _wait_for_turn(self, place: int, ready: ReadyUpdate | None = None) -> None:
        """Have an update looked at when its turn is near; `ready`: as it may leave, if that comes soon enough."""
        if ready is not None:
            self._seen[place] = ready
        self._unseen += 1
        self._in_turn.put_nowait(place)

    async def _look_in_turn(self) -> None:
        while True:
            place = await self._in_turn.get()
            await self._queue.room(place)
            seen = self._seen.pop(place, None)
            verdict = seen if seen is not None and self.holds(seen) else await self.look(place)
            if isinstance(verdict, ReadyUpdate) and verdict.is_unchecked and self._policy.rivals:
                await self._queue.until(partial(self._have_answers, self._updates[place]))
                self._findings.waited.add(place)
                verdict = await self.look(place)
            settle_or_release(self._queue, place, verdict)
            self._unseen -= 1
            self._in_turn.task_done()

    def _who_ask_for_dnc(self) -> dict[bool, set[int]]:
        """The rows that put contacts into DNC without a look, by whether they name them by ID."""
        asking: dict[bool, set[int]] = {True: set(), False: set()}
        for update, value in zip(self._updates, self._needs, strict=True) if self._policy.rivals else ():
            if self._policy.rank(update.change) == 0 and not Need(value) & Need.WHOLE:
                asking[update.contact_id is not None].add(update.row)
        return asking

    def _have_answers(self, update: Update) -> bool:
        """Whether every row that names its contact otherwise and puts it into DNC has its answer."""
        return not self._asking[update.contact_id is None]

    def _must_be_named(self, update: Update) -> bool:
        """Whether more counts of an update's contact than that it is not in DNC: its other name, or that it is there.

        Another row, or the memory, may know it by that.
        """
        if self._policy.creates(update) or (self._policy.rivals and is_guarded(update.change)):
            return True
        if not (self._policy.guards and self._policy.starts_outreach(update)):
            return False
        return self._recall.knows_numbers_alone if update.contact_id is not None else self._recall.knows_ids_alone

    def _known_by_id(self) -> list[str]:
        """The IDs of the updates that are looked at."""
        needs = zip(self._updates, self._needs, strict=True)
        return [update.contact_id for update, value in needs if value and update.contact_id is not None]

    def _worth(self) -> float:
        """The reads that the DNC list may take: fewer than searching for those who leave while it is fresh."""
        if self._unseen <= FEW:
            return 0.0
        writes = self._clearance.costs.writes
        return self._unseen if writes is None else min(self._unseen, 1.5 * RENEWED * MANY / max(1.0, writes(MANY)))

    async def _unstash(self) -> None:
        """In a preview, hold what pages have shown against the DNC list: another contact may have the same number."""
        snapshot = None
        if self._stashed and self._dnc_list is not None:
            snapshot = await self._dnc_list.snapshot(math.inf)
        for place, verdict in self._stashed.items():
            update = self._updates[place]
            other = snapshot.find(update.phone, None) if snapshot is not None and update.phone is not None else None
            settle_or_release(self._queue, place, self._judged(place, Sighting(other)) if other else verdict)
        self._stashed = {}

    def _judged(self, place: int, seen: Sighting) -> Outcome | ReadyUpdate:
        """What becomes of an update whose contact was seen so."""
        update, need, found = self._updates[place], Need(self._needs[place]), seen.found
        contacts = found.contacts if isinstance(found, Several) else (found,) if isinstance(found, Contact) else ()
        if isinstance(found, Unavailable) and need & Need.GUARD:
            return self._findings.could_not_read(place, found.why)
        known = self._remembered(place, contacts)
        if (lost := self._not_recalled(place)) is not None:
            return lost
        verdict = self._policy.judge(update, found, need, known)
        if isinstance(verdict, Outcome):
            return replace(verdict, at=self._clearance.wall())
        self._findings.was_checked(place)
        if not self._needs_look(place):
            return verdict
        return replace(verdict, seen_at=seen.left, phone=verdict.phone or self._numbers.get(place))

    def _unread(self, place: int, state: State) -> Outcome | ReadyUpdate:
        """What becomes of an update whose contact nobody may read."""
        update, why = self._updates[place], self._access.why
        self._findings.why = why
        if state is State.GIVEN_UP:
            return self._findings.could_not_read(place, why)
        known = self._remembered(place, ())
        if (lost := self._not_recalled(place)) is not None:
            return lost
        verdict = self._policy.judge_unread(update, why, Need(self._needs[place]), known)
        if isinstance(verdict, Outcome):
            if verdict.code is Code.UNCHECKED:
                self._findings.withheld.add(place)
            return replace(verdict, at=self._clearance.wall())
        if self._policy.guards:
            self._findings.unchecked.add(place)
        return verdict

    def _not_recalled(self, place: int) -> Outcome | None:
        """What becomes of an update that starts outreach while the memory cannot be used."""
        fault = self._recall.fault
        if fault is None or not self._policy.guards or not self._policy.starts_outreach(self._updates[place]):
            return None
        return self._findings.could_not_recall(place, fault)

    def _remembered(self, place: int, contacts: Sequence[Contact]) -> Remembered | None:
        """What the memory knows of an update's contact, where that counts."""
        update = self._updates[place]
        if not self._policy.guards or not self._policy.starts_outreach(update):
            return None
        others = [(each.phone, each.id) for each in contacts]
        names = update.phone or self._numbers.get(place), update.contact_id
        return self._recall.find(names, (update.change.phone, None), *others)

    def _note_page(self, _: Page) -> None:
        """Contacts could be read."""
        self._access.was_seen()
