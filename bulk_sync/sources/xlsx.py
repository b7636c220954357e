"""An XLSX file by its XML: where its sheets are, and their cells, read with care (ECMA-376, part 1, 18).

calamine reads most sheets, and faster. This reads the others (parts under other names, say), and of every sheet the
cells that calamine does not read: errors, lengths of time. A cell that cannot be shown as its format says is a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.model import letter
from bulk_sync.sources import package
from bulk_sync.sources.cell_values import Formatted, Look, iso_moment, look_of, moment
from bulk_sync.sources.package import BadXml, TooMuch, items, local, parsed
from bulk_sync.sources.sheet_cells import MOST_COLUMNS, MOST_ROWS, ErrorText, Uncalculated, dense

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.package import Package
    from bulk_sync.sources.sheet_cells import Merge, SheetRow

MAIN, STRINGS, STYLES = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"
"""The usual names of the parts that list the sheets, hold texts, and hold number formats."""

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_AREA = re.compile(f"{_REFERENCE.pattern}:{_REFERENCE.pattern}")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_TRUE = {"1", "true"}
_KEEPS_SPACE, _SPACE = "{http://www.w3.org/XML/1998/namespace}space", " \t\r\n"
"""The attribute without which spreadsheet programs show no white space around a text."""

NEITHER, MOMENT, LENGTH = range(3)
PLAIN = NEITHER, Look()
_BUILT_IN = {
    **dict.fromkeys([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)], MOMENT),
    46: LENGTH,
}
"""Number formats that have no code in the file, those of Chinese, Japanese and Korean included (18.8.30)."""

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_OF_LENGTHS = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_OF_MOMENTS = re.compile("[ymdhs]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet: its name, whether it is hidden, and the part that holds its cells."""

    name: str
    is_hidden: bool
    part: str


@dataclass(frozen=True, slots=True)
class Book:
    """What a workbook says of its sheets; `main` is the part that lists them."""

    main: str
    sheets: tuple[SheetPart, ...]
    strings: str | None
    styles: str | None
    from_1904: bool


def book_of(parts: Package) -> Book:
    """What a package holds. Raises BadXml where it holds no workbook."""
    main = _main(parts)
    links = links_of(parts, main)
    root = parsed(parts.read(main))
    found = []
    for element in root.iter():
        if local(element.tag) == "sheet":
            link = next((value for key, value in element.attrib.items() if local(key) == "id"), "")
            kind, part = links.get(link, ("", None))
            if part is not None and kind == "worksheet":
                state = element.get("state", "visible")
                found.append(SheetPart(element.get("name", ""), state != "visible", part))
    by_kind = dict(links.values())
    settings = next((element for element in root if local(element.tag) == "workbookPr"), None)
    return Book(
        main=main,
        sheets=tuple(found),
        strings=by_kind.get("sharedStrings") or parts.find(STRINGS),
        styles=by_kind.get("styles") or parts.find(STYLES),
        from_1904=settings is not None and settings.get("date1904", "").lower() in _TRUE,
    )


def _main(parts: Package) -> str:
    by_link = dict(links_of(parts, "").values()).get("officeDocument")
    by_name = parts.find(MAIN) or next((name for name in parts.sizes if re.search(r"workbook\d*\.xml$", name)), None)
    main = by_link or by_name
    if main is None:
        raise BadXml("no workbook")
    return main


def links_of(parts: Package, of: str) -> dict[str, tuple[str, str | None]]:
    """What a part, or with "" the package, refers to: the last word of the kind, and the part, by the link's ID."""
    folder, _, name = of.replace("\\", "/").rpartition("/")
    where = parts.find(f"{folder}/_rels/{name}.rels")
    if where is None:
        return {}
    found = {}
    for link in parsed(parts.read(where)):
        target = link.get("Target", "")
        part = parts.find(target, beside=of) or parts.find(target)  # some name it from the top, without a slash
        found[link.get("Id", "")] = (link.get("Type", "").rpartition("/")[2], part)
    return found


def rows_of(path: Path, book: Book, part: str, merges: set[Merge]) -> Iterator[SheetRow]:
    """The rows of the sheet in a part of a package that was checked. Raises BadXml."""
    with package.opened(path) as parts:
        reader = Cells.of(parts, book)
        with parts.open(part) as xml:
            number = -1
            for name, row in items(xml, "row", {"mergeCell"}):
                if name == "mergeCell":
                    merges.update(merge_of(*found) for found in _AREA.findall(row.get("ref", "")))
                    continue
                before, number = number, int(row.get("r", number + 2)) - 1
                if number <= before:
                    raise BadXml(f"a row {number + 1} below row {before + 1}")
                if number >= MOST_ROWS:
                    raise TooMuch(f"a row {number + 1:,}")
                is_hidden = row.get("hidden", "").lower() in _TRUE or _is_nothing(row.get("ht"))
                yield number, is_hidden, reader.row(row, number)


def _is_nothing(height: str | None) -> bool:
    try:
        return height is not None and float(height) == 0
    except ValueError:
        return False


