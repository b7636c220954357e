"""How does a workbook's sheet become a CSV file?

UTF-8 with a byte-order mark (Excel takes a file without one for Windows-1252), commas, CRLF. The rows above the header
stay where they are, so that a row has the same number in both files.
"""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

from bulk_sync.results.result_cells import as_text, check_rows, copied_as_text, replaced
from bulk_sync.sources.cell_values import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.workbook import WorkbookTable


def write_csv(table: WorkbookTable, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    """Write the table as CSV with `sync_columns` behind its columns; those of an earlier run are left out.

    Raises:
        BadInput: the workbook is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
    """
    dropped = frozenset(replaced(table.headers, sync_columns))

    def own(values: Sequence[Value]) -> list[str]:
        return [copied_as_text(shown(value)) for at, value in enumerate(values) if at not in dropped]

    with out.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([*own(values), *[""] * len(sync_columns)] for values in table.rows_above())
        writer.writerow([*own(table.headers), *sync_columns])
        rows = table.rows()
        for grid in added:
            columns = [map(as_text, grid[name].tolist()) for name in sync_columns]
            copied = [own(values) for values in islice(rows, len(grid))]
            check_rows(len(copied), len(grid))
            writer.writerows([*cells, *ours] for cells, ours in zip(copied, zip(*columns, strict=True), strict=True))
        check_rows(sum(1 for _ in rows), 0)
