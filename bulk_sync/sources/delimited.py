"""A delimited text file as a table.

Usual files are read by column (`arrow_lines`), all others with care (`record_reader`); `head` and `records` give the
records as they stand, for those who write them again.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, cast

import pandas as pd

from bulk_sync.errors import BadInput
from bulk_sync.model import Chunk
from bulk_sync.sources import arrow_lines, dialect
from bulk_sync.sources.arrow_lines import LineReader
from bulk_sync.sources.encoding import detect, given
from bulk_sync.sources.header import EarlierRun, find_header, is_remark, is_shifted, lettered, skipped
from bulk_sync.sources.record_reader import Batch, RecordReader, column_of, line_end
from bulk_sync.sources.sheet_cells import ALWAYS_FINE, MOST_COLUMNS, MOST_TIMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from bulk_sync.sources.arrow_lines import Texts
    from bulk_sync.sources.codec import Codec
    from bulk_sync.sources.header import Header, Judge
    from bulk_sync.sources.input_file import InputFile

    _Rows = tuple[pd.DataFrame, Mapping[int, Sequence[str]], Mapping[int, str]]
    """The columns of some rows, those among them that are remarks, and those that are broken."""

_MANY = 10_000
_TAB_SUFFIXES = frozenset({".tsv", ".tab"})


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over the rows: the `sep=` line (`hint`, "" if none), the records `above` the header, and the header.

    `header` has one record, or none where the file has no header.
    """

    hint: str
    above: Batch
    header: Batch

    @property
    def raw(self) -> str:
        """All of it, as it stands in the file."""
        return "".join([self.hint, *self.above.raw, *self.header.raw])


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far a table reaches: its `rows`, and the `width` of the widest, which is at the number `widest_at`."""

    width: int
    widest_at: int
    rows: int


@dataclass
class DelimitedTable:
    """A delimited text file as a table."""

    path: Path
    headers: tuple[str, ...]
    has_header: bool
    first_row: int
    notes: tuple[str, ...]
    codec: Codec
    delimiter: str
    line_end: str
    head: Head
    file: InputFile = field(repr=False)
    hidden: frozenset[int] = frozenset()
    _extent: _Extent | None = field(default=None, repr=False)

    def chunks(self, size: int = 50_000, only: Collection[int] | None = None) -> Iterator[Chunk]:
        """Every row under the header, in order, `size` rows at a time; of the columns `only`, if they are named.

        Raises BadInput where the file is no longer the one that was opened.
        """
        wanted = range(len(self.headers)) if only is None else sorted(set(only))
        earlier, start = EarlierRun.of(self.headers), 0
        columns = sorted({*wanted, *earlier.columns})
        rows_of = self._rows if self.usual is None else self._usual_rows
        for cells, remarks, broken in rows_of(size, columns):
            all_broken = {**earlier.still_broken(cells), **broken}
            yield Chunk(start, cells[list(wanted)], dict(sorted(all_broken.items())), remarks)
            start += len(cells)

    def _usual_rows(self, size: int, columns: Collection[int]) -> Iterator[_Rows]:
        def cells_of(some: Texts) -> _Rows:
            cells = arrow_lines.frame(some, self.delimiter, len(self.headers), sorted({0, *columns}))
            places = cells.index[cells[0].str.contains("#", regex=False)]
            rows = arrow_lines.cells_at(some, places.tolist(), self.delimiter)
            return cells, {at: row for at, row in rows.items() if is_remark(row)}, {}

        with self.reading_lines() as lines:
            yield from arrow_lines.ahead(cells_of, iter(partial(lines.read, size), None))

    def _rows(self, size: int, columns: Collection[int]) -> Iterator[_Rows]:
        width = widest = len(self.headers)
        rows, widest_at = 0, self.first_row - 1
        with self.records() as records:
            while len(batch := records.read(size)):
                sizes = list(map(len, batch.rows))
                if max(sizes) > widest:
                    widest = max(sizes)
                    widest_at = self.first_row + rows + sizes.index(widest)
                rows += len(batch)
                said = [self.codec.said(row) if self.codec.opaque else row for row in batch.rows]
                remarks = {
                    at: row for at, row in enumerate(said) if row and row[0].lstrip()[:1] == "#" and is_remark(row)
                }
                # Comments may have as many cells as they like.
                wide = {
                    at: _too_many(len(row), width)
                    for at, row in enumerate(batch.rows)
                    if is_shifted(row, width) and at not in remarks
                }
                cells = {at: column_of(said, at) for at in columns}
                yield pd.DataFrame(cells, dtype=object, index=pd.RangeIndex(len(said))), remarks, wide | batch.broken
        self._extent = _Extent(widest, widest_at, rows)

    @cached_property
    def usual(self) -> int | None:
        """The number of lines under the header, if all are usual ones; None: they are to be read with care."""
        width = len(self.headers)
        can_be = (
            self.codec.comes_back
            and self.delimiter.isascii()
            and self.line_end in {"\n", "\r\n"}
            and width <= arrow_lines.MOST_COLUMNS
        )
        if not can_be:
            return None
        if not arrow_lines.are_records([*self.head.above.raw, *self.head.header.raw], self.delimiter):
            return None
        with self.reading_lines() as lines:
            return arrow_lines.count(lines, self.delimiter, width, self.line_end)

    @contextmanager
    def reading_lines(self) -> Iterator[LineReader]:
        """The lines under the header, where they are usual ones."""
        begin = len(self.codec.bom) + len(self.codec.encode(self.head.raw))
        with self._unchanged(), self.file.open() as file:
            yield LineReader(file, self.codec, begin, self.line_end)

    @contextmanager
    def _unchanged(self) -> Iterator[None]:
        """Raises BadInput where the file is not the one that was opened; then what was read may be anything."""
        self.file.check()
        try:
            yield
        except ValueError:
            self.file.check()
            raise
        self.file.check()

    @property
    def widest(self) -> int:
        """The number of cells of the header or of the row that has the most. Reads the file, unless that was done."""
        return self._measured().width

    @property
    def row_count(self) -> int:
        """The number of rows under the header. Reads the file, unless that was done."""
        return self._measured().rows

    def check_results(self) -> None:
        """Raises BadInput where results, all rows as wide as the widest, would be out of all proportion to the file."""
        extent = self._measured()
        size = extent.rows * extent.width
        if size > max(MOST_TIMES * self.file.size, ALWAYS_FINE):
            raise BadInput(
                f"Row {extent.widest_at} of {self.path.name} has {extent.width:,} cells. In the results all "
                f"{extent.rows:,} rows are as wide, so they would hold over {MOST_TIMES} times what the file does. "
                "Delete what is too far to the right in that row, and start again."
            )

    def _measured(self) -> _Extent:
        if self.usual is not None:
            return _Extent(len(self.headers), self.first_row - 1, self.usual)
        if self._extent is None:
            for _ in self._rows(_MANY, ()):
                pass
        return cast("_Extent", self._extent)

    def rows_above(self) -> list[list[str]]:
        """The cells of the records over the header."""
        return [self.codec.said(row) for row in self.head.above.rows]

    def rows(self) -> Iterator[Sequence[str]]:
        """The cells of every record under the header, as many as it has."""
        with self.records() as records:
            while len(batch := records.read(_MANY)):
                yield from map(self.codec.said, batch.rows)

    @contextmanager
    def records(self) -> Iterator[RecordReader]:
        """The file's records under the header, read with care."""
        with self._unchanged(), self.codec.reading(self.file) as text:
            if self.head.hint:
                next(text)
            reader = RecordReader(iter(text), self.delimiter)
            reader.read(len(self.head.above) + len(self.head.header))
            reader.width = len(self.headers)
            yield reader


