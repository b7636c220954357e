"""The results of a workbook's sheet as a CSV file.

UTF-8 with a byte-order mark (Excel takes a file without one for Windows-1252), commas, CRLF. The rows above the header
stay where they are, so that a row has the same number in both files.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from bulk_sync.results.result_cells import Layout, as_text, copied_as_text
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
    layout = Layout.of(table, sync_columns)
    with out.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        blank = [""] * len(sync_columns)
        writer.writerows([*map(_copied, layout.kept(values)), *blank] for values in table.rows_above())
        writer.writerow([*map(_copied, layout.headers()), *sync_columns])
        writer.writerows([*map(_copied, values), *map(as_text, ours)] for values, ours in layout.rows(added))


def _copied(value: Value) -> str:
    return copied_as_text(shown(value))
