"""An XLSB file's sheets: their values by calamine, and what that does not tell (errors, hidden rows) by the records.

([MS-XLSB] 2.1.4: a record is its number, its length and its bytes.) The records are looked through first, since
calamine takes memory for the whole area that they name.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.tables import calamine, package
from bulk_sync.tables.sheet_cells import MOST_CELLS, ErrorText, Sheet, too_large
from bulk_sync.tables.xml_items import BadXml, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bulk_sync.tables.package import Package
    from bulk_sync.tables.sheet_cells import SparseRow

MAIN = "xl/workbook.bin"

_ROW, _BLANK, _ERROR, _FORMULA_ERROR, _SHEET = 0, 1, 3, 11, 156
_CELLS = range(1, 12)
_IS_HIDDEN = 0x10
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_AT_ONCE = 1 << 16


@dataclass(slots=True)
class _Records:
    """What the records of a sheet say: which rows are hidden, which cells are errors, and the furthest cell."""

    hidden: set[int]
    errors: dict[int, dict[int, ErrorText]]
    bottom: int = -1
    right: int = -1


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook. Raises BadXml or KeyError where it is damaged."""
    with package.opened(path) as parts:
        main = parts.find(MAIN)
        links = parts.find("xl/_rels/workbook.bin.rels")
        if main is None or links is None:
            raise BadXml("no workbook")
        targets = {link.get("Id"): link.get("Target", "") for link in parsed(parts.read(links))}
        found = []
        for number, data in _records(parts, main):
            if number == _SHEET:
                state = int.from_bytes(data[:4], "little")
                link, rest = _text(data[8:])
                name, _ = _text(rest)
                part = parts.find(targets.get(link, ""), beside=main)
                if part is not None and posixpath.basename(posixpath.dirname(part)) == "worksheets":
                    found.append((name, state != 0, part))
    return [Sheet(name, is_hidden, partial(_rows, path, name, part)) for name, is_hidden, part in found]


def _rows(path: Path, name: str, part: str) -> Iterator[SparseRow]:
    with package.opened(path) as parts:
        said = _looked_through(parts, part)
    area = (said.bottom + 1) * (said.right + 1)
    if area > MOST_CELLS:
        raise too_large(path, name, said.bottom, said.right, area)
    for row, values in enumerate(calamine.rows_of(path, name)):
        yield row, row in said.hidden, dict(enumerate(values)) | said.errors.pop(row, {})
    for row, errors in sorted(said.errors.items()):  # below all that calamine takes for cells
        yield row, row in said.hidden, dict(errors)


def _looked_through(parts: Package, part: str) -> _Records:
    found, row = _Records(set(), {}), 0
    for number, data in _records(parts, part):
        if number == _ROW:
            row = int.from_bytes(data[:4], "little")
            if data[11] & _IS_HIDDEN:
                found.hidden.add(row)
        elif number in _CELLS and number != _BLANK:
            column = int.from_bytes(data[:4], "little")
            found.bottom, found.right = max(found.bottom, row), max(found.right, column)
            if number in {_ERROR, _FORMULA_ERROR}:
                found.errors.setdefault(row, {})[column] = ErrorText(_ERRORS.get(data[8], "#ERROR!"))
    return found


def _records(parts: Package, part: str) -> Iterator[tuple[int, bytes]]:
    """The records of a part: their numbers, and the first bytes of each."""
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
            data = file.read(min(length, _AT_ONCE))
            left = length - len(data)
            while left > 0 and (skipped := file.read(min(left, _AT_ONCE))):
                left -= len(skipped)
            yield number, data


def _text(data: bytes) -> tuple[str, bytes]:
    """The text that some bytes begin with, and the bytes behind it."""
    length = 4 + 2 * int.from_bytes(data[:4], "little")
    return data[4:length].decode("utf-16-le"), data[length:]
