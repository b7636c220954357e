"""Cells read by calamine: several times as fast as Python, where it can be trusted with a sheet.

It takes memory for the whole area that the cells span, gives errors as blanks, says nothing of hidden rows and of what
formats add to a number, and raises, or panics, on days that Python has no number for. So a sheet is looked through
first, by its bytes: some cells are read with care, by `xlsx`, and of a sheet that is unusual all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.sources import package, xlsx
from bulk_sync.sources.cell_values import Look
from bulk_sync.sources.package import BadXml, parsed
from bulk_sync.sources.sheet_cells import MOST_CELLS, Sheet, dense, most_copied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.package import Package
    from bulk_sync.sources.sheet_cells import Merge, SheetRow

_AT_ONCE = 1 << 20
_LONGEST_TAG = 1_000
"""Bytes that a tag has at most; so many are looked at twice, so that nothing is cut in two."""

_MOST_BLANK = 16
"""Times as many cells as are filled may the area have that calamine takes memory for; small areas may have more."""

_SMALL = 1_000_000

_MOST_WITHIN = 10_000
"""Elements that may begin in a window and not end there."""

_MOST_APART = 500_000
"""Cells of a sheet that are read by themselves (some 100 MB)."""

_ROW = re.compile(rb'<row r="([0-9]+)"([^<>]*)>')
_HIDDEN = re.compile(rb"\s(?:hidden=[\"'](?:1|true)|ht=[\"']0(?:\.0*)?[\"'])", re.IGNORECASE)
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
_UNUSUAL = re.compile(
    rb"<(?:row|c)(?! r=\")[\s/>]"  # a row or cell that does not say first where it is
    rb"|:(?:row|c|v|is|t)[\s/>]"  # names with a prefix
    rb"|<!|<\?(?!xml )"  # comments, CDATA, a document type
    rb"|\0"  # UTF-16
)
_APART = (
    rb"(?:</f>|<f[^<>]*/>)\s*+(?:<v\s*+/>|<v>\s*+</v>)?\s*+</c>"  # formulas without a result, which it gives as blanks
    rb"|<v>[\s-]|\s</v>"  # blanks around a number, and numbers below 0, which are no days
    rb"|<c (?=[^<>]*?\s(?:t=[\"'][ed]|s=[\"'](?:%s))[\"'])[^<>]*+(?<!/)>"  # errors, days as ISO 8601, and some styles
)
"""What is in cells that are read by themselves."""

_MOST_STYLES = 100
"""Styles whose cells are."""

_MERGE = re.compile(rb"<mergeCell [^<>]*?\bref=[\"']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})[\"']")
_ENCODING = re.compile(rb"<\?xml[^<>]*encoding=[\"'](?!utf-8|us-ascii)", re.IGNORECASE)
_UNUSUAL_STYLES = re.compile(rb"numFmtId=[\"'](?:2[7-9]|3[0-6]|5[0-8])[\"']")
"""Formats of days that are built into Chinese, Japanese and Korean programs."""


def rows_of(path: Path, name: str) -> Iterator[list[Value]]:
    """The rows of a sheet, from its first on. Raises whatever calamine raises, its panics included."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415  # 20 ms

    with path.open("rb") as file:
        sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_name(name)
    if sheet.start is not None:
        left = sheet.start[1]
        yield from ([*[""] * left, *row] for row in sheet.iter_rows()) if left else sheet.iter_rows()


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook, each read by calamine where that can be trusted with it. Raises BadXml."""
    with package.opened(path) as parts:
        book = xlsx.book_of(parts)
    return [Sheet(each.name, each.is_hidden, partial(_rows, path, book, each)) for each in book.sheets]


def _rows(path: Path, book: xlsx.Book, sheet: xlsx.SheetPart, merges: set[Merge]) -> Iterator[SheetRow]:
    """The rows of a sheet; with care where it, or its package, is unusual, and from where calamine gives up."""
    done = 0
    try:
        with package.opened(path) as parts:
            apart = _looked_through(parts, book, sheet, most_copied(path), merges)
        if apart is not None:
            for row in rows_of(path, sheet.name):
                own = apart.cells.pop(done, None)
                yield done, done in apart.hidden, dense(dict(enumerate(row)) | own) if own else row
                done += 1
    except Exception:  # noqa: BLE001  # whatever it was, the careful way is left
        apart = None
    except BaseException as error:
        if not _is_panic(error):
            raise
        apart = None
    if apart is None:
        yield from (found for found in xlsx.rows_of(path, book, sheet.part, merges) if found[0] >= done)
    else:  # below all that calamine takes for cells
        yield from ((row, row in apart.hidden, dense(own)) for row, own in sorted(apart.cells.items()))


def _is_panic(error: BaseException) -> bool:
    """Whether calamine raised this, of no ordinary kind."""
    return type(error).__name__ == "PanicException"


@dataclass(slots=True)
class _Apart:
    """What calamine does not tell of a sheet: the rows that are hidden, and some cells, by their rows and columns."""

    hidden: set[int]
    cells: dict[int, dict[int, Value]]


def _is_usual(parts: Package, book: xlsx.Book, sheet: xlsx.SheetPart) -> bool:
    """Whether calamine finds what it looks for in a package."""
    names = [each.name for each in book.sheets]
    usual_places = (
        book.main == xlsx.MAIN
        and book.strings in {None, xlsx.STRINGS}
        and book.styles in {None, xlsx.STYLES}
        and sheet.part.startswith("xl/")
        and not sheet.part.startswith("xl/xl/")
    )
    if not parts.is_plain or not usual_places or names.count(sheet.name) != 1:
        return False
    return book.styles is None or not any(map(_UNUSUAL_STYLES.search, _windows(parts, book.styles)))


def _looked_through(
    parts: Package, book: xlsx.Book, sheet: xlsx.SheetPart, most_text: int, merges: set[Merge]
) -> _Apart | None:
    """What calamine does not tell of a sheet, and what is merged; None where it cannot be trusted with the sheet."""
    if not _is_usual(parts, book, sheet):
        return None
    reader = xlsx.Cells([], xlsx.styles_of(parts, book.styles), book.from_1904)
    styles = [str(at) for at, (kind, look) in enumerate(reader.styles) if kind == xlsx.LENGTH or look != Look()]
    if len(styles) > _MOST_STYLES:
        return None
    apart, marks, read = _Apart(set(), {}), re.compile(_APART % "|".join(styles).encode()), 0
    right = bottom = cells = 0
    for window in _windows(parts, sheet.part):
        if _UNUSUAL.search(window) or _ENCODING.search(window) or _is_endless(window):
            return None
        rows = _ROW.findall(window)
        if len({row for row, _ in rows}) < len(rows):
            return None  # one row would take the place of another
        apart.hidden.update(int(row) - 1 for row, about in rows if _HIDDEN.search(about))
        merges.update(xlsx.merge_of(*(each.decode() for each in found)) for found in _MERGE.findall(window))
        for row, column, value in _read_apart(window, marks, reader):
            apart.cells.setdefault(row, {})[column] = value
            read += 1
        if read > _MOST_APART:
            return None
        found = _CELL.findall(window)
        cells += len(found)
        right = max(right, *(xlsx.column_at(letters.decode()) + 1 for letters in {letters for letters, _ in found}), 0)
        bottom = max(bottom, *(int(row) for row in {row for _, row in found}), 0)
    if cells * _longest_text(parts, book.strings) > most_text:
        return None
    return apart if right * bottom <= min(MOST_CELLS, max(_SMALL, _MOST_BLANK * cells)) else None


def _read_apart(window: bytes, marks: re.Pattern[bytes], reader: xlsx.Cells) -> Iterator[tuple[int, int, Value]]:
    """The cells with these marks. Raises BadXml."""
    done = 0
    for mark in marks.finditer(window):
        if mark.start() < done:
            continue  # it is in the cell before
        start, end = window.rfind(b"<c r=", done, mark.end()), window.find(b"</c>", mark.start())
        if (start < 0 and mark.end() <= _LONGEST_TAG) or (end < 0 and len(window) - start <= _LONGEST_TAG):
            continue  # it is in the window before, or in the next one
        if start < 0 or end < 0:
            raise BadXml("a cell that is in no window")
        done = end + len(b"</c>")
        cell = parsed(window[start:done])
        column, row = xlsx.place(cell.get("r", ""))
        if cell.get("t") != "s":
            yield row, column, reader.value(cell)
        elif [(piece.tag, (piece.text or "").isdecimal()) for piece in cell] != [("v", True)]:
            raise BadXml("a text whose number calamine does not read")


def _is_endless(window: bytes) -> bool:
    """Whether one text takes all of it, or elements begin that do not end."""
    ends = window.count(b"</") * 2 + window.count(b"/>")
    return len(window) >= _AT_ONCE and not 0 < window.count(b"<") <= ends + _MOST_WITHIN


def _longest_text(parts: Package, part: str | None) -> int:
    """The most bytes that a shared text has; a window, where one has more."""
    if part is None:
        return 0
    return max(max(map(len, window.split(b"</si>"))) for window in _windows(parts, part))


def _windows(parts: Package, part: str) -> Iterator[bytes]:
    """The bytes of a part, a megabyte at a time; none ends within a tag, and each begins with the last one's end."""
    held = b""
    with parts.open(part) as xml:
        while block := xml.read(_AT_ONCE):
            window = held + block
            end = window.rfind(b">") + 1
            if len(window) - end > _LONGEST_TAG:
                end = len(window)
            yield window[:end]
            held = window[max(0, end - _LONGEST_TAG) :]
    yield held
