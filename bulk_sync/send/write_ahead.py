"""What must be written down before a call leaves, and is: those that come while one note is written share the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bulk_sync.model import Update

T = TypeVar("T")

Contact = tuple[str | None, str | None]
"""A number (E.164) and an ID, as far as they are known."""

Concerns = Callable[[Update], bool]
"""Whether an update's contact must be written down before its call leaves."""


@dataclass(slots=True)
class _Group(Generic[T]):
    """Those that are written down together; `fault` is why they could not be."""

    members: list[T] = field(default_factory=list)
    fault: Exception | None = None


class WriteAhead(Generic[T]):
    """Has things written down, and lets nobody go on before that.

    `note` writes some down, durably: called in a thread, for one group after the other. What it raises ends the run.
    """

    def __init__(self, note: Callable[[Sequence[T]], None]) -> None:
        self._note = note
        self._group: _Group[T] = _Group()
        self._turn = asyncio.Lock()

    async def written(self, member: T) -> None:
        """Wait until this is written down. Raises what `note` raises."""
        group = self._group
        group.members.append(member)
        async with self._turn:
            if group is self._group:  # else somebody of the same group has had it written
                self._group = _Group()
                try:
                    await asyncio.to_thread(self._note, group.members)
                except Exception as fault:
                    group.fault = fault
                    raise
        if group.fault is not None:
            raise group.fault
