"""The records of a delimited text, also where its quotation marks cannot be trusted.

A record may span lines, where a quoted cell holds line breaks. If its quotation marks are right (RFC 4180), it is one
record, whatever its lines look like. If they are not, its lines are judged: the one that opens a cell that nothing
closes is broken; where something closes it wrongly, so is every line up to there, for nobody knows which is a row and
which a part of that cell; reading goes on behind them.

Lines are read strictly, a block at a time; only what is odd is read with care. How lines are blocked changes nothing in
the records.
"""

from __future__ import annotations

import csv
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from bulk_sync.sources.quotation import Marks, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BLOCK = 64
"""Lines that are read at once: enough to keep the loop in C, few enough that one odd line costs little."""

LOOK_AHEAD = 1 << 24
"""Characters in which a quoted cell must end, or counts as never closed: 500 times what a spreadsheet's cell holds."""

_LONGEST_CELL = 131_072
"""Characters that csv.reader takes in one cell."""

LONGEST_TORN = 32_767
"""Characters between two marks up to which they may be meant for one cell: a spreadsheet's cell holds no more."""

NEVER_CLOSED = (
    "a quotation mark is opened and never closed, so it is not clear which cell is which in this row; "
    "close it, or write two quotation marks where one is part of the text"
)
STRAY_QUOTE = (
    "there is a quotation mark in the middle of a cell, so it is not clear which cell is which in this row; "
    "write two quotation marks where one is part of the text"
)
TORN = (
    "a quotation mark is opened in this line or above it and closed in the middle of a cell, here or below, so it "
    "cannot be told which lines are rows; put quotation marks around whole cells, and write two where one is part of "
    "the text"
)
CELL_TOO_LONG = f"a cell holds more than {_LONGEST_CELL:,} characters; shorten it"


