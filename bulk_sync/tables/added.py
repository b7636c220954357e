"""What stands behind each record of a text file in its results?

Our cells, harmless, in the file's encoding, quoted where needed. A column that holds few different texts says so by its
type (`Few`); of such a column each text is looked at once, and columns of that kind side by side are
joined before they are spread over the rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.tables.formulas import as_text
from bulk_sync.texts import Few, Numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from bulk_sync.tables.codec import Codec
    from bulk_sync.texts import Grid

_HARMLESS = re.compile(r"(?:(?:\+[0-9]{7,15}|[0-9A-Za-z][0-9A-Za-z_:.-]*)?\n)*+")
"""Cells, a line each, that stand in any file as they are: numbers, phones, IDs, moments, words."""
_IN_HARMLESS = re.compile(r"[0-9A-Za-z_:.+-]")


@dataclass(frozen=True, slots=True)
class Fields:
    """Our cells of some rows, in columns, as they stand in the file."""

    columns: Sequence[Iterable[str]]
    are_ascii: bool


def added_fields(grid: Grid[str], names: Sequence[str], codec: Codec, delimiter: str) -> Fields:
    """The cells of these columns. Neighbours of few texts are one column, with the delimiter in it."""
    columns, distinct = zip(*_fields(grid, names, codec, delimiter), strict=True)
    return Fields(columns, "".join(chain.from_iterable(distinct)).isascii())


def written(cells: Sequence[str], codec: Codec, delimiter: str) -> Sequence[str]:
    """Cells of ours as they stand in the file."""
    joined = "\n".join(cells) + "\n"
    if joined.count("\n") == len(cells) and _HARMLESS.fullmatch(joined) and not _IN_HARMLESS.match(delimiter):
        return cells
    changed = {}
    for cell in set(cells):
        # Nothing that starts with a letter or digit is run as a formula, and ASCII fits every encoding.
        text = cell if cell[:1].isalnum() and cell.isascii() else codec.fitting(as_text(cell))
        if delimiter in text or '"' in text or "\n" in text or "\r" in text:
            text = '"' + text.replace('"', '""') + '"'
        if text != cell:
            changed[cell] = text
    return [changed.get(cell, cell) for cell in cells] if changed else cells


def _fields(
    grid: Grid[str], names: Sequence[str], codec: Codec, delimiter: str
) -> Iterator[tuple[Iterable[str], Iterable[str]]]:
    """The columns, those of few texts side by side as one; with each, what may not be ASCII in it."""
    texts: list[str] = []
    codes: NDArray[np.intp] = np.zeros(len(grid), dtype=np.intp)
    for name in names:
        column = grid[name]
        if isinstance(column, Few):
            more = written(column.texts, codec, delimiter)
            codes = codes * len(more) + column.codes
            texts = [f"{text}{delimiter}{other}" for text in texts for other in more] if texts else list(more)
            continue
        if texts:
            yield _spread(codes, texts), texts
            texts, codes = [], np.zeros_like(codes)
        if isinstance(column, Numbers) and not _IN_HARMLESS.match(delimiter):
            yield column, ()
        else:
            cells = written(list(column), codec, delimiter)
            yield cells, cells
    if texts:
        yield _spread(codes, texts), texts


def _spread(codes: NDArray[np.intp], texts: Sequence[str]) -> Iterable[str]:
    if len(texts) == 1:
        return repeat(texts[0], len(codes))
    found: list[str] = np.array(texts, dtype=object).take(codes).tolist()
    return found
