"""Results written into a copy of the user's own workbook (openpyxl).

It is loaded and saved under the new name, so that the sheet keeps its widths, formats and styles, and the other sheets
stay. A number stays the number that it is: openpyxl would make a day of every number whose format shows days, and an
error of one that is none. What openpyxl does not know (pictures, some of the newest features) is lost in the copy; the
input itself is not touched.
"""

from __future__ import annotations

import warnings
from copy import copy
from datetime import date, time, timedelta
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import openpyxl.utils.datetime as days
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import Color, PatternFill
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.views import Selection

from bulk_sync.errors import BadInput
from bulk_sync.results import style
from bulk_sync.results.result_cells import check_rows, replaced
from bulk_sync.sources import package
from bulk_sync.sources.sheet_cells import ErrorText, Uncalculated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Alignment, Font
    from openpyxl.styles.cell_style import StyleArray
    from openpyxl.worksheet.worksheet import Worksheet

    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.workbook import WorkbookTable

_MOST_CELLS = 2_000_000
_MOST_BYTES, _MOST_BESIDE = 64 << 20, 4 << 20
"""Bytes of XML up to which openpyxl takes less than a gigabyte: of sheets and texts, and of everything else."""

_FEW_BYTES, _BYTES_OF_A_CELL = 16 << 20, 200
"""Sheets of more XML than this have cells and rows that are nothing but a format, and take as much memory as others."""


class CannotKeep(Exception):
    """openpyxl cannot load or save this workbook; it has to be written anew."""


