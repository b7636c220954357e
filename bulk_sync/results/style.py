"""How do results look in a workbook, and what can its cells hold?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

_LETTERS_OF_A_LINE, _LINE, _MOST_LINES = 60, 15, 12
"""Of a wrapped reason: letters that go into a line for certain, points of a line, and lines that are shown."""

NUMBERS = frozenset({"sync_row", "sync_http_status", "sync_attempts"})
"""Columns of ours that hold numbers; the others are text."""

_WIDTHS = {
    "sync_row": 10,
    "sync_result": 13,
    "sync_code": 20,
    "sync_error": 60,
    "sync_phone": 18,
    "sync_contact_id": 38,
    "sync_previous_status": 22,
    "sync_previous_campaign": 38,
    "sync_http_status": 18,
    "sync_at": 26,
    "sync_run": 24,
}


@dataclass(frozen=True, slots=True)
class Colours:
    """Red, green and blue in hexadecimal: of the cell, and of the text in it."""

    fill: str
    text: str


OUTCOMES = {
    "success": Colours("C6EFCE", "006100"),
    "error": Colours("FFC7CE", "9C0006"),
    "skipped": Colours("E7E6E6", "404040"),
    "not_sent": Colours("FFE699", "7F4F00"),
    "would_send": Colours("DDEBF7", "1F4E78"),
}
"""The colours of `sync_result`, by what it says. Each pair has a contrast of more than 4.5 : 1 (WCAG 2, AA)."""

HEADER = Colours("1F4E78", "FFFFFF")
"""The colours of our headers, so that they are told from the user's own."""

OUTCOME_COLUMN, LONG_COLUMN = "sync_result", "sync_error"
"""What is coloured, and what is wrapped."""

NARROWEST, WIDEST = 9, 40
"""Characters that a column of the user's is wide at least and at most, in a new workbook."""

NEVER_HIDDEN = frozenset({"error", "not_sent"})
"""Outcomes of rows that somebody has to look at."""

DEEPEST_FROZEN_HEADER = 15
"""A header further down is not frozen: the rows above it would fill the window."""

LONGEST_CELL = 32_767
"""Characters that a workbook's cell can hold; further ones are cut off."""

# XML 1.0, section 2.2: what is no character of a document.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def fit_for_cell(text: str) -> str:
    """The text, with U+FFFD for each character that a workbook cannot hold, cut at the limit of a cell."""
    if len(text) <= LONGEST_CELL and text.isprintable():  # nearly every cell, and several times faster
        return text
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text[:LONGEST_CELL])


def width_of(column: str) -> int:
    """The width of a column of ours, in characters."""
    return _WIDTHS.get(column, 16)


def height_of(reason: str) -> int | None:
    """The height in points of a row with this reason, which is wrapped; None: it needs no more than one line.

    Spreadsheet programs do not agree on whether they find that out by themselves when they open a file.
    """
    lines = ceil(len(reason) / _LETTERS_OF_A_LINE)
    return _LINE * min(lines, _MOST_LINES) if lines > 1 else None


def number_in(column: str, cell: str) -> int | None:
    """The number that a cell of ours stands for, where its column holds numbers."""
    return int(cell) if column in NUMBERS and cell.isascii() and cell.isdigit() and len(cell) < 16 else None