def styles_of(parts: Package, part: str | None) -> list[tuple[int, Look]]:
    """What the numbers of each style are (days, lengths of time, or neither), and how it shows whole ones."""
    if part is None:
        return []
    codes, formats, within = dict[int, str](), [], ""
    with parts.open(part) as xml:
        for name, element in items(xml, "xf", {"numFmt", "cellStyleXfs", "cellXfs"}):
            if name == "numFmt":
                codes[_whole(element.get("numFmtId"))] = element.get("formatCode", "")
            elif name != "xf":
                within = name
            elif within == "cellXfs":
                formats.append(_whole(element.get("numFmtId")))
    return styles_by(codes, formats)


def styles_by(codes: Mapping[int, str], formats: Iterable[int]) -> list[tuple[int, Look]]:
    """The same, by the number of each style's format, and the codes of those that are in the file."""
    of_format = {number: (kind, Look()) for number, kind in _BUILT_IN.items()}
    of_format |= {number: (kind_of_format(code), look_of(code)) for number, code in codes.items()}
    return [of_format.get(number, PLAIN) for number in formats]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def kind_of_format(code: str) -> int:
    """What a number format shows: 1 for moments, 2 for lengths of time, 0 for neither."""
    plain = _LITERAL.sub("", code)
    if _OF_LENGTHS.search(plain):
        return LENGTH
    return MOMENT if _OF_MOMENTS.search(plain) else NEITHER


def _text(element: Element) -> str:
    """What a text item says, in however many fonts; how it is pronounced (`rPh`) is no part of it."""
    pieces = []
    for piece in element:
        name = local(piece.tag)
        if name == "t":
            text = piece.text or ""
            pieces.append(text if piece.get(_KEEPS_SPACE) == "preserve" else text.strip(_SPACE))
        elif name == "r":
            pieces.append(_text(piece))
    return unescaped("".join(pieces))


def unescaped(text: str) -> str:
    """Text with the characters that stand in it as `_x000D_` (22.4.2.4)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


@dataclass(frozen=True, slots=True)
class Cells:
    """Reads cells: `strings` are the workbook's, `styles` what the numbers of each style are."""

    strings: list[str]
    styles: list[tuple[int, Look]]
    from_1904: bool

    @classmethod
    def of(cls, parts: Package, book: Book) -> Cells:
        """What reads the cells of this workbook."""
        strings: list[str] = []
        if book.strings is not None:
            with parts.open(book.strings) as xml:
                strings = [_text(item) for _, item in items(xml, "si")]
        return cls(strings, styles_of(parts, book.styles), book.from_1904)

    def row(self, row: Element, number: int) -> list[Value]:
        """The cells of a row."""
        found: dict[int, Value] = {}
        at = -1
        for cell in row:
            at = _position(cell.get("r"), number, at + 1)
            value = self.value(cell)
            if value != "":
                found[at] = value
        return dense(found)

    def value(self, cell: Element) -> Value:
        """What a cell holds."""
        kind = cell.get("t", "n")
        pieces = {local(piece.tag): piece for piece in cell}
        if "is" in pieces:
            return _text(pieces["is"])
        text = (pieces["v"].text or "") if "v" in pieces else ""
        if not text and "f" in pieces and (kind == "n" or "v" not in pieces):  # the blank text is a result
            return Uncalculated(f"={pieces['f'].text or ''}")
        match kind:
            case "s":
                return self.string(int(text)) if text.strip() else ""
            case "b":
                return text.strip().lower() in _TRUE if text else ""
            case "e":
                return ErrorText(text)
            case "d":
                return iso_moment(text)
            case "n":
                try:
                    return self.number(float(text), _whole(cell.get("s")))
                except ValueError:
                    return text.strip()
            case _:
                return unescaped(text)

    def string(self, number: int) -> str:
        """One of the workbook's texts, by its number. Raises BadXml where there is none."""
        if not 0 <= number < len(self.strings):
            raise BadXml(f"no text {number}")
        return self.strings[number]

    def number(self, value: float, style: int) -> Value:
        """What a number of this style is."""
        kind, look = self.styles[style] if style < len(self.styles) else PLAIN
        if kind == NEITHER:
            return Formatted.of(value, look)
        return moment(value, is_length=kind == LENGTH, from_1904=self.from_1904)


def _position(reference: str | None, row: int, following: int) -> int:
    """The column of a cell, from 0; one that does not say where it is follows the one before."""
    if reference is None:
        column = following
    else:
        column, own = place(reference)
        if own != row:
            raise BadXml(f"a cell {reference} in row {row + 1}")
    if column >= MOST_COLUMNS:
        raise TooMuch(f"a cell {letter(column)}{row + 1}")
    return column


def place(reference: str) -> tuple[int, int]:
    """The column and the row, from 0, of a cell. Raises BadXml where it is none."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise BadXml(f"a cell {reference}")
    return column_at(found[1]), int(found[2]) - 1


def merge_of(left: str, top: str, right: str, bottom: str) -> Merge:
    """The cells that are merged, by what a spreadsheet calls the first and the last of them."""
    return int(top) - 1, int(bottom) - 1, column_at(left), column_at(right)


def column_at(letters: str) -> int:
    """The position, from 0, of the column that a spreadsheet shows these letters above."""
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - ord("A") + 1
    return number - 1
