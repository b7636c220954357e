"""A text file written again with columns added.

Each record's raw text is repeated as it stands, then come our cells, then the record's own line end. So quoting, white
space, broken bytes and line ends of the original survive. What is added to the original text is only

- delimiters, so that our columns stand under their headers in rows that are shorter than the widest;
- a closing quotation mark where a row opens one and never closes it: else a reader of the results would take the rows
  below, outcomes and all, for a part of that cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from bulk_sync.results.result_cells import HARMLESS, Layout, check_rows, is_harmless, written
from bulk_sync.sources.arrow_lines import ahead, bytes_of
from bulk_sync.sources.header import is_shifted, lettered
from bulk_sync.sources.record_reader import Batch, body, line_end, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.sources.arrow_lines import LineReader, Texts
    from bulk_sync.sources.codec import Codec
    from bulk_sync.sources.delimited import DelimitedTable
    from bulk_sync.sources.record_reader import RecordReader


def pass_through(
    table: DelimitedTable,
    out: Path,
    added: Iterable[pd.DataFrame],
    sync_columns: Sequence[str],
) -> None:
    """Write the table's file again with `sync_columns` behind its columns; those of an earlier run are left out.

    Raises:
        BadInput: the file is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
    """
    layout = _Records.of(table, sync_columns)
    with out.open("wb") as file:
        file.writelines(layout.head())
        if table.usual is None or layout.dropped:
            with table.records() as records:
                file.writelines(layout.with_care(records, added))
        else:
            file.writelines(layout.by_column(added))


@dataclass(frozen=True)
class _Records(Layout):
    """The records of a text file as they stand in its results."""

    table: DelimitedTable

    def head(self) -> Iterator[bytes]:
        """Everything above the first row."""
        head = self.table.head
        yield self.table.codec.bom
        yield self.table.codec.encode(head.hint + "".join(head.above.raw))
        header = head.header
        if not self.table.has_header:
            letters = list(lettered(self.width))
            header = Batch([self.table.delimiter.join(letters) + self.table.line_end], [letters])
        names = written(self.sync_columns, self.table.codec, self.table.delimiter)
        yield self.lines(header, [self.table.delimiter.join(names)])

    def by_column(self, added: Iterable[pd.DataFrame]) -> Iterator[bytes]:
        """Everything below the header, where the records are usual lines and no column is left out."""
        end, last = self.table.line_end.encode(self.table.codec.name), b""
        with self.table.reading_lines() as lines:
            for data in filter(None, ahead(partial(self._beside, lines), added)):
                yield last
                last = data
            check_rows(len(lines.read(1) or ()), 0)
            yield last[: -len(end)] if last and lines.ends_open else last

    def _beside(self, lines: LineReader, cells: pd.DataFrame) -> bytes:
        """The next lines, each with our cells of it behind it."""
        own, codec = lines.read(len(cells)), self.table.codec
        check_rows(0 if own is None else len(own), len(cells))
        if own is None:
            return b""
        ours = _joined(cells[list(self.sync_columns)], codec, self.table.delimiter, self.table.line_end)
        parts = pc.ascii_rtrim(own, "\r\n"), ours, _scalar(self.table.delimiter)
        data = bytes_of(pc.binary_join_element_wise(*parts, null_handling="replace"))
        return data if codec.name == "utf-8" else data.decode().encode(codec.name)

    def with_care(self, records: RecordReader, added: Iterable[pd.DataFrame]) -> Iterator[bytes]:
        """The same, record by record."""
        for cells in added:
            batch = records.read(len(cells))
            check_rows(len(batch), len(cells))
            ours = _joined(cells[list(self.sync_columns)], self.table.codec, self.table.delimiter)
            yield self.lines(batch, ours.to_pylist())
        check_rows(len(records.read(1)), 0)

    def lines(self, batch: Batch, added: Sequence[str]) -> bytes:
        """The records, each with our cells behind it."""
        return self.table.codec.encode("".join(self._with_care(batch, added)))

    def _with_care(self, batch: Batch, added: Sequence[str]) -> list[str]:
        delimiter = self.table.delimiter
        if self.dropped or batch.unclosed:
            return [
                f"{delimiter.join(self._pieces(batch, at))}{cells}{line_end(raw)}"
                for at, (raw, cells) in enumerate(zip(batch.raw, added, strict=True))
            ]
        # A blank line is one blank cell, although csv.reader gives it none.
        behind = self.width + 1
        return [
            f"{(own := body(raw))}{delimiter * (behind - (len(row) or 1))}{cells}{raw[len(own) :]}"
            for raw, row, cells in zip(batch.raw, batch.rows, added, strict=True)
        ]

    def _pieces(self, batch: Batch, at: int) -> list[str]:
        """A record's cells as they stand, padded, and a last blank one for the delimiter before our cells."""
        pieces = split(body(batch.raw[at]), self.table.delimiter).pieces
        if at in batch.unclosed:
            pieces[-1] += '"'
        # Where the columns have shifted, nobody knows which cells are those of an earlier run: all of them stay.
        if not is_shifted(batch.rows[at], len(self.table.headers)):
            pieces = [piece for position, piece in enumerate(pieces) if position not in self.dropped]
        return pieces + [""] * (self.width - len(pieces)) + [""]


def _joined(added: pd.DataFrame, codec: Codec, delimiter: str, line_end: str = "") -> Texts:
    """The cells of each row of `added` as they stand in the file, behind them a line end."""
    *fields, last = (_written(added[name], codec, delimiter) for name in added.columns)
    ends = pc.binary_join_element_wise(last, _scalar(line_end), _scalar(""))
    return pc.binary_join_element_wise(*fields, ends, _scalar(delimiter), null_handling="replace")


def _written(column: pd.Series[Any], codec: Codec, delimiter: str) -> Texts:
    """Our cells as they stand in the file."""
    try:
        cells = pa.array(column)
    except UnicodeError:  # half a character, from what an API said
        return pa.array(written(column.tolist(), codec, delimiter), type=pa.large_string())
    if not isinstance(cells, pa.DictionaryArray):
        cells = cells.cast(pa.large_string())
        if is_harmless(delimiter) and pc.all(pc.match_substring_regex(cells, HARMLESS)).as_py():
            return cells
        cells = cells.dictionary_encode()
    texts = pa.array(written(cells.dictionary.to_pylist(), codec, delimiter), type=pa.large_string())
    return texts[0] if len(texts) == 1 else texts.take(cells.indices)


def _scalar(text: str) -> Texts:
    return pa.scalar(text, type=pa.large_string())
