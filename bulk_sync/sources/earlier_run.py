"""The rows of a results file that were unreadable when it was written, and still are.

A row with more cells than headers is unreadable: its columns may have shifted, and its phone may be another's. In the
results all rows are as wide as the widest, under headers that are blank, so the same row would look in order when that
file is read again. So would half of a record whose quotation marks were wrong, since we close what is open. A row's own
outcome gives it away: until somebody has moved its cells, or says that it was corrected, it stays unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.sources.header import is_blank

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

STILL_SHIFTED = (
    "the row was unreadable in an earlier run and still has cells under blank headers: its columns may have shifted; "
    "move its cells under their headers and empty those"
)


STILL_TORN = (
    "the row was unreadable in an earlier run, since the quotation marks in it or around it did not match; correct its "
    "cells, then empty its sync_code"
)

_OF_QUOTES = "quotation mark"
"""What our sentences about such rows say."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What an earlier run left in the columns: its codes at `code_at`, its sentences at `error_at` (-1: nowhere).

    Under blank headers from `begin` to before `end` stands what was beyond the headers.
    """

    code_at: int = -1
    error_at: int = -1
    begin: int = 0
    end: int = 0

    @classmethod
    def of(cls, headers: Sequence[str]) -> EarlierRun:
        """What these headers say of an earlier run; where there was none, it left nothing."""
        folded = [header.strip().casefold() for header in headers]
        ours = [at for at, header in enumerate(folded) if header in SYNC_COLUMNS]
        if "sync_code" not in folded:
            return cls()
        begin = end = ours[0]
        while begin and not folded[begin - 1]:
            begin -= 1
        error_at = folded.index("sync_error") if "sync_error" in folded else -1
        return cls(folded.index("sync_code"), error_at, begin, end)

    @property
    def columns(self) -> set[int]:
        """The positions of the columns that tell."""
        return {self.code_at, self.error_at, *range(self.begin, self.end)} - {-1}

    def still_broken(self, columns: pd.DataFrame) -> dict[int, str]:
        """The rows that are as unreadable as they were, by position, and why."""
        if self.code_at < 0:
            return {}
        codes = columns[self.code_at].str.strip()
        unreadable = codes.index[codes == Code.UNREADABLE_ROW.word].tolist()
        found = {}
        for at in unreadable:
            if not is_blank([columns[column][at] for column in range(self.begin, self.end)]):
                found[at] = STILL_SHIFTED
            elif self.error_at >= 0 and _OF_QUOTES in columns[self.error_at][at]:
                found[at] = STILL_TORN
        return found
