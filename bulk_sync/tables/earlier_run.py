"""Which rows of a results file were unreadable when it was written, and still are?

A row with more cells than headers is unreadable: its columns may have shifted, and its phone may be another's. In the
results all rows are as wide as the widest, under headers that are blank, so the same row would look in order when that
file is read again. Its own outcome gives it away: until somebody has moved its cells, it stays unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.tables.header import is_blank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STILL_SHIFTED = (
    "the row was unreadable in an earlier run and still has cells under blank headers: its columns may have shifted; "
    "move its cells under their headers and empty those"
)


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What an earlier run left in the columns: its codes at `code_at`, blank headers from `begin` to before `end`."""

    code_at: int
    begin: int
    end: int

    @classmethod
    def of(cls, headers: Sequence[str]) -> EarlierRun | None:
        """What these headers say of an earlier run; None if there was none, or no row of it was too wide."""
        folded = [header.strip().casefold() for header in headers]
        ours = [at for at, header in enumerate(folded) if header in SYNC_COLUMNS]
        if not ours or "sync_code" not in folded:
            return None
        begin = end = ours[0]
        while begin and not folded[begin - 1]:
            begin -= 1
        return cls(folded.index("sync_code"), begin, end) if begin < end else None

    def still_shifted(self, rows: Sequence[Sequence[str]]) -> Mapping[int, str]:
        """The rows that are as unreadable as they were, by position, and why. Rows are as wide as the headers."""
        return {
            at: STILL_SHIFTED
            for at, row in enumerate(rows)
            if row[self.code_at] == Code.UNREADABLE_ROW.word and not is_blank(row[self.begin : self.end])
        }
