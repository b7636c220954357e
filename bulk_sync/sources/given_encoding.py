"""Can the file be read in the encoding that `--encoding` names?"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.sources.codec import Codec, blocks, exact

if TYPE_CHECKING:
    from pathlib import Path

_MARKED = {
    "utf-8": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-16-le": ((codecs.BOM_UTF16_LE, "utf-16-le"),),
    "utf-16-be": ((codecs.BOM_UTF16_BE, "utf-16-be"),),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
    "utf-32-le": ((codecs.BOM_UTF32_LE, "utf-32-le"),),
    "utf-32-be": ((codecs.BOM_UTF32_BE, "utf-32-be"),),
}
_USUAL = "utf-8, utf-16, cp1252 (Western Europe), cp1250 (Central Europe), cp1251 (Cyrillic), shift_jis, gb18030"
_NOT_FOR_FILES = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})


def given(path: Path, encoding: str) -> Codec:
    """The codec for a text file whose encoding was named by hand.

    Raises:
        BadInput: there is no such encoding, or the file's bytes are not in it (the message names the row).
    """
    name = _python_name(encoding)
    codec = _with_mark(path, name)
    _check(path, codec, encoding)
    return exact(codec, path)


def _python_name(encoding: str) -> str:
    try:
        found = codecs.lookup(encoding.strip())
        "1".encode(found.name)  # not every codec is one for text
    except (LookupError, ValueError):
        raise BadInput(f'--encoding "{encoding}": there is no such encoding. Usual ones: {_USUAL}.') from None
    if found.name in _NOT_FOR_FILES:
        raise BadInput(f'--encoding "{encoding}" is not an encoding of files. Usual ones: {_USUAL}.')
    return found.name


def _with_mark(path: Path, name: str) -> Codec:
    with path.open("rb") as file:
        head = file.read(4)
    errors = "surrogatepass" if name.startswith(("utf-16", "utf-32")) else "surrogateescape"
    marks = _MARKED.get(name, ())
    for mark, unmarked in marks:
        if head.startswith(mark):
            return Codec(unmarked, mark, errors)
    # Without a mark, Windows' byte order.
    return Codec(marks[0][1] if marks else name, b"", errors)


def _check(path: Path, codec: Codec, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(codec.name)("strict")
    row = 1
    for block, last in blocks(path, skip=len(codec.bom)):
        try:
            text = decoder.decode(block, last)
        except UnicodeError as error:
            before = block[: error.start] if isinstance(error, UnicodeDecodeError) else b""
            line = row + _line_ends(before.decode(codec.name, "replace"))
            raise BadInput(
                f"{path.name}, row {line}: these bytes are not {encoding} text; "
                "leave --encoding out to have it detected, or name another one."
            ) from None
        row += _line_ends(text)


def _line_ends(text: str) -> int:
    return max(text.count("\n"), text.count("\r"))
