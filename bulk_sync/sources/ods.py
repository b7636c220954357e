"""An ODS file's sheets, read with care (OASIS OpenDocument 1.3, part 3, sections 9 and 19).

calamine reads ODS too, but gives errors as blanks, tells no hidden rows, keeps comments among the text, and takes
memory for every cell that a repetition names; whoever mends all that has read the file.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.model import letter
from bulk_sync.sources import package
from bulk_sync.sources.cell_values import Formatted, Look, moment, shown
from bulk_sync.sources.package import TooMuch, items, local
from bulk_sync.sources.sheet_cells import MOST_COLUMNS, ErrorText, Reach, Sheet, Uncalculated, dense

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.sheet_cells import Merge, SheetRow

LONGEST_TEXT = 1_000_000
"""Characters of a cell; LibreOffice's hold 65,535."""

_CONTENT = "content.xml"
_CELLS = {"table-cell", "covered-table-cell"}
_NUMBERS = {"float", "percentage", "currency"}
_LENGTH = re.compile(r"(-?)P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:[.,][0-9]*)?)S)?)?")
_OF_PHONES = re.compile("[-+0-9 ()/]{1,40}")
_SPACE, _TAB, _BREAK = "\x00", "\x01", "\x02"
"""What stands in a paragraph as an element of its own; no text of XML can hold these."""

_PARAGRAPHS = {"p", "h"}
_NOT_SHOWN = {"annotation", "note", "ruby-text"}
"""Comments and footnotes of a cell are not what it says."""


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook. Raises BadXml where it is damaged."""
    hidden_styles, style, found = set(), "", []
    with package.opened(path) as parts, parts.open(parts.need(_CONTENT)) as xml:
        for name, element in items(xml, "table-row", {"table", "style", "table-properties"}):
            about = _attributes(element)
            if name == "style":
                style = about.get("name", "")
            elif name == "table-properties" and about.get("display") == "false":
                hidden_styles.add(style)
            elif name == "table" and "name" in about:
                found.append((about["name"], about.get("style-name", "")))
    return [
        Sheet(name, style in hidden_styles, partial(_rows, path, name, number))
        for number, (name, style) in enumerate(found)
    ]


def _attributes(element: Element) -> dict[str, str]:
    """An element's attributes by their local names; those of LibreOffice's extensions apart."""
    return {
        f"calcext:{local(name)}" if "calcext" in name else local(name): value for name, value in element.attrib.items()
    }


def _rows(path: Path, name: str, number: int, merges: set[Merge]) -> Iterator[SheetRow]:
    """The rows of the sheet with this number, from 0."""
    reach, here, at = Reach(path, name), -1, 0
    with package.opened(path) as parts, parts.open(parts.need(_CONTENT)) as xml:
        for kind, element in items(xml, "table-row", {"table"}):
            about = _attributes(element)
            if kind == "table":
                here += "name" in about
                at = 0
                if here > number:
                    return
            elif here == number:
                end = at + _count(about.get("number-rows-repeated"))
                cells = _cells(path, name, element, at, merges)
                if cells:
                    reach.to(at, max(cells))
                    reach.to(end - 1, max(cells))
                is_hidden = about.get("visibility") in {"collapse", "filter"}
                values = dense(cells)
                for row in range(at, end if cells else at):
                    yield row, is_hidden, values
                at = end


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 1


def _cells(path: Path, name: str, row: Element, number: int, merges: set[Merge]) -> dict[int, Value]:
    """The cells of a row that are not blank; what is merged is added to `merges`."""
    found: dict[int, Value] = {}
    at = 0
    for cell in row:
        if local(cell.tag) not in _CELLS:
            continue
        about = _attributes(cell)
        repeated = _count(about.get("number-columns-repeated"))
        try:
            value = _value(cell, about)
        except OverflowError:
            raise BadInput(
                f'Cell {letter(at)}{number + 1} of the sheet "{name}" of {path.name} holds a text of more than '
                f"{LONGEST_TEXT:,} characters. Shorten it, save, and try again."
            ) from None
        if value != "":
            if at + repeated > MOST_COLUMNS:
                raise TooMuch(f"a cell {letter(at + repeated - 1)}{number + 1}")
            found.update(dict.fromkeys(range(at, at + repeated), value))
        down, across = (_count(about.get(f"number-{each}-spanned")) for each in ("rows", "columns"))
        if (down, across) != (1, 1):
            merges.add((number, number + down - 1, at, at + across - 1))
        at += repeated
    return found


def _value(cell: Element, about: dict[str, str]) -> Value:
    """What a cell holds. Raises OverflowError for a text that is too long."""
    kind = about.get("value-type", "")
    if about.get("calcext:value-type") == "error":
        return ErrorText(_text(cell))
    if kind in _NUMBERS and "value" in about:
        return _number(about["value"], cell)
    if kind == "date" and "date-value" in about:
        return _day(about["date-value"])
    if kind == "time" and "time-value" in about:
        return _length(about["time-value"])
    if kind == "boolean" and "boolean-value" in about:
        return about["boolean-value"] == "true"
    text = about["string-value"] if kind == "string" and "string-value" in about else _text(cell)
    is_calculated = text or kind == "string" or "formula" not in about
    return text if is_calculated else Uncalculated(about["formula"])


def _number(text: str, cell: Element) -> Value:
    try:
        value = float(text)
    except ValueError:
        return text
    said, own = _text(cell), shown(value)
    digits = re.sub("[^0-9+]", "", said)
    if not _OF_PHONES.fullmatch(said) or not digits.endswith(own):
        return value
    return Formatted.of(value, Look(digits.removesuffix(own)))


def _day(text: str) -> Value:
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text
    return found if "T" in text else date(found.year, found.month, found.day)


def _length(text: str) -> Value:
    found = _LENGTH.fullmatch(text)
    if found is None:
        return text
    days, hours, minutes = (int(part or 0) for part in found.group(2, 3, 4))
    seconds = float((found[5] or "0").replace(",", "."))
    serial = days + (hours * 3600 + minutes * 60 + seconds) / 86_400
    return moment(-serial if found[1] else serial, is_length=True)


def _text(cell: Element) -> str:
    """The paragraphs of a cell. Raises OverflowError where they are too long."""
    said: list[str] = []
    length = 0
    for paragraph in cell:
        if local(paragraph.tag) in _PARAGRAPHS:
            pieces = []
            for piece in _pieces(paragraph):
                length += len(piece)
                if length > LONGEST_TEXT:
                    raise OverflowError
                pieces.append(piece)
            said.append(_shown("".join(pieces)))
    return "\n".join(said)


def _shown(text: str) -> str:
    """A paragraph as it is shown: white space in it is one space (part 3, 6.1.2)."""
    plain = re.sub("[ \t\r\n]+", " ", text).strip(" ")
    return plain.replace(_SPACE, " ").replace(_TAB, "\t").replace(_BREAK, "\n")


def _pieces(element: Element) -> Iterator[str]:
    """The text of an element and of those in it."""
    yield element.text or ""
    for piece in element:
        match local(piece.tag):
            case "s":
                count = _count(_attributes(piece).get("c"))
                if count > LONGEST_TEXT:
                    raise OverflowError
                yield _SPACE * count
            case "tab":
                yield _TAB
            case "line-break":
                yield _BREAK
            case name if name not in _NOT_SHOWN:
                yield from _pieces(piece)
        yield piece.tail or ""
