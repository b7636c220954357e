"""Why is a row not sent, in words?

What a row's own cells are to blame for is kept as it was found. What other rows are the reason for is put into words
when somebody asks: the plan knows the row, and a million sentences would take more memory than the rest of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.errors import Code
from bulk_sync.plan.rows import CODES, NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BY_OTHERS = np.isin(np.arange(len(CODES)), [NUMBER[code] for code in (Code.DUPLICATE, Code.SUPERSEDED, Code.CONFLICT)])
"""Whether another row is the reason for a code."""


class Reasons(Mapping[int, str]):
    """The sentence of each row that has one, by place. `own`: those of the rows' own cells; the rest as in `Plan`."""

    def __init__(
        self, own: Mapping[int, str], code: NDArray[np.int8], leader: NDArray[np.int64], first_row: int
    ) -> None:
        self._own, self._code, self._leader, self._first_row = own, code, leader, first_row

    def __getitem__(self, place: int) -> str:
        if 0 <= place < len(self._code) and _BY_OTHERS[self._code[place]]:
            return _because(CODES[self._code[place]], int(self._leader[place]) + self._first_row)
        return self._own[place]

    def __iter__(self) -> Iterator[int]:
        return (place for place, _ in self.between(0, len(self._code)))

    def __len__(self) -> int:
        return int(_BY_OTHERS[self._code].sum()) + len(self._own)

    @property
    def remarks(self) -> int:
        """How many rows are comments: blank for a reason of their own."""
        blank = self._code == _BLANK
        return sum(bool(blank[place]) for place in self._own) if blank.any() else 0

    def between(self, start: int, stop: int) -> Iterator[tuple[int, str]]:
        """The sentences of the rows from one place up to another, in their order."""
        codes = self._code[start:stop]
        for place in (np.flatnonzero(~_SILENT[codes]) + start).tolist():
            if self._code[place] != _BLANK or place in self._own:
                yield place, self[place]


_SILENT = np.isin(np.arange(len(CODES)), [NUMBER[code] for code in (Code.UPDATED, Code.MERGED)])
"""Whether rows with a code have no sentence in the plan; of blank ones only comments have."""

_BLANK = NUMBER[Code.BLANK]


def _because(code: Code, row: int) -> str:
    match code:
        case Code.DUPLICATE:
            return f"Row {row} says the same of this contact; that one counts."
        case Code.SUPERSEDED:
            return f"Row {row} says something else of this contact, and wins."
        case _:
            return (
                f"Rows of this contact contradict each other (see row {row}). Correct one of them, "
                "or pass --on-conflict safest to let the one that stops outreach win."
            )
