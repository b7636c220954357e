"""The parts of a workbook that is a ZIP package (XLSX, XLSB, ODS), and the items of their XML, in bounded memory.

A few KB can unpack to gigabytes, and the size that a part declares need not be its own. So each part is unpacked once
into nothing, and a package that is larger than a list of contacts can be is refused. Rows are read one after the other.
No document type is accepted: entities are what XML bombs are made of, and no spreadsheet program writes any.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # without a document type there is nothing in XML to be afraid of

from bulk_sync.errors import BadInput
from bulk_sync.sources.sniff import cut_short, locked_with_password

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from typing import IO

MOST_BYTES = 256 << 20
"""Bytes that any workbook may unpack to; a large file may unpack to more."""

_MOST_RATIO = 100
_MOST_BESIDE = 64 << 20
"""Bytes of a part that is no sheet; it may have more where it is not packed tighter than text ever is."""

_TEXT_RATIO = 40
_MOST_AT_ONCE = 8 << 20
_IN_SHEETS = ("worksheets/", "content.xml")
_LOCAL_HEADER = struct.Struct("<26xHH")
_ENCRYPTED = 1
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError, struct.error)

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


class Package:
    """The parts of a package, by their names. `sizes` are in bytes, unpacked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.sizes = {info.filename: info.file_size for info in archive.infolist()}
        self._by_folded = {_folded(name): name for name in self.sizes}
        self.is_plain = len(self._by_folded) == len(archive.infolist())
        """Whether no two parts have one name, in any case."""

    def find(self, name: str, beside: str = "") -> str | None:
        """The part of that name, whatever its case and slashes; `beside` is the part that names it so."""
        folder = posixpath.dirname(beside.replace("\\", "/"))
        whole = posixpath.normpath(posixpath.join("/", folder, name.replace("\\", "/")))
        return self._by_folded.get(_folded(whole))

    def need(self, name: str) -> str:
        """The part of that name. Raises BadXml where there is none."""
        found = self.find(name)
        if found is None:
            raise BadXml(f"no {name}")
        return found

    def read(self, name: str) -> bytes:
        """A small part as a whole. Raises ValueError where it is not small."""
        if self.sizes[name] > _MOST_AT_ONCE:
            raise ValueError(f"{name} is too large")
        return self._archive.read(name)

    def open(self, name: str) -> IO[bytes]:
        """A part, to be read piece by piece."""
        return self._archive.open(name)


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """The package in a file, as long as the block lasts. Raises BadInput where it is damaged."""
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED:
        raise cut_short(path) from None
    with archive:
        yield Package(archive)


def check_sizes(path: Path) -> None:
    """Raises BadInput where a package is damaged, locked with a password, or unpacks to far more than it is."""
    allowed = max(MOST_BYTES, _MOST_RATIO * path.stat().st_size)
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                if info.flag_bits & _ENCRYPTED:
                    raise locked_with_password(path)
                most = min(allowed, _most_of(info))
                size = _unpacked(file, info, most)
                allowed -= size
                if max(size, info.file_size) > most:
                    raise BadInput(
                        f"{path.name} unpacks to far more than a list of contacts has ({info.filename}), as files do "
                        "that are made to harm; nothing of it was read. If it is a list of yours, save it as CSV."
                    )
    except _DAMAGED:
        raise cut_short(path) from None


def _most_of(info: zipfile.ZipInfo) -> int:
    if any(name in info.filename for name in _IN_SHEETS):
        return 1 << 40
    return max(_MOST_BESIDE, _TEXT_RATIO * info.compress_size)


def _unpacked(file: IO[bytes], info: zipfile.ZipInfo, most: int) -> int:
    """How many bytes a part has, whatever it declares; it is looked at no further than `most`.

    Raises BadZipFile where those are not as many as it declares.
    """
    if info.compress_type == zipfile.ZIP_STORED:
        return info.file_size
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("packed as no workbook is")
    file.seek(info.header_offset)
    name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    file.seek(name + extra, 1)
    left, size, inflater = info.compress_size, 0, zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflater.eof and size <= most:
        packed = inflater.unconsumed_tail
        if not packed:
            packed = file.read(min(left, 1 << 16))
            left -= len(packed)
        found = len(inflater.decompress(packed, 1 << 20))
        if not packed and not found:
            break
        size += found
    if size <= most and size != info.file_size:
        raise zipfile.BadZipFile("not as long as it declares")
    return size


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


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
