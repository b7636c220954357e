"""The rows of a table, each by itself: what it asks for as it stands, and, once names are known, what becomes of it.

Reading takes the table chunk by chunk, and numbers the statuses and the campaigns as they are written. What these mean
is decided once for the whole table, when the team's own are known. What other rows say of the same contact comes later.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bulk_sync.do_not_call import MEANINGS
from bulk_sync.errors import Code
from bulk_sync.fields import FIELDS, TEXTS, VAR, unused_fields
from bulk_sync.model import CAMPAIGNS, STATUSES, Status, fold
from bulk_sync.plan.column_parser import BLANK, ColumnParser
from bulk_sync.plan.contacts import Contacts
from bulk_sync.plan.later_headers import LaterHeaders
from bulk_sync.plan.status import is_surely_system, system_status
from bulk_sync.plan.values import Rejection, RowErrors, is_uuid, quoted, reader_of, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from bulk_sync.model import Chunk, Columns, Table
    from bulk_sync.plan.contacts import Named, NumberFacts
    from bulk_sync.plan.planning import PlanOptions
    from bulk_sync.value_mapping import MappedValue

CODES = tuple(Code)
NUMBER = {code: number for number, code in enumerate(CODES)}
"""Codes as arrays hold them."""

SENDABLE = NUMBER[Code.UPDATED]

_NOBODY = Rejection(Code.MISSING_PHONE, "the phone number is missing. Enter it.")
_NO_ID = Rejection(Code.MISSING_PHONE, "the contact ID is missing. Enter it.")
_NOTHING = Rejection(
    Code.NOTHING_TO_CHANGE, "the row says nothing to change. Enter a status or a campaign, or leave the row out."
)

HIDDEN = "The row is hidden in the workbook, and --visible-only skips such rows."

REMARK = "The row begins with #, so it is a comment and nothing of it is sent."

_DIGITS_OF_A_CONTACT = 7
"""What has fewer is no number and no ID, but a piece of a text."""

COMMENTED_OUT = (
    "the row begins with # like a comment, yet it {}. Nothing of it is sent: remove the # to send it, or delete the "
    "row."
)


@dataclass(frozen=True, slots=True)
class Extra:
    """What a row says besides its contact, status and campaign: `said` as in a change.

    `fresh`: texts for its contact if that is made, which change none that is there.
    """

    said: Mapping[str, object] = field(default_factory=dict)
    fresh: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RowDecisions:
    """What was decided about some rows, a place per row.

    `code`: a number of `CODES`, SENDABLE where nothing stands against sending; `phone`: digits of E.164, 0 for none;
    `contact`, `status`, `campaign`: numbers of distinct texts, -1 for none; `twofold`: the phone's digits are another
    number, too. `reasons` and `extras` by the rows' places in the table.
    """

    code: NDArray[np.int8]
    phone: NDArray[np.int64]
    contact: NDArray[np.int32]
    status: NDArray[np.int32]
    campaign: NDArray[np.int32]
    twofold: NDArray[np.bool_]
    reasons: dict[int, str] = field(default_factory=dict)
    extras: dict[int, Extra] = field(default_factory=dict)


_ARRAYS = {"code": "i1", "phone": "i8", "contact": "i4", "status": "i4", "campaign": "i4", "twofold": "?"}


class ReadRows:
    """The rows of a table as they stand; `rows.status` and `rows.campaign` number texts whose meaning is still open.

    `statuses`, `campaigns` and `contacts.ids` are the texts behind the numbers. `errors`: what is wrong with cells;
    `remarks`: the rows that begin with #, by place, with all their cells.
    """

    def __init__(self, table: Table, columns: Columns, options: PlanOptions) -> None:
        self.columns, self.first_row = columns, table.first_row
        self.contacts = Contacts(columns, options)
        self.errors = RowErrors()
        self._later_headers = LaterHeaders(columns, table.first_row)
        self.remarks: dict[int, Sequence[str]] = {}
        self._options = options
        values = options.values
        self._parsers = {
            name: ColumnParser[str](lambda text: text, mapped=values.in_column(name)) for name in ("status", "campaign")
        }
        self._optional = {
            name: ColumnParser(values.reading(name, reader_of(name)), mapped=values.in_column(name))
            for name in (*TEXTS, *(f"{VAR}{name}" for name in columns.variables))
            if name in columns.fields
        }
        unused = unused_fields(columns) if options.create_in is None else frozenset()
        used = {at for name, at in columns.fields.items() if name not in unused}
        self.rows = _joined(map(self._read, table.chunks(only=used)))

    @property
    def statuses(self) -> list[str]:
        """The distinct statuses, as they are written."""
        return self._parsers["status"].values

    @property
    def campaigns(self) -> list[str]:
        """The distinct campaigns, as they are written."""
        return self._parsers["campaign"].values

    @property
    def mapped(self) -> Counter[MappedValue]:
        """How many cells each mapping has given their meaning."""
        parsers = (*self._parsers.values(), *self._optional.values())
        return sum((*(each.mapped_rows for each in parsers), *self.contacts.mapped), Counter())

    @property
    def facts(self) -> NumberFacts:
        """What the numbers have in common."""
        return self.contacts.facts

    @property
    def needs(self) -> frozenset[str]:
        """The kinds of names whose list it takes to know what some cell means; none where every cell speaks clearly."""
        at = self.columns.fields.get("status", -1)
        comments = (uncommented(row[at]) for row in self.remarks.values() if 0 <= at < len(row))
        statuses = (*self.statuses, *filter(None, comments))
        mapped = {mapping.field for mapping in self.mapped}  # what such a text means by itself counts, too
        needs = {STATUSES} if "status" in mapped or not all(map(is_surely_system, statuses)) else set()
        is_clear = "campaign" not in mapped and all(map(is_uuid, self.campaigns))
        return frozenset(needs if is_clear else needs | {CAMPAIGNS})

    def _read(self, chunk: Chunk) -> RowDecisions:
        """What each row of a chunk asks for."""
        if not self._options.visible_only:
            chunk = replace(chunk, hidden=frozenset())
        chunk = replace(chunk, broken={**self._later_headers.shifted(chunk), **self._covered(chunk), **chunk.broken})
        errors = RowErrors()
        cells = _blanked(chunk.cells, {*chunk.broken, *chunk.remarks, *chunk.hidden})
        named = self._named(chunk, cells, errors)
        status, campaign = (self._numbers(cells, name) for name in self._parsers)
        extras, asks = self._extras(cells, named.by_id, errors)
        says = (status != BLANK) | (campaign != BLANK) | (named.by_id & named.has_phone) | asks
        blank = ~says & ~named.filled
        missing = ("id", _NO_ID) if "phone" not in self.columns.fields else ("phone", _NOBODY)
        for place in np.flatnonzero(~named.by_id & ~named.has_phone & ~blank).tolist():
            errors.add(place, *missing)
        for place in np.flatnonzero(~says & ~blank & ~np.bool_(self._options.only_contacts)).tolist():
            errors.add(place, "status", _NOTHING)
        self.errors.take_in(errors, chunk.start)
        self.remarks |= {chunk.start + place: row for place, row in chunk.remarks.items()}
        code = np.where(blank, NUMBER[Code.BLANK], SENDABLE).astype(np.int8)
        code[list(chunk.broken)] = NUMBER[Code.UNREADABLE_ROW]
        code[list(chunk.hidden)] = NUMBER[Code.HIDDEN]
        row = self.first_row + chunk.start
        reasons = {place: f"Row {row + place}: {why}" for place, why in chunk.broken.items()}
        reasons |= dict.fromkeys(chunk.hidden, HIDDEN)
        return RowDecisions(
            code, named.phone, named.contact, status, campaign, named.twofold,
            reasons={chunk.start + place: why for place, why in reasons.items()},
            extras={chunk.start + place: extra for place, extra in extras.items()},
        )  # fmt: skip

    def _covered(self, chunk: Chunk) -> dict[int, str]:
        """The rows with a cell that is merged with another; a country's counts where the number needs one."""
        phone = self.columns.fields.get("phone")
        of_countries = {self.columns.fields.get(name) for name in ("country", "code")}
        return {
            at: why
            for column, covered in chunk.covered.items()
            for at, why in covered.items()
            if column not in of_countries
            or (phone is not None and trimmed(chunk.cells[phone][at])[:1] not in {"", "+"})
        }

    def _numbers(self, cells: pd.DataFrame, name: str) -> NDArray[np.int32]:
        if name not in self.columns.fields:
            return np.full(len(cells), BLANK, dtype=np.int32)
        return self._parsers[name].numbers(cells[self.columns.fields[name]]).astype(np.int32)

    def _named(self, chunk: Chunk, cells: pd.DataFrame, errors: RowErrors) -> Named:
        """Who the rows name; dates and the like are no phone numbers, whatever their texts look like."""
        at = self.columns.fields.get("phone", -1)
        odd = {place: what for place, what in chunk.no_phones.get(at, {}).items() if cells[at][place]}
        named = self.contacts.read(_blanked(cells, odd, at), errors)
        for place, what in odd.items():
            named.has_phone[place] = named.filled[place] = True
            why = (
                f"{quoted(cells[at][place])} is {what}, not a phone number. Enter the phone number, formatted as text."
            )
            errors.add(place, "phone", Rejection(Code.INVALID_PHONE, why))
        return named

    def _extras(
        self, cells: pd.DataFrame, by_id: NDArray[np.bool_], errors: RowErrors
    ) -> tuple[dict[int, Extra], NDArray[np.bool_]]:
        """What the columns say that only some files have, by place, and which of the rows ask for a change there."""
        said: dict[int, dict[str, Any]] = {}
        fresh: dict[int, dict[str, str]] = {}
        asks = np.zeros(len(cells), dtype=np.bool_)
        for name, parser in self._optional.items():
            by_id_only = name in FIELDS and FIELDS[name].by_id_only and name not in self.columns.by_hand
            creates = by_id_only and self._options.create_in is not None
            if by_id_only and not creates and not by_id.any():
                continue
            numbers = parser.numbers(cells[self.columns.fields[name]])
            for place in np.flatnonzero((numbers > BLANK) & ~by_id).tolist() if creates else ():
                fresh.setdefault(place, {})[name] = parser.values[int(numbers[place])]
            numbers = np.where(by_id, numbers, BLANK) if by_id_only else numbers
            asks |= numbers != BLANK
            parser.tell(numbers, name, errors)
            for place in np.flatnonzero(numbers > BLANK).tolist():
                values = said.setdefault(place, {})
                if name.startswith(VAR):
                    values = values.setdefault("variables", {})
                values[name.removeprefix(VAR)] = parser.values[int(numbers[place])]
        return {at: Extra(said.get(at, {}), fresh.get(at, {})) for at in said.keys() | fresh.keys()}, asks


