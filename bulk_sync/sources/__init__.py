"""Spreadsheets as tables of text: what a file is, its encoding or format, its header, its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from bulk_sync.model import Table

__all__ = ["open_table", "sheet_names"]


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
    from bulk_sync.sources.header import Judge  # noqa: PLC0415  # loaded when a file is opened, not for `--help`
    from bulk_sync.sources.sniff import Kind, kind_of  # noqa: PLC0415  # the same

    judge = Judge(looks_like_header or (lambda _: True), recognises or (lambda _: ()), named or (lambda _: 0))
    kind = kind_of(path)
    if kind is Kind.TEXT:
        from bulk_sync.sources.delimited import open_delimited  # noqa: PLC0415  # the same

        return open_delimited(path, judge, encoding=encoding, delimiter=delimiter)
    from bulk_sync.sources.workbook import open_workbook  # noqa: PLC0415  # the same

    return open_workbook(path, kind, judge, sheet=sheet)


def sheet_names(path: Path) -> list[str]:
    """The names of a workbook's sheets, in their order; none for a text file. Raises BadInput."""
    from bulk_sync.sources.sniff import Kind, kind_of  # noqa: PLC0415  # loaded when a file is opened, not for `--help`

    kind = kind_of(path)
    if kind is Kind.TEXT:
        return []
    from bulk_sync.sources.workbook import sheets_of  # noqa: PLC0415  # the same

    return [sheet.name for sheet in sheets_of(path, kind)]