def write_in_place(table: WorkbookTable, out: Path, added: Sequence[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    """Write the table's workbook with `sync_columns` behind the columns of its sheet, or where an earlier run put them.

    Raises:
        BadInput: the workbook is no longer the one that was opened.
        CannotKeep: openpyxl does not get along with it.
        ValueError: `added` has not one row for each row of the table.
    """
    check_rows(table.row_count, sum(map(len, added)))
    table.file.check()
    _check_size(table, len(sync_columns))
    with warnings.catch_warnings():
        # openpyxl warns of what it cannot keep; a person can do nothing about it, and the original has it still.
        warnings.simplefilter("ignore")
        try:
            _write(table, out, added, sync_columns)
        except BadInput:
            raise
        except Exception as error:  # openpyxl raises whatever the odd part of a workbook leads to
            raise CannotKeep(str(error)) from error
    table.file.check()


def _check_size(table: WorkbookTable, new_columns: int) -> None:
    """Raise CannotKeep where openpyxl would need very much memory: also for cells and rows that have a format only."""
    with package.opened(table.path) as parts:
        xml = {name: size for name, size in parts.sizes.items() if name.endswith((".xml", ".rels", ".vml"))}
    sheets = sum(size for name, size in xml.items() if "worksheets/" in name)
    texts = sum(size for name, size in xml.items() if "sharedStrings" in name)
    cells = (table.first_row + table.row_count) * (table.widest + new_columns)
    if (
        cells > _MOST_CELLS
        or max(sheets, texts) > _MOST_BYTES
        or sum(xml.values()) - sheets - texts > _MOST_BESIDE
        or sheets > max(_FEW_BYTES, _BYTES_OF_A_CELL * cells)
    ):
        raise CannotKeep("it is too large")


def _write(table: WorkbookTable, out: Path, added: Sequence[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    book = _loaded(table.path)
    sheet = book[table.sheet]
    _settle_formulas(sheet, table)
    columns = _columns(table, sync_columns)
    header = table.first_row - 1
    _clear_twins(sheet, table, columns)
    _make_room(sheet, range(header, table.first_row + table.row_count), columns)
    _part_widths(sheet, columns.values())
    for name, column in columns.items():
        is_new = column > table.widest
        _write_header(sheet, header, column, name, is_new=is_new)
        cells = (cell for grid in added for cell in grid[name].tolist())
        _write_column(sheet, column, name, enumerate(cells, start=table.first_row), is_new=is_new)
    _reveal(sheet, table.first_row, added)
    _dress(sheet, table, max(table.widest, *columns.values()))
    _show(book, sheet)
    book.save(out)


class _Reader(ExcelReader):
    """Reads no number as a day."""

    def read_worksheets(self) -> None:
        vars(self.wb).update(_date_formats=set(), _timedelta_formats=set())
        super().read_worksheets()


def _loaded(path: Path) -> Workbook:
    reader = _Reader(BytesIO(path.read_bytes()))  # of a file, it leaves parts open where it fails
    reader.read()
    if reader.wb.sheetnames != [sheet.name for sheet, _ in reader.parser.find_sheets()]:
        raise CannotKeep("two sheets have names that differ in case only")
    reader.wb.iso_dates = True  # a cell that holds a day as ISO 8601 keeps it so
    for table in (table for sheet in reader.wb.worksheets for table in sheet.tables.values()):
        # Of a table that Power Query filled, openpyxl leaves out the query; Excel has to repair a table that names it.
        table.tableType = table.connectionId = None
        for column in table.tableColumns:
            column.queryTableFieldId = None
    return reader.wb


def _settle_formulas(sheet: Worksheet, table: WorkbookTable) -> None:
    """Put the values in the place of the formulas.

    openpyxl saves a formula without the value it had, and whatever reads the file before a spreadsheet has calculated
    it would find no result. One that had none stays a formula.
    """
    by_row: dict[int | None, list[Cell]] = {}
    # No further: asked for, a cell is made where there is none.
    for row in sheet.iter_rows(max_row=table.first_row - 1 + table.row_count, max_col=table.widest):
        for cell in row:
            if cell.data_type == "f":
                by_row.setdefault(cell.row, []).append(cast("Cell", cell))
    if not by_row:
        return
    for number, values in enumerate(table.all_rows(), start=1):
        for cell in by_row.get(number, ()):
            value = values[cell.column - 1] if cell.column <= len(values) else ""
            if not isinstance(value, Uncalculated):
                _set_value(cell, value)


def _set_value(cell: Any, value: Value) -> None:  # noqa: ANN401  # parents are not in its types
    is_moment = isinstance(value, (date, time, timedelta))
    cell.value = days.to_excel(value, cell.parent.parent.epoch) if is_moment else value  # type: ignore[no-untyped-call]
    if isinstance(value, str):
        cell.data_type = "e" if isinstance(value, ErrorText) else "s"


def _columns(table: WorkbookTable, sync_columns: Sequence[str]) -> dict[str, int]:
    """Where each column of ours goes, counted from 1: where it was, else behind the others."""
    there: dict[str, int] = {}
    for at in replaced(table.headers, sync_columns):
        there.setdefault(table.headers[at].strip().casefold(), at + 1)
    new = iter(range(table.widest + 1, table.widest + 1 + len(sync_columns)))
    return {name: there[name.casefold()] if name.casefold() in there else next(new) for name in sync_columns}


def _clear_twins(sheet: Worksheet, table: WorkbookTable, columns: Mapping[str, int]) -> None:
    """Blank what stands twice under a header of ours: old outcomes must not stand beside new ones."""
    twins = {at + 1 for at in replaced(table.headers, tuple(columns))} - set(columns.values())
    for column in twins:
        for row in range(table.first_row - 1, table.first_row + table.row_count):
            sheet.cell(row, column).value = None


def _make_room(sheet: Worksheet, rows: range, columns: Mapping[str, int]) -> None:
    """Undo merges that reach into our columns: only the first cell of a merge can hold a value."""
    for merged in list(sheet.merged_cells.ranges):
        in_rows = merged.max_row >= rows.start and merged.min_row < rows.stop
        if in_rows and any(merged.min_col <= column <= merged.max_col for column in columns.values()):
            sheet.unmerge_cells(merged.coord)


def _part_widths(sheet: Worksheet, columns: Iterable[int]) -> None:
    """Take our columns out of ranges of columns that share a width: Excel has to repair a file that gives one twice."""
    widths = sheet.column_dimensions
    for shared in list(widths.values()):
        first, last = shared.min or 0, shared.max or 0
        ours = {column for column in columns if first <= column <= last and first < last}
        starts = sorted({first, *ours, *(column + 1 for column in ours)} - {last + 1} if ours else ())
        for start, following in pairwise([*starts, last + 1]):
            part = copy(shared)
            part.index, part.min, part.max = get_column_letter(start), start, following - 1
            widths[part.index] = part


def _write_header(sheet: Worksheet, row: int, column: int, name: str, *, is_new: bool) -> None:
    cell = sheet.cell(row, column, name)
    font = cast("Font", copy(cell.font))
    font.b, font.color = True, Color(style.HEADER.text)
    cell.font, cell.fill = font, PatternFill("solid", start_color=style.HEADER.fill)
    dimension = sheet.column_dimensions[get_column_letter(column)]
    dimension.width = style.width_of(name)
    dimension.hidden = dimension.hidden and not is_new  # where the columns behind the list were hidden


def _write_column(sheet: Worksheet, column: int, name: str, cells: Iterable[tuple[int, str]], *, is_new: bool) -> None:
    dress = {style.OUTCOME_COLUMN: _colour, style.LONG_COLUMN: _wrap}.get(name)
    styles = None if dress is None else _Styles(dress)
    for row, text in cells:
        if is_new and not text:
            continue  # a blank cell that is not there needs not be made
        cell = cast("Cell", sheet.cell(row, column))
        number = style.number_in(name, text)
        cell.value = style.fit_for_cell(text) or None if number is None else number
        if number is None and text:
            cell.data_type = "s"  # and never a formula, whatever it starts with
        if styles is not None:
            styles.give(cell, text if name == style.OUTCOME_COLUMN else "")
        if name == style.LONG_COLUMN and (height := style.height_of(text)) is not None:
            own = sheet.row_dimensions[row].height or sheet.sheet_format.defaultRowHeight or 0
            sheet.row_dimensions[row].height = max(height, own)


class _Styles:
    """The styles of a column; each is made once, by `dress`, and then copied: making them takes most of the time."""

    def __init__(self, dress: Callable[[Cell, str], None]) -> None:
        self._dress = dress
        self._made: dict[tuple[object, ...], StyleArray] = {}

    def give(self, cell: Any, outcome: str) -> None:  # noqa: ANN401  # `_style` is not in openpyxl's types
        key = (outcome, *(cell._style or ()))
        if key not in self._made:
            self._dress(cell, outcome)
            self._made[key] = cell._style
        cell._style = copy(self._made[key])


def _wrap(cell: Cell, _: str) -> None:
    alignment = cast("Alignment", copy(cell.alignment))
    alignment.wrap_text = True
    cell.alignment = alignment


def _colour(cell: Cell, outcome: str) -> None:
    colours = style.OUTCOMES.get(outcome)
    if colours is None:
        cell.fill = PatternFill()
        return
    cell.fill = PatternFill("solid", start_color=colours.fill)
    font = cast("Font", copy(cell.font))
    font.color = Color(colours.text)
    cell.font = font


def _reveal(sheet: Worksheet, first_row: int, added: Sequence[pd.DataFrame]) -> None:
    """Show the rows that need somebody: an error that is hidden by a filter would be looked at by nobody."""
    results = (result for grid in added for result in grid[style.OUTCOME_COLUMN].tolist())
    for row, result in enumerate(results, start=first_row):
        if row not in sheet.row_dimensions:
            continue
        dimension = sheet.row_dimensions[row]
        if dimension.height == 0:  # which openpyxl would leave out
            dimension.hidden, dimension.height = True, None
        if result in style.NEVER_HIDDEN:
            dimension.hidden = False


def _dress(sheet: Worksheet, table: WorkbookTable, last_column: int) -> None:
    """Filter buttons over all columns, and a header that stays in sight."""
    header, last = table.first_row - 1, table.first_row - 1 + table.row_count
    # A filter that overlaps a table (Insert, Table) makes Excel offer to repair the file; the table has its own.
    if not sheet.tables:
        first = range_boundaries(sheet.auto_filter.ref or "A1")[0] or 1
        for condition in sheet.auto_filter.filterColumn:
            condition.colId += first - 1  # which is counted from the first column with a button
        sheet.auto_filter.ref = f"A{header}:{get_column_letter(last_column)}{last}"
    if header <= style.DEEPEST_FROZEN_HEADER:
        _freeze(sheet, header)


def _freeze(sheet: Worksheet, rows: int) -> None:
    """Keep the first rows in sight, and as many columns as were, however far somebody had scrolled.

    What is scrolled away where a sheet is frozen is out of reach.
    """
    view = sheet.sheet_view
    pane = view.pane
    columns = int(pane.xSplit or 0) if pane is not None and pane.state != "split" else 0  # a split is no column
    view.topLeftCell = None
    view.selection = [Selection()]  # openpyxl adds to what is selected in each pane, and there may be four
    sheet.freeze_panes = f"{get_column_letter(columns + 1)}{rows + 1}"


def _show(book: Workbook, sheet: Worksheet) -> None:
    """Open the workbook on this sheet alone: two selected sheets would be edited together."""
    sheet.sheet_state = "visible"
    book.active = book.index(sheet)
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.template = False
    book.calculation = book.calculation or CalcProperties()  # Apache POI and SheetJS write none
    # The other sheets' formulas were saved without their values.
    book.calculation.fullCalcOnLoad = True
