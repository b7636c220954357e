"""An XLS file's sheets (xlrd, which takes memory by what is in the file, and not by what it says of itself)."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from bulk_sync.tables import xlsx
from bulk_sync.tables.kinds import locked_with_password
from bulk_sync.tables.serials import moment
from bulk_sync.tables.sheet_cells import ErrorText, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xlrd import Book
    from xlrd.sheet import Sheet as XlsSheet

    from bulk_sync.tables.cells import Value
    from bulk_sync.tables.sheet_cells import SparseRow


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook. Raises what xlrd raises on one that is damaged; BadInput on one with a password."""
    import xlrd  # noqa: PLC0415  # only old workbooks need it
    from xlrd.biffh import XLRDError  # noqa: PLC0415  # the same

    try:
        book: Any = xlrd.open_workbook(
            str(path),
            logfile=io.StringIO(),
            formatting_info=True,  # which rows are hidden, and what formats show
            on_demand=True,
            ragged_rows=True,
            ignore_workbook_corruption=True,
        )
    except XLRDError as error:
        if "encrypt" in str(error):
            raise locked_with_password(path) from None
        raise
    visibility = book._sheet_visibility  # which a sheet tells too, once it has been read
    return [
        Sheet(name, bool(visibility[number]), partial(_rows, book, number))
        for number, name in enumerate(book.sheet_names())
    ]


def _rows(book: Book, number: int) -> Iterator[SparseRow]:
    sheet = book.sheet_by_index(number)
    for row in range(sheet.nrows):
        info = sheet.rowinfo_map.get(row)
        cells = {column: _value(book, sheet, row, column) for column in range(sheet.row_len(row))}
        yield row, info is not None and bool(info.hidden), cells


def _value(book: Book, sheet: XlsSheet, row: int, column: int) -> Value:
    import xlrd  # noqa: PLC0415  # as above

    kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
    match kind:
        case xlrd.XL_CELL_TEXT:
            return str(value)
        case xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        case xlrd.XL_CELL_ERROR:
            return ErrorText(xlrd.error_text_from_code.get(int(value), "#ERROR!"))
        case xlrd.XL_CELL_NUMBER:
            return float(value)
        case xlrd.XL_CELL_DATE:
            style = book.xf_list[sheet.cell_xf_index(row, column)]
            code = book.format_map[style.format_key].format_str
            is_length = xlsx.kind_of_format(code) == xlsx.LENGTH
            return moment(float(value), is_length=is_length, from_1904=book.datemode == 1)
        case _:
            return ""
