"""Do two updates mean the same contact, though one names it by phone and the other by ID?

The file alone cannot tell; a reply does, for it gives the contact's ID and number. After a DNC of this run, nothing of
the run may touch that contact again: it could restart outreach. So, where a plan names contacts both ways, other
updates wait until the DNC calls are answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import DNC, Outcome

if TYPE_CHECKING:
    from bulk_sync.model import Update


class Twins:
    """Remembers whom this run put on DNC, or found there as a row asks, by phone and by ID.

    `first_row` is the number that row 0 is known by.
    """

    def __init__(self, first_row: int) -> None:
        self._first_row = first_row
        self._rows: dict[str, int] = {}
        self._flying = 0
        self._answered = asyncio.Event()  # which binds to the loop that first waits for it
        self._answered.set()

    async def gate(self, update: Update) -> Outcome | None:
        """Wait until this update may go; the outcome of one that must not, since its contact was put on DNC."""
        while self._flying and update.change.status != DNC:
            await self._answered.wait()
        return self.beaten(update)

    def beaten(self, update: Update) -> Outcome | None:
        """The outcome of an update whose contact this run has put on DNC by its other name."""
        row = next((self._rows[name] for name in _names(update.phone, update.contact_id) if name in self._rows), None)
        if row is None or row == update.row:
            return None
        return Outcome(Code.SUPERSEDED, f"Row {row + self._first_row} puts this contact on DNC, and wins.")

    def left(self, update: Update) -> None:
        """An update is on its way."""
        if update.change.status == DNC:
            self._flying += 1
            self._answered.clear()

    def settled(self, update: Update, outcome: Outcome | None) -> None:
        """An update has its outcome, or the run ended first (None)."""
        if update.change.status != DNC:
            return
        self._flying -= 1
        if outcome is not None and outcome.code in {Code.UPDATED, Code.UNCHANGED}:
            for name in _names(update.phone or outcome.phone, update.contact_id or outcome.contact_id):
                self._rows.setdefault(name, update.row)
        if not self._flying:
            self._answered.set()


def _names(phone: str | None, contact_id: str | None) -> list[str]:
    return [name.casefold() for name in (phone, contact_id) if name]
