"""The writers of results, by the suffix of the file: a new format is a writer and a line of `WRITERS`.

Text stays as it was (`passthrough`), a workbook of moderate size keeps all it has (`xlsx_in_place`), everything else is
written anew: as CSV (`workbook_to_csv`) or as a workbook of one sheet (`xlsx_streamed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from bulk_sync.errors import BadInput
from bulk_sync.sources.delimited import DelimitedTable
from bulk_sync.sources.sniff import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.model import Table
    from bulk_sync.results.result_cells import Ours


MOST_ROWS_IN_PLACE = 50_000
"""Rows up to which a workbook is loaded whole."""


@dataclass(frozen=True, slots=True)
class Writer:
    """How the results of a table are written in a format.

    `write` is given the table, the unfinished file, the added columns and their names, and raises BadInput where the
    table's file is no longer the one that was opened, ValueError where there is not one added row for each row.
    `check` is given the table, the file and those names, and raises BadInput where the format cannot hold the results.
    """

    write: Callable[[Table, Path, Iterable[pd.DataFrame], Sequence[str]], None]
    check: Callable[[Table, Path, Sequence[str]], None]


def writer_of(out: Path) -> Writer:
    """The writer of a file of this name: text, where the table of writers does not have its suffix."""
    return WRITERS.get(out.suffix.lower(), WRITERS[""])


def _write_text(table: Table, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    match cast("Ours", table):  # `open_table` makes no other
        case DelimitedTable() as text:
            from bulk_sync.results.passthrough import pass_through  # noqa: PLC0415  # each way loads what it needs

            pass_through(text, out, added, sync_columns)
        case workbook:
            from bulk_sync.results.workbook_to_csv import write_csv  # noqa: PLC0415  # the same

            write_csv(workbook, out, added, sync_columns)


def _check_text(table: Table, _out: Path, _sync_columns: Sequence[str]) -> None:
    if isinstance(table, DelimitedTable):
        table.check_results()


def _write_xlsx(table: Table, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    from bulk_sync.results.xlsx_streamed import stream  # noqa: PLC0415  # as above

    opened = cast("Ours", table)
    if isinstance(opened, DelimitedTable):
        stream(opened, out, added, sync_columns)
        return
    if _is_kept(opened):
        from bulk_sync.results.xlsx_in_place import CannotKeep, write_in_place  # noqa: PLC0415  # as above

        added = list(added)
        try:
            write_in_place(opened, out, added, sync_columns)
        except CannotKeep:
            pass  # written anew below: the rows and outcomes matter more than the looks
        else:
            return
    stream(opened, out, added, sync_columns, sheet=opened.sheet)


def _is_kept(table: Ours) -> bool:
    """Whether our columns go into the user's own workbook.

    Without a header there is no row to put them in, and openpyxl moves rows down without what refers to them.
    """
    if isinstance(table, DelimitedTable) or table.kind is not Kind.XLSX:
        return False
    return table.row_count <= MOST_ROWS_IN_PLACE and table.has_header


def _check_xlsx(table: Table, out: Path, sync_columns: Sequence[str]) -> None:
    from bulk_sync.results.style import MOST_COLUMNS, MOST_ROWS  # noqa: PLC0415  # as above

    _check_text(table, out, sync_columns)
    opened = cast("Ours", table)
    import bulk_sync.results.xlsx_streamed  # noqa: PLC0415  # where that fails, nothing has been sent yet

    if _is_kept(opened):
        import bulk_sync.results.xlsx_in_place  # noqa: F401, PLC0415  # the same
    rows = opened.first_row - opened.has_header + opened.row_count
    columns = opened.widest + len(sync_columns)
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise BadInput(
            f"The results have {rows:,} rows and {columns:,} columns, and an XLSX file holds at most "
            f"{MOST_ROWS:,} and {MOST_COLUMNS:,}; choose -o {out.stem}.csv."
        )


WRITERS = {
    "": Writer(_write_text, _check_text),
    ".xlsx": Writer(_write_xlsx, _check_xlsx),
}
"""What writes results, by the suffix; "" stands for all others."""
