"""Tables made of lists, for planning."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from bulk_sync.model import Chunk, Columns
from bulk_sync.plan.plan import Plan
from bulk_sync.plan.planning import PlanOptions, make_plan

SPRING = "d290f1ee-6c54-4b01-90e6-d701748f0851"
RENEWALS = "550e8400-e29b-41d4-a716-446655440000"
ANNA = "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59"
BORIS = "38b71cb5-fb6e-5d5d-9fe0-6df52775046f"

FIRST_ROW = 2


def columns_of(names: str, *, by_hand: Sequence[str] = ()) -> Columns:
    """`"phone status"` → the first column is the phone, the second the status."""
    fields = names.split()
    headers = tuple(field.title() for field in fields)
    return Columns({field: at for at, field in enumerate(fields)}, headers, by_hand=frozenset(by_hand))


@dataclass
class Rows:
    """A table, as far as planning asks for one. `broken` and `remarks` by place."""

    rows: Sequence[Sequence[str]]
    columns: Columns
    size: int = 50_000
    broken: Mapping[int, str] = field(default_factory=dict)
    remarks: Mapping[int, Sequence[str]] = field(default_factory=dict)
    first_row: int = FIRST_ROW

    def chunks(self, only: object = None) -> Iterator[Chunk]:
        for start in range(0, len(self.rows), self.size):
            part = self.rows[start : start + self.size]
            width = len(self.columns.fields)
            cells = pd.DataFrame({at: [row[at] for row in part] for at in range(width)}, dtype=object)
            here = range(start, start + len(part))
            broken, remarks = (
                {at - start: what for at, what in found.items() if at in here} for found in (self.broken, self.remarks)
            )
            yield Chunk(start, cells, broken, remarks)


def planned(
    names: str,
    rows: Sequence[Sequence[str]],
    *,
    by_hand: Sequence[str] = (),
    size: int = 50_000,
    broken: dict[int, str] | None = None,
    **rules: object,
) -> Plan:
    """The plan of a table whose columns are `names`; rules as keywords."""
    columns = columns_of(names, by_hand=by_hand)
    return make_plan(Rows(rows, columns, size, broken or {}), columns, PlanOptions(**rules))


def words_of(plan: Plan) -> list[str]:
    """The code of every row, as `sync_code` says it."""
    return [plan.code(place).word for place in range(len(plan))]


def wide(text: str) -> str:
    """`text` in full-width letters, as East Asian keyboards write digits."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
