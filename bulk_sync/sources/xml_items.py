"""The rows of a sheet's XML one after the other, in memory that does not grow with the file.

No document type is accepted: entities are what XML bombs are made of, and no spreadsheet program writes any.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # without a document type there is nothing in XML to be afraid of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import IO

_AT_ONCE = 1 << 16
_MOST_PARTS = 1_000_000
"""Beginnings and ends of elements in one row; the 16,384 cells of the widest one have some 100,000."""

_MOST_WITHIN = 1_000
"""Elements that are within one another."""

_MOST_BETWEEN = 8 << 20
"""Bytes between two beginnings or ends of elements; no cell's text is as long."""


class BadXml(ValueError):
    """The file is not well-formed, or holds what no spreadsheet program writes."""


class TooMuch(BadXml):
    """The file holds more of something than a sheet has; the message says of what, to follow "holds"."""


def items(file: IO[bytes], item: str, starts: Collection[str] = ()) -> Iterator[tuple[str, ET.Element]]:
    """Each element named `item`, whole, and each of `starts` as it begins, with its attributes; by their local names.

    An item within another belongs to that. Raises BadXml.
    """
    outside: list[ET.Element] = []
    within = parts = depth = 0
    for event, element in _events(file):
        depth += 1 if event == "start" else -1
        if depth > _MOST_WITHIN:
            raise TooMuch(f"over {_MOST_WITHIN:,} elements within one another")
        name = local(element.tag)
        if name == item:
            within += 1 if event == "start" else -1
            if not within:
                yield name, element
                parts = 0
        elif within:
            parts += 1
            if parts > _MOST_PARTS:
                raise TooMuch(f"a row of over {_MOST_PARTS:,} parts")
        elif event == "start":
            outside.append(element)
            if name in starts:
                yield name, element
        else:
            outside.pop()
        if event == "end" and not within and outside:
            del outside[-1][:]  # what has been read is forgotten


def parsed(data: bytes) -> ET.Element:
    """A small file as a whole. Raises BadXml."""
    _check(data)
    try:
        return ET.fromstring(data)  # noqa: S314  # see the import
    except ET.ParseError as error:
        raise BadXml(str(error)) from None


@lru_cache(maxsize=1_000)
def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def _events(file: IO[bytes]) -> Iterator[tuple[str, ET.Element]]:
    parser: ET.XMLPullParser[Any] = ET.XMLPullParser(("start", "end"))
    before = b""
    silent = 0
    try:
        while block := file.read(_AT_ONCE):
            _check(before + block)
            before = block[-16:]
            parser.feed(block)
            silent += len(block)
            for found in parser.read_events():
                silent = 0
                yield found  # type: ignore[misc]  # of these two kinds each is of an element
            if silent > _MOST_BETWEEN:
                raise TooMuch(f"a text of over {_MOST_BETWEEN >> 20} MB")
        parser.close()
        yield from parser.read_events()  # type: ignore[misc]  # the same
    except ET.ParseError as error:
        raise BadXml(str(error)) from None


def _check(data: bytes) -> None:
    if b"<!DOCTYPE" in data.replace(b"\0", b""):  # in UTF-16, too
        raise BadXml("a document type")
