"""The records of a text file as chunks of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bulk_sync.model import Chunk
from bulk_sync.sources import arrow_lines
from bulk_sync.sources.earlier_run import EarlierRun
from bulk_sync.sources.header import is_remark, is_shifted
from bulk_sync.sources.record_reader import Batch, column_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bulk_sync.sources.codec import Codec


@dataclass(frozen=True, slots=True)
class Chunking:
    """Makes chunks of the columns `wanted` under these headers."""

    headers: Sequence[str]
    wanted: Sequence[int]
    codec: Codec
    delimiter: str

    def of_lines(self, lines: arrow_lines.Texts, start: int) -> Chunk:
        """Usual lines, the first of them at the position `start` in the table."""
        cells = arrow_lines.frame(lines, self.delimiter, len(self.headers), self._columns({0}))
        places = cells.index[cells[0].str.contains("#", regex=False)]
        rows = arrow_lines.cells_at(lines, places.tolist(), self.delimiter)
        return self._chunk(start, cells, {at: row for at, row in rows.items() if is_remark(row)}, {})

    def of_batch(self, batch: Batch, start: int) -> Chunk:
        """Records that were read with care, the first of them at the position `start` in the table."""
        said = [self.codec.said(row) if self.codec.opaque else row for row in batch.rows]
        remarks = {at: row for at, row in enumerate(said) if row and row[0].lstrip()[:1] == "#" and is_remark(row)}
        columns = {at: column_of(said, at) for at in self._columns()}
        cells = pd.DataFrame(columns, dtype=object, index=pd.RangeIndex(len(said)))
        return self._chunk(start, cells, remarks, self._troubles(batch, but=remarks))

    def _columns(self, besides: Collection[int] = ()) -> list[int]:
        """The positions of the columns that are wanted, or tell of an earlier run."""
        earlier = EarlierRun.of(self.headers)
        return sorted({*self.wanted, *besides, *(earlier.columns if earlier else ())})

    def _chunk(
        self, start: int, cells: pd.DataFrame, remarks: Mapping[int, Sequence[str]], broken: Mapping[int, str]
    ) -> Chunk:
        earlier = EarlierRun.of(self.headers)
        if earlier is not None:
            broken = {**earlier.still_broken(cells), **broken}
        return Chunk(start, cells[list(self.wanted)], dict(sorted(broken.items())), remarks)

    def _troubles(self, batch: Batch, but: Collection[int]) -> dict[int, str]:
        """The rows whose cells cannot be told apart, those among them that hold more than blanks beyond the headers.

        Comments, at the places `but`, may have as many cells as they like.
        """
        width = len(self.headers)
        wide = {at: _too_many(len(row), width) for at, row in enumerate(batch.rows) if is_shifted(row, width)}
        return {**{at: why for at, why in wide.items() if at not in but}, **batch.broken}


def _too_many(cells: int, headers: int) -> str:
    return (
        f"the row has {cells} cells, but there {'is' if headers == 1 else 'are'} {headers} "
        f"header{'' if headers == 1 else 's'}: an unquoted delimiter may have shifted its columns; "
        "put the cell that holds it in quotation marks"
    )
