"""An XLSB file's sheets, by their records ([MS-XLSB] 2.1.4: a record is its number, its length and its bytes)."""

from __future__ import annotations

import io
import struct
from functools import partial
from typing import TYPE_CHECKING, cast

from bulk_sync.sources import package, xlsx
from bulk_sync.sources.package import BadXml, TooMuch
from bulk_sync.sources.sheet_cells import MOST_COLUMNS, MOST_ROWS, ErrorText, Sheet, dense

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bulk_sync.sources.cell_values import Look, Value
    from bulk_sync.sources.package import Package
    from bulk_sync.sources.sheet_cells import Merge, SheetRow

MAIN, STRINGS, STYLES = "xl/workbook.bin", "xl/sharedStrings.bin", "xl/styles.bin"

_ROW, _SHARED_TEXT, _FORMAT, _STYLE, _BOOK, _SHEET, _MERGE = 0, 19, 44, 47, 153, 156, 176
_STYLES_BEGIN, _STYLES_END = 617, 618

_CELLS = {
    **dict(enumerate(["", "short number", "error", "true or false", "number", "text", "shared text"], start=1)),
    **dict(enumerate(["text", "number", "true or false", "error"], start=8)),
    62: "text in fonts",
}
"""What the cells of these records hold; those from 8 on are formulas."""

_SHORT_CELLS = {number + 11: kind for number, kind in _CELLS.items() if number < 8}
"""The same of cells that do not say their column, but stand behind the last one; SheetJS writes them."""

_IS_HIDDEN = 0x10
_FROM_1904 = 1
_ERRORS = {
    code: ErrorText(text)
    for code, text in {
        0: "#NULL!",
        7: "#DIV/0!",
        15: "#VALUE!",
        23: "#REF!",
        29: "#NAME?",
        36: "#NUM!",
        42: "#N/A",
        43: "#GETTING_DATA",
    }.items()
}
_OTHER_ERROR = ErrorText("#ERROR!")
_AT_ONCE = 1 << 18
"""Bytes of a record that are read: more than the longest text has."""

