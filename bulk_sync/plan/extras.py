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

    from numpy.typing import NDArray

    from bulk_sync.model import Columns
    from bulk_sync.plan.faults import Faults
    from bulk_sync.texts import Grid


@dataclass(frozen=True, slots=True)
class Extra:
    """A row's name, time zone and custom variables, None where it says nothing of them."""

    name: str | None = None
    timezone: str | None = None
    variables: Mapping[str, str] | None = None


class Extras:
    """Reads those columns. In rows found by phone, a name and a time zone count only where `--map` asks for them."""

    def __init__(self, columns: Columns, *, merges: bool) -> None:
        self._columns = columns
        self._merges = merges
        readers = {"name": read_name, "timezone": read_timezone}
        self._readers = {
            field: Cells(readers.get(field, read_variable) if is_sendable(field) else _unnameable)
            for field in ("name", "timezone", *(f"var.{name}" for name in columns.variables))
            if field in columns.fields
        }

    def read(self, cells: Grid[int], by_id: NDArray[np.bool_], faults: Faults) -> dict[int, Extra]:
        """What the rows of a chunk say, by place; what cannot be used is added to `faults`."""
        found: dict[int, dict[str, str]] = {}
        for field, reader in self._readers.items():
            only_by_id = field in {"name", "timezone"} and field not in self._columns.by_hand
            if only_by_id and not by_id.any():
                continue
            numbers = reader.numbers(cells[self._columns.fields[field]])
            if only_by_id:
                numbers = np.where(by_id, numbers, BLANK)
            for place in np.flatnonzero(numbers != BLANK).tolist():
                number = int(numbers[place])
                if number < BLANK:
                    faults.add(place, field, reader.rejection(number))
                said = found.setdefault(place, {})
                if number > BLANK:
                    said[field] = reader.values[number]
        extras = {place: _extra(said) for place, said in found.items()}
        for at, extra in extras.items():
            if fault := self._unmergeable(extra, by_id=bool(by_id[at])):
                faults.add(at, *fault)
        return extras

    def _unmergeable(self, extra: Extra, *, by_id: bool) -> tuple[str, Rejection] | None:
        """A row found by phone has no call that carries these; stored variables must be read before they are merged."""
        field = next((name for name in ("name", "timezone") if getattr(extra, name) is not None), None)
        if extra.variables and field is None:
            field = f"var.{next(iter(extra.variables))}"
        if not by_id and field:
            why = "rows found by phone can change only status and campaign. Add the contact's ID, or leave this out."
            return field, Rejection(Code.CANNOT_MERGE, why)
        if extra.variables and self._merges:
            why = "the stored variables cannot be read, so nothing can be merged. To replace them: --variables replace."
            return f"var.{next(iter(extra.variables))}", Rejection(Code.CANNOT_MERGE, why)
        return None


def _extra(said: Mapping[str, str]) -> Extra:
    variables = {field[4:]: value for field, value in said.items() if field.startswith("var.")}
    return Extra(said.get("name"), said.get("timezone"), variables or None)


def _unnameable(_: str) -> Rejection:
    return Rejection(
        Code.INVALID_VARIABLES, "the variable's name holds characters that cannot be read. Correct the header."
    )
