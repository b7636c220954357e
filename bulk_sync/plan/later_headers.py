"""Headers among the rows, where one list was put below another: what stands under them may be other columns.

Below "Phone, Agent's phone" somebody pastes a list headed "Agent's phone, Phone". Its rows look like rows, and the
numbers in the first column are of people whom nobody means.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.fields import FIELDS, unused_fields
from bulk_sync.model import fold, letter

if TYPE_CHECKING:
    from bulk_sync.model import Chunk, Columns

_OTHER_COLUMNS = (
    "headers stand again in row {}, and not those that the list begins with, so from there on it is not clear which "
    "cell is which. Put these rows into a file of their own, or their columns into the order of the first header."
)

_TELLING = ("status", "campaign")
"""The fields whose own header in a cell tells a row of headers: no status is called status."""


class LaterHeaders:
    """Finds them in a table that is read chunk by chunk, from the first row on; rows are counted from `first_row`."""

    def __init__(self, columns: Columns, first_row: int) -> None:
        unused = unused_fields(columns)
        self._fields = {name: at for name, at in columns.fields.items() if name not in unused}
        self._first_row = first_row
        self._heads = ["" if header == letter(at) else fold(header) for at, header in enumerate(columns.headers)]
        self._other: int | None = None  # the row of the last header, where that heads other columns

    def shifted(self, chunk: Chunk) -> dict[int, str]:
        """The rows of a chunk, by place, that stand under headers of other columns, and why they are not read."""
        found: dict[int, str] = {}
        begin = 0
        for place in (*self._headers(chunk), None):
            if self._other is not None:
                is_filled = (chunk.cells[[*self._fields.values()]][begin:place] != "").any(axis=1).to_numpy()
                places = (np.flatnonzero(is_filled) + begin).tolist()
                found |= dict.fromkeys(places, _OTHER_COLUMNS.format(self._other))
            if place is not None:
                heads = ((name, chunk.cells[at][place]) for name, at in self._fields.items())
                is_alike = all(self._heads_it(name, text) for name, text in heads if fold(text))
                self._other, begin = None if is_alike else self._first_row + chunk.start + place, place
        return found

    def _headers(self, chunk: Chunk) -> list[int]:
        """The places of rows that hold the header of the status or the campaign, and a word where the number is.

        Where nothing is, it may be a legend or a total, and what stands below it must not go unsent.
        """
        cells, fields = chunk.cells, self._fields
        found: set[int] = set()
        for name, at in fields.items():
            if name in _TELLING:
                texts = [text for text in cells[at].unique() if fold(text) and self._heads_it(name, text)]
                found |= set(np.flatnonzero(cells[at].isin(texts)).tolist()) if texts else set()
        who = [fields[name] for name in ("phone", "id") if name in fields]
        found -= {*chunk.broken, *chunk.remarks}
        said = {place: "".join(cells[at][place] for at in who) for place in found}
        return sorted(place for place, text in said.items() if fold(text) and not any(map(str.isdigit, text)))

    def _heads_it(self, name: str, text: str) -> bool:
        """Whether a cell in a field's column heads it: with its own header, or in other words that mean the field."""
        head, own = fold(text), self._heads[self._fields[name]]
        return head == own or (head not in self._heads and head in _known(name))


@cache
def _known(name: str) -> frozenset[str]:
    """The words that head the column of a field."""
    ranks = FIELDS[name].headers if name in FIELDS else ()
    return frozenset(fold(word) for words in ranks for word in words.split(";"))