_LEAST, _MOST_LESS = 8, 1_000_000
"""Bytes that a row or cell has, and how many records may have less."""


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook. Raises BadXml or KeyError where it is damaged."""
    with package.opened(path) as parts:
        main, found, from_1904 = parts.need(MAIN), [], False
        links = xlsx.links_of(parts, main)
        for number, data in _records(parts, main):
            if number == _BOOK:
                from_1904 = bool(data[0] & _FROM_1904)
            elif number == _SHEET:
                state = int.from_bytes(data[:4], "little")
                link, rest = _text(data[8:])
                kind, part = links.get(link, ("", None))
                if part is not None and kind == "worksheet":
                    found.append(xlsx.SheetPart(_text(rest)[0], state != 0, part))
        by_kind = dict(links.values())
        strings = by_kind.get("sharedStrings") or parts.find(STRINGS)
        styles = by_kind.get("styles") or parts.find(STYLES)
    book = xlsx.Book(main, tuple(found), strings, styles, from_1904)
    return [Sheet(each.name, each.is_hidden, partial(_rows, path, book, each.part)) for each in found]


def _rows(path: Path, book: xlsx.Book, part: str, merges: set[Merge]) -> Iterator[SheetRow]:
    with package.opened(path) as parts:
        texts = (data for number, data in _records(parts, book.strings) if number == _SHARED_TEXT)
        reader = xlsx.Cells([_text(data[1:])[0] for data in texts], _styles(parts, book.styles), book.from_1904)
        cells: dict[int, Value]
        row, is_hidden, column, cells = -1, False, -1, {}
        for number, data in _records(parts, part):
            if number == _ROW:
                if cells:
                    yield row, is_hidden, dense(cells)
                row, column, cells = _row(row, data), -1, {}
                is_hidden = bool(data[11] & _IS_HIDDEN)
            elif number in _CELLS or number in _SHORT_CELLS:
                column, value = _cell(column, number, data, reader)
                if value != "":
                    cells[column] = value
            elif number == _MERGE:
                top, bottom, left, right = struct.unpack_from("<4I", data)
                merges.add((top, bottom, left, right))
        if cells:
            yield row, is_hidden, dense(cells)


def _row(last: int, data: bytes) -> int:
    """The position of a row that is not the last one."""
    row = int.from_bytes(data[:4], "little")
    if row >= MOST_ROWS:
        raise TooMuch(f"a row {row + 1:,}")
    if row <= last:
        raise BadXml("rows out of order")
    return row


def _cell(last: int, number: int, data: bytes, reader: xlsx.Cells) -> tuple[int, Value]:
    """The column of a cell that stands behind the last one, and what it holds."""
    if number in _SHORT_CELLS:
        column, kind = last + 1, _SHORT_CELLS[number]
    else:
        column, kind, data = int.from_bytes(data[:4], "little"), _CELLS[number], data[4:]
    if not last < column < MOST_COLUMNS:
        raise BadXml("cells out of order")
    return column, _value(kind, data, reader)


def _value(kind: str, data: bytes, reader: xlsx.Cells) -> Value:
    """What a cell holds: its style, and behind that what this kind of cell has."""
    style, data = int.from_bytes(data[:3], "little"), data[4:]
    match kind:
        case "number":
            return reader.number(struct.unpack_from("<d", data)[0], style)
        case "short number":
            return reader.number(_short_number(int.from_bytes(data[:4], "little", signed=True)), style)
        case "shared text":
            return reader.string(int.from_bytes(data[:4], "little"))
        case "text":
            return _text(data)[0]
        case "text in fonts":
            return _text(data[1:])[0]
        case "true or false":
            return bool(data[0])
        case "error":
            return _ERRORS.get(data[0], _OTHER_ERROR)
        case _:
            return ""


def _short_number(bits: int) -> float:
    """A number in 30 bits: a whole one, or the first ones of a float; of a hundred times as much, perhaps (2.5.122)."""
    value = bits >> 2 if bits & 2 else struct.unpack("<d", struct.pack("<q", (bits & ~3) << 32))[0]
    return float(value / 100 if bits & 1 else value)


def _styles(parts: Package, part: str | None) -> list[tuple[int, Look]]:
    """What the numbers of each style are, and how it shows whole ones."""
    codes, formats, is_of_cells = dict[int, str](), [], False
    for number, data in _records(parts, part):
        if number == _FORMAT:
            codes[int.from_bytes(data[:2], "little")] = _text(data[2:])[0]
        elif number in {_STYLES_BEGIN, _STYLES_END}:
            is_of_cells = number == _STYLES_BEGIN
        elif number == _STYLE and is_of_cells:
            formats.append(int.from_bytes(data[2:4], "little"))
    return xlsx.styles_by(codes, formats)


def _records(parts: Package, part: str | None) -> Iterator[tuple[int, bytes]]:
    """The records of a part, if there is one: their numbers, and the first bytes of each."""
    if part is None:
        return
    less = 0
    with io.BufferedReader(cast("io.RawIOBase", parts.open(part)), _AT_ONCE) as file:
        while first := file.read(1):
            number = first[0]
            if number & 0x80:
                number = (number & 0x7F) | file.read(1)[0] << 7
            length = 0
            for shift in range(0, 28, 7):
                byte = file.read(1)[0]
                length |= (byte & 0x7F) << shift
                if not byte & 0x80:
                    break
            less += length < _LEAST
            if less > _MOST_LESS:
                raise TooMuch(f"over {_MOST_LESS:,} records with next to nothing in them")
            data = file.read(min(length, _AT_ONCE))
            left = length - len(data)
            while left > 0 and (skipped := file.read(min(left, _AT_ONCE))):
                left -= len(skipped)
            yield number, data


def _text(data: bytes) -> tuple[str, bytes]:
    """The text that some bytes begin with, and the bytes behind it. Raises BadXml where it does not end there."""
    length = 4 + 2 * int.from_bytes(data[:4], "little")
    if length > len(data):
        raise BadXml("a text that is cut off")
    return data[4:length].decode("utf-16-le", "replace"), data[length:]
