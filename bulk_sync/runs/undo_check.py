"""The check of an undo: each contact is looked at before its call leaves, and must stand as the run left it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bulk_sync.age import FRESH, AgeClock
from bulk_sync.api.contact import Contact
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import Outcome, ReadFailed, Unavailable
from bulk_sync.plan.restoration import starts_outreach
from bulk_sync.preflight.dnc_list import TeamStatuses
from bulk_sync.preflight.lookup import Finder, Missing, Several, shown
from bulk_sync.preflight.policy import hindrance, left_alone, remembered
from bulk_sync.release import ReadyUpdate, in_turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulk_sync.model import Update
    from bulk_sync.plan.restoration import Restoration
    from bulk_sync.preflight.lookup import Found
    from bulk_sync.release import Memory, ReadInTurn, ReleaseQueue
    from bulk_sync.settings import Settings

AT_ONCE = 16
"""Contacts that are looked at together."""


class UndoCheck:
    """A Preflight that looks at every contact. `rows`: what is to be put back; `memory`: that of DNC."""

    def __init__(self, settings: Settings, rows: Sequence[Restoration], memory: Memory) -> None:
        also = settings.dnc_statuses
        self._rows, self._memory, self._leaving_dnc = rows, memory, settings.allow_leaving_dnc
        self._finder = Finder(DncStatuses(also))
        self._statuses = TeamStatuses(lambda listed: DncStatuses(also, listed.entries if listed else ()))

    async def over(self, updates: Sequence[Update], read: ReadInTurn, queue: ReleaseQueue) -> None:
        """Release or settle each of the updates."""
        self._updates, self._read = updates, self._memory.witness(read)
        self._clock = AgeClock(asyncio.get_running_loop().time)
        self._finder.dnc = await self._statuses.read(self._read)
        places = iter(range(len(updates)))

        async def some() -> None:
            for place in places:
                await queue.room(place)
                queue.decide(place, await self.again(place))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(updates))):
                group.create_task(some())

    async def again(self, place: int) -> Outcome | ReadyUpdate:
        """Look at one of them: whether what stood there before may be put back."""
        update = self._updates[place]
        row = self._rows[update.row]
        read = in_turn(self._read, place)
        seen = await self._finder.find(read, phone=row.phone, contact_id=row.contact_id)
        verdict = self._judged(update, row, seen.found)
        if isinstance(verdict, Outcome):
            return replace(verdict, at=time.time())
        kept = self._kept_in_dnc(row, *((each.phone, each.id) for each in shown(seen.found)))
        return kept or replace(verdict, seen_at=seen.left)

    def holds(self, ready: ReadyUpdate) -> bool:
        """Whether the look is fresh, and the memory says nothing by now that it did not show."""
        is_fresh = ready.seen_at is None or self._clock() - ready.seen_at <= FRESH
        return is_fresh and self._kept_in_dnc(self._rows[ready.update.row]) is None

    def heard(self, update: Update, outcome: Outcome) -> None:
        """Nothing follows from it for others."""

    def seconds_left(self) -> float:
        """Reading goes beside sending, and is quicker."""
        return 0.0

    def _judged(self, update: Update, row: Restoration, found: Found) -> Outcome | ReadyUpdate:
        match found:
            case Missing():
                why = "The CRM has no contact with this number or ID any more."
                return Outcome(Code.CONTACT_NOT_FOUND, why, attempts=1)
            case ReadFailed():
                return Outcome(found.code, found.why, found.http_status, found.attempts)
            case Unavailable():
                return Outcome(Code.CANNOT_MERGE, f"The contact cannot be read, so it is left as it is. {found.why}")
            case Several():
                why = "The CRM has several contacts with this number, so it is not clear which one the run had changed."
                return Outcome(Code.CANNOT_MERGE, why)
            case Contact():
                against = hindrance(
                    found, row.wrote, row.back, phone=row.phone, contact_id=row.contact_id,
                    leaving_dnc=self._leaving_dnc, dnc=self._finder.dnc,
                )  # fmt: skip
                return left_alone(found, *against) if against else ReadyUpdate(update, found.status, found.campaign)
        raise TypeError("each contact is asked for by itself")

    def _kept_in_dnc(self, row: Restoration, *names: tuple[str | None, str | None]) -> Outcome | None:
        """Why the memory does not let a contact be called again that goes by these names; None: it does."""
        if self._leaving_dnc or not starts_outreach(row.back, self._finder.dnc):
            return None
        known, fault = self._memory.find((row.phone, row.contact_id), *names), self._memory.fault
        if fault is not None:
            return Outcome(Code.UNCHECKED, f"Not sent: whether this person must never be called is not known. {fault}")
        return None if known is None else Outcome(Code.LEAVES_DNC, remembered(known), at=time.time())
