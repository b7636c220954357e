"""How is a workbook written row by row, in little memory?

For everything that is not written into the user's own workbook (`in_place`): text files, old formats, very long sheets.
One sheet, every text cell a text: nothing is taken for a formula, a link or a number.

XlsxWriter makes the workbook: its parts, formats, header and filter. The rows are put between, as XML of our own
(`sheet_xml`): XlsxWriter takes a cell at a time, and ten times as long as reading. They are compressed by a thread,
while the next ones are made.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

from bulk_sync.model import letter
from bulk_sync.tables import look
from bulk_sync.tables.cells import shown
from bulk_sync.tables.header import lettered
from bulk_sync.tables.sheet_xml import WHOLE, Formats, our_column, own_column, rows_of
from bulk_sync.tables.sync_columns import check_rows, is_shifted, replaced, width_of_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bulk_sync.tables.cells import Value
    from bulk_sync.texts import Grid

ROWS_AT_ONCE = 10_000
"""Rows whose XML is held in memory."""

_SHEET = "xl/worksheets/sheet1.xml"
_LEVEL = 2
"""Of compression: the file is a fifth larger than at the usual 6, and made in less than half the time."""

_MOMENTS = {
    datetime: "yyyy-mm-dd hh:mm:ss",
    date: "yyyy-mm-dd",
    time: "hh:mm:ss",
    timedelta: "[hh]:mm:ss",
}


_KEYS: tuple[type | str, ...] = (WHOLE, *_MOMENTS, *look.OUTCOMES)
"""What has a format of its own: values of a type, and outcomes."""


class Rows(Protocol):
    """What a table must be able to say to be written as a new sheet."""

    headers: tuple[str, ...]
    has_header: bool

    @property
    def widest(self) -> int:
        """The most cells in a row."""

    @property
    def row_count(self) -> int:
        """The number of rows under the header."""

    def rows_above(self) -> Sequence[Sequence[Value]]:
        """The rows over the header."""

    def rows(self) -> Iterator[Sequence[Value]]:
        """The rows under it."""


def stream(
    table: Rows, out: Path, added: Iterable[Grid[str]], sync_columns: Sequence[str], *, sheet: str = "Results"
) -> None:
    """Write a workbook of one sheet: the table with `sync_columns` behind its columns.

    Raises:
        BadInput: the file of the table is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
        OSError: it cannot be written.
    """
    dropped = frozenset(replaced(table.headers, sync_columns))
    layout = _Layout(table, dropped, width_of_results(len(table.headers), len(dropped), table.widest), sync_columns)
    frame = _Frame.of(layout, sheet)
    with (
        ZipFile(frame.workbook) as old,
        ZipFile(out, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as new,
        ThreadPoolExecutor(1) as compressing,
    ):
        for part in old.infolist():
            if part.filename != _SHEET:
                new.writestr(part.filename, old.read(part))
        with new.open(_SHEET, "w", force_zip64=True) as part_out:
            part_out.write(frame.before)
            pending = compressing.submit(len, b"")
            for xml in layout.rows(added, frame.formats):
                pending.result()
                pending = compressing.submit(part_out.write, xml.encode())
            pending.result()
            part_out.write(frame.behind)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand in the sheet: the table without the columns `dropped`, padded to `width`, ours behind it."""

    table: Rows
    dropped: frozenset[int]
    width: int
    sync_columns: Sequence[str]

    def headers(self) -> Sequence[str]:
        """The header cells of the table."""
        headers = self.table.headers if self.table.has_header else lettered(self.width)
        return [shown(header) for header in self.kept(headers)]

    def kept(self, values: Sequence[Value]) -> Sequence[Value]:
        """A row without the columns that are left out; where the columns may have shifted, nobody knows which."""
        width = len(self.table.headers)
        if not self.dropped or is_shifted([shown(value) for value in values], width):
            return values
        return [value for position, value in enumerate(values) if position not in self.dropped]

    def rows(self, added: Iterable[Grid[str]], formats: Formats) -> Iterator[str]:
        """The rows under the header, as XML, some at a time."""
        rows, first = self.table.rows(), len(self.table.rows_above()) + 2
        for grid in added:
            for start in range(0, len(grid), ROWS_AT_ONCE):
                some = grid.between(start, start + ROWS_AT_ONCE)
                own = list(islice(rows, len(some)))
                if self.dropped or set(map(len, own)) != {self.width}:
                    own = [self._padded(row) for row in own]
                check_rows(len(own), len(some))
                yield self._xml(own, some, range(first, first + len(own)), formats)
                first += len(own)
        check_rows(sum(1 for _ in rows), 0)

    def _padded(self, row: Sequence[Value]) -> Sequence[Value]:
        kept = self.kept(row)
        return kept if len(kept) == self.width else [*kept, *[""] * (self.width - len(kept))]

    def _xml(self, own: Sequence[Sequence[Value]], ours: Grid[str], numbers: Sequence[int], formats: Formats) -> str:
        columns = [own_column(values, letter(at), formats) for at, values in enumerate(zip(*own, strict=True))]
        for at, name in enumerate(self.sync_columns, start=self.width):
            column = our_column(name, ours[name], letter(at), formats)
            if column is not None:
                columns.append(column)
        return rows_of(columns, numbers)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A workbook without rows: what stands before them in the sheet and behind them, and the formats for them."""

    workbook: BytesIO
    before: bytes
    behind: bytes
    formats: Formats

    @classmethod
    def of(cls, layout: _Layout, name: str) -> _Frame:
        import xlsxwriter  # noqa: PLC0415  # only for workbooks

        made = BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(made, options) as book:
            sheet = book.add_worksheet(name)
            above, bold = layout.table.rows_above(), book.add_format({"bold": True})
            header, width = len(above), layout.width + len(layout.sync_columns)
            for position, column in enumerate(layout.sync_columns, start=layout.width):
                sheet.set_column(position, position, look.width_of(column))
            for position, text in (*enumerate(layout.headers()), *enumerate(layout.sync_columns, start=layout.width)):
                sheet.write_string(header, position, look.fit_for_cell(text), bold)
            for position, key in enumerate(_KEYS):
                sheet.write_blank(header + 1, position, None, book.add_format(_format(key)))
            sheet.autofilter(header, 0, header + layout.table.row_count, width - 1)
            if header < look.DEEPEST_FROZEN_HEADER:
                sheet.freeze_panes(header + 1, 0)
        return cls._cut(made, layout, above)

    @classmethod
    def _cut(cls, made: BytesIO, layout: _Layout, above: Sequence[Sequence[Value]]) -> _Frame:
        """Take the row of samples out of the sheet: the numbers of their formats are what it was for."""
        with ZipFile(made) as book:
            xml = book.read(_SHEET).decode()
        header = xml.index("<sheetData>") + len("<sheetData>")
        begin = xml.index(f'<row r="{len(above) + 2}"')
        end = xml.index("</sheetData>")
        styles = dict(zip(_KEYS, re.findall(r's="(\d+)"', xml[begin:end]), strict=True))
        formats = Formats(
            {key: style for key, style in styles.items() if isinstance(key, type)},
            {key: style for key, style in styles.items() if isinstance(key, str)},
        )
        rows = rows_of_any(above, formats)
        corner = f"{letter(layout.width + len(layout.sync_columns) - 1)}{len(above) + 1 + layout.table.row_count}"
        head = re.sub(r'<dimension ref="[^"]*"/>', f'<dimension ref="A1:{corner}"/>', xml[:header])
        return cls(made, (head + rows + xml[header:begin]).encode(), xml[end:].encode(), formats)


def rows_of_any(rows: Sequence[Sequence[Value]], formats: Formats) -> str:
    """The first rows of a sheet, of any widths."""
    return "".join(
        rows_of([own_column([value], letter(at), formats) for at, value in enumerate(row)], [number])
        for number, row in enumerate(rows, start=1)
    )


def _format(key: type | str) -> dict[str, str]:
    """The format of values of a type, or of the cell that says an outcome."""
    if isinstance(key, str):
        colours = look.OUTCOMES[key]
        return {"bg_color": f"#{colours.fill}", "font_color": f"#{colours.text}"}
    # Excel shows numbers of 12 and more digits in scientific notation unless told otherwise.
    return {"num_format": "0"} if key is WHOLE else {"num_format": _MOMENTS[key], "align": "left"}
