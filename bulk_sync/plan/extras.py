"""What do the columns that only some files have say: names, time zones, custom variables?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.errors import Code
from bulk_sync.plan.cells import BLANK, Cells
from bulk_sync.plan.fields import is_sendable, read_name, read_timezone, read_variable
from bulk_sync.plan.rejection import Rejection

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from bulk_sync.model import Columns
    from bulk_sync.plan.faults import Faults


@dataclass(frozen=True, slots=True)
class Extra:
    """A row's name, time zone and custom variables, None where it says nothing of them.

    `new_name` and `new_timezone` are for its contact if that is made, and change none that is there.
    """

    name: str | None = None
    timezone: str | None = None
    variables: Mapping[str, str] | None = None
    new_name: str | None = None
    new_timezone: str | None = None


class Extras:
    """Reads those columns. In rows found by phone, a name and a time zone count only where `--map` asks for them.

    `creates`: they are kept for contacts that are made.
    """

    def __init__(self, columns: Columns, *, creates: bool) -> None:
        self._columns, self._creates = columns, creates
        readers = {"name": read_name, "timezone": read_timezone}
        self._readers = {
            field: Cells(readers.get(field, read_variable) if is_sendable(field) else _unnameable)
            for field in ("name", "timezone", *(f"var.{name}" for name in columns.variables))
            if field in columns.fields
        }

    def read(
        self, cells: pd.DataFrame, by_id: NDArray[np.bool_], faults: Faults
    ) -> tuple[dict[int, Extra], NDArray[np.bool_]]:
        """What the rows of a chunk say, by place, and which of them ask for a change.

        What cannot be used is added to `faults`.
        """
        found: dict[int, dict[str, str]] = {}
        asks = np.zeros(len(cells), dtype=np.bool_)
        for field, reader in self._readers.items():
            only_by_id = field in {"name", "timezone"} and field not in self._columns.by_hand
            if only_by_id and not by_id.any() and not self._creates:
                continue
            numbers = reader.numbers(cells[self._columns.fields[field]])
            if only_by_id and self._creates:
                for place in np.flatnonzero((numbers > BLANK) & ~by_id).tolist():
                    found.setdefault(place, {})[f"new_{field}"] = reader.values[int(numbers[place])]
            if only_by_id:
                numbers = np.where(by_id, numbers, BLANK)
            asks |= numbers != BLANK
            for place in np.flatnonzero(numbers > BLANK).tolist():
                found.setdefault(place, {})[field] = reader.values[int(numbers[place])]
            for place in np.flatnonzero(numbers < BLANK).tolist():
                faults.add(place, field, reader.rejection(int(numbers[place])))
        return {place: _extra(said) for place, said in found.items()}, asks


def _extra(said: Mapping[str, str]) -> Extra:
    variables = {field[4:]: value for field, value in said.items() if field.startswith("var.")}
    return Extra(
        said.get("name"), said.get("timezone"), variables or None, said.get("new_name"), said.get("new_timezone")
    )


def _unnameable(_: str) -> Rejection:
    return Rejection(
        Code.INVALID_VARIABLES, "the variable's name holds characters that cannot be read. Correct the header."
    )
