"""Which row holds the headers?

The first that is not blank, if it looks like one. Exports like to put a title above it ("Contacts, exported on …"):
where the first row names no field that is known, and a row soon after names two or more, that row is the header.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.model import letter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WINDOW = 20
"""Rows among which a header is looked for."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What the caller knows about headers: whether a row looks like one, and how many of its cells name a field."""

    looks_like_header: Callable[[Sequence[str]], bool]
    recognises: Callable[[Sequence[str]], int]

    def of(self, said: Callable[[Sequence[str]], list[str]]) -> Judge:
        """The same knowledge about rows whose cells must be read (`said`) before they can be judged."""
        return Judge(lambda row: self.looks_like_header(said(row)), lambda row: self.recognises(said(row)))


@dataclass(frozen=True, slots=True)
class Header:
    """`at` is the position, from 0, of the header row; of the first row of data where there is no header."""

    at: int
    present: bool


def find_header(rows: Sequence[Sequence[str]], judge: Judge) -> Header | None:
    """The header among the first rows of a file; None if they are all blank."""
    filled = [at for at, row in enumerate(rows) if not is_blank(row)]
    if not filled:
        return None
    first = filled[0]
    known = judge.recognises(rows[first])
    titled = known == 0 or (known == 1 and sum(bool(cell.strip()) for cell in rows[first]) == 1)
    if titled:
        for at in filled[1:WINDOW]:
            if judge.recognises(rows[at]) >= 2:
                return Header(at, present=True)
    return Header(first, present=judge.looks_like_header(rows[first]))


def is_blank(row: Sequence[str]) -> bool:
    """Whether nothing but white space stands in the row."""
    return not any(cell.strip() for cell in row)


def lettered(width: int) -> tuple[str, ...]:
    """The headers of a file that has none: the letters that a spreadsheet shows above the columns."""
    return tuple(letter(position) for position in range(width))
