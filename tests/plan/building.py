"""Tables made of lists, for planning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from bulk_sync.model import Chunk, Columns
from bulk_sync.plan.plan import Plan
from bulk_sync.plan.plan_options import PlanOptions
from bulk_sync.plan.planning import make_plan

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


def chunks_of(
    rows: Sequence[Sequence[str]], width: int, size: int = 50_000, broken: dict[int, str] | None = None
) -> Iterator[Chunk]:
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        cells = pd.DataFrame({at: [row[at] for row in part] for at in range(width)}, dtype=object)
        here = {at - start: why for at, why in (broken or {}).items() if start <= at < start + size}
        yield Chunk(start, cells, here)


@dataclass
class Listed:
    """A table, as far as planning asks for one."""

    rows: Sequence[Sequence[str]]
    columns: Columns
    size: int
    broken: dict[int, str] | None
    first_row: int = FIRST_ROW

    def chunks(self, only: object = None) -> Iterator[Chunk]:
        return chunks_of(self.rows, len(self.columns.fields), self.size, self.broken)


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
    return make_plan(Listed(rows, columns, size, broken), columns, PlanOptions(**rules))


def words_of(plan: Plan) -> list[str]:
    """The code of every row, as `sync_code` says it."""
    return [plan.code(place).word for place in range(len(plan))]


def wide(text: str) -> str:
    """`text` in full-width letters, as East Asian keyboards write digits."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
