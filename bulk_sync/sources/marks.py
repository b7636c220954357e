"""Whether quotation marks are right, a line or a record at a time.

A cell stands in them whole or not at all; one that is part of the text is written twice; line breaks and delimiters
between them belong to the cell (RFC 4180). As by csv.reader, a mark that stands further in a cell without them is taken
for a part of its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Marks:
    """What the quotation marks of a text say, where this character separates its cells."""

    delimiter: str
    _record: re.Pattern[str]
    _strict_record: re.Pattern[str]
    _opening: re.Pattern[str]
    _within: re.Pattern[str]
    _closing: re.Pattern[str]
    _reopening: re.Pattern[str]
    _after_space: re.Pattern[str]

    @classmethod
    @cache
    def of(cls, delimiter: str) -> Marks:
        """The marks of texts with this delimiter."""
        sign = re.escape(delimiter)
        text = r'(?:[^"]++|"")*+'
        cell = rf'(?:"{text}"|(?!")[^\r\n{sign}]*+)'
        strict = rf'(?:"{text}"|[^"\r\n{sign}]*+)'
        space = rf"(?:(?![\r\n{sign}])\s)"
        return cls(
            delimiter,
            re.compile(rf"{cell}(?:{sign}{cell})*[\r\n]*"),
            re.compile(rf"{strict}(?:{sign}{strict})*[\r\n]*"),
            re.compile(rf'(?:{cell}{sign})*"{text}'),
            re.compile(text),
            re.compile(rf'{text}"(?:{sign}{cell})*[\r\n]*'),
            re.compile(rf'{text}"(?:{sign}{cell})*{sign}"{text}'),
            re.compile(rf'(?:\A|[\r\n]|{sign}){space}+"[^"\r\n]*(?=[\r\n]|\Z)'),
        )

    def are_right(self, record: str) -> bool:
        """Whether these lines are one record, and no mark in them is wrong."""
        return self._record.fullmatch(record) is not None

    def open_rightly(self, line: str) -> bool:
        """Whether a line's marks are right up to a last one, which opens a cell that does not end in it."""
        return self._opening.fullmatch(line) is not None

    def stay_open(self, line: str) -> bool:
        """Whether a cell that is open where the line begins, or one behind it, is open where it ends."""
        return self._within.fullmatch(line) is not None or self._reopening.fullmatch(line) is not None

    def close(self, line: str) -> bool:
        """Whether a cell that is open where the line begins ends in it, and all that follows is right."""
        return self._closing.fullmatch(line) is not None

    def end_a_cell(self, line: str) -> bool:
        """Whether the first mark of a line looks like one that closes, and not like one that opens a cell.

        It stands behind some text; or at the beginning of a line that makes no record by itself.
        """
        before = line[: line.index('"')]
        if not before.strip():
            return not self.are_right(line)
        return not before.rstrip(" ").endswith(self.delimiter)

    def close_a_cell(self, line: str) -> bool:
        """Whether that mark ends a cell, behind which a new one or nothing follows."""
        behind = line[line.index('"') + 1 :]
        return self.end_a_cell(line) and behind[:1] in {self.delimiter, "\r", "\n", ""}

    def may_leave_open(self, lines: str) -> bool:
        """Whether a mark stands behind a space at the beginning of a cell, and none behind it in that line."""
        before = (part[-1:] for part in lines.split('"')[:-1])  # what stands before each mark tells it sooner
        is_possible = any(letter.isspace() and letter not in "\r\n" for letter in before)
        return is_possible and self._after_space.search(lines) is not None

    def leave_open(self, record: str) -> bool:
        """Whether a record has such a mark, where a cell opens that somebody put a space before."""
        return self.may_leave_open(record) and self._strict_record.fullmatch(record) is None
