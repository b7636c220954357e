"""How is a text file written again with columns added?

Each record's raw text is repeated as it stands, then come our cells, then the record's own line end. So quoting, white
space, broken bytes and line ends of the original survive. What is added to the original text is only

- delimiters, so that our columns stand under their headers in rows that are shorter than the widest;
- a closing quotation mark where a row opens one and never closes it: else a reader of the results would take the rows
  below, outcomes and all, for a part of that cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING

from bulk_sync.tables.added import added_fields, written
from bulk_sync.tables.header import lettered
from bulk_sync.tables.records import Batch, body, line_end
from bulk_sync.tables.spans import split
from bulk_sync.tables.sync_columns import check_rows, is_shifted, replaced, width_of_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bulk_sync.tables.delimited import DelimitedTable, Opening
    from bulk_sync.tables.reading import Reader
    from bulk_sync.tables.stretches import Stretch
    from bulk_sync.texts import Grid


def mirror(
    table: DelimitedTable,
    out: Path,
    added: Iterable[Grid[str]],
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
    with out.open("wb") as file, table.opening() as opening:
        file.writelines(layout.head(opening))
        file.writelines(map(layout.written, _side_by_side(opening.rest, added)))
        check_rows(sum(map(len, opening.rest.read(1))), 0)


Side = tuple["Sequence[Stretch | Batch]", "Grid[str]"]
"""Some records, and what is to stand behind them."""


def _side_by_side(rest: Reader, added: Iterable[Grid[str]]) -> Iterator[Side]:
    for grid in added:
        pieces = list(rest.read(len(grid)))
        check_rows(sum(map(len, pieces)), len(grid))
        yield pieces, grid


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

    def written(self, side: Side) -> bytes:
        """Records with what is to stand behind them."""
        pieces, grid = side
        fields = added_fields(grid, self.sync_columns, self.table.codec, self.table.delimiter)
        cut = [piece for piece in pieces if not isinstance(piece, Batch)]
        if len(cut) == len(pieces) and fields.are_ascii:
            return self._cut(cut, fields.columns)
        ours = list(map(self.table.delimiter.join, zip(*fields.columns, strict=True)))
        found, at = [], 0
        for piece in pieces:
            found.append(self.lines(piece, ours[at : at + len(piece)]))
            at += len(piece)
        return b"".join(found)

    def lines(self, piece: Stretch | Batch, added: Sequence[str]) -> bytes:
        """The records, each with our cells behind it."""
        if isinstance(piece, Batch):
            return self.table.codec.encode("".join(self._with_care(piece, added)))
        return self._cut([piece], [self.table.codec.as_latin(added)])

    def _cut(self, pieces: Sequence[Stretch], added: Sequence[Iterable[str]]) -> bytes:
        """Records that were cut by arithmetic; the columns `added` are as they stand behind them, in Latin-1."""
        kept = len(self.table.headers) - len(self.dropped)
        own = chain.from_iterable(self._kept(piece) if self.dropped else piece.lines() for piece in pieces)
        blank = [repeat("", sum(map(len, pieces))) for _ in range(self.width - kept)]
        rows = map(self.table.delimiter.join, zip(*[own][: bool(kept)], *blank, *added, strict=True))
        end = self.table.line_end
        return f"{end.join(rows)}{end}".encode("latin-1")

    def _kept(self, stretch: Stretch) -> Iterable[str]:
        """The records without the columns that are left out."""
        kept = [at for at in range(len(self.table.headers)) if at not in self.dropped]
        first = [at for at in kept if at - 1 not in kept]
        last = [at for at in kept if at + 1 not in kept]
        groups = [stretch.pieces(*group) for group in zip(first, last, strict=True)]
        return map(self.table.delimiter.join, zip(*groups, strict=True))

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
