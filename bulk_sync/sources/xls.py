"""An XLS file's sheets (xlrd, which takes memory by what is in the file, and not by what it says of itself)."""

from __future__ import annotations

import io
import struct
from functools import partial
from typing import TYPE_CHECKING, Any

from bulk_sync.sources import xlsx
from bulk_sync.sources.cell_values import Formatted, look_of, moment
from bulk_sync.sources.sheet_cells import ErrorText, Sheet
from bulk_sync.sources.sniff import locked_with_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xlrd import Book
    from xlrd.sheet import Sheet as XlsSheet

    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.sheet_cells import Merge, SheetRow

_STORAGE = 1


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook. Raises what xlrd raises on one that is damaged; BadInput on one with a password."""
    import xlrd  # noqa: PLC0415  # only old workbooks need it
    from xlrd.biffh import XLRDError  # noqa: PLC0415  # the same

    try:
        book: Any = xlrd.open_workbook(
            file_contents=_stream(path.read_bytes()),
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


def _stream(file: bytes) -> bytes:
    """The records of a workbook, out of the compound document that they are in. Raises CompDocError.

    A chain of sectors, or a tree of names, that leads back into itself would keep xlrd busy until memory is full.
    """
    from xlrd.compdoc import CompDoc, CompDocError  # noqa: PLC0415  # as above

    class Guarded(CompDoc):
        def _get_stream(  # noqa: PLR0917  # as xlrd calls it
            self,
            mem: bytes,
            base: int,
            sat: Sequence[int],
            sec_size: int,
            start_sid: int,
            size: int | None = None,
            name: str = "",
            seen_id: int | None = None,
        ) -> bytes:
            if _is_endless(sat, start_sid):
                raise CompDocError("a chain of sectors without an end")
            found: bytes = super()._get_stream(  # type: ignore[misc]  # the stubs leave it out
                mem, base, sat, sec_size, start_sid, size, name, seen_id
            )
            if name == "directory" and _is_tangled(found):
                raise CompDocError("a name that stands in two places")
            return found

    document = Guarded(file, logfile=io.StringIO(), ignore_workbook_corruption=True)
    for name in ("Workbook", "Book"):
        data, start, length = document.locate_named_stream(name)
        if data is not None:
            return bytes(data[start : start + length])
    raise CompDocError("no workbook")


def _is_endless(table: Sequence[int], sector: int) -> bool:
    """Whether a chain of sectors, whose table says which follows which, comes back to one that it had."""
    for _ in table:
        if not 0 <= sector < len(table):
            return False
        sector = table[sector]
    return sector >= 0


def _is_tangled(directory: bytes) -> bool:
    """Whether an entry of a compound document's directory is named by two others ([MS-CFB] 2.6.1)."""
    named: list[int] = []
    for at, start in enumerate(range(0, len(directory), 128)):
        kind, left, right, child = struct.unpack_from("<66xBxiii", directory, start)
        named += [left, right] if at and kind else []
        named += [child] if not at or kind == _STORAGE else []
    found = [entry for entry in named if entry >= 0]
    return len(found) != len(set(found))


def _rows(book: Book, number: int, merges: set[Merge]) -> Iterator[SheetRow]:
    sheet = book.sheet_by_index(number)
    merges.update((top, below - 1, left, behind - 1) for top, below, left, behind in sheet.merged_cells)
    for row in range(sheet.nrows):
        info = sheet.rowinfo_map.get(row)
        cells = [_value(book, sheet, row, column) for column in range(sheet.row_len(row))]
        yield row, info is not None and bool(info.hidden), cells


def _format(book: Book, sheet: XlsSheet, row: int, column: int) -> str:
    """The number format of a cell."""
    style = book.xf_list[sheet.cell_xf_index(row, column)]
    return str(book.format_map[style.format_key].format_str)


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
            return Formatted.of(float(value), look_of(_format(book, sheet, row, column)))
        case xlrd.XL_CELL_DATE:
            code = _format(book, sheet, row, column)
            is_length = xlsx.kind_of_format(code) == xlsx.LENGTH
            return moment(float(value), is_length=is_length, from_1904=book.datemode == 1)
        case _:
            return ""