def _too_many(cells: int, headers: int) -> str:
    return (
        f"the row has {cells} cells, but there {'is' if headers == 1 else 'are'} {headers} "
        f"header{'' if headers == 1 else 's'}: an unquoted delimiter may have shifted its columns; "
        "put the cell that holds it in quotation marks"
    )


def open_delimited(file: InputFile, judge: Judge, *, encoding: str | None, delimiter: str | None) -> DelimitedTable:
    """Open a text file: find out its encoding, its delimiter and its header.

    Raises BadInput where it holds no rows at all, or does not fit what was said of it by hand.
    """
    codec = given(file, encoding) if encoding is not None else detect(file)
    judge = judge.of(codec.said)
    with codec.reading(file) as text:
        sample = dialect.first_lines(text)
        hinted = dialect.hinted_delimiter(sample[0]) if sample else None
        chosen = dialect.given_delimiter(delimiter) if delimiter is not None else hinted
        chosen = chosen or _detected(file, codec, sample, judge)
        hint = sample.pop(0) if hinted is not None else ""
        header, top = _header(file.path, RecordReader(chain(sample, text), chosen), judge)
    rows = top.rows
    if len(rows[header.at]) > MOST_COLUMNS:
        raise BadInput(
            f"Row {header.at + 1} of {file.path.name} has {len(rows[header.at]):,} cells, and a table has at most "
            f"{MOST_COLUMNS:,} columns. Check that it is the right file, and its delimiter."
        )
    return DelimitedTable(
        path=file.path,
        headers=tuple(codec.said(rows[header.at])) if header.present else lettered(dialect.usual_width(rows)),
        has_header=header.present,
        first_row=header.at + 1 + header.present,
        notes=(
            f"{codec.label} text{' with a byte-order mark' if codec.bom else ''}",
            f"cells separated by {dialect.in_words(chosen)}",
            *skipped(rows, header),
        ),
        codec=codec,
        delimiter=chosen,
        line_end=line_end(hint or sample[0]) or "\n",
        head=Head(hint, top.part(0, header.at), top.part(header.at, header.at + header.present)),
        file=file,
    )


def _detected(file: InputFile, codec: Codec, sample: list[str], judge: Judge) -> str:
    tabs_expected = file.path.suffix.lower() in _TAB_SUFFIXES
    found = dialect.detect_delimiter(sample, judge, tabs_expected=tabs_expected)
    better = dialect.unguessed_delimiter(sample, judge, found)
    if better is not None:
        raise BadInput(
            f"The cells of {file.path.name} look separated by {dialect.in_words(better)}, which is not guessed. "
            f'Add --delimiter "{better.replace(" ", "space")}".'
        )
    return found or dialect.delimiter_of_one_column(partial(codec.reading, file), tabs_expected=tabs_expected)


def _header(path: Path, reader: RecordReader, judge: Judge) -> tuple[Header, Batch]:
    """The header, and the first records of the file, as many as it took to find it."""
    found = Batch()
    while len(batch := reader.read(dialect.SAMPLE)):
        found.extend(batch)
        header = find_header(found.rows, judge)
        if header is not None:
            return header, found
    raise BadInput(f"{path.name} holds nothing but blank lines; check that it is the right file.")
