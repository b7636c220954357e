"""Recall: what the DNC memory of this computer knows of contacts, before anything that starts outreach reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bulk_sync.errors import DncMemoryFault

if TYPE_CHECKING:
    from bulk_sync.preflight.policy import Remembered
    from bulk_sync.release import ReadInTurn

    Names = tuple[str | None, str | None]


class Memory(Protocol):
    """What a run asks of the DNC memory (see `dnc_record`)."""

    fault: DncMemoryFault | None

    def find(self, phone: str | None, contact_id: str | None) -> Remembered | None:
        """Whether a contact must not be called. Raises DncMemoryFault where nobody can tell."""

    def witness(self, read: ReadInTurn) -> ReadInTurn:
        """The same way to read, of which the memory sees who is in DNC."""


@dataclass(slots=True)
class Recall:
    """The memory of one run; None: there is none to ask.

    `knows_numbers_alone`, `knows_ids_alone`: whether somebody is in it of whom only the number, or the ID, is known.
    """

    memory: Memory | None = None
    knows_numbers_alone: bool = False
    knows_ids_alone: bool = False

    @property
    def fault(self) -> DncMemoryFault | None:
        """Why it cannot be used, from when that was first noticed."""
        return None if self.memory is None else self.memory.fault

    def find(self, *contacts: Names) -> Remembered | None:
        """The oldest entry of somebody who goes by any of these numbers and IDs; None where there is a `fault`, too."""
        if self.memory is None:
            return None
        try:
            found = [each for names in contacts if any(names) and (each := self.memory.find(*names)) is not None]
        except DncMemoryFault:
            return None
        return min(found, key=lambda each: each.since, default=None)

    def witness(self, read: ReadInTurn) -> ReadInTurn:
        """The same way to read, of which the memory sees who is in DNC."""
        return read if self.memory is None else self.memory.witness(read)
