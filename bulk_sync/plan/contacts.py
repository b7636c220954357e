"""Whom does each row name? Its phone number, its ID, or nobody, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.errors import Code
from bulk_sync.plan.cells import BLANK, Cells
from bulk_sync.plan.countries import has_numbers, read_country
from bulk_sync.plan.fields import read_id
from bulk_sync.plan.phones import Phones
from bulk_sync.plan.rejection import Rejection, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bulk_sync.model import Columns
    from bulk_sync.plan.faults import Faults
    from bulk_sync.plan.phones import PhoneColumn
    from bulk_sync.plan.rules import Rules
    from bulk_sync.texts import Grid

_DEFAULT, _NO_REGION = 0, 1
"""Places in the list of regions: `--region`, and no region at all."""


@dataclass(frozen=True, slots=True)
class Named:
    """The contacts of a chunk, a place per row.

    `phone`: digits of E.164, 0 where none could be read; `contact`: a number of `Contacts.ids`, -1 where none could be
    read. `by_id`, `has_phone`: the cell is not blank; `filled`: one of ID, phone and country is not.
    """

    phone: NDArray[np.int64]
    contact: NDArray[np.int32]
    by_id: NDArray[np.bool_]
    has_phone: NDArray[np.bool_]
    filled: NDArray[np.bool_]


class Contacts:
    """Reads the columns phone, id and country; remembers the IDs, and counts what the summary tells."""

    def __init__(self, columns: Columns, rules: Rules) -> None:
        self._at = columns.fields
        self._rules = rules
        self._ids = Cells(read_id, same=str.casefold)
        self._countries = Cells(_country)
        self._phone_column = Phones(rules.phone_check)
        self.completed = 0
        self.shortened = 0

    @property
    def ids(self) -> list[str]:
        """The distinct contact IDs, as first written."""
        return self._ids.values

    def read(self, cells: Grid[int], faults: Faults) -> Named:
        """Who the rows of a chunk name; what cannot be used is added to `faults`."""
        contact = self._numbers(cells, "id", self._ids)
        country = self._numbers(cells, "country", self._countries)
        phone = self._phones(cells, contact != BLANK, country)
        for place in np.flatnonzero(contact < BLANK).tolist():
            faults.add(place, "id", self._ids.rejection(int(contact[place])))
        for place, rejection in phone.refused.items() if phone else ():
            # a number that waits for its country cannot be judged: there, the country is the fault
            if country[place] >= BLANK:
                faults.add(place, "phone", rejection)
        for place in np.flatnonzero(country < BLANK).tolist():
            faults.add(place, "country", self._countries.rejection(int(country[place])))
        has_phone = ~phone.blank if phone else np.zeros(len(cells), dtype=np.bool_)
        return Named(
            phone=phone.digits if phone else np.zeros(len(cells), dtype=np.int64),
            contact=np.maximum(contact, BLANK).astype(np.int32),
            by_id=contact != BLANK,
            has_phone=has_phone,
            filled=(contact != BLANK) | has_phone | (country != BLANK),
        )

    def _numbers(self, cells: Grid[int], name: str, reader: Cells[str]) -> NDArray[np.int64]:
        if name not in self._at:
            return np.full(len(cells), BLANK, dtype=np.int64)
        return reader.numbers(cells[self._at[name]])

    def _phones(self, cells: Grid[int], by_id: NDArray[np.bool_], country: NDArray[np.int64]) -> PhoneColumn | None:
        if "phone" not in self._at:
            return None
        regions = [self._rules.region, None, *self._countries.values]
        # the new number of a contact found by ID must not be completed from --region: it could be a stranger's
        region = np.where(country >= 0, country + 2, np.where(by_id | (country < BLANK), _NO_REGION, _DEFAULT))
        found = self._phone_column.read(cells[self._at["phone"]], regions, region)
        self.completed += int((found.completed & (region == _DEFAULT)).sum())
        self.shortened += int(found.shortened.sum())
        return found


def _country(text: str) -> str | Rejection:
    code = read_country(text)
    if code is None:
        why = f"{quoted(text)} is not a country. Write its ISO code or its English name, like GB or United Kingdom."
        return Rejection(Code.UNKNOWN_COUNTRY, why)
    if not has_numbers(code):
        why = f"{quoted(text)} has no phone numbers of its own. Name the country that the number belongs to."
        return Rejection(Code.UNKNOWN_COUNTRY, why)
    return code
