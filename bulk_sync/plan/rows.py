"""What does each row ask for, taken by itself? (What other rows say of the same contact comes later: `duplicates`.)

A row that cannot be sent gets its code and its sentence here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bulk_sync.do_not_call import MEANINGS
from bulk_sync.errors import Code
from bulk_sync.model import Status, fold
from bulk_sync.plan.cells import BLANK, Cells, trimmed
from bulk_sync.plan.contacts import Contacts
from bulk_sync.plan.extras import Extra, Extras
from bulk_sync.plan.faults import Faults
from bulk_sync.plan.rejection import Rejection, quoted
from bulk_sync.plan.statuses import system_status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from bulk_sync.model import Chunk, Columns
    from bulk_sync.plan.contacts import Named
    from bulk_sync.plan.rules import Rules

CODES = tuple(Code)
NUMBER = {code: number for number, code in enumerate(CODES)}
"""Codes as arrays hold them."""

SENDABLE = NUMBER[Code.UPDATED]

_NOBODY = Rejection(Code.MISSING_PHONE, "the row names no contact. Enter the phone number.")
_NO_ID = Rejection(Code.MISSING_PHONE, "the row names no contact. Enter the contact's ID.")
_NOTHING = Rejection(
    Code.NOTHING_TO_CHANGE, "the row says nothing to change. Enter a status or a campaign, or leave the row out."
)


HIDDEN = "The row is hidden in the workbook, and --visible-only skips such rows."

REMARK = "The row begins with #, so it is a comment and nothing of it is sent."

_COMMENTED_OUT = (
    'the row begins with # like a comment, yet it says "{}", which stops outreach. Nothing of it is sent: remove the # '
    "to send it, or delete the row."
)


@dataclass(slots=True)
class Decided:
    """What was decided about some rows, a place per row.

    `code`: a number of `CODES`, SENDABLE where nothing stands against sending; `phone`: digits of E.164, 0 for none;
    `contact`, `status`, `campaign`: numbers of the texts in `Rows`, -1 for none; `twofold`: the phone's digits are
    another number, too. `reasons` and `extras` by the rows' places in the table.
    """

    code: NDArray[np.int8]
    phone: NDArray[np.int64]
    contact: NDArray[np.int32]
    status: NDArray[np.int16]
    campaign: NDArray[np.int32]
    twofold: NDArray[np.bool_]
    reasons: dict[int, str] = field(default_factory=dict)
    extras: dict[int, Extra] = field(default_factory=dict)


_ARRAYS = ("code", "phone", "contact", "status", "campaign", "twofold")


class Rows:
    """Decides chunk after chunk; `statuses`, `campaigns` and `contacts.ids` are the texts behind the numbers."""

    def __init__(self, columns: Columns, rules: Rules, first_row: int) -> None:
        self._columns = columns
        self._first_row = first_row
        self._only_contacts = rules.only_contacts
        self._visible_only = rules.visible_only
        self.contacts = Contacts(columns, rules)
        self._extras = Extras(columns, creates=rules.create_in is not None)
        self._read_status = rules.statuses.read
        self._statuses = Cells(rules.statuses.read, same=lambda status: status.name)
        self._campaigns = Cells(rules.campaigns.read, same=str.casefold)

    @property
    def statuses(self) -> list[str]:
        """The distinct statuses, as they are sent."""
        return [status.name for status in self._statuses.values]

    @property
    def campaigns(self) -> list[str]:
        """The distinct campaign IDs, as first written."""
        return self._campaigns.values

    def decide(self, chunk: Chunk) -> Decided:
        """What each row of a chunk asks for."""
        if not self._visible_only:
            chunk = replace(chunk, hidden=frozenset())
        faults, cells = Faults(), _readable(chunk)
        named = self._named(chunk, cells, faults)
        status = _numbers(cells, self._columns, "status", self._statuses, faults)
        campaign = _numbers(cells, self._columns, "campaign", self._campaigns, faults)
        extras, asks = self._extras.read(cells, named.by_id, faults)
        decided = Decided(
            code=np.full(len(cells), SENDABLE, dtype=np.int8),
            phone=named.phone,
            contact=named.contact,
            status=np.maximum(status, BLANK).astype(np.int16),
            campaign=np.maximum(campaign, BLANK).astype(np.int32),
            twofold=named.twofold,
            extras={chunk.start + place: extra for place, extra in extras.items()},
        )
        says = (status != BLANK) | (campaign != BLANK) | (named.by_id & named.has_phone) | asks
        blank = ~says & ~named.filled
        only_ids = "phone" not in self._columns.fields
        for place in np.flatnonzero(~named.by_id & ~named.has_phone & ~blank).tolist():
            faults.add(place, "id" if only_ids else "phone", _NO_ID if only_ids else _NOBODY)
        for place in np.flatnonzero(~says & ~blank & ~np.bool_(self._only_contacts)).tolist():
            faults.add(place, "status", _NOTHING)
        self._tell(chunk, decided, faults, blank)
        return decided

    def _named(self, chunk: Chunk, cells: pd.DataFrame, faults: Faults) -> Named:
        """Who the rows name; dates and the like are no phone numbers, whatever their texts look like."""
        at = self._columns.fields.get("phone", -1)
        odd = {place: what for place, what in chunk.no_phones.get(at, {}).items() if cells[at][place]}
        named = self.contacts.read(_blanked(cells, odd, at), faults)
        for place, what in odd.items():
            named.has_phone[place] = named.filled[place] = True
            why = (
                f"{quoted(cells[at][place])} is {what}, not a phone number. Enter the phone number, formatted as text."
            )
            faults.add(place, "phone", Rejection(Code.INVALID_PHONE, why))
        return named

    def _stops_outreach(self, row: Sequence[str]) -> str | None:
        """The cell of a row that says a status which stops outreach; None: no cell does."""
        at = self._columns.fields.get("status", -1)
        for position, cell in enumerate(row):
            text = trimmed(cell).lstrip("#").strip()
            found = self._read_status(text) if position == at and text else system_status(text)
            if (isinstance(found, Status) and found.terminal is not False) or fold(text) in MEANINGS:
                return text
        return None

    def _tell(self, chunk: Chunk, decided: Decided, faults: Faults, blank: NDArray[np.bool_]) -> None:
        """Give each row that is not to be sent its code and its sentence."""
        start = self._first_row + chunk.start
        reasons: dict[int, str] = {}
        for place, code, why in faults.told(self._columns, start):
            decided.code[place] = NUMBER[code]
            reasons[place] = why
        decided.code[blank] = NUMBER[Code.BLANK]
        for place, row in chunk.remarks.items():
            said = self._stops_outreach(row)
            decided.code[place] = NUMBER[Code.UNREADABLE_ROW if said else Code.BLANK]
            reasons[place] = f"Row {start + place}: {_COMMENTED_OUT.format(said)}" if said else REMARK
        for place, why in chunk.broken.items():
            decided.code[place] = NUMBER[Code.UNREADABLE_ROW]
            reasons[place] = f"Row {start + place}: {why}"
        for place in chunk.hidden:
            decided.code[place] = NUMBER[Code.HIDDEN]
            reasons[place] = HIDDEN
        decided.reasons = {chunk.start + place: why for place, why in reasons.items()}


def joined(parts: Iterable[Decided]) -> Decided:
    """What was decided about the rows of a whole table, chunk by chunk."""
    found = [_nothing(), *parts]
    arrays = {}
    for name in _ARRAYS:
        arrays[name] = np.concatenate([getattr(part, name) for part in found])
        for part in found:  # twice in memory is only one column at a time
            setattr(part, name, arrays[name][:0])
    reasons = {place: why for part in found for place, why in part.reasons.items()}
    extras = {place: extra for part in found for place, extra in part.extras.items()}
    return Decided(**arrays, reasons=reasons, extras=extras)


def _nothing() -> Decided:
    """The decisions about no rows."""
    none = np.zeros(0, dtype=np.int64)
    narrow, small = none.astype(np.int8), none.astype(np.int16)
    return Decided(narrow, none, none.astype(np.int32), small, none.astype(np.int32), none.astype(np.bool_))


def _readable(chunk: Chunk) -> pd.DataFrame:
    """The cells of a chunk, with nothing in comments, in hidden rows, and where cells cannot be told apart."""
    return _blanked(chunk.cells, {*chunk.broken, *chunk.remarks, *chunk.hidden})


def _blanked(cells: pd.DataFrame, places: Collection[int], column: int | None = None) -> pd.DataFrame:
    """The same with nothing in some rows, of one column or of all."""
    if places:
        cells = cells.copy()
        cells.loc[list(places), slice(None) if column is None else column] = ""
    return cells


def _numbers(cells: pd.DataFrame, columns: Columns, name: str, reader: Cells[Any], faults: Faults) -> NDArray[np.int64]:
    if name not in columns.fields:
        return np.full(len(cells), BLANK, dtype=np.int64)
    numbers = reader.numbers(cells[columns.fields[name]])
    for place in np.flatnonzero(numbers < BLANK).tolist():
        faults.add(place, name, reader.rejection(int(numbers[place])))
    return numbers
