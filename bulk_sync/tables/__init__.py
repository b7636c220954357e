"""How does a spreadsheet become a table of text, and the table a spreadsheet again?

`open_table` finds out what a file is and reads it; `write_results` writes the same table with columns added.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.model import Table

__all__ = ["check_output", "default_output", "is_text_format", "open_table", "sheet_names", "write_results"]

_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".ods"})


def open_table(
    path: Path,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    looks_like_header: Callable[[Sequence[str]], bool] | None = None,
    recognises: Callable[[Sequence[str]], Collection[str]] | None = None,
    named: Callable[[Sequence[str]], int] | None = None,
) -> Table:
    """Open a file as a table, by what is in it and not by its name.

    `looks_like_header` says whether a row may be a header and is not data (left out: it may), `recognises` which fields
    a row's cells name as headers, `named` how many of them were named by hand. `sheet` is for workbooks, `encoding` and
    `delimiter` are for text files; each is ignored by the other kind.

    Raises:
        BadInput: the file is missing, empty, locked, damaged or no spreadsheet, or does not fit what was said of it.
    """
    from bulk_sync.tables.header import Judge  # noqa: PLC0415  # loaded when a file is opened, not for `--help`
    from bulk_sync.tables.kinds import Kind, kind_of  # noqa: PLC0415  # the same

    judge = Judge(looks_like_header or (lambda _: True), recognises or (lambda _: ()), named or (lambda _: 0))
    kind = kind_of(path)
    if kind is Kind.TEXT:
        from bulk_sync.tables.delimited import open_delimited  # noqa: PLC0415  # the same

        return open_delimited(path, judge, encoding=encoding, delimiter=delimiter)
    from bulk_sync.tables.excel import open_workbook  # noqa: PLC0415  # the same

    return open_workbook(path, kind, judge, sheet=sheet)


def sheet_names(path: Path) -> list[str]:
    """The names of a workbook's sheets, in their order; none for a text file. Raises BadInput."""
    from bulk_sync.tables.kinds import Kind, kind_of  # noqa: PLC0415  # loaded when a file is opened, not for `--help`

    kind = kind_of(path)
    if kind is Kind.TEXT:
        return []
    from bulk_sync.tables.excel import sheets_of  # noqa: PLC0415  # the same

    return [sheet.name for sheet in sheets_of(path, kind)]


def write_results(
    table: Table,
    out: Path,
    added: Iterable[pd.DataFrame],
    *,
    sync_columns: Sequence[str],
    private: bool = False,
    on_complete: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write the table to `out` with the columns `sync_columns` added; those of an earlier run are replaced.

    `added` gives one grid per chunk of the table, with these columns and the chunk's number of rows. The
    suffix `.xlsx` makes a workbook, any other a text file. `out` appears complete or not at all. `private`: only its
    owner may read it. `on_complete` hears of the complete file before it is moved to `out`.

    Raises:
        BadInput: the table does not fit a workbook, or its file is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
        OSError: `out` cannot be written.
    """
    from bulk_sync.tables.atomic import replacing  # noqa: PLC0415  # loaded when results are written
    from bulk_sync.tables.writing import write  # noqa: PLC0415  # the same

    check_output(table, out, sync_columns=sync_columns)
    with replacing(out, private=private, on_complete=on_complete) as unfinished:
        write(table, unfinished, added, sync_columns, as_text=is_text_format(out))


def check_output(table: Table, out: Path, *, sync_columns: Sequence[str]) -> None:
    """Do nothing if the results of this table can be written in the format of `out`.

    Raises:
        BadInput: nobody can write the format, the table is larger than a sheet, or one of its rows is so wide that
            results in which all are as wide would be out of all proportion.
    """
    suffix = out.suffix.lower()
    if suffix in _WORKBOOKS - {".xlsx"}:
        raise BadInput(f"Results cannot be written as {suffix}; choose -o {out.stem}.xlsx or -o {out.stem}.csv.")
    from bulk_sync.tables.delimited import DelimitedTable  # noqa: PLC0415  # loaded when a file is opened

    if isinstance(table, DelimitedTable):
        table.check_results()
    if not is_text_format(out):
        from bulk_sync.tables.writing import check_size  # noqa: PLC0415  # counting rows takes time

        check_size(table, out, sync_columns)


def is_text_format(path: Path) -> bool:
    """Whether a file of this name is text, and not a workbook. By the name alone."""
    return path.suffix.lower() not in _WORKBOOKS


LONGEST_NAME = 255
"""Bytes of a file's name that file systems take."""


def default_output(path: Path) -> Path:
    """`NAME.results.EXT` beside the file: a text file keeps its suffix (`.csv` if it has none), a workbook is XLSX.

    A name that would be longer than file systems take is cut.
    """
    if not is_text_format(path):
        suffix = path.suffix if path.suffix.lower() == ".xlsx" else ".xlsx"
    else:
        suffix = path.suffix or ".csv"
    stem = path.stem
    while stem and len(os.fsencode(f"{stem}.results{suffix}")) > LONGEST_NAME:
        stem = stem[:-1]
    return path.with_name(f"{stem}.results{suffix}")
