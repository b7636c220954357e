"""The pending index: of which updates nothing is known yet, and which of them mean a contact that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bulk_sync.api.contact import Contact
    from bulk_sync.model import Update


class Pending:
    """Places in the order of sending, found by the contact that their updates name."""

    def __init__(self, updates: Sequence[Update], places: Iterable[int]) -> None:
        self.places = set(places)
        self._by_phone: dict[int, int] = {}  # numbers without their plus: a million of them take half the memory
        self._by_id: dict[str, int] = {}
        for place in self.places:
            update = updates[place]
            if update.contact_id is not None:
                self._by_id[update.contact_id.casefold()] = place
            elif update.phone is not None:
                self._by_phone[int(update.phone)] = place

    def __len__(self) -> int:
        return len(self.places)

    def of(self, contact: Contact) -> list[int]:
        """The places that mean this contact: one by its number, one by its ID."""
        by_phone = self._by_phone.get(int(contact.phone)) if contact.phone else None
        found = (by_phone, self._by_id.get(contact.id.casefold()))
        return [place for place in found if place is not None and place in self.places]

    def take(self, place: int) -> None:
        """It is known now."""
        self.places.discard(place)
