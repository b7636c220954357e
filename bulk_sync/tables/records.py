"""Which records stand in a delimited text, when its quotation marks cannot be trusted?

A record may span lines, where a quoted cell holds line breaks (RFC 4180). A stray quotation mark looks the same at
first, and would swallow every row up to the next quotation mark. So a record that spans lines is believed only if it
comes out with the header's width and none of its lines is a row of its own; otherwise just its first line is given up,
as a broken row, and reading goes on with the next line.

Lines are read strictly, a block at a time; only what is odd is read with care. How lines are blocked changes nothing in
the records.
"""

from __future__ import annotations

import csv
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.tables.header import is_blank
from bulk_sync.tables.lines import Lines
from bulk_sync.tables.spans import split

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 512
"""Lines that are read at once: enough to keep the loop in C, few enough that one odd line costs little."""
LOOK_AHEAD = 1 << 20
"""Characters in which a quoted cell must end: 32 times what a spreadsheet's cell can hold."""

_EARNED = 4
"""Characters of look-ahead that each character read pays for. It bounds the work on a file of nothing but stray quotes
to a few times its size."""

_LONGEST_CELL = 131_072
"""Characters that csv.reader takes in one cell."""

NEVER_CLOSED = (
    "a quotation mark is opened and never closed, so the cells of this row cannot be told apart; "
    "close it, or write two quotation marks where one is part of the text"
)
STRAY_QUOTE = (
    "a quotation mark stands in the middle of a cell, so the cells of this row cannot be told apart; "
    "write two quotation marks where one is part of the text"
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


class RecordReader:
    """Reads records from lines that keep their line ends.

    `width` is the header's; while it is None (the header is yet to be found) any record is believed that follows the
    rules of quoting.
    """

    def __init__(self, lines: Iterator[str], delimiter: str, width: int | None = None) -> None:
        self.width = width
        self._delimiter = delimiter
        self._lines = Lines(lines)
        self._strict = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self._patience = LOOK_AHEAD
        self._odd = 1

    @property
    def is_at_ease(self) -> bool:
        """Whether nothing is left of what was looked ahead at: a usual record would leave this reader as it is."""
        return not self._lines.waiting and self._patience >= LOOK_AHEAD

    @property
    def lines(self) -> Lines:
        """The lines, as far as they were drawn."""
        return self._lines

    def read(self, most: int) -> Batch:
        """The next `most` records; fewer only where the file ends."""
        batch = Batch()
        while len(batch.rows) < most:
            lines = self._lines.take(min(BLOCK, most - len(batch.rows)))
            if not lines:
                break
            used = self._read_lines(batch, lines)
            if used < len(lines):
                self._lines.give_back(lines[used:])
                self._odd = 1 if used else min(BLOCK, self._odd * 2)
                self._read_oddities(batch, len(lines) - used)
        return batch

    def _read_lines(self, batch: Batch, lines: list[str]) -> int:
        """Read records up to the first that is odd or goes on behind these lines; how many lines that took."""
        try:
            rows = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            rows = []
        characters = sum(map(len, lines))
        used = 0
        if len(rows) == len(lines):
            used = len(lines)
            batch.raw += lines
            batch.rows += rows
        elif self._patience >= LOOK_AHEAD > characters:  # else look-ahead is counted: see `_read_with_care`
            used = self._read_records(batch, lines)
        if self._patience < LOOK_AHEAD:
            self._earn(sum(map(len, lines[:used])))
        return used

    def _read_records(self, batch: Batch, lines: list[str]) -> int:
        used = 0
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        with suppress(csv.Error):
            for row in reader:
                taken = lines[used : reader.line_num]
                if len(taken) > 1 and not self._is_one_record(row, taken):
                    break
                batch.raw.append("".join(taken))
                batch.rows.append(row)
                used = reader.line_num
        return used

    def _earn(self, characters: int) -> None:
        self._patience = min(LOOK_AHEAD, self._patience + _EARNED * characters)

    def _read_oddities(self, batch: Batch, lines: int) -> None:
        """Read records with care: one, or more where one after the other is odd. At least this many lines are left."""
        for _ in range(self._odd):
            lines -= self._read_with_care(batch)
            if lines <= 0:
                break

    def _read_with_care(self, batch: Batch) -> int:
        """Read one record, looking ahead no further than was earned; how many lines it took."""
        self._lines.allow(self._patience)
        try:
            row = next(self._strict)
        except csv.Error:
            row = None
        taken = self._lines.taken
        if row is not None and (len(taken) == 1 or self._is_one_record(row, taken)):
            batch.rows.append(row)
        else:
            self._lines.give_back(taken[1:])
            self._patience -= sum(map(len, taken[1:]))
            self._salvage(batch, taken[0])
            taken = taken[:1]
        self._earn(sum(map(len, taken)))
        batch.raw.append("".join(taken))
        return len(taken)

    def _is_one_record(self, row: list[str], lines: list[str]) -> bool:
        if self.width is None:
            return not any(_digits(line) for line in lines[1:])
        if len(row) < self.width or not is_blank(row[self.width :]):
            return False
        as_wide = [line for line in lines[1:] if line.count(self._delimiter) >= self.width - 1 > 0]
        if not as_wide:
            return True
        first = split(body(lines[0]), self._delimiter).cells
        return not any(self._is_row_of_its_own(first, line) for line in as_wide)

    def _is_row_of_its_own(self, first: list[str], line: str) -> bool:
        """Whether a line inside a quoted cell is a row that was swallowed.

        It is as wide as the header, and has a number (a phone, an ID) in a column where the record's own line has one.
        """
        cells = split(body(line), self._delimiter).cells
        return len(cells) == self.width and any(
            _digits(own) and _digits(other) for own, other in zip(first, cells, strict=False)
        )

    def _salvage(self, batch: Batch, line: str) -> None:
        """Read a line on its own as a spreadsheet would, if its cells then fit under the header; else it is broken."""
        found = split(body(line), self._delimiter)
        at = len(batch.rows)
        batch.rows.append(found.cells)
        if found.unclosed:
            batch.unclosed.add(at)
        if self.width is None:
            return
        if found.unclosed:
            batch.broken[at] = NEVER_CLOSED
        elif max(map(len, found.cells)) > _LONGEST_CELL:
            batch.broken[at] = CELL_TOO_LONG
        elif len(found.cells) != self.width:
            batch.broken[at] = STRAY_QUOTE


def body(raw: str) -> str:
    """A record's text without the line end that closes it."""
    return raw.rstrip("\r\n")


def line_end(raw: str) -> str:
    """The line end that closes a record; "" where the file ends without one."""
    return raw[len(body(raw)) :]


def _digits(text: str) -> bool:
    """Whether there are enough digits here for a phone number or an ID."""
    return sum(character.isdigit() for character in text) >= 7
