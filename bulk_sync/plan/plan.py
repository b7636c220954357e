"""The plan: what is to happen to every row of a file, and why.

It keeps a few narrow arrays, a place per row, and texts only for the rows that need them: a million rows fit in
some tens of megabytes. Updates are made when they are sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

import numpy as np

from bulk_sync.errors import Code
from bulk_sync.model import DNC, Change, Kind, Update
from bulk_sync.plan.contacts import NumberFacts
from bulk_sync.plan.row_decisions import CODES, NUMBER, Extra, RowDecisions

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from bulk_sync.model import Outcome
    from bulk_sync.plan.planning import Destination
    from bulk_sync.release import Creation
    from bulk_sync.value_mapping import NotUnderstood

TOGETHER = 1000
"""Places that are taken out of an array at once, where one by one takes longer than what is done with them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The fate of every row as far as the file alone tells.

    `rows`: what was decided, a place per row, 0 at the first row under the header. `first_row`: the number that a
    spreadsheet shows there. `leader`: for a row that depends on another
    (merged, duplicate, superseded, conflict), that row's place, else -1. `sequence`: the places to send, in the order
    of sending; `kinds` a `Kind` for each of them. `combined`: what a call carries where it carries more than its row.
    `stops`: whether each of `statuses` stops outreach, None where nobody knows; `dnc`: those of them that mean
    do-not-call. `create_in`: where contacts go that are made, where that was asked for. `not_understood`: the texts in
    its columns that are no known values.
    """

    rows: RowDecisions
    first_row: int
    leader: NDArray[np.int64]
    sequence: NDArray[np.int64]
    kinds: NDArray[np.int8]
    combined: Mapping[int, Change]
    statuses: tuple[str, ...]
    campaigns: tuple[str, ...]
    contact_ids: tuple[str, ...]
    facts: NumberFacts = field(default_factory=NumberFacts)
    stops: Mapping[str, bool | None] = field(default_factory=dict)
    dnc: frozenset[str] = frozenset({DNC})
    create_in: Destination | None = None
    not_understood: tuple[NotUnderstood, ...] = ()

    def __len__(self) -> int:
        return len(self.rows.code)

    @property
    def reasons(self) -> Reasons:
        """Why rows are not sent, in words."""
        return Reasons(self)

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

    @property
    def stopping(self) -> frozenset[str]:
        """The statuses that stop outreach for certain."""
        return frozenset(status for status, stops in self.stops.items() if stops)

    def creation(self, update: Update) -> Creation | None:
        """The contact to be made if the CRM has none for an update.

        None where none is: it would stop outreach, or the row's digits are another number, too.
        """
        change = update.change
        may_start = change.status is None or self.stops.get(change.status) is False
        is_certain = not self.rows.twofold[update.row]
        if self.create_in is None or update.phone is None or not may_start or not is_certain:
            return None
        from bulk_sync.release import Creation  # noqa: PLC0415  # few runs make contacts

        texts = {**(self.rows.extras.get(update.row) or Extra()).fresh, **change.texts}
        campaign = change.campaign or self.create_in.campaign
        splitter = None if campaign else self.create_in.splitter
        return Creation(update.phone, campaign, texts, change.variables, splitter)

    def updates(self, but: Collection[int] = ()) -> Updates:
        """Every call to come, in the order of sending, except those of the rows at some places."""
        left = self.sequence if not but else self.sequence[~np.isin(self.sequence, np.fromiter(but, dtype=np.int64))]
        return Updates(self, left)

    def phone(self, place: int) -> str | None:
        """The number understood, E.164."""
        digits = int(self.rows.phone[place])
        return f"+{digits}" if digits else None

    def by_kind(self, places: NDArray[np.int64] | None = None) -> dict[Kind, int]:
        """How many calls of each kind there are, in the order of sending: of all, or of the rows at some places."""
        kinds = self.kinds
        if places is not None and len(places) < len(kinds):
            kinds = kinds[np.isin(self.sequence, places)]
        counts = np.bincount(kinds, minlength=len(Kind)).tolist()
        return {kind: counts[kind] for kind in Kind if counts[kind]}

    def of_kind(self, kind: Kind, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of some places whose call is of a kind."""
        found: NDArray[np.int64] = self.sequence[(self.kinds == kind) & np.isin(self.sequence, places)]
        return found

    def left_out(self, settled: Mapping[int, Outcome]) -> Counter[Code]:
        """The rows that would not be sent, by code; `settled`: updates, by row, that are not needed or not possible."""
        counts = np.bincount(self.rows.code, minlength=len(CODES)).tolist()
        found = Counter({code: count for code, count in zip(CODES, counts, strict=True) if count})
        del found[Code.UPDATED], found[Code.MERGED]
        merged = Counter(self.leader[self.rows.code == NUMBER[Code.MERGED]].tolist())
        for row, outcome in settled.items():
            found[outcome.code] += 1 + merged[row]
        return found

    def parted(self, places: NDArray[np.int64], besides: Collection[int]) -> tuple[NDArray[np.int64], list[int]]:
        """The places whose call carries the row's own status and campaign and no more; the others, `besides` too."""
        special = np.fromiter({*self.combined, *self.rows.extras, *besides}, dtype=np.int64)
        among = np.isin(places, special) if len(special) else np.zeros(len(places), dtype=np.bool_)
        return places[~among], places[among].tolist()

    def known_by(self, places: NDArray[np.int64], numbers: Sequence[int] | None) -> list[int]:
        """Those of some places whose contact, or its new number, may be one of these numbers: who is named by ID, too.

        `numbers` are digits of E.164; None: nobody is meant.
        """
        if numbers is None:
            return []
        meant = np.isin(self.rows.phone[places], np.asarray(numbers, dtype=np.int64)) | (self.rows.contact[places] >= 0)
        return [int(place) for place in places[meant].tolist()]

    def tallied(self, places: NDArray[np.int64]) -> Iterator[tuple[Change, int]]:
        """What the calls of the rows at some places set, status and campaign alone, and how many of them set it.

        Not for rows whose call carries something else than the row's own (`combined`, `rows.extras`).
        """
        campaigns = len(self.campaigns) + 1
        both = (self.rows.status[places].astype(np.int64) + 1) * campaigns + self.rows.campaign[places] + 1
        for number, count in enumerate(np.bincount(both).tolist()):
            if count:
                status, campaign = number // campaigns, number % campaigns
                yield (
                    Change(
                        status=self.statuses[status - 1] if status else None,
                        campaign=self.campaigns[campaign - 1] if campaign else None,
                    ),
                    count,
                )

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


