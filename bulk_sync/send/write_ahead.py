"""What must be written down before a call leaves, and is: those that come while one note is written share the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bulk_sync.model import Update

Contact = tuple[str | None, str | None]
"""A number (E.164) and an ID, as far as they are known."""

Concerns = Callable[[Update], bool]
"""Whether an update's contact must be written down before its call leaves."""

Note = Callable[[Sequence[Contact]], None]
"""Writes contacts down, durably; called in a thread. What it raises ends the run."""


class WriteAhead:
    """Has contacts written down, and lets nobody go on before that. `note` is called for one group after the other."""

    def __init__(self, concerns: Concerns, note: Note) -> None:
        self.concerns = concerns
        self._note = note
        self._group: list[Contact] = []
        self._turn = asyncio.Lock()

    async def written(self, contact: Contact) -> None:
        """Wait until a contact is written down. Raises what `note` raises."""
        self._group.append(contact)
        group = self._group
        async with self._turn:
            if group is self._group:  # else somebody of the same group has had it written
                self._group = []
                await asyncio.to_thread(self._note, group)
