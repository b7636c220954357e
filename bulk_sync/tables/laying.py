"""Where in one run of bytes does each cell of some records stand?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.in_bytes import InBytes
from bulk_sync.tables.header import is_remark
from bulk_sync.tables.records import column_of
from bulk_sync.tables.stretches import Stretch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bulk_sync.tables.codec import Codec

    Rows = list[list[str]]
    """The cells of records that were read with care."""

    Places = NDArray[np.int64]


_HASH, _SPACE, _LAST_OF_ASCII = b"# \x7f"


def laid(parts: Sequence[Stretch | Rows], wanted: Sequence[int], codec: Codec) -> dict[int, Sequence[str]]:
    """The columns `wanted` of some records, cut by arithmetic or read with care."""
    data: list[bytes] = []
    starts: list[list[Places]] = [[] for _ in wanted]
    ends: list[list[Places]] = [[] for _ in wanted]
    size = 0
    for part in parts:
        some, bounds = _placed(part, wanted, codec)
        for at, (start, end) in enumerate(bounds):
            starts[at].append(start + size)
            ends[at].append(end + size)
        data.append(some)
        size += len(some)
    together = b"".join(data)
    return {
        column: InBytes(together, np.concatenate(starts[at]), np.concatenate(ends[at]), codec.cell)
        for at, column in enumerate(wanted)
    }


def remarks(stretch: Stretch, codec: Codec) -> dict[int, Sequence[str]]:
    """The records that are comments, by position, with all their cells."""
    starts, ends = stretch.column(0)
    first = np.frombuffer(stretch.data, dtype=np.uint8).take(starts)
    may_begin = (first == _HASH) | (first <= _SPACE) | (first > _LAST_OF_ASCII)
    places = np.flatnonzero(may_begin & (ends > starts)).tolist()
    columns = list(laid([stretch], range(stretch.shape.width), codec).values())
    rows = {at: [column[at] for column in columns] for at in places if columns[0][at].lstrip()[:1] == "#"}
    return {at: cells for at, cells in rows.items() if is_remark(cells)}


def _placed(part: Stretch | Rows, wanted: Sequence[int], codec: Codec) -> tuple[bytes, list[tuple[Places, Places]]]:
    """The bytes of some records, and where in them the cells of each column begin and end."""
    if isinstance(part, Stretch):
        return part.data, [part.column(column) for column in wanted]
    cells = [codec.encode(cell.replace('"', '""')) for column in wanted for cell in column_of(part, column)]
    lengths = np.fromiter(map(len, cells), dtype=np.int64, count=len(cells))
    ends = np.cumsum(lengths)
    shape = (len(wanted), len(part))
    return b"".join(cells), list(zip((ends - lengths).reshape(shape), ends.reshape(shape), strict=True))
