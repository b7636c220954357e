"""What must be found out of updates before they leave, and how do those who look and those who send speak of it?

Pure: nothing here reads, writes, waits or knows the time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bulk_sync.model import Answer, Outcome, Update


@dataclass(frozen=True, slots=True)
class Cleared:
    """An update that may leave, as it is to be sent, and what it will replace (None: not known, or several campaigns).

    `contact_id`: the contact's, where it was read. `is_missing`: the CRM was asked, and has no such contact.
    """

    update: Update
    previous_status: str | None = None
    previous_campaign: str | None = None
    contact_id: str | None = None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Creation:
    """A contact to be made where the CRM has none: its number (E.164), where it goes, and the rest.

    `campaign` will call it; None: the `splitter` deals it to one of its campaigns. Both are IDs.
    """

    phone: str
    campaign: str | None
    name: str | None = None
    timezone: str | None = None
    variables: Mapping[str, object] | None = None
    splitter: str | None = None


ReadInTurn = Callable[[str, int], Awaitable["Answer"]]
"""Reads a path as `Read` does, where several wait for their turn: the lowest number first."""


class Gate(Protocol):
    """Where updates wait until it is known that they may leave; `place` is an update's in the order of sending."""

    def passes(self, place: int, cleared: Cleared | None = None) -> None:
        """Let an update leave, as it stands in the plan or as `cleared` says."""

    def settles(self, place: int, outcome: Outcome) -> None:
        """Settle an update that does not leave. Raises Stopped where that cannot be recorded."""

    def nears(self, place: int, ahead: int) -> Awaitable[None]:
        """Wait until the next update to leave stands at most `ahead` places before this one; raises as a read does."""


class Look(Protocol):
    """Finds out which updates may leave, while those that may are being sent."""

    def over(self, updates: Sequence[Update], read: ReadInTurn, gate: Gate) -> Awaitable[None]:
        """Pass or settle each of the updates, which stand in the order of sending. Raises Stopped."""
