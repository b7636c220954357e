"""How do bytes become text, and the same text the same bytes again?

The results file repeats every original byte, so a decoder is used only in a way that can be undone:

- bytes that are no text in the file's encoding travel as lone surrogates (PEP 383);
- where an encoding has several codes for one character (some East Asian ones do), so that encoding the text again would
  not give the same bytes, the file is taken apart byte by byte (Latin-1) and only the cells are decoded (`opaque`). The
  delimiters, quotation marks and line ends are the same bytes there.
"""

from __future__ import annotations

import codecs
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bulk_sync.sources.input_file import InputFile

_LABELS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32 (big-endian)",
    "mac-roman": "Mac Roman",
    "shift_jis": "Shift JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
}


_ASCII_BYTES = frozenset(
    {"utf-8", "ascii", "latin-1", "iso8859-1", "iso8859-15", *(f"cp125{number}" for number in range(9))}
)
"""Encodings in which a byte below 128 is always the ASCII character and part of no other."""


@dataclass(frozen=True, slots=True)
class Codec:
    """An encoding in use: `name` is Python's, `bom` the mark at the start of the file."""

    name: str
    bom: bytes = b""
    opaque: bool = False

    @property
    def errors(self) -> str:
        """What is done with bytes that are no text."""
        return "surrogatepass" if self.name.startswith(("utf-16", "utf-32")) else "surrogateescape"

    @property
    def label(self) -> str:
        """The encoding as a person calls it."""
        return _LABELS.get(self.name) or self.name.replace("cp125", "Windows-125")

    @contextmanager
    def reading(self, file: InputFile) -> Iterator[TextIO]:
        """The file's text, its line ends as they are, after the byte-order mark."""
        with file.open() as data:
            # The codecs that are used here know no mark and would deliver it as a character.
            data.seek(len(self.bom))
            with TextIOWrapper(data, encoding=self._outer, errors=self.errors, newline="") as text:
                yield text

    def encode(self, text: str) -> bytes:
        """The bytes of text that came from `reading` or `fitting`."""
        return text.encode(self._outer, self.errors)

    @property
    def comes_back(self) -> bool:
        """Whether whole lines can be decoded by themselves, and give the same bytes again."""
        return not self.opaque and (self.name in _ASCII_BYTES or self.name.startswith("utf-"))

    def fitting(self, text: str) -> str:
        """Text of our own so that `encode` takes it: what the encoding cannot hold becomes `?`."""
        if text.isascii():
            return text
        return text.encode(self.name, "replace").decode(self._outer)

    def said(self, cells: Sequence[str]) -> list[str]:
        """What the cells of a record from `reading` say."""
        if not self.opaque:
            return list(cells)
        return [cell if cell.isascii() else cell.encode("latin-1").decode(self.name, "replace") for cell in cells]

    @property
    def _outer(self) -> str:
        return "latin-1" if self.opaque else self.name


def exact(codec: Codec, file: InputFile) -> Codec:
    """The codec, `opaque` if the file's bytes would not come out of it as they went in.

    Raises UnicodeError where a wide encoding (UTF-16, UTF-32) does not fit the file at all.
    """
    if codec.name == "utf-8":
        return codec
    try:
        comes_back = _comes_back(codec, file)
    except UnicodeError:
        if codec.name.startswith("utf-"):
            raise
        comes_back = False
    return codec if comes_back else replace(codec, opaque=True)


def _comes_back(codec: Codec, file: InputFile) -> bool:
    decoder = codecs.getincrementaldecoder(codec.name)(codec.errors)
    pending = b""
    for block, last in file.blocks(skip=len(codec.bom)):
        pending += block
        again = codec.encode(decoder.decode(block, last))
        if not pending.startswith(again):
            return False
        pending = pending[len(again) :]
    return not pending
