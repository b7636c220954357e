"""Which cells of a sheet show an error (#N/A, #DIV/0!), and which one?

calamine reads them as blanks, and a blank cell means "change nothing", which is not what a person sees there. So they
are looked up in the file itself. Where that fails, they stay blank: the sheet itself has been read by then.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree as ET  # expat stops entity bombs (2.4.1 and later) and loads nothing external

from bulk_sync.tables.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Errors = dict[tuple[int, int], str]
"""(row, column), both from 0 → what the cell shows."""

_ROW_ENDS = ("row", "table-row")
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")


def error_cells(path: Path, kind: Kind, sheet: str) -> Errors:
    """The error cells of a sheet. XLSB files are not looked into."""
    try:
        match kind:
            case Kind.XLSX:
                return dict(_in_xlsx(path, sheet))
            case Kind.ODS:
                return dict(_in_ods(path, sheet))
            case Kind.XLS:
                return dict(_in_xls(path, sheet))
            case Kind.XLSB | Kind.TEXT:
                return {}
    except (ET.ParseError, zipfile.BadZipFile, KeyError, ValueError, OSError):
        return {}


def _in_xlsx(path: Path, sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        with archive.open(part) as xml:
            if not _holds(xml, (b't="e"', b"t='e'")):
                return
        with archive.open(part) as xml:
            row = column = -1
            for event, element in ET.iterparse(xml, events=("start", "end")):  # noqa: S314  # see the import
                name = _local(element.tag)
                if event == "start" and name == "row":
                    row, column = int(element.get("r", row + 2)) - 1, -1
                elif event == "start" and name == "c":
                    column = _column(element.get("r", "")) if element.get("r") else column + 1
                elif event == "end" and name == "c" and element.get("t") == "e":
                    yield (row, column), "".join(v.text or "" for v in element if _local(v.tag) == "v")
                _forget(event, name, element)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The path in the archive of a sheet of that name."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  # see the import
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  # see the import
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for element in book.iter():
        if _local(element.tag) == "sheet" and element.get("name") == sheet:
            link = next(value for key, value in element.attrib.items() if _local(key) == "id")
            return posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
    raise KeyError(sheet)


def _in_ods(path: Path, sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as xml:
        here, row, column = False, 0, 0
        for event, element in ET.iterparse(xml, events=("start", "end")):  # noqa: S314  # see the import
            name = _local(element.tag)
            about = {_local(key): value for key, value in element.attrib.items()}
            if name == "table" and event == "start":
                here, row = about.get("name") == sheet, 0
            elif here and event == "end" and name in {"table-cell", "covered-table-cell"}:
                if _is_error(element):
                    yield (row, column), "".join(element.itertext())
                column += int(about.get("number-columns-repeated", 1))
            elif here and event == "end" and name == "table-row":
                row, column = row + int(about.get("number-rows-repeated", 1)), 0
            _forget(event, name, element)


def _is_error(cell: ET.Element) -> bool:
    return any("calc" in key and _local(key) == "value-type" and value == "error" for key, value in cell.attrib.items())


def _in_xls(path: Path, sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    import xlrd  # noqa: PLC0415  # only old workbooks need it

    try:
        book = xlrd.open_workbook(str(path), on_demand=True, logfile=io.StringIO())
        found = book.sheet_by_name(sheet)
        for row in range(found.nrows):
            for column, kind in enumerate(found.row_types(row)):
                if kind == xlrd.XL_CELL_ERROR:
                    yield (row, column), xlrd.error_text_from_code[int(found.cell_value(row, column))]
    except Exception as error:  # on a workbook that is not quite right, xlrd raises whatever it runs into
        raise ValueError(path) from error


def _holds(file: IO[bytes], needles: tuple[bytes, ...]) -> bool:
    tail = b""
    while block := file.read(1 << 20):
        window = tail + block
        if any(needle in window for needle in needles):
            return True
        tail = window[-8:]
    return False


def _column(reference: str) -> int:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(reference)
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _forget(event: str, name: str, element: ET.Element) -> None:
    """Free a row that has been read, so that memory does not grow with the sheet."""
    if event == "end" and name in _ROW_ENDS:
        element.clear()
