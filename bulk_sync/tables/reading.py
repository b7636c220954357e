"""Which records does a text file hold, the usual ones fast and the odd ones right?

`stretches` cuts what it can; where it stops, `records` reads some lines with care, and then it is tried again. How much
at a time depends on how that went, so that a file of nothing but oddities is not looked at twice. Where delimiters
cannot be told by their bytes, `records` reads everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from bulk_sync.tables.codec import Codec
    from bulk_sync.tables.records import Batch, RecordReader
    from bulk_sync.tables.stretches import Stretch

LEAST = 1 << 16
"""Bytes that are read with care before a cut is tried; so a small file pays for no arithmetic."""

MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table's lines are made. `line_end` is that of the file's first line."""

    delimiter: str
    line_end: str
    width: int


class Source:
    """A file's bytes: lines of text are taken from the front of them, a window at a time, or whole stretches.

    `at` says how many were taken.
    """

    def __init__(self, file: BinaryIO, codec: Codec) -> None:
        file.seek(len(codec.bom))
        self._file = file
        self._codec = codec
        self._held = b""
        self._is_over = False
        self.window = LEAST
        self.served = 0
        self.at = 0

    def lines(self) -> Iterator[str]:
        """The lines from where the bytes were taken to. `served` says how many, with all of the present window."""
        while window := self.block(self.window) or self._held:
            self.skip(len(window))
            lines = list(self._codec.decoded(window))
            self.served += len(lines)
            yield from lines

    def block(self, size: int) -> bytes:
        """About `size` bytes: whole lines only. Empty where no line ends any more."""
        while not self._is_over and (len(self._held) < size or b"\n" not in self._held):
            more = self._file.read(max(MOST, len(self._held)))  # ever more, where no line ends for long
            self._held += more
            self._is_over = not more
        cut = self._held.rfind(b"\n", 0, size) + 1 or self._held.find(b"\n") + 1
        return self._held[:cut]

    def skip(self, size: int) -> None:
        """These bytes have been taken."""
        self._held = self._held[size:]
        self.at += size


class Course(dict[int, "tuple[int, int, bool]"]):
    """What was cut in a file, by the place where it begins: its bytes, its records, and whether no odd line ended it.

    Whoever reads the file again need not find that out again.
    """


class Reader:
    """Reads a table's records from where `records` stands. Without a `source`, `records` reads them all.

    `course` is what earlier readers of this file found out, and is added to.
    """

    def __init__(self, records: RecordReader, source: Source | None, shape: Shape, course: Course) -> None:
        self._records = records
        self._source = source
        self._shape = shape
        self._course = course
        self._ahead: Stretch | None = None
        self._reach = LEAST

    def read(self, most: int) -> Iterator[Stretch | Batch]:
        """The next `most` records, in pieces; fewer only where the file ends."""
        while most > 0 and len(piece := self._next(most)):
            most -= len(piece)
            yield piece

    def _next(self, most: int) -> Stretch | Batch:
        if self._source is None:
            return self._records.read(most)
        left = self._source.served - self._records.lines.drawn
        if self._ahead is None and not left and self._source.served and self._records.is_at_ease:
            self._ahead = self._cut(self._source)
        if self._ahead is None:
            # No more than the lines of the window: then it ends where a stretch may begin. A record may have several.
            return self._records.read(min(most, max(1, (left + self._records.lines.waiting) // 2)))
        piece, self._ahead = self._ahead, None
        if len(piece) > most:
            piece, self._ahead = piece.divided(most)
        return piece

    def _cut(self, source: Source) -> Stretch | None:
        """The stretch that begins here, if it is worth it."""
        stretch, is_whole = self._known(source) or self._found(source)
        source.skip(len(stretch.data))
        if is_whole:
            self._reach = min(MOST, self._reach * 2)
        else:
            # The odd line is read next, with more behind it the less was gained.
            gained = len(stretch.data) >= source.window
            source.window = LEAST if gained else min(MOST, source.window * 2)
            self._reach = LEAST
        return stretch if len(stretch) else None

    def _known(self, source: Source) -> tuple[Stretch, bool] | None:
        """What an earlier reader cut here."""
        from bulk_sync.tables.stretches import Stretch  # noqa: PLC0415  # see `_found`

        if source.at not in self._course:
            return None
        size, records, is_whole = self._course[source.at]
        block = source.block(size) if size else b""
        return (Stretch(block, self._shape, records), is_whole) if len(block) == size else None

    def _found(self, source: Source) -> tuple[Stretch, bool]:
        """What can be cut here, and whether that is all that was looked at."""
        from bulk_sync.tables.stretches import stretch_of  # noqa: PLC0415  # NumPy, which small files need not wait for

        block = source.block(self._reach)
        stretch = stretch_of(block, self._shape)
        is_whole = bool(block) and len(stretch.data) == len(block)
        self._course[source.at] = len(stretch.data), len(stretch), is_whole
        return stretch, is_whole
