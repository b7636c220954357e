"""The encoding of a text file: the one that it is in, or the one that `--encoding` names.

A byte-order mark settles it. Then UTF-8, which no other text passes for by accident; a few broken bytes in a file that
is otherwise UTF-8 do not change that. Then the Latin code pages, told apart by their alphabets; then what
charset-normalizer says of the rest; and Windows-1252 where nobody knows.
"""

from __future__ import annotations

import codecs
import re
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.sources.codec import Codec, blocks, exact
from bulk_sync.sources.latin_pages import latin_page

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MARKS = {
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"\x84\x31\x95\x33": "gb18030",
}
_WIDE = frozenset({codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE})
_OTHER_SCRIPTS = (
    *("cp1251", "koi8_r", "koi8_u", "cp866", "mac_cyrillic", "iso8859_5"),
    *("cp1253", "iso8859_7", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
"""What charset-normalizer may answer: what spreadsheets of other scripts are saved in."""

_THAI = "cp874"
# A vowel sign or tone mark that stands on no consonant. Hebrew read as Thai is full of them.
_NOT_THAI = re.compile("(?<![\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")
_ESCAPED = re.compile("[\udc80-\udcff]")
_USUAL = "utf-8, utf-16, cp1252 (Western Europe), cp1250 (Central Europe), cp1251 (Cyrillic), shift_jis, gb18030"
_NOT_FOR_FILES = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})

_SAMPLE = 64 * 1024
_SAMPLE_OF_A_BLOCK = 8 * 1024
_HEAD = 64 * 1024


def detect(path: Path) -> Codec:
    """The encoding of a text file. Reads all of it: the first odd byte may stand in the last line.

    Raises:
        BadInput: the mark says UTF-16 or UTF-32, and the file is not.
    """
    with closing(blocks(path)) as read:
        first = next(read)
        head = first[0][:_HEAD]
        for mark, name in _MARKS.items():
            if head.startswith(mark):
                return _wide(path, name, mark) if mark in _WIDE else exact(Codec(name, mark), path)
        unmarked = _unmarked_utf16(head)
        if unmarked is not None:
            return _wide(path, unmarked, b"")
        if _is_utf8(chain([first], read)):
            return Codec("utf-8")
    found = _scan(path)
    name = "utf-8" if found.valid >= found.broken else _code_page(found.sample)
    return exact(Codec(name), path)


def _wide(path: Path, name: str, mark: bytes) -> Codec:
    codec = Codec(name, mark, "surrogatepass")
    try:
        return exact(codec, path)
    except UnicodeError:
        raise BadInput(
            f"{path.name} starts as {codec.label} text and then breaks off or turns into something else; "
            "it was probably cut short. Save it again, best as CSV UTF-8."
        ) from None


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of ASCII text (digits, delimiters, line ends) is zero."""
    pairs = len(head) // 2
    for name, high, low in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if pairs >= 4 and high.count(0) >= 0.3 * pairs and low.count(0) == 0:
            text = head[: pairs * 2].decode(name, "replace")
            if not re.search(r"[\x00-\x08\x0e-\x1f\ufffd]", text[:-1]):
                return name
    return None


@dataclass(slots=True)
class _Found:
    """Bytes that belong to UTF-8 sequences, bytes that do not, and some of the lines with the latter."""

    valid: int = 0
    broken: int = 0
    sample: list[bytes] = field(default_factory=list)


def _is_utf8(read: Iterable[tuple[bytes, bool]]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block, last in read:
            # that a block is ASCII is known ten times as fast; but a letter that began before it must end in it
            if last or not block.isascii() or decoder.getstate()[0]:
                decoder.decode(block, last)
    except UnicodeDecodeError:
        return False
    return True


def _scan(path: Path) -> _Found:
    found = _Found()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    sampled = 0
    for block, last in blocks(path):
        text = decoder.decode(block, last)
        if block.isascii() and text.isascii():
            continue
        broken = 0 if _is_clean(text) else len(_ESCAPED.findall(text))
        found.broken += broken
        found.valid += max(0, len(block) - len(text))
        if broken and sampled < _SAMPLE:
            lines = _odd_lines(block)
            found.sample += lines
            sampled += sum(map(len, lines))
    return found


def _is_clean(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _odd_lines(block: bytes) -> list[bytes]:
    lines: list[bytes] = []
    room = _SAMPLE_OF_A_BLOCK
    for line in re.split(rb"[\r\n]+", block):
        if not line.isascii() and room > 0:
            lines.append(line[:room])
            room -= len(line)
    return lines


def _code_page(sample: list[bytes]) -> str:
    latin = latin_page(sample)
    if latin is not None:
        return latin
    import charset_normalizer  # noqa: PLC0415  # only files that are neither UTF-8 nor Latin pay for it

    text = b"\n".join(sample)
    candidates = [
        name for name in _OTHER_SCRIPTS if name != _THAI or not _NOT_THAI.search(text.decode(name, "replace"))
    ]
    # The threshold is made for prose; short names look more chaotic than they are.
    matches = charset_normalizer.from_bytes(text, cp_isolation=candidates, enable_fallback=False, threshold=0.5)
    best = matches.best()
    return codecs.lookup(best.encoding).name if best is not None else "cp1252"


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
    family = name.removesuffix("-sig")
    marks = [(mark, unmarked) for mark, unmarked in _MARKS.items() if unmarked.startswith(family) and "utf" in family]
    errors = "surrogatepass" if name.startswith(("utf-16", "utf-32")) else "surrogateescape"
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
