"""The writers of results, by the suffix of the file: a new format is a writer and a line of `WRITERS`.

Text stays as it was (`passthrough`), a workbook of moderate size keeps all it has (`xlsx_in_place`), everything else is
written anew: as CSV or as a workbook of one sheet (`xlsx_streamed`). Each way is loaded where it is gone.

The rows that have to be corrected may go into a file of their own, too, with what is wrong in front (`--errors-only`).
Corrected there, the file can be synced as it is: the columns in front are ours, which a run replaces.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard, cast

from bulk_sync.errors import BadInput, Result
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.results import WORKBOOKS
from bulk_sync.results.atomic import replacing
from bulk_sync.results.result_cells import Layout, as_text, copied
from bulk_sync.results.style import OUTCOME_COLUMN
from bulk_sync.sources.cell_values import shown
from bulk_sync.sources.delimited import DelimitedTable
from bulk_sync.sources.sheet_cells import MOST_COLUMNS, MOST_ROWS
from bulk_sync.sources.sniff import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.model import Table
    from bulk_sync.results.result_cells import Ours
    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.workbook import WorkbookTable


MOST_ROWS_IN_PLACE = 50_000
"""Rows up to which a workbook is loaded whole."""


IN_FRONT = ("sync_error", "sync_row")
"""What stands in front of the rows in error."""


def write_file(
    table: Table,
    out: Path,
    added: Iterable[pd.DataFrame],
    *,
    sync_columns: Sequence[str] = SYNC_COLUMNS,
    private: bool = False,
    on_complete: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write the table to `out` with the columns `sync_columns` added; those of an earlier run are replaced.

    `added` gives one grid per chunk of the table, with these columns and the chunk's number of rows. The suffix of
    `out` chooses the writer. `out` appears complete or not at all. `private`: only its owner may read it. `on_complete`
    hears of the complete file before it is moved to `out`.

    Raises:
        BadInput: the table does not fit a workbook, or its file is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
        OSError: `out` cannot be written.
    """
    check_output(table, out, sync_columns=sync_columns)
    with replacing(out, private=private, on_complete=on_complete) as unfinished:
        _writer_of(out).write(cast("Ours", table), unfinished, added, sync_columns)


def check_output(table: Table, out: Path, *, sync_columns: Sequence[str] = SYNC_COLUMNS) -> None:
    """Do nothing if the results of this table can be written in the format of `out`.

    Raises:
        BadInput: nobody can write the format, the table is larger than a sheet, or one of its rows is so wide that
            results in which all are as wide would be out of all proportion.
    """
    suffix = out.suffix.lower()
    if suffix in WORKBOOKS - WRITERS.keys():
        raise BadInput(f"Results cannot be written as {suffix}; choose -o {out.stem}.xlsx or -o {out.stem}.csv.")
    if isinstance(table, DelimitedTable):
        table.check_results()
    _writer_of(out).check(cast("Ours", table), out, sync_columns)


@dataclass(frozen=True, slots=True)
class Writer:
    """How the results of a table are written in a format.

    `write` is given the table, the unfinished file, the added columns and their names, and raises BadInput where the
    table's file is no longer the one that was opened, ValueError where there is not one added row for each row.
    `check` is given the table, the file and those names, and raises BadInput where the format cannot hold the results.
    """

    write: Callable[[Ours, Path, Iterable[pd.DataFrame], Sequence[str]], None]
    check: Callable[[Ours, Path, Sequence[str]], None] = lambda *_: None


def _writer_of(out: Path) -> Writer:
    return WRITERS.get(out.suffix.lower(), WRITERS[""])


def _write_text(table: Ours, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    if isinstance(table, DelimitedTable):
        from bulk_sync.results.passthrough import pass_through  # noqa: PLC0415  # each way loads what it needs

        pass_through(table, out, added, sync_columns)
    else:
        _write_csv(table, out, added, sync_columns)


def _write_csv(table: WorkbookTable, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    """Write a sheet as UTF-8 with a byte-order mark (Excel takes a file without one for Windows-1252), commas, CRLF.

    The rows above the header stay where they are, so that a row has the same number in both files.
    """
    layout = Layout.of(table, sync_columns)
    with out.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        blank = [""] * len(sync_columns)
        writer.writerows([*map(copied, layout.kept(values)), *blank] for values in table.rows_above())
        writer.writerow([*map(copied, layout.headers()), *sync_columns])
        writer.writerows([*map(copied, values), *map(as_text, ours)] for values, ours in layout.rows(added))


def _write_xlsx(table: Ours, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    from bulk_sync.results.xlsx_streamed import stream  # noqa: PLC0415  # as above

    if _is_kept(table):
        from bulk_sync.results.xlsx_in_place import CannotKeep, write_in_place  # noqa: PLC0415  # as above

        added = list(added)
        try:
            write_in_place(table, out, added, sync_columns)
        except CannotKeep:
            pass  # written anew below: the rows and outcomes matter more than the looks
        else:
            return
    stream(table, out, added, sync_columns)


def _is_kept(table: Ours) -> TypeGuard[WorkbookTable]:
    """Whether our columns go into the user's own workbook.

    Without a header there is no row to put them in, and openpyxl moves rows down without what refers to them.
    """
    if isinstance(table, DelimitedTable) or table.kind is not Kind.XLSX:
        return False
    return table.row_count <= MOST_ROWS_IN_PLACE and table.has_header


def _check_xlsx(table: Ours, out: Path, sync_columns: Sequence[str]) -> None:
    import bulk_sync.results.xlsx_streamed  # noqa: PLC0415  # where that fails, nothing has been sent yet

    if _is_kept(table):
        import bulk_sync.results.xlsx_in_place  # noqa: F401, PLC0415  # the same
    rows = table.first_row - table.has_header + table.row_count
    columns = table.widest + len(sync_columns)
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise BadInput(
            f"The results have {rows:,} rows and {columns:,} columns, and an XLSX file holds at most "
            f"{MOST_ROWS:,} and {MOST_COLUMNS:,}; choose -o {out.stem}.csv."
        )


WRITERS = {"": Writer(_write_text), ".xlsx": Writer(_write_xlsx, _check_xlsx)}
"""What writes results, by the suffix; "" stands for all others."""


def write_errors(table: Table, out: Path, added: Iterable[pd.DataFrame], *, private: bool) -> int:
    """Write the rows in error to `out`, CSV or XLSX by its suffix; how many they are. The arguments: see `write_file`.

    Raises BadInput where the table's file is no longer the one that was opened, OSError where `out` cannot be written.
    """
    ours = cast("Ours", table)
    layout = Layout.of(ours, SYNC_COLUMNS)
    with replacing(out, private=private) as unfinished:
        write = _errors_xlsx if out.suffix.lower() == ".xlsx" else _errors_csv
        return write(layout, unfinished, _rows_in_error(layout, added))


def _rows_in_error(layout: Layout, added: Iterable[pd.DataFrame]) -> Iterator[tuple[list[str], Sequence[Value]]]:
    """Of each row in error, what stands in front, and its own cells."""
    result = layout.sync_columns.index(OUTCOME_COLUMN)
    front = [layout.sync_columns.index(name) for name in IN_FRONT]
    for values, cells in layout.rows(added):
        if cells[result] == Result.ERROR.value:
            yield [cells[at] for at in front], values


def _errors_csv(layout: Layout, out: Path, rows: Iterable[tuple[list[str], Sequence[Value]]]) -> int:
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


def _errors_xlsx(layout: Layout, out: Path, rows: Iterable[tuple[list[str], Sequence[Value]]]) -> int:
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
