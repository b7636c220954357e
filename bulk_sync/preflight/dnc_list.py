"""The DNC list: who is in DNC, by the lists of those statuses, where it is cheaper than a search for each contact.

A list of one page is shown at one moment. A longer one moves while it is read: somebody leaves it, another comes, and a
third goes unseen between two pages though the numbers agree. So it counts only where two readings in a row were equal.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.api import listings
from bulk_sync.api.contact import PING, is_away
from bulk_sync.api.paginator import Reading
from bulk_sync.model import Listing, ReadFailed, Unavailable
from bulk_sync.release import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.api.contact import Contact, Page
    from bulk_sync.api.paginator import Lists
    from bulk_sync.do_not_call import DncStatuses
    from bulk_sync.model import Status
    from bulk_sync.release import ReadInTurn

FIRST = -(1 << 40)
"""The turn of what is read for the sake of an update that waits: before all that rows are compared with."""

RENEWED = 30.0
"""Seconds after which the list is read again, so that updates have time to leave before it is too old."""

SLOWEST = 20.0
"""Seconds that reading it may take."""

READINGS = 3
"""A list that changed while it was read is read again, so often in all."""

PUT_OFF = 300.0
"""Seconds until anybody asks again how long the list is, when it was too long or could not be relied on."""

ROUNDS = 5
"""So often the team's statuses are asked for where this read alone fails; then names alone tell what means DNC."""


@dataclass
class TeamStatuses:
    """Which statuses mean do-not-call. `learn` makes that of what the API lists, None where it lists nothing.

    `known`: the same, where it was listed before; it stays None where the API does not list them.
    """

    learn: Callable[[Listing[Status] | None], DncStatuses]
    known: DncStatuses | None = None

    async def read(self, read: ReadInTurn) -> DncStatuses:
        """Ask the API, unless that is known already. Raises Stopped where the run ends first."""
        failed, read_first = 0, in_turn(read, FIRST)
        while self.known is None and failed < ROUNDS:
            answer = await listings.statuses(read_first)
            if isinstance(answer, Listing):
                self.known = self.learn(answer)
            elif not is_away(answer):
                break
            else:
                failed += not is_away(await read_first(PING))  # an API that is away altogether is waited for
        return self.learn(None) if self.known is None else self.known


@dataclass(slots=True)
class Snapshot:
    """Who is in DNC, by number and by ID in lower case. `left`: when the read left that shows it.

    `is_legible`: everybody's number could be read.
    """

    left: float
    known: dict[str, Contact] = field(default_factory=dict)
    is_legible: bool = True

    def find(self, phone: str | None, contact_id: str | None) -> Contact | None:
        """The contact with this number, or this ID, that is in DNC."""
        return self.known.get(phone or "") or self.known.get((contact_id or "").casefold())


@dataclass
class DncList:
    """The contacts in DNC. `dnc`: the statuses that mean it; `clock`: seconds of age; `cost`: seconds of some reads.

    `forever`: what was read once counts to the end (in a preview, from which nothing leaves).
    """

    lists: Lists
    dnc: DncStatuses
    clock: Callable[[], float]
    cost: Callable[[int], float]
    forever: bool = False

    def __post_init__(self) -> None:
        self._lock = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._put_off, self._not_for, self._read_at = 0.0, 0.0, -math.inf
        self.hindrance: Unavailable | ReadFailed | None = None

    @property
    def is_in_use(self) -> bool:
        """Whether it was read, so that contacts need no read each."""
        return self._snapshot is not None

    async def snapshot(self, worth: float) -> Snapshot | None:
        """Who is in DNC, as fresh as it must be; None where that cannot be told this way (`hindrance` may say why).

        `worth`: the reads that it may take. Raises Stopped where the run ends first.
        """
        began = self.clock()
        async with self._lock:
            found = self._snapshot
            if found is not None and (self.forever or self.clock() - found.left <= RENEWED):
                return found
            may_try = began > self._read_at and self._must_try(worth)  # one answer is enough for all who waited for it
            if worth < 1 or (worth <= self._not_for and self.clock() < self._put_off and not may_try):
                return None
            self.hindrance, self._not_for = None, math.inf
            found = await self._read(worth)
            if found is None or not (self.forever or self.clock() - found.left <= RENEWED):
                found = None
                self._put_off = self.clock() + PUT_OFF
            self._snapshot, self._read_at = found, self.clock()
            return found

    def _must_try(self, worth: float) -> bool:
        """Whether whoever has no other way asks again for a list that was refused."""
        return worth == math.inf and isinstance(self.hindrance, Unavailable) and self.hindrance.is_refusal

    async def _read(self, worth: float) -> Snapshot | None:
        before: tuple[frozenset[str], float] | None = None
        for _ in range(READINGS):
            found = Snapshot(self.clock())
            begun = await self._begin(worth)
            if begun is None:
                return None
            ids = await self._read_on(begun, found)
            if ids is not None and _is_one_page(begun):
                return found
            if ids is not None and before is not None and ids == before[0]:
                found.left = before[1]
                return found
            before = None if ids is None else (ids, found.left)
        return None

    async def _begin(self, worth: float) -> list[Reading] | None:
        """The first page of each list; None where one is not to be had, or all of them take too many reads."""
        begun: list[Reading] = []
        for status in self.dnc.asked_for:
            reading = await self.lists.begin({"status": status})
            if not isinstance(reading, Reading):
                self.hindrance = reading
                return None
            begun.append(reading)
        pages = [each.pages for each in begun if each.pages is not None]
        reads = sum(pages) * (1 if _is_one_page(begun) else 2)
        if len(pages) < len(begun) or (self.cost(reads) > SLOWEST and not self.forever):
            return None
        if reads > worth:
            self._not_for = reads - 1.0
            return None
        return begun

    async def _read_on(self, begun: Sequence[Reading], found: Snapshot) -> frozenset[str] | None:
        """Read the lists to their ends, and note who is on them; the IDs of all, None where somebody may be missing."""
        ids: frozenset[str] = frozenset()
        for reading in begun:
            self._note(found, reading.first)
            await self.lists.go_on(reading, partial(self._note, found))
            if not await self.lists.is_all(reading):
                return None
            ids |= reading.ids
        return ids

    def _note(self, found: Snapshot, page: Page) -> None:
        """Note those of a page who are in DNC, or may be."""
        for contact in page.items:
            if contact.status is None or contact.status in self.dnc:
                found.is_legible = found.is_legible and contact.phone is not None
                for name in (contact.id.casefold(), contact.phone):
                    if name is not None:
                        found.known[name] = contact


def _is_one_page(begun: Sequence[Reading]) -> bool:
    """Whether one page holds all there is to see."""
    return [each.pages for each in begun] == [1]
