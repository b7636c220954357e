"""An XLSB file's sheets: their values by calamine, and what that does not tell (errors, hidden rows) by the records.

([MS-XLSB] 2.1.4: a record is its number, its length and its bytes.) The records are looked through first, since
calamine takes memory for the whole area that they name.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.sources import calamine, package, xlsx
from bulk_sync.sources.package import BadXml, TooMuch
from bulk_sync.sources.sheet_cells import MOST_ROWS, ErrorText, Reach, Sheet, dense, most_copied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bulk_sync.sources.package import Package
    from bulk_sync.sources.sheet_cells import SheetRow

MAIN, STRINGS = "xl/workbook.bin", "xl/sharedStrings.bin"

_ROW, _BLANK, _ERROR, _SHARED, _FORMULA_ERROR, _TEXT, _SHEET = 0, 1, 3, 7, 11, 19, 156
_CELLS = range(1, 12)
_SHORT_CELLS = range(13, 19)
"""Cells that do not say their column, but for the next one; SheetJS writes them, and calamine leaves them out."""

_IS_HIDDEN = 0x10
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
_AT_ONCE = 1 << 16
_LEAST, _MOST_LESS = 8, 1_000_000
"""Bytes that a row or cell has, and how many records may have less."""


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook. Raises BadXml or KeyError where it is damaged."""
    with package.opened(path) as parts:
        main, found = parts.need(MAIN), []
        links = xlsx.links_of(parts, main)
        for number, data in _records(parts, main):
            if number == _SHEET:
                state = int.from_bytes(data[:4], "little")
                link, rest = _text(data[8:])
                name, _ = _text(rest)
                kind, part = links.get(link, ("", None))
                if part is not None and kind == "worksheet":
                    found.append((name, state != 0, part))
    return [Sheet(name, is_hidden, partial(_rows, path, name, part)) for name, is_hidden, part in found]


def _rows(path: Path, name: str, part: str) -> Iterator[SheetRow]:
    with package.opened(path) as parts:
        hidden, errors = _looked_through(parts, part, Reach(path, name))
    for row, values in enumerate(calamine.rows_of(path, name)):
        own = errors.pop(row, None)
        yield row, row in hidden, dense(dict(enumerate(values)) | own) if own else values
    for row, own in sorted(errors.items()):  # below all that calamine takes for cells
        yield row, row in hidden, dense(own)


def _looked_through(parts: Package, part: str, reach: Reach) -> tuple[set[int], dict[int, dict[int, ErrorText]]]:
    """Which rows are hidden, and which cells are errors. Raises BadInput where the cells reach too far."""
    hidden: set[int] = set()
    errors: dict[int, dict[int, ErrorText]] = {}
    row = last = -1
    lengths, most_text = _lengths(parts), most_copied(reach.path)
    for number, data in _in_full(_records(parts, part), reach.path):
        if number == _ROW:
            before, row, last = row, int.from_bytes(data[:4], "little"), -1
            if row >= MOST_ROWS:
                raise TooMuch(f"a row {row + 1:,}")
            if row <= before:
                raise BadXml("rows out of order")
            if data[11] & _IS_HIDDEN:
                hidden.add(row)
        elif number in _CELLS and number != _BLANK:
            column = int.from_bytes(data[:4], "little")
            if column <= last:  # calamine takes memory for each of them
                raise BadXml("cells out of order")
            last = column
            reach.to(row, column)
            if number == _SHARED:
                reach.hold(row, lengths.get(data[8:12], 0), most_text)
            if number in {_ERROR, _FORMULA_ERROR}:
                errors.setdefault(row, {})[column] = _ERRORS.get(data[8], _OTHER_ERROR)
    return hidden, errors


def _in_full(records: Iterator[tuple[int, bytes]], path: Path) -> Iterator[tuple[int, bytes]]:
    """The records of a sheet. Raises BadInput where there are short ones."""
    for number, data in records:
        if number in _SHORT_CELLS:
            raise BadInput(
                f"Some cells of {path.name} cannot be read, because of the program that made it. Open it in a "
                "spreadsheet program, save it as XLSX, and try again."
            )
        yield number, data


def _lengths(parts: Package) -> dict[bytes, int]:
    """The characters of each text that cells share, by its number as they give it."""
    part = parts.find(STRINGS)
    texts = (data for number, data in _records(parts, part) if number == _TEXT) if part is not None else ()
    return {at.to_bytes(4, "little"): int.from_bytes(data[1:5], "little") for at, data in enumerate(texts)}


def _records(parts: Package, part: str) -> Iterator[tuple[int, bytes]]:
    """The records of a part: their numbers, and the first bytes of each."""
    less = 0
    with parts.open(part) as file:
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
    """The text that some bytes begin with, and the bytes behind it."""
    length = 4 + 2 * int.from_bytes(data[:4], "little")
    return data[4:length].decode("utf-16-le"), data[length:]
