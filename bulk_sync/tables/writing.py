"""Which way of writing do the results of a table take?

Text stays as it was (`mirror`), a workbook of moderate size keeps all it has (`in_place`), everything else is written
anew: as CSV (`plain`) or as a workbook of one sheet (`streamed`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bulk_sync.errors import BadInput
from bulk_sync.tables.delimited import DelimitedTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.model import Table
    from bulk_sync.tables.excel import WorkbookTable

    Ours = DelimitedTable | WorkbookTable


def write(
    table: Table,
    out: Path,
    added: Iterable[pd.DataFrame],
    sync_columns: Sequence[str],
    *,
    as_text: bool,
) -> None:
    """Write the table with the columns added to `out`, whatever its suffix: as text or as a workbook.

    Raises:
        BadInput: the file of the table is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
    """
    opened = cast("Ours", table)  # `open_table` makes no other
    match opened:
        case DelimitedTable() if as_text:
            from bulk_sync.tables.mirror import mirror  # noqa: PLC0415  # each way loads only what it needs

            mirror(opened, out, added, sync_columns)
        case DelimitedTable():
            from bulk_sync.tables.streamed import stream  # noqa: PLC0415  # the same

            stream(opened, out, added, sync_columns)
        case workbook if as_text:
            from bulk_sync.tables.plain import write_csv  # noqa: PLC0415  # the same

            write_csv(workbook, out, added, sync_columns)
        case workbook:
            _write_workbook(workbook, out, added, sync_columns)


def _write_workbook(
    table: WorkbookTable, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]
) -> None:
    from bulk_sync.tables.in_place import MOST_ROWS, CannotKeep, write_in_place  # noqa: PLC0415  # the same
    from bulk_sync.tables.kinds import Kind  # noqa: PLC0415  # the same

    # Without a header there is no row to put ours in, and openpyxl moves rows down without what refers to them.
    if table.kind is Kind.XLSX and table.row_count <= MOST_ROWS and table.has_header:
        added = list(added)
        try:
            write_in_place(table, out, added, sync_columns)
        except CannotKeep:
            pass  # written anew below: the rows and outcomes matter more than the looks
        else:
            return
    from bulk_sync.tables.streamed import stream  # noqa: PLC0415  # the same

    stream(table, out, added, sync_columns, sheet=table.sheet)


def check_size(table: Table, out: Path, sync_columns: Sequence[str]) -> None:
    """Do nothing if the results fit a sheet.

    Raises:
        BadInput: they have too many rows or columns.
    """
    from bulk_sync.tables.look import MOST_COLUMNS, MOST_ROWS  # noqa: PLC0415  # only for workbooks

    opened = cast("Ours", table)
    rows = opened.first_row - opened.has_header + opened.row_count
    columns = opened.widest + len(sync_columns)
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise BadInput(
            f"The results have {rows:,} rows and {columns:,} columns, and an XLSX file holds at most "
            f"{MOST_ROWS:,} and {MOST_COLUMNS:,}; choose -o {out.stem}.csv."
        )
