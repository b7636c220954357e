"""Where a row's number is dialled: what its cells in the columns of countries and of calling codes say.

Both kinds of cell are read alike, for people fill either column with either thing: "DE", "Germany", "+49", "49".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.errors import Code
from bulk_sync.plan import numbering
from bulk_sync.plan.cells import BLANK, Cells
from bulk_sync.plan.countries import has_numbers, read_country
from bulk_sync.plan.phone import Dialling
from bulk_sync.plan.rejection import Rejection, quoted

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bulk_sync.model import Columns
    from bulk_sync.plan.rules import Rules

_NANP = 1
"""The calling code that North American islands share, and write with their area code behind it."""

_CODE = re.compile(r"(?:\+|00)?\s*(\d[\d\s\-()]*)(?:\.0)?")
_CODE_BESIDE_A_NAME = re.compile(r"[^\d+]*(?:\+|00)?\s*(\d[\d\s-]*)(?:\.0)?[^\d+]*")


@dataclass(frozen=True, slots=True)
class Place:
    """What one cell says: a country (ISO code), or the digits of a calling code, which may go on (1787)."""

    region: str | None = None
    code: str | None = None


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


class RowCountries:
    """Reads the columns `country` and `code`."""

    def __init__(self, columns: Columns, rules: Rules) -> None:
        self._at = columns.fields
        self._rules = rules
        self._readers = {"code": Cells(read_place), "country": Cells(read_place)}
        self._numbers: dict[tuple[int, int, bool], int] = {}
        self.all: list[RowCountry] = []

    def read(self, cells: pd.DataFrame, by_id: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """For each row the number of one of `all`, and whether one of its two cells is filled.

        `by_id`: the row names its contact by ID, so that its phone is a new number, which is never completed from
        `--region`: it could be a stranger's.
        """
        code, country = (
            reader.numbers(cells[self._at[field]]) if field in self._at else np.full(len(by_id), BLANK, dtype=np.int64)
            for field, reader in self._readers.items()
        )
        base = max(int(country.max(initial=0)), -int(country.min(initial=0))) + 1
        together = (code * 2 * base + country) * 2 + by_id
        _, first, which = np.unique(together, return_index=True, return_inverse=True)
        numbers = [self._number(int(code[at]), int(country[at]), by_id=bool(by_id[at])) for at in first.tolist()]
        return np.array(numbers, dtype=np.int64).take(which.reshape(-1)), (code != BLANK) | (country != BLANK)

    def _number(self, code: int, country: int, *, by_id: bool) -> int:
        key = code, country, by_id
        if key not in self._numbers:
            self._numbers[key] = len(self.all)
            self.all.append(self._row_country(code, country, by_id=by_id))
        return self._numbers[key]

    def _row_country(self, code: int, country: int, *, by_id: bool) -> RowCountry:
        said = {"code": code, "country": country}
        places = [self._readers[field].values[at] for field, at in said.items() if at >= 0]
        faults = [(field, self._readers[field].rejection(at)) for field, at in said.items() if at < BLANK]
        code_digits = next((place.code for place in places if place.code), None)
        region = next((place.region for place in places if place.region), None)
        is_default = not places and not faults and not by_id
        return RowCountry(
            Dialling(
                self._rules.region if is_default else region,
                code_digits,
                self._rules.phone_check,
                self._rules.plus_missing,
            ),
            is_default,
            faults[0] if faults and not places else None,
            frozenset(filter(None, map(_calling_code, places))),
        )


def _calling_code(place: Place) -> int | None:
    return numbering.split_code(place.code)[0] if place.code else numbering.calling_code(place.region)


def read_place(text: str) -> Place | Rejection:
    """A country or a calling code: DE, Deutschland, +49, 0049, 49, Germany (+49), 1-787."""
    code = _CODE.fullmatch(text) or _CODE_BESIDE_A_NAME.fullmatch(text)
    if code:
        digits = re.sub(r"\D", "", code[1])
        calling, lead = numbering.split_code(digits)
        if calling and (not lead or (calling == _NANP and len(lead) == 3)):
            return Place(code=digits)
        why = f"{quoted(text)} is not a country calling code. Write it like +44, or name the country."
        return Rejection(Code.UNKNOWN_COUNTRY, why)
    region = read_country(text)
    if region is None:
        why = f"{quoted(text)} is not a country. Write its name, its ISO code or its calling code: Spain, ES or +34."
        return Rejection(Code.UNKNOWN_COUNTRY, why)
    if not has_numbers(region):
        why = f"{quoted(text)} has no phone numbers of its own. Name the country that the number belongs to."
        return Rejection(Code.UNKNOWN_COUNTRY, why)
    return Place(region=region)
