"""How is a text file written again with columns added?

Each record's raw text is repeated as it stands, then come our cells, then the record's own line end. So quoting, white
space, broken bytes and line ends of the original survive. What is added to the original text is only

- delimiters, so that our columns stand under their headers in rows that are shorter than the widest;
- a closing quotation mark where a row opens one and never closes it: else a reader of the results would take the rows
  below, outcomes and all, for a part of that cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.tables.formulas import as_text
from bulk_sync.tables.header import lettered
from bulk_sync.tables.records import Batch, body, line_end
from bulk_sync.tables.spans import split
from bulk_sync.tables.sync_columns import check_rows, is_shifted, replaced, width_of_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.tables.codec import Codec
    from bulk_sync.tables.delimited import DelimitedTable, Opening


def mirror(table: DelimitedTable, out: Path, added: Iterable[pd.DataFrame], sync_columns: Sequence[str]) -> None:
    """Write the table's file again with `sync_columns` behind its columns; those of an earlier run are left out.

    Raises:
        BadInput: the file is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
    """
    dropped = frozenset(replaced(table.headers, sync_columns))
    layout = _Layout(table, dropped, width_of_results(len(table.headers), len(dropped), table.widest))
    with out.open("wb") as file, table.opening() as opening:
        file.writelines(layout.head(opening, sync_columns))
        for frame in added:
            batch = opening.rest.read(len(frame))
            check_rows(len(batch.rows), len(frame))
            file.write(layout.lines(batch, [frame[name].tolist() for name in sync_columns]))
        check_rows(len(opening.rest.read(1).rows), 0)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How records stand in the results: without the columns `dropped`, padded to `width` cells, ours behind them."""

    table: DelimitedTable
    dropped: frozenset[int]
    width: int

    def head(self, opening: Opening, sync_columns: Sequence[str]) -> Iterator[bytes]:
        """Everything above the first row."""
        yield self.table.codec.bom
        yield self.table.codec.encode(opening.hint + "".join(opening.above.raw))
        header = opening.header
        if not self.table.has_header:
            letters = list(lettered(self.width))
            header = Batch([self.table.delimiter.join(letters) + self.table.line_end], [letters])
        yield self.lines(header, [[name] for name in sync_columns])

    def lines(self, batch: Batch, ours: Sequence[list[str]]) -> bytes:
        """The records, with our columns."""
        delimiter = self.table.delimiter
        columns = [_written(cells, self.table.codec, delimiter) for cells in ours]
        added = map(delimiter.join, zip(*columns, strict=True))
        if self.dropped or batch.unclosed:
            texts = [
                f"{delimiter.join(self._pieces(batch, at))}{cells}{line_end(raw)}"
                for at, (raw, cells) in enumerate(zip(batch.raw, added, strict=True))
            ]
        else:
            # A blank line is one blank cell, although csv.reader gives it none.
            behind = self.width + 1
            texts = [
                f"{(own := body(raw))}{delimiter * (behind - (len(row) or 1))}{cells}{raw[len(own) :]}"
                for raw, row, cells in zip(batch.raw, batch.rows, added, strict=True)
            ]
        return self.table.codec.encode("".join(texts))

    def _pieces(self, batch: Batch, at: int) -> list[str]:
        """A record's cells as they stand, padded, and a last blank one for the delimiter before our cells."""
        pieces = split(body(batch.raw[at]), self.table.delimiter).pieces
        if at in batch.unclosed:
            pieces[-1] += '"'
        # Where the columns have shifted, nobody knows which cells are those of an earlier run: all of them stay.
        if not is_shifted(batch.rows[at], len(self.table.headers)):
            pieces = [piece for position, piece in enumerate(pieces) if position not in self.dropped]
        return pieces + [""] * (self.width - len(pieces)) + [""]


def _written(cells: list[str], codec: Codec, delimiter: str) -> list[str]:
    """A column of our cells as they stand in the file: harmless, in its encoding, quoted where needed.

    A column repeats itself, so only what is different in it is looked at.
    """
    distinct = set(cells)
    changed = {}
    special = _has_special("".join(distinct), delimiter)
    for cell in distinct:
        if special or (cell and not cell[0].isalnum()):
            text = _quoted(codec.fitting(as_text(cell)), delimiter)
            if text != cell:
                changed[cell] = text
    return [changed.get(cell, cell) for cell in cells] if changed else cells


def _has_special(text: str, delimiter: str) -> bool:
    return not text.isascii() or any(character in text for character in (delimiter, '"', "\r", "\n"))


def _quoted(cell: str, delimiter: str) -> str:
    quoting = any(character in cell for character in (delimiter, '"', "\r", "\n"))
    return '"' + cell.replace('"', '""') + '"' if quoting else cell
