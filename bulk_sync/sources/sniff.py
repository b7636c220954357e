"""What kind of file is this, whatever its name says?

By its first bytes, and for containers (ZIP, OLE) by what is inside.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path
    from zipfile import ZipFile

    from bulk_sync.sources.input_file import InputFile


class Kind(Enum):
    """What `open_table` can read."""

    TEXT = auto()
    XLSX = auto()
    XLS = auto()
    XLSB = auto()
    ODS = auto()


_MOST_OF_MANIFEST = 1 << 20
_MOST_OF_XLS = 256 << 20
"""Bytes; a file with all the rows and columns that a sheet of this format can have is smaller."""

_XLSX_BOOK = re.compile(r"(^|/)workbook\d*\.xml$")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_LOCKED = "EncryptedPackage".encode("utf-16-le")
_OLE_WORKBOOK = ("Workbook".encode("utf-16-le"), "Book\0".encode("utf-16-le"))
_OF_WORKBOOKS = {".xls", ".xlsx", ".xlsm", ".xlsb", ".ods"}
_SAVE_AS = "open it in a spreadsheet program and save it as CSV or XLSX."
_SAVE_AS_XLSX = "save it as XLSX: open it in a spreadsheet program and choose File, Save As, Excel Workbook (.xlsx)."
_GIVE = "give a CSV, TSV, XLSX, XLS or ODS file."

_JSON = re.compile(rb'\s*(\{\s*("[^"\r\n]*"\s*:|\})|\[\s*[\[{]\s*["{\[\]}0-9]|\[\s*"[^"]*"\s*[,\]]\s*["\]])')
# RFC 2557: what browsers and reporting servers save a page with its pictures as (MHTML)
_MIME = re.compile(
    rb"\s*([a-z-]+:[^\r\n]*\r?\n([ \t][^\r\n]*\r?\n)*)*?(mime-version:|content-type:\s*(multipart/related|text/html))",
    re.IGNORECASE,
)
_OTHERS = (
    (re.compile(rb"%PDF-"), "is a PDF, not a spreadsheet; export the list from where it was made as CSV or XLSX."),
    (
        re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF....WEBP", re.DOTALL),
        f"is an image, not a spreadsheet; {_GIVE}",
    ),
    (re.compile(rb"\x1f\x8b|BZh[1-9]|\xfd7zXZ\0|\x28\xb5\x2f\xfd"), "is compressed; unpack it first."),
    (re.compile(rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07"), "is an archive; unpack it first."),
    (re.compile(rb"SQLite format 3\0"), "is a database; export the table as CSV."),
    (re.compile(rb"PAR1|ARROW1|Obj\x01"), "is a data file, not a spreadsheet; export it as CSV."),
    (re.compile(rb"\{\\rtf"), f"is a text document; {_SAVE_AS}"),
    (re.compile(rb"\x7fELF|MZ\x90\0"), "is a program, not a spreadsheet."),
    (re.compile(rb"\x09[\0\x02\x04\x08][\x04\x06]\0"), f"is a workbook of Excel 4 or older; {_SAVE_AS}"),
    (
        re.compile(
            rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*|<\?mso[^>]*>\s*)*<([a-z]+:)?Workbook\b", re.IGNORECASE | re.DOTALL
        ),
        "is an XML spreadsheet (2003){as_suffix}; " + _SAVE_AS_XLSX,
    ),
    (
        re.compile(
            rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body|meta|style|table|div)\b",
            re.IGNORECASE | re.DOTALL,
        ),
        "is a web page{as_suffix}; " + _SAVE_AS_XLSX,
    ),
    (_MIME, "is a web page{as_suffix}; " + _SAVE_AS_XLSX),
    (
        re.compile(rb"\s*(<\?xml\b|<[a-z][^<>]*>\s*<)", re.IGNORECASE),
        "is an XML file, not a spreadsheet; export it as CSV.",
    ),
    (_JSON, "is JSON, not a spreadsheet; export it as CSV."),
    (
        re.compile(rb"\s*BEGIN:VCARD\b", re.IGNORECASE),
        "is an address book (vCard), not a spreadsheet; export the contacts as CSV.",
    ),
)

_OTHER_ZIPS = {
    "word/": "is a Word document, not a spreadsheet; copy its table into a spreadsheet and save that as XLSX.",
    "ppt/": f"is a presentation, not a spreadsheet; {_GIVE}",
    r"index/.*\.iwa$": "is an Apple Numbers file; in Numbers choose File, Export To, CSV or Excel.",
    "xl/": "is a damaged workbook; copy or download it again.",
}
"""What a package is that has a part of such a name (folded), and is no workbook."""


def kind_of(file: InputFile) -> Kind:
    """The kind of the file. Raises BadInput where it is empty, damaged, or something else; the sentence says what."""
    path, head = file.path, file.head
    if not head:
        raise BadInput(f"{path.name} is empty; save the spreadsheet again and check its size.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _in_zip(path)
    if head.startswith(_OLE):
        return _in_ole(path)
    plain = re.sub(rb"\0|^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)", b"", head)  # a web page or JSON may well be UTF-16
    for pattern, what in _OTHERS:
        if pattern.match(head) or pattern.match(plain):
            as_suffix = f" saved as {path.suffix.lower()}" if path.suffix.lower() in _OF_WORKBOOKS else ""
            raise BadInput(f"{path.name} {what.format(as_suffix=as_suffix)}")
    if _is_binary(head):
        raise BadInput(f"{path.name} is not a text file or spreadsheet that can be read; {_SAVE_AS}")
    return Kind.TEXT


def _in_zip(path: Path) -> Kind:
    import zipfile  # noqa: PLC0415  # text does without
    import zlib  # noqa: PLC0415  # the same

    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/").casefold() for name in archive.namelist()}
            mimetype = _beginning(archive, "mimetype", 100)
            manifest = _beginning(archive, "META-INF/manifest.xml", _MOST_OF_MANIFEST)
    except (zipfile.BadZipFile, OSError, RuntimeError, EOFError, ValueError, zlib.error):
        raise cut_short(path) from None
    if b"opendocument.spreadsheet" in (mimetype or manifest):
        if b"encryption-data" in manifest:
            raise locked_with_password(path)
        return Kind.ODS
    if "xl/workbook.bin" in names:
        return Kind.XLSB
    if any(_XLSX_BOOK.search(name) for name in names):
        return Kind.XLSX
    raise BadInput(f"{path.name} {_other_zip(names)}")


def _beginning(archive: ZipFile, name: str, size: int) -> bytes:
    """The first bytes of a part; none where it is not there."""
    if name not in archive.namelist():
        return b""
    if archive.getinfo(name).compress_type not in {0, 8}:  # any other way unpacks to gigabytes before it gives a byte
        raise ValueError("packed as no workbook is")
    with archive.open(name) as part:
        return part.read(size)


def _other_zip(names: set[str]) -> str:
    for pattern, what in _OTHER_ZIPS.items():
        if any(re.match(pattern, name) for name in names):
            return what
    return "is a ZIP archive, not a spreadsheet; unpack it and name the file inside."


def _in_ole(path: Path) -> Kind:
    import mmap  # noqa: PLC0415  # text does without

    if (size := path.stat().st_size) > _MOST_OF_XLS:
        raise BadInput(
            f"{path.name} is too large for an XLS file ({size >> 20:,} MB); open it in a spreadsheet program and save "
            "it as XLSX."
        )
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(_OLE_LOCKED) >= 0:
            raise locked_with_password(path)
        if any(data.find(name) >= 0 for name in _OLE_WORKBOOK):
            return Kind.XLS
    raise BadInput(f"{path.name} is an old Office document, but not a spreadsheet; {_GIVE}")


def cut_short(path: Path) -> BadInput:
    """The refusal of a package that cannot be unpacked."""
    return BadInput(f"{path.name} is damaged or was cut short; copy or download it again.")


def locked_with_password(path: Path) -> BadInput:
    """The refusal of a workbook that cannot be read without its password."""
    return BadInput(f"{path.name} is protected with a password; open it, remove the password, save it, and try again.")


def _is_binary(head: bytes) -> bool:
    """Whether too many bytes are control characters for this to be text of any encoding."""
    if len(head) < 512 or head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return False
    control = sum(head.count(code) for code in range(32) if code not in b"\t\n\v\f\r\x1b\0")
    zeros = head.count(0)
    utf16 = head[::2].count(0) == 0 or head[1::2].count(0) == 0
    return control > 0.05 * len(head) or (zeros > 0.2 * len(head) and not utf16)
