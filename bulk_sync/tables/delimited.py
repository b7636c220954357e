"""What does a delimited text file hold?

`DelimitedTable` is the file as a table; `opening` gives its records as they stand, for those who write them again.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.model import Chunk
from bulk_sync.tables import dialect
from bulk_sync.tables.earlier_run import EarlierRun
from bulk_sync.tables.encoding import detect
from bulk_sync.tables.fingerprint import Fingerprint
from bulk_sync.tables.given_encoding import given
from bulk_sync.tables.header import Header, Judge, find_header, lettered
from bulk_sync.tables.records import Batch, RecordReader, line_end
from bulk_sync.tables.sync_columns import is_shifted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from bulk_sync.tables.codec import Codec

_MANY = 10_000
_TAB_SUFFIXES = frozenset({".tsv", ".tab"})


@dataclass(slots=True)
class Opening:
    """A file being read.

    `hint` is its `sep=` line ("" if none), `above` the records over the header, `header` the header's own (empty where
    there is none), and `rest` reads the records under it.
    """

    hint: str
    above: Batch
    header: Batch
    rest: RecordReader


@dataclass(slots=True)
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
    has_hint: bool
    header_at: int
    fingerprint: Fingerprint
    _extent: tuple[int, int] | None = field(default=None, repr=False)

    def chunks(self, size: int = 50_000) -> Iterator[Chunk]:
        """Every row under the header, in order, `size` rows at a time.

        Raises:
            BadInput: the file is no longer the one that was opened.
        """
        width, widest, start = len(self.headers), len(self.headers), 0
        with self.opening() as opening:
            while (batch := opening.rest.read(size)).rows:
                widest = max(widest, *map(len, batch.rows))
                yield self._chunk(batch, start, width)
                start += len(batch.rows)
        self._extent = (widest, start)

    @property
    def widest(self) -> int:
        """The number of cells of the header or of the row that has the most. Reads the file, unless that was done."""
        return self._measured()[0]

    @property
    def row_count(self) -> int:
        """The number of rows under the header. Reads the file, unless that was done."""
        return self._measured()[1]

    def _measured(self) -> tuple[int, int]:
        if self._extent is None:
            widest, count = len(self.headers), 0
            with self.opening() as opening:
                while (batch := opening.rest.read(_MANY)).rows:
                    widest = max(widest, *map(len, batch.rows))
                    count += len(batch.rows)
            self._extent = (widest, count)
        return self._extent

    def rows_above(self) -> list[list[str]]:
        """The cells of the records over the header."""
        with self.opening() as opening:
            return [self.codec.said(row) for row in opening.above.rows]

    def rows(self) -> Iterator[list[str]]:
        """The cells of every record under the header, as many as it has."""
        with self.opening() as opening:
            while (batch := opening.rest.read(_MANY)).rows:
                yield from map(self.codec.said, batch.rows)

    @contextmanager
    def opening(self) -> Iterator[Opening]:
        """The file's records, from its first line on."""
        self.fingerprint.check(self.path)
        with self.codec.reading(self.path) as text:
            hint = next(text) if self.has_hint else ""
            reader = RecordReader(iter(text), self.delimiter)
            above = reader.read(self.header_at)
            header = reader.read(1) if self.has_header else Batch()
            reader.width = len(self.headers)
            yield Opening(hint, above, header, reader)
        self.fingerprint.check(self.path)

    def _chunk(self, batch: Batch, start: int, width: int) -> Chunk:
        import pandas as pd  # noqa: PLC0415  # half a second that `--help` need not wait

        broken = dict(batch.broken)
        rows = batch.rows if set(map(len, batch.rows)) == {width} else _levelled(batch, width, broken)
        earlier = EarlierRun.of(self.headers)
        if earlier is not None:
            broken = {**earlier.still_shifted(rows), **broken}
        if self.codec.opaque:
            rows = [self.codec.said(row) for row in rows]
        cells: pd.DataFrame = pd.DataFrame(rows, columns=range(width), dtype=object)
        return Chunk(start, cells, dict(sorted(broken.items())))


def _levelled(batch: Batch, width: int, broken: dict[int, str]) -> list[list[str]]:
    """The rows, each with `width` cells; those that hold more than blanks beyond that are added to `broken`."""
    rows = []
    for at, row in enumerate(batch.rows):
        if is_shifted(row, width):
            broken.setdefault(at, _too_many(len(row), width))
        rows.append(row[:width] + [""] * (width - len(row)))
    return rows


def _too_many(cells: int, headers: int) -> str:
    return (
        f"the row has {cells} cells, but there {'is' if headers == 1 else 'are'} {headers} "
        f"header{'' if headers == 1 else 's'}: an unquoted delimiter may have shifted its columns; "
        "put the cell that holds it in quotation marks"
    )


def open_delimited(path: Path, judge: Judge, *, encoding: str | None, delimiter: str | None) -> DelimitedTable:
    """Open a text file: find out its encoding, its delimiter and its header.

    Raises:
        BadInput: it holds no rows at all, or does not fit what was said of it by hand.
    """
    fingerprint = Fingerprint.of(path)
    codec = given(path, encoding) if encoding is not None else detect(path)
    judge = judge.of(codec.said)
    with codec.reading(path) as text:
        sample = dialect.first_lines(iter(text))
    hinted = dialect.hinted_delimiter(sample[0]) if sample else None
    has_hint = hinted is not None
    chosen = dialect.given_delimiter(delimiter) if delimiter is not None else hinted
    chosen = chosen or _detected(path, codec, sample, judge)
    header, rows = _header(path, codec, chosen, judge, has_hint=has_hint)
    return DelimitedTable(
        path=path,
        headers=tuple(codec.said(rows[header.at])) if header.present else lettered(dialect.usual_width(rows)),
        has_header=header.present,
        first_row=header.at + 1 + header.present,
        notes=(
            f"{codec.label} text{' with a byte-order mark' if codec.bom else ''}",
            f"cells separated by {dialect.in_words(chosen)}",
        ),
        codec=codec,
        delimiter=chosen,
        line_end=line_end(sample[0]) or "\n",
        has_hint=has_hint,
        header_at=header.at,
        fingerprint=fingerprint,
    )


def _detected(path: Path, codec: Codec, sample: list[str], judge: Judge) -> str:
    tabs_expected = path.suffix.lower() in _TAB_SUFFIXES

    def lines() -> Iterator[str]:
        with codec.reading(path) as text:
            yield from text

    found = dialect.detect_delimiter(sample, judge, tabs_expected=tabs_expected)
    return found or dialect.delimiter_of_one_column(lines, tabs_expected=tabs_expected)


def _header(
    path: Path, codec: Codec, delimiter: str, judge: Judge, *, has_hint: bool
) -> tuple[Header, list[list[str]]]:
    """The header, and the first records of the file, as many as it took to find it."""
    rows: list[list[str]] = []
    with codec.reading(path) as text:
        if has_hint:
            next(text)
        reader = RecordReader(iter(text), delimiter)
        while (batch := reader.read(dialect.SAMPLE)).rows:
            rows += batch.rows
            header = find_header(rows, judge)
            if header is not None:
                return header, rows
    raise BadInput(f"{path.name} holds nothing but blank lines; check that it is the right file.")
