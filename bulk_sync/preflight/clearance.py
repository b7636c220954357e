"""Clearance: which updates may leave, and which are settled by how their contacts stand already.

A run that compares reads many contacts at once where that is cheaper, and single ones where it is not; updates leave
as soon as they are known to differ, while reading goes on. What must be fresh (is the contact in DNC, what does it
store) is looked at when its turn is near, and again whenever it grew old before it could leave.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, replace
from functools import partial
from operator import not_
from typing import TYPE_CHECKING

from bulk_sync.age import FRESH, AgeClock
from bulk_sync.api.paginator import Lists
from bulk_sync.errors import Code, DncMemoryFault
from bulk_sync.model import Outcome, ReadFailed, Unavailable
from bulk_sync.preflight.access import Before, ReadAccess, State
from bulk_sync.preflight.dnc_list import FIRST, RENEWED, DncList
from bulk_sync.preflight.findings import Findings
from bulk_sync.preflight.lookup import DncGuard, Finder, FullScan, NeverRead, Sighting, shown
from bulk_sync.preflight.policy import Need, Rival, is_guarded
from bulk_sync.preflight.scan import Scan
from bulk_sync.release import ReadyUpdate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.api.contact import Contact
    from bulk_sync.do_not_call import Remembered
    from bulk_sync.model import Update
    from bulk_sync.preflight.dnc_list import TeamStatuses
    from bulk_sync.preflight.policy import Policy
    from bulk_sync.preflight.scan import Costs
    from bulk_sync.release import Memory, ReadInTurn
    from bulk_sync.send.release_queue import ReleaseQueue

    Name = tuple[str | None, str | None]

_LACKS = frozenset({Code.BAD_REPLY, Code.CANNOT_MERGE})
"""What becomes of updates whose contacts are not shown as a whole."""

_GUARD_OR_WHOLE = Need.GUARD | Need.WHOLE
"""Why an update is looked at when its turn comes."""

AT_ONCE = 64
"""Contacts that are looked at together."""

FEW = 3
"""Rows for which nobody asks how long the list of contacts in DNC is."""

MANY = 1_000
"""Writes by which it is judged how fast they leave."""


@dataclass(kw_only=True)
class Clearance:
    """How one run looks at its contacts: a Preflight.

    `policy`: what it asks of them; `costs`: what requests take, without writes in a dry run; `tell` hears sentences;
    `wall`: seconds since the epoch; `memory`: that of who must never be called; `statuses`: which of them mean
    do-not-call; `both_ways`: the file names contacts by number and by ID. `ever`, `note` and `patience`: see
    ReadAccess. Afterwards `findings` has what could not be found out.
    """

    policy: Policy
    costs: Costs
    tell: Callable[[str], None]
    wall: Callable[[], float]
    memory: Memory
    statuses: TeamStatuses
    both_ways: bool
    ever: bool
    note: Callable[[], None]
    patience: float

    def __post_init__(self) -> None:
        self.findings = Findings()
        self._rivals: dict[str, Rival] = dict(self.policy.rivals)
        self.policy = replace(self.policy, rivals=self._rivals)
        self._put: dict[str, int] = {}
        self._in_turn: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()
        self._seen: dict[int, ReadyUpdate] = {}
        self._numbers: dict[int, str] = {}  # of contacts known by ID, as a page of a list has shown them
        self._unseen = 0
        self._dnc_list: DncList | None = None
        self._stashed: dict[int, Outcome | ReadyUpdate] = {}
        self._asking: dict[bool, set[int]] = {True: set(), False: set()}
        """The rows that put contacts into DNC without a look, by whether they name them by ID."""

    async def over(self, updates: Sequence[Update], read: ReadInTurn, queue: ReleaseQueue) -> None:
        """Release or settle every update. Raises Stopped where the run ends first."""
        self._updates, self._queue, self._read = updates, queue, self.memory.witness(read)
        self._clock, self._finder = AgeClock(asyncio.get_running_loop().time), Finder()
        self._access = ReadAccess(
            clock=self._clock, pause=queue.pause, ever=self.ever, note=self.note, patience=self.patience, tell=self.tell
        )
        self._before = Before(
            read=self._read, finder=self._finder, was_seen=self._access.was_seen, clock=self._clock, costs=self.costs,
            tell=self.tell, is_wanted=self.policy.keeps_before,
        )  # fmt: skip
        self._needs = bytearray()
        keeps_before = self._before.pays(len(updates))
        compared, looked_at = [], []
        for place, update in enumerate(updates):
            need = self.policy.need_of(update)
            self._needs.append(need.value)
            if self._rivals and self.policy.rank(update.change) == 0 and not need & Need.WHOLE:
                self._asking[update.contact_id is not None].add(update.row)
            if need & Need.COMPARE:
                compared.append(place)
            elif need or (keeps_before and update.row not in self._asking[update.contact_id is not None]):
                looked_at.append(place)
                if not need:
                    self._before.places.append(place)
            else:
                queue.release(place)
        if compared or looked_at:
            await self._prepare()
            await self._look_at(compared, looked_at)

    async def _prepare(self) -> None:
        """Learn which statuses mean do-not-call, and make what looks at contacts by that."""
        self._alone = self.memory.knows_by_one_name()
        if any(Need(value) & _GUARD_OR_WHOLE for value in set(self._needs)):
            self.policy = replace(self.policy, dnc=await self.statuses.read(self._read))
        self._finder.dnc = self.policy.dnc
        lists = Lists(self._read, FIRST - 1, seen=lambda _: self._access.was_seen())
        if self.statuses.known is not None:  # a list is only as good as the statuses that are asked for
            self._dnc_list = DncList(lists, self.policy.dnc, self._clock, self.costs.reads, forever=self._is_dry)
        full_scan = FullScan(lists, self._known_by_id, self._clock)
        self._guard = DncGuard(self._read, self._finder, self._dnc_list, full_scan, self._worth)

    async def _look_at(self, compared: Sequence[int], looked_at: Sequence[int]) -> None:
        for place in looked_at:
            self._wait_for_turn(place)
        async with asyncio.TaskGroup() as group:
            most = min(AT_ONCE, len(compared) + len(looked_at))
            lookers = [group.create_task(self._look_in_turn()) for _ in range(most)]
            if compared:
                lists = Lists(self._read, seen=lambda _: self._access.was_seen())
                scan = Scan(
                    self._updates, compared, lists, self.costs, self.tell, self._decide, self._give_up, self._search
                )
                await scan.compare()
                await self._unstash()
            await self._in_turn.join()
            for looker in lookers:
                looker.cancel()

    @property
    def _is_dry(self) -> bool:
        """Whether nothing will leave."""
        return self.costs.writes is None

    def holds(self, ready: ReadyUpdate) -> bool:
        """See Preflight: what was seen is fresh, or contacts can still never be read; nor is more known by now."""
        if ready.seen_at is None and not ready.is_unchecked:
            return True
        is_fresh = self._is_fresh(ready)
        if ready.is_for_undo or not is_fresh:
            return is_fresh
        update = ready.update
        names = (update.phone or ready.phone, ready.contact_id or update.contact_id)
        return not self._was_overtaken(ready) and self._remembered(update, names) is None

    def _is_fresh(self, ready: ReadyUpdate) -> bool:
        return self._access.is_never if ready.seen_at is None else self._clock() - ready.seen_at <= FRESH

    def _was_overtaken(self, ready: ReadyUpdate) -> bool:
        """Whether this run itself has put the contact into DNC by now: what was seen before does not count."""
        rank, update = self.policy.rank(ready.update.change), ready.update
        names = (update.phone, update.contact_id, ready.contact_id)
        return any(self._put[name.casefold()] < rank for name in names if name and name.casefold() in self._put)

    def _remembered(self, update: Update, *names: Name) -> Remembered | DncMemoryFault | None:
        """What the memory has against an update, or why it cannot be asked; others may have added a list by now."""
        if not self.policy.guards or not self.policy.starts_outreach(update):
            return None
        found = self.memory.find(*names, (update.change.phone, None))
        return self.memory.fault or found

    def heard(self, update: Update, outcome: Outcome) -> None:
        """Learn from a reply by which other name a contact is known that was put into DNC."""
        rank = self.policy.rank(update.change)
        if rank == 2:
            return
        own = [name.casefold() for name in (update.phone, update.contact_id) if name]
        by_now = outcome.phone or update.phone, outcome.contact_id or update.contact_id
        now = [name.casefold() for name in by_now if name]
        if outcome.code in {Code.UPDATED, Code.UNCHANGED}:
            self._put |= dict.fromkeys(now, rank)
            rival = next((self._rivals[name] for name in own if name in self._rivals), None)
            if rival is not None:
                self._rivals |= {name: Rival(rank, rival.row) for name in now if name not in self._rivals}
        self._asking[update.contact_id is not None].discard(update.row)

    def seconds_left(self) -> float:
        """See Preflight: of the looks that are still to come, where each is a read."""
        return 0.0 if self._looks_by_list else self.costs.reads(self._unseen)

    def seconds_of_looks(self, rows: int) -> float:
        """What looking at so many contacts takes before their updates leave, by what is known afterwards."""
        never_read = bool(self.findings.unchecked) or not self.policy.guards
        return 0.0 if never_read or self._looks_by_list else self.costs.reads(rows)

    @property
    def _looks_by_list(self) -> bool:
        """Whether few reads show who is in DNC, so that not each look is one."""
        return self._dnc_list is not None and self._dnc_list.is_in_use

    def _decide(self, place: int, found: Contact) -> None:
        """Settle an update whose contact a list showed, or look at it in its turn: one page does not show enough.

        Another contact could have the same number, and what was seen may be old by then.
        """
        if found.phone is not None and self._updates[place].phone is None:
            self._numbers[place] = found.phone
        verdict = self._judged(place, Sighting(found))
        is_open = verdict.code in _LACKS if isinstance(verdict, Outcome) else not self._is_dry
        if self._needs_look(place) and is_open:
            self._wait_for_turn(place)
        elif self._needs_look(place) and self._is_dry:
            self._stashed[place] = verdict
        else:
            self._queue.decide(place, verdict)

    def _give_up(self, place: int) -> None:
        """Nothing is known of this update's contact; it is sent, unless more than that must be known."""
        if self._needs_look(place):
            self._wait_for_turn(place)
        else:
            self._queue.release(place)

    async def _search(self, place: int) -> bool:
        """Look for the contact of an update, and decide it; whether it could be read."""
        whole = bool(self._need(place) & Need.WHOLE)
        seen = await self._guard.find(self._updates[place], turn=place, whole=whole, named=True)
        if isinstance(seen.found, Unavailable | ReadFailed):
            return False
        verdict = self._judged(place, seen)
        if isinstance(verdict, Outcome) or self._is_dry or not self._needs_look(place):
            self._queue.decide(place, verdict)
        else:
            self._wait_for_turn(place, verdict)
        return True

    async def again(self, place: int) -> Outcome | ReadyUpdate:
        """How the contact of an update stands at this moment, and what becomes of it. Raises Stopped."""
        update, whole = self._updates[place], bool(self._need(place) & Need.WHOLE)
        if not self._needs_look(place):
            return await self._before.ready(update, place) if self._before.pays(self._unseen) else ReadyUpdate(update)
        named = self._must_be_named(update)
        while True:
            async with self._access.turn() as state:
                if state is not State.OPEN:
                    why = self.findings.why = self._access.why
                    if state is State.GIVEN_UP:
                        return self.findings.could_not_read(place, why)
                    return self._judged(place, Sighting(NeverRead(why)))
                seen = await self._found(place, whole=whole, named=named)
                if isinstance(seen.found, Unavailable) and seen.found.is_refusal:
                    self._access.refused(seen.found.why, seen.found.left)
                    continue
            if isinstance(seen.found, ReadFailed) and seen.found.is_outage:
                continue
            if not isinstance(seen.found, Unavailable | ReadFailed):
                self._access.succeeded()
            return self._judged(place, seen)

    async def _found(self, place: int, *, whole: bool, named: bool) -> Sighting:
        """The contact as the guard finds it; by a read of its own first, where what it was before is to be kept."""
        update, turn, seen = self._updates[place], FIRST + place, None
        if not (whole or named) and self._before.pays(self._unseen):
            seen = await self._before.look(update, place)
        seen = seen or await self._guard.find(update, turn=turn, whole=whole, named=named)
        if named and not whole and isinstance(seen.found, Unavailable) and not self._has_other_names(update):
            return await self._guard.in_dnc_list(update) or seen  # not made, but kept in DNC
        return seen

    def _need(self, place: int) -> Need:
        return Need(self._needs[place])

    def _needs_look(self, place: int) -> bool:
        return bool(self._need(place) & _GUARD_OR_WHOLE)

    def _wait_for_turn(self, place: int, ready: ReadyUpdate | None = None) -> None:
        """Have an update looked at when its turn is near; `ready`: as it may leave, if that comes soon enough."""
        if ready is not None:
            self._seen[place] = ready
        self._unseen += 1
        self._in_turn.put_nowait(place)

    async def _look_in_turn(self) -> None:
        while True:
            place = await self._in_turn.get()
            is_for_undo = not self._needs_look(place)
            await self._queue.until(partial(self._before.may_look if is_for_undo else self._before.may_follow, place))
            await self._queue.room(place)
            seen = self._seen.pop(place, None)
            verdict = seen if seen is not None and self._is_fresh(seen) else await self.again(place)
            if is_for_undo:
                await self._queue.until(partial(self._before.may_follow, place))
            if isinstance(verdict, ReadyUpdate) and verdict.is_unchecked and self._rivals:
                # until every row has its answer that names its contact otherwise and puts it into DNC
                others = self._asking[self._updates[place].contact_id is None]
                await self._queue.until(partial(not_, others))
                self.findings.waited.add(place)
                verdict = await self.again(place)
            self._queue.decide(place, verdict)
            if is_for_undo:
                self._before.let_go(place)
            self._unseen -= 1
            self._in_turn.task_done()

    def _must_be_named(self, update: Update) -> bool:
        """Whether more counts than that an update's contact is not in DNC: its other name, or that it is there."""
        return self.policy.creates(update) is not None or self._has_other_names(update)

    def _has_other_names(self, update: Update) -> bool:
        """Whether another row, or the memory, may know an update's contact by another name."""
        if self._rivals and is_guarded(update.change):
            return True
        if not (self.policy.guards and self.policy.starts_outreach(update)):
            return False
        return self.both_ways or self._alone[update.contact_id is None]

    def _known_by_id(self) -> list[str]:
        """The IDs of the updates that are looked at."""
        needs = zip(self._updates, self._needs, strict=True)
        return [update.contact_id for update, value in needs if value and update.contact_id is not None]

    def _worth(self) -> float:
        """The reads that the DNC list may take: fewer than searching for those who leave while it is fresh."""
        if self._unseen <= FEW:
            return 0.0
        writes = self.costs.writes
        return self._unseen if writes is None else min(self._unseen, 1.5 * RENEWED * MANY / max(1.0, writes(MANY)))

    async def _unstash(self) -> None:
        """In a preview, hold what pages have shown against the DNC list: another contact may have the same number."""
        snapshot = None
        if self._stashed and self._dnc_list is not None:
            snapshot = await self._dnc_list.snapshot(math.inf)
        for place, verdict in self._stashed.items():
            phone = self._updates[place].phone
            other = snapshot.find(phone, None) if snapshot is not None and phone is not None else None
            self._queue.decide(place, self._judged(place, Sighting(other)) if other else verdict)
        self._stashed = {}

    def _judged(self, place: int, seen: Sighting) -> Outcome | ReadyUpdate:
        """What becomes of an update whose contact was seen so."""
        update, found = self._updates[place], seen.found
        if isinstance(found, Unavailable) and self._need(place) & Need.GUARD:
            return self.findings.could_not_read(place, found.why)
        names = update.phone or self._numbers.get(place), update.contact_id
        against = self._remembered(update, names, *((each.phone, each.id) for each in shown(found)))
        if isinstance(against, DncMemoryFault):
            return self.findings.could_not_recall(place, against)
        verdict = self.policy.judge(update, found, self._need(place), against)
        if isinstance(verdict, Outcome):
            self.findings.withheld |= {place} if verdict.code is Code.UNCHECKED else set()
            return replace(verdict, at=self.wall())
        if verdict.is_unchecked:
            self.findings.unchecked |= {place} if self.policy.guards else set()
            return verdict
        self.findings.was_checked(place)
        if not self._needs_look(place):
            return verdict
        return replace(verdict, seen_at=seen.left, phone=verdict.phone or self._numbers.get(place))
