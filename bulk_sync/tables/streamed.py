"""How is a workbook written row by row, in little memory?

For everything that is not written into the user's own workbook (`in_place`): text files, old formats, very long sheets.
One sheet, every text cell a text: nothing is taken for a formula, a link or a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from bulk_sync.tables import look
from bulk_sync.tables.cells import shown
from bulk_sync.tables.header import lettered
from bulk_sync.tables.sync_columns import check_rows, is_shifted, replaced, width_of_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    import xlsxwriter

    from bulk_sync.tables.cells import Value

_FIRST_SAFE_YEAR = 1901
"""Before it, Excel's calendar has a day that never was; such dates are written as text."""


class Rows(Protocol):
    """What a table must be able to say to be written as a new sheet."""

    headers: tuple[str, ...]
    has_header: bool

    @property
    def widest(self) -> int:
        """The most cells in a row."""

    def rows_above(self) -> Sequence[Sequence[Value]]:
        """The rows over the header."""

    def rows(self) -> Iterator[Sequence[Value]]:
        """The rows under it."""


def stream(
    table: Rows, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str], *, sheet: str = "Results"
) -> None:
    """Write a workbook of one sheet: the table with `sync_columns` behind its columns.

    Raises:
        BadInput: the file of the table is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
        OSError: it cannot be written.
    """
    import xlsxwriter  # noqa: PLC0415  # only for workbooks

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with TemporaryDirectory(prefix="bulk-sync-") as folder:
        book = xlsxwriter.Workbook(str(out), {**options, "strings_to_numbers": False, "tmpdir": folder})
        try:
            _write(table, _Sheet.new(book, sheet), added, sync_columns)
        finally:
            try:
                book.close()
            except xlsxwriter.exceptions.FileCreateError as error:
                raise OSError(str(error)) from error


def _write(table: Rows, sheet: _Sheet, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    dropped = frozenset(replaced(table.headers, sync_columns))
    width = width_of_results(len(table.headers), len(dropped), table.widest)
    above = table.rows_above()
    for at, values in enumerate(above):
        sheet.write_row(at, values)
    headers = table.headers if table.has_header else lettered(width)
    header_at = len(above)
    sheet.write_header(header_at, _kept(headers, dropped, len(table.headers)), width, sync_columns)
    rows, at = table.rows(), header_at
    for frame in added:
        own = list(islice(rows, len(frame)))
        check_rows(len(own), len(frame))
        ours = zip(*(frame[name].tolist() for name in sync_columns), strict=True)
        for values, cells in zip(own, ours, strict=True):
            at += 1
            sheet.write_row(at, _kept(values, dropped, len(table.headers)))
            sheet.write_ours(at, width, zip(sync_columns, cells, strict=True))
    check_rows(sum(1 for _ in rows), 0)
    sheet.finish(header_at, at, width + len(sync_columns))


def _kept(values: Sequence[Value], dropped: frozenset[int], width: int) -> Sequence[Value]:
    if not dropped or is_shifted([shown(value) for value in values], width):
        return values
    return [value for position, value in enumerate(values) if position not in dropped]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet that is written from top to bottom, with the formats of its cells."""

    sheet: Any  # xlsxwriter has no types
    bold: Any
    whole: Any
    moments: dict[type, Any]
    outcomes: dict[str, Any]

    @classmethod
    def new(cls, book: xlsxwriter.Workbook, name: str) -> _Sheet:
        def moment(pattern: str) -> xlsxwriter.format.Format:
            return book.add_format({"num_format": pattern, "align": "left"})

        return cls(
            sheet=book.add_worksheet(name),
            bold=book.add_format({"bold": True}),
            # Excel shows numbers of 12 and more digits in scientific notation unless told otherwise.
            whole=book.add_format({"num_format": "0"}),
            moments={
                datetime: moment("yyyy-mm-dd hh:mm:ss"),
                date: moment("yyyy-mm-dd"),
                time: moment("hh:mm:ss"),
                timedelta: moment("[hh]:mm:ss"),
            },
            outcomes={
                word: book.add_format({"bg_color": f"#{colours.fill}", "font_color": f"#{colours.text}"})
                for word, colours in look.OUTCOMES.items()
            },
        )

    def write_header(self, at: int, headers: Sequence[Value], width: int, sync_columns: Sequence[str]) -> None:
        for position, name in enumerate(sync_columns, start=width):
            self.sheet.set_column(position, position, look.width_of(name))
        for position, header in (*enumerate(headers), *enumerate(sync_columns, start=width)):
            self.sheet.write_string(at, position, look.fit_for_cell(shown(header)), self.bold)

    def write_row(self, at: int, values: Sequence[Value]) -> None:
        for position, value in enumerate(values):
            if isinstance(value, str):
                if value:
                    self.sheet.write_string(at, position, look.fit_for_cell(value))
            else:
                self._write_typed(at, position, value)

    def _write_typed(self, at: int, position: int, value: Value) -> None:
        match value:
            case bool():
                self.sheet.write_boolean(at, position, value)
            case int() | float():
                self.sheet.write_number(at, position, value, self.whole if value == int(value) else None)
            case date() if value.year < _FIRST_SAFE_YEAR:
                self.sheet.write_string(at, position, shown(value))
            case _:
                self.sheet.write_datetime(at, position, value, self.moments[type(value)])

    def write_ours(self, at: int, position: int, cells: Iterable[tuple[str, str]]) -> None:
        for column, (name, cell) in enumerate(cells, start=position):
            number = look.number_in(name, cell)
            colours = self.outcomes.get(cell) if name == look.OUTCOME_COLUMN else None
            if number is not None:
                self.sheet.write_number(at, column, number)
            elif cell:
                self.sheet.write_string(at, column, look.fit_for_cell(cell), colours)

    def finish(self, header: int, last: int, width: int) -> None:
        self.sheet.autofilter(header, 0, last, width - 1)
        if header < look.DEEPEST_FROZEN_HEADER:
            self.sheet.freeze_panes(header + 1, 0)
