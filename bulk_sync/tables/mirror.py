"""A text file written again with columns added.

Each record's raw text is repeated as it stands, then come our cells, then the record's own line end. So quoting, white
space, broken bytes and line ends of the original survive. What is added to the original text is only

- delimiters, so that our columns stand under their headers in rows that are shorter than the widest;
- a closing quotation mark where a row opens one and never closes it: else a reader of the results would take the rows
  below, outcomes and all, for a part of that cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.tables import usual_lines
from bulk_sync.tables.added import written
from bulk_sync.tables.header import lettered
from bulk_sync.tables.records import Batch, body, line_end
from bulk_sync.tables.spans import split
from bulk_sync.tables.sync_columns import check_rows, is_shifted, replaced, width_of_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.tables.delimited import DelimitedTable, Opening


def mirror(
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
    dropped = frozenset(replaced(table.headers, sync_columns))
    width = width_of_results(len(table.headers), len(dropped), table.widest)
    layout = _Layout(table, dropped, width, sync_columns)
    with out.open("wb") as file:
        with table.opening() as opening:
            file.writelines(layout.head(opening))
            if not layout.is_by_column:
                file.writelines(layout.with_care(opening, added))
                return
        file.writelines(layout.by_column(added))


@dataclass(frozen=True, slots=True)
class _Layout:
    """How records stand in the results: without the columns `dropped`, padded to `width` cells, ours behind them."""

    table: DelimitedTable
    dropped: frozenset[int]
    width: int
    sync_columns: Sequence[str]

    def head(self, opening: Opening) -> Iterator[bytes]:
        """Everything above the first row."""
        yield self.table.codec.bom
        yield self.table.codec.encode(opening.hint + "".join(opening.above.raw))
        header = opening.header
        if not self.table.has_header:
            letters = list(lettered(self.width))
            header = Batch([self.table.delimiter.join(letters) + self.table.line_end], [letters])
        names = written(self.sync_columns, self.table.codec, self.table.delimiter)
        yield self.lines(header, [self.table.delimiter.join(names)])

    @property
    def is_by_column(self) -> bool:
        """Whether the records are usual lines, and those columns can be taken out of them."""
        return self.table.usual() is not None and (not self.dropped or self._kept() is not None)

    def by_column(self, added: Iterable[pd.DataFrame]) -> Iterator[bytes]:
        """Everything below the header, where the records are usual lines."""
        codec, delimiter, end = self.table.codec, self.table.delimiter, self.table.line_end
        keep, last = self._kept() if self.dropped else None, b""
        with self.table.reading_lines() as lines:
            for cells in added:
                own = lines.read(len(cells)) if len(cells) else None
                check_rows(0 if own is None else len(own), len(cells))
                if own is not None:
                    yield last
                    last = usual_lines.with_cells(own, cells[list(self.sync_columns)], keep, codec, delimiter, end)
            check_rows(len(lines.read(1) or ()), 0)
            yield last[: -len(end.encode(codec.name))] if last and lines.ends_open else last

    def _kept(self) -> tuple[str, str] | None:
        return usual_lines.kept(len(self.table.headers), self.dropped, self.table.delimiter)

    def with_care(self, opening: Opening, added: Iterable[pd.DataFrame]) -> Iterator[bytes]:
        """The same, record by record."""
        for cells in added:
            batch = opening.rest.read(len(cells))
            check_rows(len(batch), len(cells))
            ours = usual_lines.joined(cells[list(self.sync_columns)], self.table.codec, self.table.delimiter)
            yield self.lines(batch, ours.to_pylist())
        check_rows(len(opening.rest.read(1)), 0)

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
