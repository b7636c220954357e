"""How do a text file's records become a chunk of a table?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.model import Chunk
from bulk_sync.tables.earlier_run import EarlierRun
from bulk_sync.tables.header import is_remark
from bulk_sync.tables.records import Batch, column_of
from bulk_sync.tables.sync_columns import is_shifted
from bulk_sync.texts import Grid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bulk_sync.tables.codec import Codec
    from bulk_sync.tables.stretches import Stretch


@dataclass(frozen=True, slots=True)
class Chunking:
    """Makes chunks of the columns `wanted` under these headers."""

    headers: Sequence[str]
    wanted: Sequence[int]
    codec: Codec

    def chunk(self, pieces: Sequence[Stretch | Batch], start: int) -> Chunk:
        """These records, the first of them at the position `start` in the table."""
        broken: dict[int, str] = {}
        remarks: dict[int, Sequence[str]] = {}
        at = 0
        for piece in pieces:
            found = _remarks(piece, self.codec)
            remarks |= {at + place: cells for place, cells in found.items()}
            if isinstance(piece, Batch):
                broken |= {at + place: why for place, why in self._troubles(piece, but=found).items()}
            at += len(piece)
        earlier = EarlierRun.of(self.headers)
        wanted = sorted({*self.wanted, *(earlier.columns if earlier else ())})
        columns = self._columns(pieces, wanted)
        if earlier is not None:
            broken = {**earlier.still_broken(columns), **broken}
            columns = {column: columns[column] for column in self.wanted}
        return Chunk(start, Grid(columns, at), dict(sorted(broken.items())), remarks)

    def _columns(self, pieces: Sequence[Stretch | Batch], wanted: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Some columns: where all records were read with care as lists, else as bytes, and those of the others too."""
        read = [piece.rows for piece in pieces if isinstance(piece, Batch)]
        if len(read) < len(pieces):
            from bulk_sync.tables.laying import laid  # noqa: PLC0415  # NumPy, which small files need not wait for

            return laid([piece.rows if isinstance(piece, Batch) else piece for piece in pieces], wanted, self.codec)
        said = [self.codec.said(row) if self.codec.opaque else row for some in read for row in some]
        return {at: column_of(said, at) for at in wanted}

    def _troubles(self, batch: Batch, but: Collection[int]) -> dict[int, str]:
        """The rows whose cells cannot be told apart, those among them that hold more than blanks beyond the headers.

        Comments, at the places `but`, may have as many cells as they like.
        """
        width = len(self.headers)
        wide = {at: _too_many(len(row), width) for at, row in enumerate(batch.rows) if is_shifted(row, width)}
        return {**{at: why for at, why in wide.items() if at not in but}, **batch.broken}


@dataclass(frozen=True, slots=True)
class Cut:
    """Some consecutive records, the first of them at the position `start` in the table.

    They may be sent to another process, and made a chunk of there.
    """

    chunking: Chunking
    pieces: Sequence[Stretch | Batch]
    start: int

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def chunk(self) -> Chunk:
        """The cells of these records."""
        return self.chunking.chunk(self.pieces, self.start)


def cells_of(piece: Stretch | Batch, codec: Codec) -> Iterable[Sequence[str]]:
    """What the cells of each record say, as many as it has."""
    if isinstance(piece, Batch):
        return map(codec.said, piece.rows)
    from bulk_sync.tables.laying import laid  # noqa: PLC0415  # see `_laid`

    return zip(*laid([piece], range(piece.shape.width), codec).values(), strict=True)


def _remarks(piece: Stretch | Batch, codec: Codec) -> dict[int, Sequence[str]]:
    """The records that are comments, by position, with all their cells."""
    if not isinstance(piece, Batch):
        from bulk_sync.tables.laying import remarks  # noqa: PLC0415  # see `_laid`

        return remarks(piece, codec) if b"#" in piece.data else {}
    some = [at for at, row in enumerate(piece.rows) if row and row[0].lstrip()[:1] == "#"]
    said = {at: codec.said(piece.rows[at]) for at in some}
    return {at: cells for at, cells in said.items() if is_remark(cells)}


def widest(piece: Stretch | Batch) -> int:
    """The number of cells of the record that has the most."""
    return max(map(len, piece.rows)) if isinstance(piece, Batch) else piece.shape.width


def _too_many(cells: int, headers: int) -> str:
    return (
        f"the row has {cells} cells, but there {'is' if headers == 1 else 'are'} {headers} "
        f"header{'' if headers == 1 else 's'}: an unquoted delimiter may have shifted its columns; "
        "put the cell that holds it in quotation marks"
    )