@dataclass(slots=True)
class Batch:
    """Some consecutive records: `raw` text with its line end, and its cells, as many as there are.

    `broken` says, by position, why a record's cells cannot be told apart; in `unclosed` ones a quotation mark is open
    at the end of `raw`.
    """

    raw: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    unclosed: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.rows)

    def extend(self, more: Batch) -> None:
        """Add the records that follow."""
        begin = len(self)
        self.raw += more.raw
        self.rows += more.rows
        self.broken |= {begin + at: why for at, why in more.broken.items()}
        self.unclosed |= {begin + at for at in more.unclosed}

    def part(self, begin: int, end: int) -> Batch:
        """The records from one position up to another."""
        broken = {at - begin: why for at, why in self.broken.items() if begin <= at < end}
        unclosed = {at - begin for at in self.unclosed if begin <= at < end}
        return Batch(self.raw[begin:end], self.rows[begin:end], broken, unclosed)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What looking ahead found up to this `position` and `size`: a cell that is open before it does not end rightly.

    `is_closed`: a mark in the last line closes it wrongly.
    """

    position: int
    size: int
    is_closed: bool


class Lines:
    """Lines that come from a source, or come again: for a reader that looks ahead.

    `position` and `size`: how many lines, and characters, of the source stand before the next line.
    """

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._waiting: deque[str] = deque()
        self.position = self.size = 0

    def take(self, most: int) -> list[str]:
        """The next lines; fewer than `most` only where the file ends."""
        lines = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        lines.extend(islice(self._source, most - len(lines)))
        self.position += len(lines)
        self.size += sum(map(len, lines))
        return lines

    def give_back(self, lines: list[str]) -> None:
        """Put lines back, to be the next again."""
        self._waiting.extendleft(reversed(lines))
        self.position -= len(lines)
        self.size -= sum(map(len, lines))


class RecordReader:
    """Reads records from lines that keep their line ends.

    `width` is the header's; while it is None (the header is yet to be found) no record is called broken.
    """

    def __init__(self, lines: Iterator[str], delimiter: str, width: int | None = None) -> None:
        self.width = width
        self._delimiter = delimiter
        self._marks = Marks(delimiter)
        self._lines = Lines(lines)
        self._torn = 0  # the next lines that belong to a record whose marks were wrong
        self._seen: _Seen | None = None

    def read(self, most: int) -> Batch:
        """The next `most` records; fewer only where the file ends."""
        batch = Batch()
        while len(batch) < most and (lines := self._lines.take(min(BLOCK, most - len(batch)))):
            used = 0 if self._torn else self._read_strictly(batch, lines)
            self._lines.give_back(lines[used:])
            left = len(lines) - used
            while left > 0:
                left -= self._read_with_care(batch)
        return batch

    def _read_strictly(self, batch: Batch, lines: list[str]) -> int:
        """Read records up to the first that is odd or goes on behind these lines; how many lines that took."""
        has_doubt = self._marks.may_leave_open("".join(lines))
        reader, used = csv.reader(lines, delimiter=self._delimiter, strict=True), 0
        with suppress(csv.Error):
            for row in reader:
                end = reader.line_num
                raw = "".join(lines[used:end])
                within = len(raw) - len(lines[used]) - len(lines[end - 1])  # below 0 where it is a line
                if within >= LOOK_AHEAD or (has_doubt and self._marks.leaves_open(raw)):
                    break
                batch.raw.append(raw)
                batch.rows.append(row)
                used = end
        return used

    def _read_with_care(self, batch: Batch) -> int:
        """Read one record; how many lines it took."""
        (line,) = self._lines.take(1)
        if self._torn:
            self._torn -= 1
            self._salvage(batch, line, TORN)
            return 1
        row = self._row(line)
        if row is not None and not self._marks.leaves_open(line):
            batch.raw.append(line)
            batch.rows.append(row)
            return 1
        if self._marks.leaves_open(line) or split(body(line), self._delimiter).unclosed:
            lines, is_record = self._look_ahead(line)
        else:
            lines, is_record = self._closed_below(line), False
        if is_record:
            self._take_whole(batch, "".join(lines))
            return len(lines)
        self._lines.give_back(lines[1:])
        self._torn = len(lines) - 1
        self._salvage(batch, line, TORN if self._torn else "")
        return 1

    def _row(self, line: str) -> list[str] | None:
        """The cells of a line that is a record by itself."""
        with suppress(csv.Error):
            return next(csv.reader([line], delimiter=self._delimiter, strict=True))
        return None

    def _look_ahead(self, line: str) -> tuple[list[str], bool]:
        """The lines that belong to this one, which opens a cell, and whether they are a record.

        If they are not, they hold a mark that closes the cell wrongly. A line alone: nothing closes it.
        """
        if self._seen is None or self._lines.position >= self._seen.position:
            lines, is_record = self._scan(line)
            if is_record:
                return lines, True
            self._lines.give_back(lines[1:])
        seen = self._seen
        if seen is None or not seen.is_closed or seen.size - self._lines.size > LONGEST_TORN:
            return [line], False
        return [line, *self._lines.take(seen.position - self._lines.position)], False

    def _scan(self, line: str) -> tuple[list[str], bool]:
        """The lines up to the one that closes the cell which this one opens, or cannot, and whether they are a record.

        If they are not, that is kept: a cell that is open somewhere in these lines comes to the same end.
        """
        lines, is_closed = [line], False
        is_right = self._marks.opens(line) is not None
        end = self._lines.size + (LOOK_AHEAD if is_right else LONGEST_TORN)
        while self._lines.size < end and (more := self._lines.take(1)):
            lines += more
            if '"' not in more[0] or (is_right and self._marks.stays_open(more[0])):
                continue
            if is_right and self._marks.closes(more[0]):
                return lines, True
            is_closed = self._marks.ends_a_cell(more[0])
            break
        self._seen = _Seen(self._lines.position, self._lines.size, is_closed)
        return lines, False

    def _closed_below(self, line: str) -> list[str]:
        """The lines that belong to this one, whose marks are wrong though none is open: those up to one that closes.

        Somebody forgot to double the marks of a text with line breaks. A line that is as wide as a row is none of it.
        """
        lines, end = [line], self._lines.size + LONGEST_TORN
        while self._lines.size < end and (more := self._lines.take(1)):
            lines += more
            if '"' in more[0]:
                if self.width is not None and self._marks.closes_a_cell(more[0]):
                    return lines
                break
            if self.width is None or more[0].count(self._delimiter) >= self.width - 1:
                break
        self._lines.give_back(lines[1:])
        return [line]

    def _take_whole(self, batch: Batch, raw: str) -> None:
        """Take a record of several lines whose marks are right."""
        cells = split(body(raw), self._delimiter).cells
        if max(map(len, cells)) > _LONGEST_CELL and self.width is not None:
            batch.broken[len(batch.rows)] = CELL_TOO_LONG
        batch.raw.append(raw)
        batch.rows.append(cells)

    def _salvage(self, batch: Batch, line: str, why: str) -> None:
        """Read a line on its own as a spreadsheet would. It is broken if there is a reason, or its cells do not fit."""
        found = split(body(line), self._delimiter)
        at = len(batch.rows)
        batch.raw.append(line)
        batch.rows.append(found.cells)
        if found.unclosed:
            batch.unclosed.add(at)
        if self.width is None:
            return
        if why:
            batch.broken[at] = why
        elif found.unclosed:
            batch.broken[at] = NEVER_CLOSED
        elif max(map(len, found.cells)) > _LONGEST_CELL:
            batch.broken[at] = CELL_TOO_LONG
        elif self._row(line) is None and len(found.cells) != self.width:
            batch.broken[at] = STRAY_QUOTE


def column_of(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    """The cells of one column; rows that do not reach it have blank ones."""
    try:
        return [row[at] for row in rows]
    except IndexError:
        return [row[at] if at < len(row) else "" for row in rows]


def body(raw: str) -> str:
    """A record's text without the line end that closes it."""
    return raw.rstrip("\r\n")


def line_end(raw: str) -> str:
    """The line end that closes a record; "" where the file ends without one."""
    return raw[len(body(raw)) :]
