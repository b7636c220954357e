"""What is to happen to every row of a file?

The plan keeps a few narrow arrays, a place per row, and texts only for the rows that need them: a million rows fit in
some tens of megabytes. Updates are made when they are sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.errors import Code
from bulk_sync.model import Change, Update
from bulk_sync.plan.rows import CODES, Decided

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from bulk_sync.model import Kind
    from bulk_sync.plan.reasons import Reasons


@dataclass(frozen=True, slots=True)
class Facts:
    """What the summary tells about the file as a whole: numbers completed from `--region`, extensions dropped."""

    completed: int = 0
    shortened: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The fate of every row as far as the file alone tells.

    `rows`: what was decided, a place per row, 0 at the first row under the header. `first_row`: the number that a
    spreadsheet shows there. `reasons`: why rows are not sent, in words. `leader`: for a row that depends on another
    (merged, duplicate, superseded, conflict), that row's place, else -1. `sequence`: the places to send, in the order
    of sending; `kinds` a `Kind` for each of them. `combined`: what a call carries where it carries more than its row.
    """

    rows: Decided
    first_row: int
    reasons: Reasons
    leader: NDArray[np.int64]
    sequence: NDArray[np.int64]
    kinds: NDArray[np.int8]
    combined: Mapping[int, Change]
    statuses: tuple[str, ...]
    campaigns: tuple[str, ...]
    contact_ids: tuple[str, ...]
    facts: Facts

    def __len__(self) -> int:
        return len(self.rows.code)

    def code(self, place: int) -> Code:
        """The code of a row; `updated` and `merged` are what it would get if all goes well."""
        return CODES[int(self.rows.code[place])]

    def change(self, place: int) -> Change:
        """What the call of this row carries."""
        return self.combined.get(place) or own_change(self.rows, place, self.statuses, self.campaigns)

    def update(self, place: int) -> Update:
        """The call to come for this row."""
        contact = int(self.rows.contact[place])
        if contact >= 0:
            return Update(place, self.change(place), contact_id=self.contact_ids[contact])
        return Update(place, self.change(place), phone=self.phone(place))

    def updates(self) -> Iterator[Update]:
        """Every call to come, in the order of sending."""
        return (self.update(int(place)) for place in self.sequence)

    def phone(self, place: int) -> str | None:
        """The number understood, E.164."""
        digits = int(self.rows.phone[place])
        return f"+{digits}" if digits else None

    def how_many(self, kind: Kind) -> int:
        """How many calls are of this kind."""
        return int((self.kinds == kind).sum())

    def moved_rows(self) -> dict[str, int]:
        """How many rows move their contact into each campaign, by its ID in lower case."""
        goes = np.isin(self.rows.code, [CODES.index(code) for code in (Code.UPDATED, Code.MERGED)])
        numbers = self.rows.campaign[goes & (self.rows.campaign >= 0)]
        counts = np.bincount(numbers, minlength=len(self.campaigns)).tolist()
        return {each.casefold(): count for each, count in zip(self.campaigns, counts, strict=True) if count}

    @property
    def names_contacts_both_ways(self) -> bool:
        """Whether some calls go by phone and others by ID: then two of them may mean one contact without knowing it."""
        by_id = self.rows.contact[self.sequence] >= 0
        return bool(by_id.any() and not by_id.all())


def own_change(rows: Decided, place: int, statuses: tuple[str, ...], campaigns: tuple[str, ...]) -> Change:
    """What a row by itself asks for."""
    status, campaign, extra = int(rows.status[place]), int(rows.campaign[place]), rows.extras.get(place)
    digits = int(rows.phone[place]) if rows.contact[place] >= 0 else 0
    return Change(
        status=statuses[status] if status >= 0 else None,
        campaign=campaigns[campaign] if campaign >= 0 else None,
        phone=f"+{digits}" if digits else None,
        name=extra.name if extra else None,
        timezone=extra.timezone if extra else None,
        variables=extra.variables if extra else None,
    )
