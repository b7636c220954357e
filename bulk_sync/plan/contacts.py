"""Whom each row names: its phone number, its ID, or nobody, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.plan.cells import BLANK, Cells
from bulk_sync.plan.facts import Facts, spread_out
from bulk_sync.plan.fields import read_id
from bulk_sync.plan.phone import Countryless, Twofold
from bulk_sync.plan.phones import PhoneColumn, Phones
from bulk_sync.plan.row_country import RowCountries

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bulk_sync.model import Columns
    from bulk_sync.plan.faults import Faults
    from bulk_sync.plan.rules import Rules


@dataclass(frozen=True, slots=True)
class Named:
    """The contacts of a chunk, a place per row.

    `phone`: digits of E.164, 0 where none could be read; `contact`: a number of `Contacts.ids`, -1 where none could be
    read. `by_id`, `has_phone`: the cell is not blank; `filled`: one of ID, phone, country and code is not. `twofold`:
    the digits are another number, too.
    """

    phone: NDArray[np.int64]
    contact: NDArray[np.int32]
    by_id: NDArray[np.bool_]
    has_phone: NDArray[np.bool_]
    filled: NDArray[np.bool_]
    twofold: NDArray[np.bool_]


class Contacts:
    """Reads the columns phone, id, country and code; remembers the IDs, and adds up what the summary tells."""

    def __init__(self, columns: Columns, rules: Rules) -> None:
        self._at = columns.fields
        self._ids = Cells(read_id, same=str.casefold)
        self._countries = RowCountries(columns, rules)
        self._phone_column = Phones()
        self.facts = Facts()

    @property
    def ids(self) -> list[str]:
        """The distinct contact IDs, as first written."""
        return self._ids.values

    def read(self, cells: pd.DataFrame, faults: Faults) -> Named:
        """Who the rows of a chunk name; what cannot be used is added to `faults`."""
        contact = np.full(len(cells), BLANK, dtype=np.int64)
        if "id" in self._at:
            contact = self._ids.numbers(cells[self._at["id"]])
        by_id = contact != BLANK
        country, placed = self._countries.read(cells, by_id)
        phone = self._phones(cells, country, faults)
        for place in np.flatnonzero(contact < BLANK).tolist():
            faults.add(place, "id", self._ids.rejection(int(contact[place])))
        return Named(
            phone=phone.digits,
            contact=np.maximum(contact, BLANK).astype(np.int32),
            by_id=by_id,
            has_phone=~phone.blank,
            filled=by_id | ~phone.blank | placed,
            twofold=phone.twofold,
        )

    def _phones(self, cells: pd.DataFrame, country: NDArray[np.int64], faults: Faults) -> PhoneColumn:
        if "phone" not in self._at:
            return PhoneColumn.of(len(cells), blank=True)
        known = self._countries.all
        found = self._phone_column.read(cells[self._at["phone"]], [each.dialling for each in known], country)
        for place, rejection in found.refused.items():
            fault = known[int(country[place])].fault
            if fault is not None and isinstance(rejection, Countryless):
                faults.add(place, *fault)  # a number that waits for its country cannot be judged
            else:
                faults.add(place, "phone", rejection)
        self.facts += self._facts(found, country)
        return found

    def _facts(self, found: PhoneColumn, country: NDArray[np.int64]) -> Facts:
        known = self._countries.all
        is_default = np.array([each.is_default for each in known], dtype=np.bool_)
        contradicted = 0
        for number in np.unique(country).tolist():
            calling = found.calling[(country == number) & (found.calling > 0)]
            differs = [calling != code for code in known[number].names]
            contradicted += int(np.logical_or.reduce(differs).sum()) if differs else 0
        pairs = [(each.national, each.plus) for each in found.refused.values() if isinstance(each, Twofold)]
        return Facts(
            completed=int((found.completed & is_default.take(country)).sum()),
            coded=int(found.coded.sum()),
            contradicted=contradicted,
            shortened=int(found.shortened.sum()),
            labelled=int(found.labelled.sum()),
            twofold=int(found.twofold.sum()),
            undecided=len(pairs),
            pairs=spread_out(pairs),
        )