def _blanked(cells: pd.DataFrame, places: Collection[int], column: int | None = None) -> pd.DataFrame:
    """The cells with nothing in some rows, of one column or of all."""
    if places:
        cells = cells.copy()
        cells.loc[list(places), slice(None) if column is None else column] = ""
    return cells


def _joined(parts: Iterable[RowDecisions]) -> RowDecisions:
    """What was decided about the rows of a whole table, chunk by chunk."""
    found = list(parts)
    arrays = {}
    for name, kind in _ARRAYS.items():
        arrays[name] = np.concatenate([np.zeros(0, dtype=kind), *(getattr(part, name) for part in found)])
        for part in found:  # twice in memory is only one column at a time
            setattr(part, name, arrays[name][:0])
    reasons = {place: why for part in found for place, why in part.reasons.items()}
    extras = {place: extra for part in found for place, extra in part.extras.items()}
    return RowDecisions(**arrays, reasons=reasons, extras=extras)


def meant(
    numbers: NDArray[np.int32], texts: Sequence[str], parser: ColumnParser[Any], name: str, errors: RowErrors
) -> NDArray[np.int32]:
    """The numbers of what some texts mean, for the numbers of the texts; what means nothing is added to the errors."""
    of_text = np.append(parser.numbers(pd.Series(texts, dtype=object)), BLANK).astype(np.int32)
    found = of_text.take(numbers)
    parser.tell(found, name, errors)
    return np.maximum(found, BLANK)


def commented_out(
    row: Sequence[str], fields: Mapping[str, int], read_status: Callable[[str], Status | Rejection]
) -> str | None:
    """What of a comment is perhaps meant, in words: a status that stops outreach, a contact behind the first cell."""
    for position, cell in enumerate(row):
        text = uncommented(cell)
        found = read_status(text) if position == fields.get("status") and text else system_status(text)
        if (isinstance(found, Status) and found.terminal is not False) or fold(text) in MEANINGS:
            return f'says "{text}", which stops outreach'
    who = (row[at] for name in ("phone", "id") if 0 < (at := fields.get(name, 0)) < len(row))
    return "names a contact" if any(sum(map(str.isdigit, cell)) >= _DIGITS_OF_A_CONTACT for cell in who) else None


def uncommented(cell: str) -> str:
    """What a cell of a comment says."""
    return trimmed(cell).lstrip("#").strip()
