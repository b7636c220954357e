"""The encoding of a text file: the one that it is in, or the one that `--encoding` names.

A byte-order mark settles it. Then UTF-8, which no other text passes for by accident; a few broken bytes in a file that
is otherwise UTF-8 do not change that. Then the Latin code pages; then what charset-normalizer says of the rest; and
Windows-1252 where nobody knows.

Text of a Latin code page always decodes under another, only to nonsense: "Dvořák" (Windows-1250) becomes "Dvoøák"
(Windows-1252), "José" (Mac) becomes "JosŽ". What tells them apart is that a word keeps to the alphabet of one language.
Each word votes; Windows-1252 wins a tie. Statistical detectors need long prose for this. Spreadsheets hold short names.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.sources.codec import Codec, exact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulk_sync.sources.input_file import InputFile

_MARKS = {
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"\x84\x31\x95\x33": "gb18030",
}
_OTHER_SCRIPTS = (
    *("cp1251", "koi8_r", "koi8_u", "cp866", "mac_cyrillic", "iso8859_5"),
    *("cp1253", "iso8859_7", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
"""What charset-normalizer may answer: what spreadsheets of other scripts are saved in."""

_WESTERN = (
    "áéíóúüñ",  # Spanish, Irish
    "áâãàçéêíóôõúü",  # Portuguese
    "àâæçéèêëîïôœùûüÿ",  # French
    "äöüßéè",  # German
    "àáèéìíîòóùú",  # Italian
    "åäöéü",  # Swedish, Finnish
    "æøåéêóòâôäöü",  # Danish, Norwegian
    "áéíóúýðþæö",  # Icelandic
    "àçèéíïòóúü",  # Catalan
    "áéíóúëïöüèê",  # Dutch
)
_CENTRAL = (
    "ąćęłńóśźż",  # Polish
    "áäčďéěíĺľňóôŕřšťúůýž",  # Czech, Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîşţșț",  # Romanian
    "čćđšž",  # Croatian, Slovene, Bosnian
    "äöüßé",  # German
)
_TURKISH = ("çğıöşüâîû\u0307",)  # the dot that lower-casing İ leaves
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")

ALPHABETS = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "cp1254": _TURKISH,
    "mac-roman": _WESTERN,
    "cp850": _WESTERN,
    "iso8859-2": _CENTRAL,
    "cp1257": _BALTIC,
    "cp852": _CENTRAL,
    "cp857": _TURKISH,
    "mac-latin2": _CENTRAL,
}
"""Code page → the non-ASCII letters of each language written in it. In order of preference."""

_AFTER_A_LETTER = frozenset("’‘”»ºª°®™…·²\xb4\xa0")
_BEFORE_A_LETTER = frozenset("’‘“„«¿¡·\xa0")
_COMMON_SIGNS = _AFTER_A_LETTER | _BEFORE_A_LETTER | frozenset("€£¥¢§©±²³½¼¾•\u2013\u2014\xd7÷")
_TILDE_ALONE = re.compile("õ(?!e)|Õ(?!E)")  # Portuguese has it in "õe" only; elsewhere it was a Hungarian ő
_ORDINAL = re.compile("[A-Za-z]{1,2}[ªº]")  # Nº, Mª: with ş instead it would be a word of Windows-1250
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_ENOUGH_WORDS = 5_000

_THAI = "cp874"
# A vowel sign or tone mark that stands on no consonant. Hebrew read as Thai is full of them.
_NOT_THAI = re.compile("(?<![\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")
_ESCAPED = re.compile("[\udc80-\udcff]")
_USUAL = "utf-8, utf-16, cp1252 (Western Europe), cp1250 (Central Europe), cp1251 (Cyrillic), shift_jis, gb18030"
_NOT_FOR_FILES = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})

_SAMPLE = 64 * 1024
_SAMPLE_OF_A_BLOCK = 8 * 1024


def detect(file: InputFile) -> Codec:
    """The encoding of a text file. Reads all of it: the first odd byte may stand in the last line.

    Raises BadInput where the mark says UTF-16 or UTF-32, and the file is not.
    """
    codec = _detected(file)
    try:
        return exact(codec, file)
    except UnicodeError:
        raise BadInput(
            f"{file.path.name} starts as {codec.label} text and then breaks off or turns into something else; "
            "it was probably cut short. Save it again, best as CSV UTF-8."
        ) from None


def _detected(file: InputFile) -> Codec:
    for mark, name in _MARKS.items():
        if file.head.startswith(mark):
            return Codec(name, mark)
    unmarked = _unmarked_utf16(file.head)
    if unmarked is not None:
        return Codec(unmarked)
    return Codec(_utf8_or_page(file))


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of ASCII text (digits, delimiters, line ends) is zero."""
    pairs = len(head) // 2
    for name, high, low in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if pairs >= 4 and high.count(0) >= 0.3 * pairs and low.count(0) == 0:
            text = head[: pairs * 2].decode(name, "replace")
            if not re.search(r"[\x00-\x08\x0e-\x1f\ufffd]", text[:-1]):
                return name
    return None