class Updates(Sequence[Update]):
    """Calls to come, each made when it is asked for: a million of them are a million small numbers."""

    def __init__(self, plan: Plan, places: NDArray[np.int64]) -> None:
        self._plan, self.places = plan, places

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Update]:
        for start in range(0, len(self.places), TOGETHER):
            yield from map(self._plan.update, self.places[start : start + TOGETHER].tolist())

    @overload
    def __getitem__(self, at: int) -> Update: ...

    @overload
    def __getitem__(self, at: slice) -> Updates: ...

    def __getitem__(self, at: int | slice) -> Update | Updates:
        if isinstance(at, slice):
            return Updates(self._plan, self.places[at])
        return self._plan.update(int(self.places[at]))


class Reasons:
    """The sentence of each row of a plan that has one, by place.

    What a row's own cells are to blame for is kept as it was found. What other rows are the reason for is put into
    words when somebody asks: a million sentences would take more memory than the rest of the plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._own, self._code, self._leader = plan.rows.reasons, plan.rows.code, plan.leader
        self._first_row = plan.first_row

    def __getitem__(self, place: int) -> str:
        return dict(self.between(place, place + 1))[place]

    @property
    def remarks(self) -> int:
        """How many rows are comments: blank for a reason of their own."""
        own = np.fromiter(self._own, dtype=np.int64, count=len(self._own))
        return int((self._code[own] == NUMBER[Code.BLANK]).sum())

    def between(self, start: int, stop: int) -> Iterator[tuple[int, str]]:
        """The sentences of the rows from one place up to another."""
        codes = self._code[start:stop]
        for code, sentence in _BECAUSE.items():
            places = np.flatnonzero(codes == NUMBER[code]) + start
            rows = (self._leader[places] + self._first_row).tolist()
            for place, row in zip(places.tolist(), rows, strict=True):
                yield place, self._own.get(place) or sentence.format(row)
        for place in (np.flatnonzero(_BY_THEMSELVES[codes]) + start).tolist():
            if place in self._own:
                yield place, self._own[place]


_BECAUSE = {
    Code.DUPLICATE: "Row {} says the same about this contact; that row is used.",
    Code.SUPERSEDED: "Row {} says something else about this contact and was used instead.",
    Code.CONFLICT: (
        "Rows of this contact contradict each other (see row {}). Correct one of them, "
        "or pass --on-conflict safest to let the one that stops outreach win."
    ),
}
_BY_THEMSELVES = np.array([code not in {*_BECAUSE, Code.UPDATED, Code.MERGED} for code in CODES])
"""Whether a row with a code may have a sentence of its own; of blank ones only comments have."""


def own_change(rows: RowDecisions, place: int, statuses: tuple[str, ...], campaigns: tuple[str, ...]) -> Change:
    """What a row by itself asks for."""
    status, campaign, extra = int(rows.status[place]), int(rows.campaign[place]), rows.extras.get(place)
    digits = int(rows.phone[place]) if rows.contact[place] >= 0 else 0
    return Change(
        status=statuses[status] if status >= 0 else None,
        campaign=campaigns[campaign] if campaign >= 0 else None,
        phone=f"+{digits}" if digits else None,
        **(extra.said if extra else {}),
    )
