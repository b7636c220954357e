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


class Kind(Enum):
    """What `open_table` can read."""

    TEXT = auto()
    XLSX = auto()
    XLS = auto()
    XLSB = auto()
    ODS = auto()


_HEAD = 64 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_LOCKED = "EncryptedPackage".encode("utf-16-le")
_OLE_WORKBOOK = ("Workbook".encode("utf-16-le"), "Book\0".encode("utf-16-le"))
# [MS-XLS] 2.1.7.20.3: the record FilePass follows the first one (BOF), with at most WriteProtect between them.
_OLE_FILEPASS = re.compile(
    rb"\x09\x08(?:\x10\0\0\x06\x05\0.{12}|\x08\0\0\x05\x05\0.{4})(?:\x86\0\0\0)?\x2f\0", re.DOTALL
)
_SAVE_AS = "open it in a spreadsheet program and save it as CSV or XLSX."
_GIVE = "give a CSV, TSV, XLSX, XLS or ODS file."

_HTML = f"is a web page (HTML), whatever its name says; {_SAVE_AS}"
_JSON = re.compile(rb'\s*(\{\s*("[^"\r\n]*"\s*:|\})|\[\s*[\[{]\s*["{\[\]}0-9]|\[\s*"[^"]*"\s*[,\]]\s*["\]])')
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
        re.compile(rb"\s*<\?xml[^>]*>\s*(<\?mso[^>]*>\s*)?<(ss:)?Workbook", re.IGNORECASE),
        f"is an XML spreadsheet; {_SAVE_AS}",
    ),
    (
        re.compile(
            rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(!doctype html|html|head|body|meta|style|table|div)\b",
            re.IGNORECASE | re.DOTALL,
        ),
        _HTML,
    ),
    (
        re.compile(rb"\s*(<\?xml\b|<[a-z][^<>]*>\s*<)", re.IGNORECASE),
        "is an XML file, not a spreadsheet; export it as CSV.",
    ),
    (_JSON, "is JSON, not a spreadsheet; export it as CSV."),
)


def kind_of(path: Path) -> Kind:
    """The kind of the file.

    Raises:
        BadInput: there is no such file, it cannot be read, is empty, or is something else; the sentence says what.
    """
    head = _head(path)
    if not head:
        raise BadInput(f"{path.name} is empty; save the spreadsheet again and check its size.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _in_zip(path)
    if head.startswith(_OLE):
        return _in_ole(path)
    plain = re.sub(rb"\0|^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)", b"", head)  # a web page or JSON may well be UTF-16
    for pattern, what in _OTHERS:
        if pattern.match(head) or pattern.match(plain):
            raise BadInput(f"{path.name} {what}")
    if _is_binary(head):
        raise BadInput(f"{path.name} is not a text file or spreadsheet that can be read; {_SAVE_AS}")
    return Kind.TEXT


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}; check the name and the folder.") from None
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder; name the file in it.") from None
    except PermissionError:
        # Windows says the same of a folder.
        if path.is_dir():
            raise BadInput(f"{path} is a folder; name the file in it.") from None
        raise BadInput(f"{path} may not be read; close it elsewhere, or ask for permission to read it.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read ({error}); copy it to this computer and try again.") from None


def _in_zip(path: Path) -> Kind:
    import zipfile  # noqa: PLC0415  # text does without
    import zlib  # noqa: PLC0415  # the same

    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            mimetype = archive.read("mimetype")[:100] if "mimetype" in names else b""
            manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error):
        raise BadInput(f"{path.name} is damaged or was cut short; copy or download it again.") from None
    if b"opendocument.spreadsheet" in mimetype:
        if b"encryption-data" in manifest:
            raise locked_with_password(path)
        return Kind.ODS
    for inside, kind in (("xl/workbook.bin", Kind.XLSB), ("xl/workbook.xml", Kind.XLSX)):
        if inside in names:
            return kind
    raise BadInput(f"{path.name} {_other_zip(names)}")


def _other_zip(names: set[str]) -> str:
    if any(name.startswith("word/") for name in names):
        return "is a Word document, not a spreadsheet; copy its table into a spreadsheet and save that as XLSX."
    if any(name.startswith("ppt/") for name in names):
        return f"is a presentation, not a spreadsheet; {_GIVE}"
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        return "is an Apple Numbers file; in Numbers choose File, Export To, CSV or Excel."
    if any(name.startswith("xl/") for name in names):
        return "is a damaged workbook; copy or download it again."
    return "is a ZIP archive, not a spreadsheet; unpack it and name the file inside."


def _in_ole(path: Path) -> Kind:
    data = path.read_bytes()
    if _OLE_LOCKED in data or _OLE_FILEPASS.search(data):
        raise locked_with_password(path)
    if any(name in data for name in _OLE_WORKBOOK):
        return Kind.XLS
    raise BadInput(f"{path.name} is an old Office document, but not a spreadsheet; {_GIVE}")


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