def _utf8_or_page(file: InputFile) -> str:
    """UTF-8, or where more bytes are broken than belong to its sequences, the page of some of the lines with them."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    valid = broken = 0
    sample: list[bytes] = []
    for block, last in file.blocks():
        text = decoder.decode(block, last)
        if block.isascii() and text.isascii():
            continue
        broken_here = _broken_bytes(text)
        broken += broken_here
        valid += max(0, len(block) - len(text))
        if broken_here and sum(map(len, sample)) < _SAMPLE:
            sample += _odd_lines(block)
    return "utf-8" if valid >= broken else _code_page(sample)


def _broken_bytes(text: str) -> int:
    try:
        text.encode()
    except UnicodeEncodeError:
        return len(_ESCAPED.findall(text))
    return 0


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


def latin_page(lines: Iterable[bytes]) -> str | None:
    """The code page of lines that hold non-ASCII bytes; None if their words are in no Latin alphabet."""
    words = list({word for line in lines for word in _WORD.findall(line) if not word.isascii()})[:_ENOUGH_WORDS]
    votes = {page: Counter(_vote(word, page) for word in words) for page in ALPHABETS}
    if not votes["cp1252"][1] and not votes["cp1252"][-1]:
        return "cp1252"  # nothing but signs beside figures (€, °): no letter contradicts the usual page
    page = max(votes, key=lambda name: votes[name][1] - votes[name][-1])
    for_it, against = votes[page][1], votes[page][-1]
    return page if for_it and against <= 0.2 * (for_it + against) else None


def _vote(word: bytes, page: str) -> int:
    """1: a word of a language of this page; -1: of none; 0: no letters to judge by."""
    try:
        text = word.decode(page)
    except UnicodeDecodeError:
        return -1
    if not all(_sign_in_place(text, at) for at, sign in enumerate(text) if _is_sign(sign)):
        return -1
    if _ORDINAL.fullmatch(text):
        return 1
    letters = [letter for letter in text if not _is_sign(letter)]
    foreign = {small for letter in letters if letter > "\x7f" for small in letter.lower() if small > "\x7f"}
    plain = sum(letter <= "\x7f" for letter in letters)
    if not foreign or (len(letters) == 1 and not plain):
        return 0
    if len(letters) > 2 * plain + 1 or _capital_inside(text) or _TILDE_ALONE.search(text):
        return -1
    return 1 if any(foreign <= set(alphabet) for alphabet in ALPHABETS[page]) else -1


def _is_sign(character: str) -> bool:
    return character > "\x7f" and (not character.isalpha() or character in "ªº")


def _sign_in_place(text: str, at: int) -> bool:
    """Whether a sign is a usual one where such signs stand: ’ inside a word, ¿ before one, º after one, € apart."""
    sign = text[at]
    follows = at > 0 and not _is_sign(text[at - 1])
    precedes = at + 1 < len(text) and not _is_sign(text[at + 1])
    return (
        sign in _COMMON_SIGNS
        and not (follows and sign not in _AFTER_A_LETTER)
        and not (precedes and sign not in _BEFORE_A_LETTER)
    )


def _capital_inside(text: str) -> bool:
    """Whether an accented capital stands inside a word beside a small letter, as in no name."""
    return any(
        capital > "\x7f" and capital.isupper() and (left.islower() or (left.isalpha() and right.islower()))
        for left, capital, right in zip(text, text[1:], text[2:] + " ", strict=False)
    )


def given(file: InputFile, encoding: str) -> Codec:
    """The codec for a text file whose encoding was named by hand.

    Raises BadInput where there is no such encoding, or the file's bytes are not in it (the message names the row).
    """
    name = _python_name(encoding)
    codec = _with_mark(file, name)
    _check(file, codec, encoding)
    return exact(codec, file)


def _python_name(encoding: str) -> str:
    try:
        found = codecs.lookup(encoding.strip())
        "1".encode(found.name)  # not every codec is one for text
    except (LookupError, ValueError):
        raise BadInput(f'--encoding "{encoding}": there is no such encoding. Usual ones: {_USUAL}.') from None
    if found.name in _NOT_FOR_FILES:
        raise BadInput(f'--encoding "{encoding}" is not an encoding of files. Usual ones: {_USUAL}.')
    return found.name


def _with_mark(file: InputFile, name: str) -> Codec:
    family = name.removesuffix("-sig")
    marks = {mark: each for mark, each in _MARKS.items() if each.startswith(family) and "utf" in family}
    for mark, unmarked in marks.items():
        if file.head.startswith(mark):
            return Codec(unmarked, mark)
    return Codec(next(iter(marks.values()), name))  # without a mark, Windows' byte order


def _check(file: InputFile, codec: Codec, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(codec.name)("strict")
    row = 1
    for block, last in file.blocks(skip=len(codec.bom)):
        try:
            text = decoder.decode(block, last)
        except UnicodeError as error:
            before = block[: error.start] if isinstance(error, UnicodeDecodeError) else b""
            line = row + _line_ends(before.decode(codec.name, "replace"))
            raise BadInput(
                f"{file.path.name}, row {line}: these bytes are not {encoding} text; "
                "leave --encoding out to have it detected, or name another one."
            ) from None
        row += _line_ends(text)


def _line_ends(text: str) -> int:
    return max(text.count("\n"), text.count("\r"))
