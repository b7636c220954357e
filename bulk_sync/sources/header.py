"""The row that holds the headers, and what it says of an earlier run whose results the file is.

Exports like to put something above it: a title ("Contacts, exported on …"), lines of a name and a value ("Campaign,
Spring"), remarks behind a #. What stands above the header is skipped, and said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import SYNC_COLUMNS, letter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import pandas as pd

WINDOW = 50
"""Rows among which a header is looked for."""

_CONTACT = frozenset({"phone", "id"})
_RESULT = "sync_result"
_SHEET_ERROR = re.compile(r"#(?:N/?[ADV]|¡?[^\W_][\w/]*[!?])")
"""#N/A, #REF!, #NAME?, and what they are elsewhere: #NV, #N/D, #WERT!, #¡VALOR!"""


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
class Judge:
    """What the caller knows about headers.

    Whether a row may be one and is not data; which fields its cells name; how many of them were named by hand.
    """

    looks_like_header: Callable[[Sequence[str]], bool] = lambda _: True
    recognises: Callable[[Sequence[str]], Collection[str]] = lambda _: ()
    named: Callable[[Sequence[str]], int] = lambda _: 0

    def of(self, said: Callable[[Sequence[str]], list[str]]) -> Judge:
        """The same knowledge about rows whose cells must be read (`said`) before they can be judged."""
        return Judge(
            lambda row: self.looks_like_header(said(row)),
            lambda row: self.recognises(said(row)),
            lambda row: self.named(said(row)),
        )


@dataclass(frozen=True, slots=True)
class Header:
    """`at` is the position, from 0, of the header row; of the first row of data where there is no header."""

    at: int
    present: bool


def find_header(rows: Sequence[Sequence[str]], judge: Judge) -> Header | None:
    """The header among the first rows of a file; None if they are all blank.

    The one that holds what was named by hand; that of an earlier run's results; the one above the data that names a
    contact and most fields; the first row, if it looks like one.
    """
    top = [at for at, row in enumerate(rows) if not is_blank(row)][:WINDOW]
    if not top:
        return None
    for known in (judge.named, _of_results):
        best = max(top, key=lambda at: known(rows[at]))
        if known(rows[best]):
            return Header(best, present=True)
    found = _above_the_data(rows, top, judge)
    if found is None:
        found = _below_a_title(rows, top, judge)
    if found is not None:
        return Header(found, present=True)
    first = next((at for at in top if not is_remark(rows[at])), top[0])
    return Header(first, present=True) if judge.looks_like_header(rows[first]) else Header(top[0], present=False)


def _of_results(row: Sequence[str]) -> int:
    return sum(cell.strip().casefold() == _RESULT for cell in row)


def _above_the_data(rows: Sequence[Sequence[str]], top: Sequence[int], judge: Judge) -> int | None:
    """The row that names a contact, and more fields than others do that stand above the first row of data."""
    best, most = None, 0
    for at in top:
        if not judge.looks_like_header(rows[at]):
            if best is not None:
                break
            continue  # a telephone number in a preface, perhaps
        fields = judge.recognises(rows[at])
        if len(fields) > most and not _CONTACT.isdisjoint(fields):
            best, most = at, len(fields)
    if best is None or most > 1 or best == top[0]:
        return best
    below = next((rows[at] for at in top if at > best), ())
    cells = [cell for head, cell in zip(rows[best], below, strict=False) if judge.recognises([head])]
    return best if any(not judge.looks_like_header([cell]) for cell in cells if cell.strip()) else None


def _below_a_title(rows: Sequence[Sequence[str]], top: Sequence[int], judge: Judge) -> int | None:
    """The row that names several fields, though no contact, below a row that names none, or is a word alone."""
    first = rows[top[0]]
    known = len(judge.recognises(first))
    if known > 1 or (known and sum(bool(cell.strip()) for cell in first) > 1):
        return None
    return next((at for at in top[1:] if len(judge.recognises(rows[at])) > 1), None)


def skipped(rows: Sequence[Sequence[str]], header: Header) -> tuple[str, ...]:
    """A note on what stands above the header, if anything does."""
    above = sum(not is_blank(row) for row in rows[: header.at])
    return (f"header in row {header.at + 1} ({above} row{'s'[: above > 1]} above it skipped)",) if above else ()


def is_remark(row: Sequence[str]) -> bool:
    """Whether a row is a comment: its first cell begins with #, and is no error that a spreadsheet shows there.

    Of these, `####` is what a column shows that is too narrow: a comment only where nothing else stands in the row.
    """
    first = row[0].strip() if row else ""
    if not first.startswith("#") or _SHEET_ERROR.fullmatch(first):
        return False
    return bool(first.strip("#")) or len(first) == 1 or is_blank(row[1:])


def is_blank(row: Sequence[str]) -> bool:
    """Whether nothing but white space stands in the row."""
    return not any(cell.strip() for cell in row)


def is_shifted(row: Sequence[str], width: int) -> bool:
    """Whether a row has more cells than there are headers, and not just blanks: nobody knows which belongs where."""
    return len(row) > width and not is_blank(row[width:])


def lettered(width: int) -> tuple[str, ...]:
    """The headers of a file that has none: the letters that a spreadsheet shows above the columns."""
    return tuple(letter(position) for position in range(width))


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What an earlier run left in the columns: its codes at `code_at`, its sentences at `error_at` (-1: nowhere).

    Under blank headers from `begin` to before `end` stands what was beyond the headers.

    A row with more cells than headers is unreadable: its columns may have shifted, and its phone may be another's. In
    the results all rows are as wide as the widest, so the same row would look in order when that file is read again. So
    would half of a record whose quotation marks were wrong, since we close what is open. A row's own outcome gives it
    away: until somebody has moved its cells, or says that it was corrected, it stays unreadable.
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
