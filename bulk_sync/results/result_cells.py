"""Our columns in a file: where they stand, and their cells, harmless, in the file's encoding, quoted where needed.

A cell of a text file that starts with one of `= + - @`, a tab or a carriage return is evaluated when the file is opened
(OWASP, "CSV Injection"); some programs look past leading white space, and some treat the full-width forms ＝＋－＠
alike. A leading apostrophe makes it text. In a workbook nothing of this is needed: there a cell says itself that it is
text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Self

from bulk_sync.sources.cell_values import shown
from bulk_sync.sources.header import is_shifted, lettered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.codec import Codec
    from bulk_sync.sources.delimited import DelimitedTable
    from bulk_sync.sources.workbook import WorkbookTable

    Ours = DelimitedTable | WorkbookTable

_RUNS = re.compile(r"(?!\+[0-9]{7,15}\Z)(?:[\t\r]|[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠])")
_NEGATIVE_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")

HARMLESS = r"\A(?:\+[0-9]{7,15}|[0-9A-Za-z][0-9A-Za-z_:.-]*)?\z"
"""A cell that stands in any file as it is (for RE2): a number, a phone, an ID, a moment, a word."""

_IN_HARMLESS = re.compile(r"[0-9A-Za-z_:.+-]")


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


@dataclass(frozen=True)
class Layout:
    """How a table stands in its results: without the columns `dropped`, padded to `width` cells, ours behind them."""

    table: Ours
    sync_columns: Sequence[str]
    dropped: frozenset[int]
    width: int

    @classmethod
    def of(cls, table: Ours, sync_columns: Sequence[str]) -> Self:
        """The layout of this table's results. Reads the file, unless that was done."""
        dropped = frozenset(replaced(table.headers, sync_columns))
        return cls(table, sync_columns, dropped, width_of_results(len(table.headers), len(dropped), table.widest))

    def headers(self) -> list[str]:
        """The header cells of the table, `width` of them; letters where it has none."""
        headers = self.table.headers if self.table.has_header else lettered(self.width)
        kept = [shown(header) for header in self.kept(headers)]
        return kept + [""] * (self.width - len(kept))

    def rows(self, added: Iterable[pd.DataFrame]) -> Iterator[tuple[Sequence[Value], tuple[str, ...]]]:
        """Each row of the table under its header, and our cells of it.

        Raises:
            BadInput: the file of the table is no longer the one that was opened.
            ValueError: `added` has not one row for each row of the table.
        """
        rows = iter(self.table.rows())
        for grid in added:
            some = list(islice(rows, len(grid)))
            check_rows(len(some), len(grid))
            ours = zip(*(grid[name].tolist() for name in self.sync_columns), strict=True)
            yield from zip(map(self.kept, some), ours, strict=True)
        check_rows(sum(1 for _ in rows), 0)

    def kept(self, values: Sequence[Value]) -> Sequence[Value]:
        """A row without the columns that are left out; where the columns may have shifted, nobody knows which."""
        if not self.dropped or is_shifted([shown(value) for value in values], len(self.table.headers)):
            return values
        return [value for position, value in enumerate(values) if position not in self.dropped]


def runs_as_formula(cell: str) -> bool:
    """Whether a spreadsheet that opens a text file would evaluate this cell; `+` and 7 to 15 digits is a phone."""
    return _RUNS.match(cell) is not None


def as_text(cell: str) -> str:
    """The cell for a text file: with a leading apostrophe where it would otherwise be run."""
    return f"'{cell}" if runs_as_formula(cell) else cell


def copied(value: Value) -> str:
    """`as_text` for a cell that a workbook held: there, a plain negative number is a number and stays one."""
    cell = shown(value)
    return cell if _NEGATIVE_NUMBER.fullmatch(cell) else as_text(cell)


def is_harmless(delimiter: str) -> bool:
    """Whether no cell that is `HARMLESS` holds this delimiter."""
    return _IN_HARMLESS.match(delimiter) is None


def written(cells: Sequence[str], codec: Codec, delimiter: str) -> list[str]:
    """Cells of ours as they stand in the file."""
    texts = {cell: _written(cell, codec, delimiter) for cell in set(cells)}
    return [texts[cell] for cell in cells]


def _written(cell: str, codec: Codec, delimiter: str) -> str:
    # Nothing that starts with a letter or digit is run as a formula, and ASCII fits every encoding.
    text = cell if cell[:1].isalnum() and cell.isascii() else codec.fitting(as_text(cell))
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
