"""The contacts that rows name, by phone number or by ID, each number as it is dialled in the country of its row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from bulk_sync.plan.column_parser import BLANK, ColumnParser
from bulk_sync.plan.country import read_place
from bulk_sync.plan.phone import Countryless, Dialling, Twofold
from bulk_sync.plan.phones import PhoneColumn, Phones
from bulk_sync.plan.values import read_id

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bulk_sync.model import Columns
    from bulk_sync.plan.planning import PlanOptions
    from bulk_sync.plan.values import Rejection, RowErrors

MOST_PAIRS = 20
"""Numbers with two readings that are kept of each part of a file, for the CRM to be asked about."""


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """Counts of numbers, to be added up.

    `completed` from `--region`; `coded`: completed with the code column; `contradicted`: their own country code is not
    that of the country, or the code, which their row names; `shortened`: an extension was dropped; `labelled`: a word
    like "mobile" was. `twofold`: digits that are two numbers, read as was decided for the file; `undecided`: those
    for which nothing was, `pairs` some of them from everywhere: as they stand, and with the missing plus (digits of
    E.164).
    """

    completed: int = 0
    coded: int = 0
    contradicted: int = 0
    shortened: int = 0
    labelled: int = 0
    twofold: int = 0
    undecided: int = 0
    pairs: tuple[tuple[int, int], ...] = ()

    def counts(self) -> dict[str, int]:
        """The counts, by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "pairs"}

    def __add__(self, other: NumberFacts) -> NumberFacts:
        return NumberFacts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def spread_out(pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """At most `MOST_PAIRS` different ones, from everywhere in the list."""
    distinct = list(dict.fromkeys(pairs))
    step = max(1.0, len(distinct) / MOST_PAIRS)
    return tuple(distinct[int(at * step)] for at in range(min(MOST_PAIRS, len(distinct))))


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


@dataclass(frozen=True, slots=True)
class RowCountry:
    """How the numbers of some rows are dialled.

    `is_default`: by `--region`; `fault`: the field and the fault of a cell that a number without its own country code
    needs; `names`: the calling codes that the row names, each of which a number's own code should be.
    """

    dialling: Dialling
    is_default: bool = False
    fault: tuple[str, Rejection] | None = None
    names: frozenset[int] = frozenset()


class Contacts:
    """Reads the columns phone, id, country and code; remembers the IDs, and adds up what the summary tells.

    `mapped`: how many countries and codes each mapping has given their meaning.
    """

    def __init__(self, columns: Columns, options: PlanOptions) -> None:
        self._at, self._options = columns.fields, options
        self._ids = ColumnParser(read_id, same=str.casefold)
        self._places = {
            name: ColumnParser(options.values.reading(name, read_place), mapped=options.values.in_column(name))
            for name in ("code", "country")
        }
        self._countries: list[RowCountry] = []
        self._country_of = cache(self._add_country)
        self._phone_column = Phones()
        self.facts = NumberFacts()
        self.mapped = [parser.mapped_rows for parser in self._places.values()]

    @property
    def ids(self) -> list[str]:
        """The distinct contact IDs, as first written."""
        return self._ids.values

    def read(self, cells: pd.DataFrame, errors: RowErrors) -> Named:
        """Who the rows of a chunk name; what cannot be used is added to `errors`."""
        contact = self._numbers(cells, "id", self._ids)
        by_id = contact != BLANK
        code, country = (self._numbers(cells, name, parser) for name, parser in self._places.items())
        placed = (code != BLANK) | (country != BLANK)
        country = self._row_countries(code, country, by_id)
        found = self._phones(cells, country, errors)
        self._ids.tell(contact, "id", errors)
        has_phone = found.phones["digits"] > 0
        has_phone[list(found.refused)] = True
        return Named(
            phone=found.phones["digits"],
            contact=np.maximum(contact, BLANK).astype(np.int32),
            by_id=by_id,
            has_phone=has_phone,
            filled=by_id | has_phone | placed,
            twofold=found.phones["twofold"],
        )

    def _numbers(self, cells: pd.DataFrame, field: str, parser: ColumnParser[Any]) -> NDArray[np.int64]:
        if field not in self._at:
            return np.full(len(cells), BLANK, dtype=np.int64)
        return parser.numbers(cells[self._at[field]])

    def _row_countries(
        self, code: NDArray[np.int64], country: NDArray[np.int64], by_id: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """For each row the number of one of `_countries`."""
        base = max(int(country.max(initial=0)), -int(country.min(initial=0))) + 1
        together = (code * 2 * base + country) * 2 + by_id
        _, first, which = np.unique(together, return_index=True, return_inverse=True)
        numbers = [self._country_of(int(code[at]), int(country[at]), bool(by_id[at])) for at in first.tolist()]
        found: NDArray[np.int64] = np.array(numbers, dtype=np.int64)[which]
        return found

    def _add_country(self, code: int, country: int, by_id: bool) -> int:
        """The number of what cells with these numbers say.

        `by_id`: the row names its contact by ID, so that its phone is a new number, which is never completed from
        `--region`: it could be a stranger's.
        """
        said = {"code": code, "country": country}
        places = [self._places[field].values[at] for field, at in said.items() if at >= 0]
        faults = [(field, self._places[field].rejection(at)) for field, at in said.items() if at < BLANK]
        is_default = not places and not faults and not by_id
        region = next((place.region for place in places if place.region), None)
        self._countries.append(
            RowCountry(
                Dialling(
                    self._options.region if is_default else region,
                    next((place.code for place in places if place.code), None),
                    self._options.phone_check,
                    self._options.plus_missing,
                ),
                is_default,
                faults[0] if faults and not places else None,
                frozenset(filter(None, (place.calling for place in places))),
            )
        )
        return len(self._countries) - 1

    def _phones(self, cells: pd.DataFrame, country: NDArray[np.int64], errors: RowErrors) -> PhoneColumn:
        if "phone" not in self._at:
            return PhoneColumn.of(len(cells))
        known = self._countries
        found = self._phone_column.read(cells[self._at["phone"]], [each.dialling for each in known], country)
        for place, rejection in found.refused.items():
            fault = known[int(country[place])].fault
            if fault is not None and isinstance(rejection, Countryless):
                errors.add(place, *fault)  # a number that waits for its country cannot be judged
            else:
                errors.add(place, "phone", rejection)
        self.facts += self._facts(found, country)
        return found

    def _facts(self, found: PhoneColumn, country: NDArray[np.int64]) -> NumberFacts:
        known, phones = self._countries, found.phones
        is_default = np.array([each.is_default for each in known], dtype=np.bool_)
        contradicted = 0
        for number in np.unique(country).tolist():
            calling = phones["calling"][(country == number) & (phones["calling"] > 0)]
            differs = [calling != code for code in known[number].names]
            contradicted += int(np.logical_or.reduce(differs).sum()) if differs else 0
        pairs = [(each.national, each.plus) for each in found.refused.values() if isinstance(each, Twofold)]
        return NumberFacts(
            completed=int((phones["completed"] & is_default.take(country)).sum()),
            coded=int(phones["coded"].sum()),
            contradicted=contradicted,
            shortened=int(phones["shortened"].sum()),
            labelled=int(phones["labelled"].sum()),
            twofold=int(phones["twofold"].sum()),
            undecided=len(pairs),
            pairs=spread_out(pairs),
        )
