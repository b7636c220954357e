"""What is wrong with which row, in the order in which it is told?"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bulk_sync.errors import Code
    from bulk_sync.model import Columns
    from bulk_sync.plan.rejection import Rejection

_ORDER = ("id", "country", "code", "phone", "status", "campaign", "name", "timezone")
"""The first fault in this order gives the row its code (contact, status, campaign, name, time zone, variables)."""


class Faults:
    """The faults of a chunk's rows, by place in the chunk."""

    def __init__(self) -> None:
        self._found: defaultdict[int, list[tuple[str, Rejection]]] = defaultdict(list)

    def add(self, place: int, field: str, rejection: Rejection) -> None:
        """A cell of this row cannot be used."""
        self._found[place].append((field, rejection))

    def __contains__(self, place: int) -> bool:
        return place in self._found

    def told(self, columns: Columns, row_of: int) -> Iterator[tuple[int, Code, str]]:
        """Each faulty row: its place, its code, a sentence naming every fault. `row_of` is the number of place 0."""
        for place, found in self._found.items():
            found.sort(key=lambda fault: _ORDER.index(fault[0]) if fault[0] in _ORDER else len(_ORDER))
            row = row_of + place
            yield (
                place,
                found[0][1].code,
                " ".join(f"{columns.cell(field, row)}: {fault.why}" for field, fault in found),
            )
