"""Which character separates the cells of a text file?

The one under which the header row names the most known fields; then the one under which the rows agree with the header
about the number of cells; then the one that ordinary text holds least: decimal commas and "Doe, John" are common, a tab
inside a cell is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.sources.header import find_header, is_blank, is_remark
from bulk_sync.sources.record_reader import RecordReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import TextIO

    from bulk_sync.sources.header import Judge

SAMPLE = 200
"""Records that are looked at."""

_BY_RARITY = ",|;\t"
"""The candidates; the later, the less often ordinary text holds it."""
_RARE = "^~:¦§"
_UNGUESSED = _RARE + "#*=/ "
"""What may separate cells and stands in ordinary text, so that nobody guesses it."""

_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "colon": ":"}
_PLURALS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars (|)", " ": "spaces", ":": "colons"}
_HINT = re.compile(r"sep=(.)[\r\n]*", re.IGNORECASE)


def given_delimiter(text: str) -> str:
    """The character that `--delimiter` means. Raises BadInput where it is none that can separate cells."""
    delimiter = _NAMES.get(text.strip().lower(), text)
    if len(delimiter) != 1 or delimiter in '"\r\n\0\ufeff' or "\ud800" <= delimiter <= "\udfff":
        raise BadInput(
            f'--delimiter "{text}": give the one character that stands between the cells, '
            "or one of comma, semicolon, tab, pipe."
        )
    return delimiter


def in_words(delimiter: str) -> str:
    """What the cells are separated by, for a sentence."""
    return _PLURALS.get(delimiter, f'"{delimiter}"')


def hinted_delimiter(first_line: str) -> str | None:
    """The character that the first line names, where it is Excel's hint (`sep=;`) and not a row."""
    hint = _HINT.fullmatch(first_line)
    return hint[1] if hint and hint[1] != '"' else None


def detect_delimiter(lines: Sequence[str], judge: Judge, *, tabs_expected: bool) -> str | None:
    """The delimiter of these first lines of a file; None where they hold one column only."""
    candidates = []
    for preference, delimiter in enumerate(_BY_RARITY):
        rows = _rows(lines, delimiter)
        if all(map(is_blank, rows)) and any(len(row) > 1 for row in rows):
            return delimiter  # rows of nothing but delimiters are blank ones
        judged = _judged(rows, judge)
        if judged is not None:
            candidates.append((*judged, tabs_expected and delimiter == "\t", preference, delimiter))
    return max(candidates)[-1] if candidates else None


def unguessed_delimiter(lines: Sequence[str], judge: Judge, guessed: str | None) -> str | None:
    """A character that parts these lines better than the one that was guessed, and is no usual delimiter.

    Under it the header names a contact and something else, and more than it would otherwise; or, where there is no
    header, every line has as many cells as the first, which holds a number.
    """
    usual = _rows(lines, guessed or "\x01")
    header = find_header(usual, judge)
    if header is None:
        return None
    known, is_one_column = judge.recognises(usual[header.at]), guessed is None and header.present
    for delimiter in _UNGUESSED:
        rows = [row for row in _rows(lines, delimiter) if not is_blank(row)]
        header = find_header(rows, judge)
        if header is None or len(rows[header.at]) < 2:
            continue
        if header.present:
            cells = [cell for cell in rows[header.at] if guessed is None or guessed not in cell]
            fields = set(judge.recognises(cells))
            if len(fields) > max(1, len(known)) and fields & {"phone", "id"}:
                return delimiter
        elif is_one_column and delimiter in _RARE and len({len(row) for row in rows[header.at :]}) == 1:
            return delimiter
    return None


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    return RecordReader(iter(lines), delimiter).read(len(lines)).rows


def _judged(rows: Sequence[Sequence[str]], judge: Judge) -> tuple[float, float] | None:
    """How many fields the header names, and how well the rows agree with it; None if it has one cell."""
    header = find_header(rows, judge)
    if header is None:
        return None
    begin = header.at + header.present
    below = [*rows[header.at : begin], *(row for row in rows[begin:] if not (is_blank(row) or is_remark(row)))]
    if not below:
        return None
    width = len(below[0]) if header.present else usual_width(below)
    if width < 2:
        return None
    agreeing = sum(len(row) == width for row in below) / len(below)
    return float(len(judge.recognises(below[0])) + judge.named(below[0])), round(agreeing, 1)


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The number of cells that most rows have; of two such numbers, the greater."""
    widths = [len(row) for row in rows if not is_blank(row)]
    return max(set(widths), key=lambda width: (widths.count(width), width))


def delimiter_of_one_column(reading: Callable[[], AbstractContextManager[TextIO]], *, tabs_expected: bool) -> str:
    """A delimiter that no cell of a one-column file holds unquoted, so that a column can be added behind it.

    "Doe, John" under the header "Name" is one cell: with a comma it would become two. `reading` reads the file anew.
    """
    order = "\t,;|" if tabs_expected else ",\t;|"
    return next((delimiter for delimiter in order if _is_one_column(reading, delimiter)), order[0])


def _is_one_column(reading: Callable[[], AbstractContextManager[TextIO]], delimiter: str) -> bool:
    with reading() as text:
        reader = RecordReader(text, delimiter, width=1)
        while rows := reader.read(10_000).rows:
            if any(len(row) > 1 for row in rows):
                return False
    return True


def first_lines(text: Iterator[str]) -> list[str]:
    """The lines that the sample is made of: twice as many as records, so that quoted line breaks do not use it up."""
    lines: list[str] = []
    filled, room = 0, 1 << 20
    for line in text:
        lines.append(line)
        filled += not line.isspace()
        room -= len(line)
        if filled >= 2 * SAMPLE or room <= 0:
            break
    return lines
