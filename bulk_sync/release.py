"""What those who look at contacts and those who send say to each other: which update may leave, as what, how long.

Pure: nothing here reads, writes, waits or knows the time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.do_not_call import Remembered
    from bulk_sync.errors import DncMemoryFault
    from bulk_sync.model import Answer, Read, Update


@dataclass(frozen=True, slots=True)
class ReadyUpdate:
    """An update that may leave, as it is to be sent, and what it will replace (None: not known, or several campaigns).

    `contact_id` and `phone` (E.164): the contact's, where it was read. `is_missing`: the CRM was asked, and has no such
    contact. `seen_at`: when the read left that says so, by a clock that also runs while the computer sleeps; None: no
    look was needed, or (`is_unchecked`) contacts can never be read. `is_for_undo`: only an undo goes by the look.
    """

    update: Update
    previous_status: str | None = None
    previous_campaign: str | None = None
    contact_id: str | None = None
    is_missing: bool = False
    seen_at: float | None = None
    is_unchecked: bool = False
    is_for_undo: bool = False
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Creation:
    """A contact to be made where the CRM has none: its number (E.164), where it goes, and the rest.

    `campaign` will call it; None: the `splitter` deals it to one of its campaigns. Both are IDs. `texts`: as in a
    change.
    """

    phone: str
    campaign: str | None
    texts: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, object] | None = None
    splitter: str | None = None


ReadInTurn = Callable[[str, int], Awaitable["Answer"]]
"""Reads a path as `Read` does, where several wait for their turn: the lowest number first."""


def in_turn(read: ReadInTurn, place: int) -> Read:
    """What reads in the turn of one place."""
    return lambda path: read(path, place)


class Memory(Protocol):
    """The DNC memory of this computer, as one run asks it before anything that starts outreach reaches a contact.

    `fault`: why it cannot be used, from when that was first noticed.
    """

    fault: DncMemoryFault | None

    def find(self, *contacts: tuple[str | None, str | None]) -> Remembered | None:
        """The oldest entry of somebody who goes by any of these numbers and IDs; None where there is a `fault`, too."""

    def knows_by_one_name(self) -> tuple[bool, bool]:
        """Whether somebody is in it of whom only the number is known, and somebody of whom only the ID is."""
        ...

    def witness(self, read: ReadInTurn) -> ReadInTurn:
        """The same way to read, of which the memory sees who is in DNC."""
        ...
