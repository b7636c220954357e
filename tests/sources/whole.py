"""What does a whole table say, and what do results of it look like?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bulk_sync.results.writers import write_file
from bulk_sync.sources import Judge, open_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bulk_sync.model import Table

OURS = ("sync_row", "sync_result", "sync_error")


def rows_of(table: Table, size: int = 50_000) -> list[list[str]]:
    return [list(row) for chunk in table.chunks(size) for row in chunk.cells.itertuples(index=False)]


def broken_in(table: Table, size: int = 50_000) -> dict[int, str]:
    return {chunk.start + at: why for chunk in table.chunks(size) for at, why in chunk.broken.items()}


def outcomes(table: Table, size: int = 50_000, **cells: str) -> Iterator[pd.DataFrame]:
    """One frame per chunk; `sync_row` is each row's number, the others say what `cells` says."""
    for chunk in table.chunks(size):
        numbers = [str(table.first_row + chunk.start + at) for at in range(len(chunk.cells))]
        rest = {name: [cells.get(name, "")] * len(numbers) for name in OURS[1:]}
        yield pd.DataFrame({"sync_row": numbers, **rest}, dtype=object)


def results(path: Path, out: Path, size: int = 50_000, *, opening: dict | None = None, **cells: str) -> Path:
    table = open_table(path, **(opening or {}))
    cells.setdefault("sync_result", "success")
    write_file(table, out, outcomes(table, size, **cells), sync_columns=OURS)
    return out


NO_HEADER = Judge(lambda _: False)


def known(*names: str) -> Judge:
    """Who knows these headers."""
    return Judge(recognises=lambda cells: {cell.strip().lower() for cell in cells} & set(names))
