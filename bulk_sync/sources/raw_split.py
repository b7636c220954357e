"""Where in a record's raw text does each cell stand?

The same reading of quotation marks as csv.reader's lenient one (and a spreadsheet's): a quote at the start of a cell
opens it, `""` inside is one quote, whatever follows the closing quote belongs to the cell as it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """A record taken apart.

    `pieces` are the cells as they stand, quotes included: joined by the delimiter they give the raw text again. `cells`
    are what they mean. `unclosed`: the last piece opens a quote that nothing closes.
    """

    pieces: list[str]
    cells: list[str]
    unclosed: bool


def split(raw: str, delimiter: str) -> Split:
    """Take a record apart. `raw` is its text without the line end that closes it."""
    pieces: list[str] = []
    cells: list[str] = []
    at, unclosed = 0, False
    while True:
        cell, end, unclosed = _quoted(raw, at, delimiter) if raw.startswith('"', at) else _plain(raw, at, delimiter)
        pieces.append(raw[at:end])
        cells.append(cell)
        if end >= len(raw):
            return Split(pieces, cells, unclosed)
        at = end + 1


def _plain(raw: str, at: int, delimiter: str) -> tuple[str, int, bool]:
    end = raw.find(delimiter, at)
    if end < 0:
        end = len(raw)
    return raw[at:end], end, False


def _quoted(raw: str, at: int, delimiter: str) -> tuple[str, int, bool]:
    parts: list[str] = []
    begin = at + 1
    while True:
        quote = raw.find('"', begin)
        if quote < 0:
            parts.append(raw[begin:])
            return "".join(parts), len(raw), True
        parts.append(raw[begin:quote])
        if not raw.startswith('""', quote):
            rest, end, _ = _plain(raw, quote + 1, delimiter)
            return "".join(parts) + rest, end, False
        parts.append('"')
        begin = quote + 2
