"""The columns of a table that stand in its results, and how wide they get."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def replaced(headers: Sequence[str], sync_columns: Sequence[str]) -> list[int]:
    """The positions of the columns that an earlier run added, by their headers: they are replaced, never doubled."""
    ours = {name.casefold() for name in sync_columns}
    return [at for at, header in enumerate(headers) if header.strip().casefold() in ours]


def width_of_results(headers: int, dropped: int, widest: int) -> int:
    """How many columns stand before ours: as many as the widest row has, so that ours line up for every row.

    A row that is wider than the header may have shifted, and then keeps all its cells.
    """
    return widest if widest > headers else headers - dropped


def check_rows(table: int, added: int) -> None:
    """Do nothing if the table has as many rows as were added.

    Raises:
        ValueError: it has more or fewer: outcomes would stand beside the wrong rows.
    """
    if table != added:
        raise ValueError(f"{added} rows of results for {table} rows of the table")
