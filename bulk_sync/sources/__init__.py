"""Spreadsheets as tables of text: what a file is, its encoding or format, its header, its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_sync.sources.header import Judge
from bulk_sync.sources.input_file import InputFile
from bulk_sync.sources.sniff import Kind, kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from bulk_sync.model import Table

__all__ = ["Judge", "open_table", "sheet_names"]


def open_table(
    path: Path,
    judge: Judge = Judge(),  # noqa: B008  # frozen
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Table:
    """Open a file as a table, by what is in it and not by its name.

    `judge` knows headers from data. `sheet` is for workbooks, `encoding` and `delimiter` are for text files; each is
    ignored by the other kind.

    Raises BadInput where it is missing, empty, locked, damaged or no spreadsheet, or does not fit what was said of it.
    """
    file = InputFile.at(path)
    kind = kind_of(file)
    if kind is Kind.TEXT:
        from bulk_sync.sources.delimited import open_delimited  # noqa: PLC0415  # pandas: not before a file is opened

        return open_delimited(file, judge, encoding=encoding, delimiter=delimiter)
    from bulk_sync.sources.workbook import open_workbook  # noqa: PLC0415  # the same

    return open_workbook(file, kind, judge, sheet=sheet)


def sheet_names(path: Path) -> list[str]:
    """The names of a workbook's sheets, in their order; none for a text file. Raises BadInput."""
    kind = kind_of(InputFile.at(path))
    if kind is Kind.TEXT:
        return []
    from bulk_sync.sources.workbook import sheets_of  # noqa: PLC0415  # the same

    return [sheet.name for sheet in sheets_of(path, kind)]
