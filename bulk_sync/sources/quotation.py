"""The quotation marks of a text: whether they are right, a line or a record at a time, and where cells end by them.

A cell stands in them whole or not at all; one that is part of the text is written twice; line breaks and delimiters
between them belong to the cell (RFC 4180). As by csv.reader, a mark that stands further in a cell without them is taken
for a part of its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_TEXT = r'(?:[^"]++|"")*+'


class Marks:
    """What the quotation marks of a text say, where this character separates its cells."""

    def __init__(self, delimiter: str) -> None:
        sign = re.escape(delimiter)
        cell = rf'(?:"{_TEXT}"|(?!")[^\r\n{sign}]*+)'
        strict = rf'(?:"{_TEXT}"|[^"\r\n{sign}]*+)'
        space = rf"(?:(?![\r\n{sign}])\s)"
        self._delimiter = delimiter
        self._record = re.compile(rf"{cell}(?:{sign}{cell})*[\r\n]*")
        self._strict_record = re.compile(rf"{strict}(?:{sign}{strict})*[\r\n]*")
        self._after_space = re.compile(rf'(?:\A|[\r\n]|{sign}){space}+"[^"\r\n]*(?=[\r\n]|\Z)')
        self.opens = re.compile(rf'(?:{cell}{sign})*"{_TEXT}').fullmatch
        """Whether a line's marks are right up to a last one, which opens a cell that does not end in it."""
        self.stays_open = re.compile(rf'{_TEXT}(?:"(?:{sign}{cell})*{sign}"{_TEXT})?').fullmatch
        """Whether a cell that is open where the line begins, or one behind it, is open where it ends."""
        self.closes = re.compile(rf'{_TEXT}"(?:{sign}{cell})*[\r\n]*').fullmatch
        """Whether a cell that is open where the line begins ends in it, and all that follows is right."""

    def ends_a_cell(self, line: str) -> bool:
        """Whether the first mark of a line looks like one that closes, and not like one that opens a cell.

        It stands behind some text; or at the beginning of a line that makes no record by itself.
        """
        before = line[: line.index('"')]
        if not before.strip():
            return self._record.fullmatch(line) is None
        return not before.rstrip(" ").endswith(self._delimiter)

    def closes_a_cell(self, line: str) -> bool:
        """Whether that mark ends a cell, behind which a new one or nothing follows."""
        behind = line[line.index('"') + 1 :]
        return self.ends_a_cell(line) and behind[:1] in {self._delimiter, "\r", "\n", ""}

    def may_leave_open(self, lines: str) -> bool:
        """Whether a mark stands behind a space at the beginning of a cell, and none behind it in that line."""
        before = (part[-1:] for part in lines.split('"')[:-1])  # what stands before each mark tells it sooner
        is_possible = any(letter.isspace() and letter not in "\r\n" for letter in before)
        return is_possible and self._after_space.search(lines) is not None

    def leaves_open(self, record: str) -> bool:
        """Whether a record has such a mark, where a cell opens that somebody put a space before."""
        return self.may_leave_open(record) and self._strict_record.fullmatch(record) is None


@dataclass(frozen=True, slots=True)
class Split:
    """A record taken apart.

    `pieces` are the cells as they stand, quotes included: joined by the delimiter they give the raw text again. `cells`
    are what they mean. `unclosed`: the last piece opens a quote that nothing closes.
    """

    pieces: list[str]
    cells: list[str]
    unclosed: bool


@cache
def _piece(delimiter: str) -> re.Pattern[str]:
    sign = re.escape(delimiter)
    return re.compile(rf'{sign}(?:"(?P<quoted>{_TEXT})(?P<end>"?))?(?P<rest>[^{sign}]*+)')


def split(raw: str, delimiter: str) -> Split:
    """Take a record apart, as csv.reader's lenient reading and a spreadsheet do.

    `raw` is its text without the line end that closes it. A quote at the start of a cell opens it, `""` inside is one
    quote, whatever follows the closing quote belongs to the cell as it is.
    """
    found = list(_piece(delimiter).finditer(delimiter + raw))
    return Split(
        [each[0][1:] for each in found],
        [(each["quoted"] or "").replace('""', '"') + each["rest"] for each in found],
        unclosed=found[-1]["end"] == "",
    )
