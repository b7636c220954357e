"""The rows that have to be corrected, in a file of their own, with what is wrong in front (`--errors-only`).

Corrected there, the file can be synced as it is: the columns in front are ours, which a run replaces.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, cast

from bulk_sync.errors import Result
from bulk_sync.results.atomic import replacing
from bulk_sync.results.result_cells import Layout, as_text, copied
from bulk_sync.results.style import OUTCOME_COLUMN
from bulk_sync.sources.cell_values import shown
from bulk_sync.sources.delimited import DelimitedTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.model import Table
    from bulk_sync.results.result_cells import Ours
    from bulk_sync.sources.cell_values import Value

IN_FRONT = ("sync_error", "sync_row")


def write_errors(
    table: Table, out: Path, added: Iterable[pd.DataFrame], *, sync_columns: Sequence[str], private: bool
) -> int:
    """Write the rows in error to `out`, CSV or XLSX by its suffix; how many they are. The arguments: see `write_file`.

    Raises BadInput where the table's file is no longer the one that was opened, OSError where `out` cannot be written.
    """
    ours = cast("Ours", table)
    layout = Layout.of(ours, sync_columns)
    with replacing(out, private=private) as unfinished:
        write = _write_xlsx if out.suffix.lower() == ".xlsx" else _write_csv
        return write(layout, unfinished, _errors(layout, added))


def _errors(layout: Layout, added: Iterable[pd.DataFrame]) -> Iterator[tuple[list[str], Sequence[Value]]]:
    """Of each row in error, what stands in front, and its own cells."""
    result = layout.sync_columns.index(OUTCOME_COLUMN)
    front = [layout.sync_columns.index(name) for name in IN_FRONT]
    for values, cells in layout.rows(added):
        if cells[result] == Result.ERROR.value:
            yield [cells[at] for at in front], values


def _write_csv(layout: Layout, out: Path, rows: Iterable[tuple[list[str], Sequence[Value]]]) -> int:
    """UTF-8 with a byte-order mark, whatever the input had; the input's own delimiter."""
    # the cells of a text file stand as they stood there
    table = layout.table
    delimiter, own = (table.delimiter, shown) if isinstance(table, DelimitedTable) else (",", copied)
    with out.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([*IN_FRONT, *map(own, layout.headers())])
        lines = [[*map(as_text, front), *map(own, values)] for front, values in rows]
        writer.writerows(lines)
    return len(lines)


def _write_xlsx(layout: Layout, out: Path, rows: Iterable[tuple[list[str], Sequence[Value]]]) -> int:
    from bulk_sync.results.xlsx_streamed import new_sheet  # noqa: PLC0415  # each way loads what it needs

    count = 0
    with new_sheet(out, "Errors") as cells:
        cells.header(0, layout.headers(), ours=IN_FRONT, ours_first=0, own_first=len(IN_FRONT))
        for count, (front, values) in enumerate(rows, start=1):
            cells.ours(count, 0, IN_FRONT, front)
            cells.own(count, values, first=len(IN_FRONT))
        cells.page.autofilter(0, 0, count, len(IN_FRONT) + layout.width - 1)
        cells.page.freeze_panes(1, 0)
    return count
