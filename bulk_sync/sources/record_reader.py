"""The records of a delimited text, also where its quotation marks cannot be trusted.

A cell stands in quotation marks whole or not at all; one that is part of the text is written twice; line breaks and
delimiters between them belong to the cell (RFC 4180). As by csv.reader, a mark that stands further in a cell without
them is taken for a part of its text.

A record may span lines, where a quoted cell holds line breaks. If its quotation marks are right, it is one record,
whatever its lines look like. If they are not, its lines are judged: the one that opens a cell that nothing
closes is broken; where something closes it wrongly, so is every line up to there, for nobody knows which is a row and
which a part of that cell; reading goes on behind them.

Lines are read strictly, a block at a time; only what is odd is read with care. How lines are blocked changes nothing in
the records.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BLOCK = 64
"""Lines that are read strictly at once; where one of them is odd, it and those below it are read with care."""

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
SWALLOWS_ROWS = (
    "a quotation mark is opened in this row and closed in a line below, and these lines look like rows of their own; "
    "close it where its cell ends, or take the line breaks out of the cell"
)
_DAY = re.compile(r"\b(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})\b")
CELL_TOO_LONG = f"a cell holds more than {_LONGEST_CELL:,} characters; shorten it"


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
                raw, end = lines[used], reader.line_num
                if end > used + 1:
                    raw = "".join(lines[used:end])
                    if len(raw) - len(lines[used]) - len(lines[end - 1]) >= LOOK_AHEAD:
                        break
                if has_doubt and self._marks.leaves_open(raw):
                    break
                if end > used + 1 and self._swallows_rows(raw, row):
                    batch.broken[len(batch.rows)] = SWALLOWS_ROWS
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
        elif self._swallows_rows(raw, cells):
            batch.broken[len(batch.rows)] = SWALLOWS_ROWS
        batch.raw.append(raw)
        batch.rows.append(cells)

    def _swallows_rows(self, raw: str, cells: Sequence[str]) -> bool:
        """Whether a line of a record looks like a row: two marks that are missing make one record of many rows.

        It has as many cells as a row, and another number where the record has its own.
        """
        lines = raw.splitlines()
        rows = [line.split(self._delimiter) for line in lines if line.count(self._delimiter) + 1 == self.width]
        here = enumerate(cells[: self.width] if rows else ())
        own = [(at, _number(cell)) for at, cell in here if len(cell.splitlines()) == 1]
        return any(number and _number(row[at]) not in {"", number} for row in rows for at, number in own)

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


def _number(cell: str) -> str:
    """The digits of a cell, if there are enough for a number or an ID besides a day (notes often begin with one)."""
    return digits if len(digits := "".join(filter(str.isdigit, _DAY.sub("", cell)))) >= 7 else ""


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
