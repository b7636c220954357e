"""The parts of a workbook that is a ZIP package (XLSX, XLSB, ODS), whose sizes were looked at before.

A few KB can unpack to gigabytes, and the size that a part declares need not be its own. So each part is unpacked once
into nothing, and a package that is larger than a list of contacts can be is refused.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
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
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    ValueError,
    struct.error,
)


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
    """The package in a file, as long as the block lasts.

    Raises:
        BadInput: it is damaged, locked with a password, or unpacks to far more than it is.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED:
        raise _damaged(path) from None
    with archive:
        yield Package(archive)


def check_sizes(path: Path) -> None:
    """Do nothing if the package in a file unpacks to what can be read. Raises BadInput as `opened` does."""
    allowed = max(MOST_BYTES, _MOST_RATIO * path.stat().st_size)
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                if info.flag_bits & _ENCRYPTED:
                    raise BadInput(
                        f"{path.name} is protected with a password; open it, remove the password, save it, and try "
                        "again."
                    )
                most = min(allowed, _most_of(info))
                size = _unpacked(file, info, most)
                allowed -= size
                if max(size, info.file_size) > most:
                    raise BadInput(
                        f"{path.name} unpacks to far more than a list of contacts has ({info.filename}), as files do "
                        "that are made to harm; nothing of it was read. If it is a list of yours, save it as CSV."
                    )
    except _DAMAGED:
        raise _damaged(path) from None


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


def _damaged(path: Path) -> BadInput:
    return BadInput(f"{path.name} is damaged or was cut short; copy or download it again.")


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
