"""Results as a new workbook of one sheet, written row by row in little memory (XlsxWriter).

For everything that is not written into the user's own workbook (`xlsx_in_place`): text files, old formats, long sheets,
and workbooks that openpyxl cannot load. Every text cell is a text: nothing is taken for a formula, a link or a number.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from bulk_sync.results import style
from bulk_sync.results.result_cells import Layout
from bulk_sync.sources.cell_values import Formatted, shown
from bulk_sync.sources.delimited import DelimitedTable
from bulk_sync.state import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from bulk_sync.results.result_cells import Ours
    from bulk_sync.sources.cell_values import Value

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_MOMENTS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss", timedelta: "[hh]:mm:ss"}
_FIRST_YEAR = 1900
"""Of Excel's calendar; days before it are written as text."""

_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_NAME = 31

_ROWS_THAT_COUNT = 1_000
"""Rows by which the widths of columns are found."""


def stream(table: Ours, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    """Write a workbook of one sheet: the table with `sync_columns` behind its columns.

    Raises:
        BadInput: the file of the table is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
        OSError: it cannot be written.
    """
    layout = Layout.of(table, sync_columns)
    name = "Results" if isinstance(table, DelimitedTable) else fit_sheet_name(table.sheet)
    with new_sheet(out, name) as cells:
        above: Sequence[Sequence[Value]] = table.rows_above()
        _frame(cells.page, layout, len(above))
        for row, values in enumerate(above):
            cells.own(row, values)
        cells.header(len(above), layout.headers(), ours=sync_columns, ours_first=layout.width)
        _write_rows(cells, layout, added, len(above) + 1)


def fit_sheet_name(name: str) -> str:
    """The name as near as a sheet of an XLSX file can have it: Excel's rules for the names of sheets."""
    fit = _NOT_IN_A_NAME.sub("_", style.fit_for_cell(name))
    while len(fit.encode("utf-16-le")) > 2 * _LONGEST_NAME:
        fit = fit[:-1]
    fit = fit.strip("'") or "Results"
    return "History_" if fit.casefold() == "history" else fit


@contextmanager
def new_book(out: Path) -> Iterator[Workbook]:
    """A workbook that is in `out` when the block ends well. Raises OSError."""
    with scratch_folder() as folder:
        book = xlsxwriter.Workbook(out, _OPTIONS | {"tmpdir": str(folder)})
        book.use_zip64()
        try:
            yield book
            book.close()
        except FileCreateError as error:  # its name for every OSError
            raise error.args[0] from None
        finally:
            for page in book.worksheets():
                page._opt_close()  # the file of its rows, which nobody else closes where something failed


@contextmanager
def new_sheet(out: Path, name: str) -> Iterator[Cells]:
    """The cells of a workbook of one sheet that is in `out` when the block ends well. Raises OSError."""
    with new_book(out) as book:
        cells = Cells(book, book.add_worksheet(name))
        yield cells
        cells.fit_columns()


def _frame(page: Worksheet, layout: Layout, header: int) -> None:
    """Filter buttons over all columns, and a header that stays in sight."""
    page.autofilter(header, 0, header + layout.table.row_count, layout.width + len(layout.sync_columns) - 1)
    if header < style.DEEPEST_FROZEN_HEADER:
        page.freeze_panes(header + 1, 0)


def _write_rows(cells: Cells, layout: Layout, added: Iterable[pd.DataFrame], first: int) -> None:
    hidden = {at + first for at in layout.table.hidden}
    outcome_at = layout.sync_columns.index(style.OUTCOME_COLUMN)
    for row, (values, ours) in enumerate(layout.rows(added), start=first):
        cells.own(row, values)
        cells.ours(row, layout.width, layout.sync_columns, ours)
        if row in hidden and ours[outcome_at] not in style.NEVER_HIDDEN:
            cells.page.set_row(row, None, None, {"hidden": True})


class Cells:
    """Writes the cells of a sheet, row by row; a blank one is left out."""

    def __init__(self, book: Workbook, page: Worksheet) -> None:
        self.page = page
        self._book = book
        self._looks: dict[str, Format] = {}  # of numbers that are shown with digits before them
        self._widths: dict[int, int] = {}  # characters that the columns need, by their first rows
        self._header = book.add_format({"bold": True})
        self._our_header = book.add_format({"bold": True, **_coloured(style.HEADER)})
        self._long = book.add_format({"text_wrap": True})
        # Excel shows numbers of 12 and more digits in scientific notation unless told otherwise.
        self._whole = book.add_format({"num_format": "0"})
        self._moments = {
            kind: book.add_format({"num_format": pattern, "align": "left"}) for kind, pattern in _MOMENTS.items()
        }
        self._outcomes = {word: book.add_format(_coloured(colours)) for word, colours in style.OUTCOMES.items()}

    def header(self, row: int, own: Sequence[str], *, ours: Sequence[str], ours_first: int, own_first: int = 0) -> None:
        """The headers of the table's columns and of ours, from their first columns on."""
        for position, text in enumerate(own, start=own_first):
            self.text(row, position, text, self._header)
            self._need(position, text)
        for position, text in enumerate(ours, start=ours_first):
            self.text(row, position, text, self._our_header)
            self._widths[position] = style.width_of(text)

    def own(self, row: int, values: Sequence[Value], first: int = 0) -> None:
        """The table's cells of a row, from the column `first` on."""
        for position, value in enumerate(values, start=first):
            if value != "":
                if type(value) is str:
                    self.text(row, position, value)
                else:
                    self._value(row, position, value)
                if row < _ROWS_THAT_COUNT:
                    self._need(position, shown(value))

    def ours(self, row: int, first: int, names: Sequence[str], texts: Sequence[str]) -> None:
        """Our cells of a row, from the column `first` on."""
        for position, (name, text) in enumerate(zip(names, texts, strict=True), start=first):
            if not text:
                continue
            number = style.number_in(name, text)
            if number is not None:
                self.page.write_number(row, position, number)
            elif name == style.LONG_COLUMN:
                self.text(row, position, text, self._long)
                self.page.set_row(row, style.height_of(text))
            else:
                colours = self._outcomes.get(text) if name == style.OUTCOME_COLUMN else None
                self.text(row, position, text, colours)

    def text(self, row: int, position: int, text: str, format_: Format | None = None) -> None:
        """A text, whatever it looks like."""
        fit = style.fit_for_cell(text)
        if fit.startswith("<r>") and fit.endswith("</r>"):
            # XlsxWriter takes such a text for the XML of its own rich strings; of three pieces it makes one itself.
            self.page.write_rich_string(row, position, fit[0], fit[1], fit[2:], *filter(None, [format_]))
        elif fit:
            self.page.write_string(row, position, fit, format_)

    def fit_columns(self) -> None:
        """Make the columns as wide as they need."""
        for position, width in self._widths.items():
            self.page.set_column(position, position, width)

    def _need(self, position: int, text: str) -> None:
        wide = max(self._widths.get(position, style.NARROWEST), len(text) + 2)
        self._widths[position] = min(wide, style.WIDEST)

    def _value(self, row: int, position: int, value: Any) -> None:  # noqa: ANN401  # a Value, by its type
        match value:
            case bool():
                self.page.write_boolean(row, position, value)
            case Formatted():
                code = value.look.code
                self._looks[code] = self._looks.get(code) or self._book.add_format({"num_format": code})
                self.page.write_number(row, position, value, self._looks[code])
            case int() | float() if isfinite(value):
                self.page.write_number(row, position, value, self._whole if value == int(value) else None)
            case date() if value.year >= _FIRST_YEAR:  # with a time of day, too
                self.page.write_datetime(row, position, value, self._moments[type(value)])
            case time() | timedelta():
                self.page.write_datetime(row, position, value, self._moments[type(value)])
            case _:
                self.text(row, position, shown(value))


def _coloured(colours: style.Colours) -> dict[str, str]:
    return {"bg_color": f"#{colours.fill}", "font_color": f"#{colours.text}"}
