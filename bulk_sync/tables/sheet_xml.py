"""How do columns of cells become rows of a sheet's XML?

(ECMA-376, part 1, 18.3.1.) A column at a time, since what is true of all its cells is found out once: nearly every
column is text in which nothing has to be escaped. Blank cells are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.tables import look
from bulk_sync.tables.cells import shown
from bulk_sync.texts import Few, Numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bulk_sync.tables.cells import Value

WHOLE = int
"""The kind of whole numbers among the formats."""

_FIRST_SAFE_YEAR = 1901
"""Before it, Excel's calendar has a day that never was; such dates are written as text."""

_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  # the days of a spreadsheet have no time zone
_DAY = timedelta(days=1)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "_x000D_"})
_LOOKS_ESCAPED = re.compile("_(x[0-9a-fA-F]{4}_)")
_ODD = re.compile("[^ -%'-;=?-~]|^ | $|_x")
"""What is perhaps not itself between two tags; all but plain ASCII."""

_MOST_SHAPES = 64
"""Kinds of rows, by the columns in which they are blank, that are worth being made each by itself."""


@dataclass(frozen=True, slots=True)
class Formats:
    """The numbers of the cell formats: by the type of a value, and by the word of an outcome."""

    of_type: Mapping[type, str]
    of_outcome: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: `<c r="`, `letter`, a row's number, `before`, a cell, `behind`; nothing for a blank cell."""

    letter: str
    before: str
    cells: Sequence[str]
    behind: str


def rows_of(columns: Sequence[Column], numbers: Sequence[int]) -> str:
    """The rows with these numbers. Those that are blank in the same columns are made together."""
    shape, filled = _shapes(columns, len(numbers))
    texts = list(map(str, numbers))
    if len(filled) == 1:
        return "".join(_alike([columns[at] for at in filled[0]], texts))
    if len(filled) > _MOST_SHAPES:
        return "".join(_one_by_one(columns, texts))
    rows = np.empty(len(numbers), dtype=object)
    for number, present in enumerate(filled):
        places = np.flatnonzero(shape == number)
        take = _taker(places.tolist())
        some = [replace(columns[at], cells=take(columns[at].cells)) for at in present]
        rows[places] = list(_alike(some, take(texts)))
    return "".join(rows.tolist())


def _shapes(columns: Sequence[Column], rows: int) -> tuple[NDArray[np.intp], list[list[int]]]:
    """A number for each row, the same where the same columns are filled; and which columns that are."""
    shape = np.zeros(rows, dtype=np.intp)
    filled: list[list[int]] = [[]]
    for at, column in enumerate(columns):
        present = np.fromiter(map(bool, column.cells), dtype=np.bool_, count=rows)
        kinds, shape = np.unique(2 * shape + present, return_inverse=True)
        filled = [[*filled[kind // 2], *([at] if kind % 2 else [])] for kind in kinds.tolist()]
    return shape, filled


def _taker(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    return itemgetter(*places) if len(places) > 1 else lambda cells: [cells[place] for place in places]


def _alike(columns: Sequence[Column], numbers: Sequence[str]) -> Iterator[str]:
    """Rows that are blank nowhere: what stands between the cells is the same in each."""
    pieces: list[Iterable[str]] = [repeat('<row r="'), numbers]
    between = '">'
    for column in columns:
        pieces += [repeat(f'{between}<c r="{column.letter}'), numbers, repeat(column.before), column.cells]
        between = column.behind
    return map("".join, zip(*pieces, repeat(f"{between}</row>", len(numbers)), strict=False))


def _one_by_one(columns: Sequence[Column], numbers: Sequence[str]) -> Iterator[str]:
    """Rows in which every cell may be blank."""
    made = [
        [
            f'<c r="{column.letter}{number}{column.before}{cell}{column.behind}' if cell else ""
            for cell, number in zip(column.cells, numbers, strict=True)
        ]
        for column in columns
    ]
    starts = [f'<row r="{number}">' for number in numbers]
    return map("".join, zip(starts, *made, repeat("</row>", len(numbers)), strict=True))


def own_column(values: Sequence[Value], letter: str, formats: Formats) -> Column:
    """A column of the table, with the types that its values have."""
    if set(map(type, values)) <= {str}:
        return _texts(values, letter)  # type: ignore[arg-type]  # mypy does not follow `set(map(type, …))`
    return Column(letter, '"', ["" if value == "" else _value(value, formats) for value in values], "")


def our_column(name: str, cells: Sequence[str], letter: str, formats: Formats) -> Column | None:
    """A column of ours; None where all its cells are blank."""
    styles = formats.of_outcome if name == look.OUTCOME_COLUMN else {}
    if styles or isinstance(cells, Few):
        texts = cells.texts if isinstance(cells, Few) else set(cells)
        few = {text: _number_or_text(name, text, styles.get(text, "")) for text in texts}
        return Column(letter, '"', list(map(few.__getitem__, cells)), "") if any(few.values()) else None
    if name not in look.NUMBERS:
        return _texts(list(cells), letter)
    if isinstance(cells, Numbers) and not cells.sign:
        return Column(letter, '"><v>', list(cells), "</v></c>")
    return Column(letter, '"', [_number_or_text(name, cell) for cell in cells], "")


def _texts(texts: Sequence[str], letter: str) -> Column:
    if not _needs_care(texts):
        return Column(letter, '" t="inlineStr"><is><t>', texts, "</t></is></c>")
    odd = _ODD.search
    plain = max(map(len, texts)) <= look.LONGEST_CELL
    bodies = [
        f' t="inlineStr"><is><t>{text}</t></is></c>' if text and plain and not odd(text) else _text(text)
        for text in texts
    ]
    return Column(letter, '"', bodies, "")


def _needs_care(texts: Sequence[str]) -> bool:
    """Whether one of these texts might be more than itself between two tags."""
    joined = f"|{'|'.join(texts)}|"
    return (
        not joined.isprintable()
        or any(sign in joined for sign in ("&", "<", ">", "_x", "| ", " |"))
        or max(map(len, texts), default=0) > look.LONGEST_CELL
    )


def _text(text: str) -> str:
    """What stands behind the reference of a cell of text; nothing for a blank one."""
    return _styled(text, "")


def _styled(text: str, style: str) -> str:
    if not text:
        return ""
    fit = _LOOKS_ESCAPED.sub(r"_x005F_\1", look.fit_for_cell(text))
    space = ' xml:space="preserve"' if fit != fit.strip() or "\n" in fit else ""
    mark = f' s="{style}"' if style else ""
    return f'{mark} t="inlineStr"><is><t{space}>{fit.translate(_ESCAPES)}</t></is></c>'


def _number_or_text(name: str, cell: str, style: str = "") -> str:
    number = look.number_in(name, cell)
    return _styled(cell, style) if number is None else f"><v>{number}</v></c>"


def _value(value: Value, formats: Formats) -> str:
    match value:
        case str():
            return _text(value)
        case bool():
            return f' t="b"><v>{int(value)}</v></c>'
        case int() | float():
            style = f' s="{formats.of_type[WHOLE]}"' if value == int(value) else ""
            return f"{style}><v>{value!r}</v></c>"
        case date() if value.year < _FIRST_SAFE_YEAR:
            return _text(shown(value))
        case _:
            return f' s="{formats.of_type[type(value)]}"><v>{_days(value):.16G}</v></c>'


def _days(value: datetime | date | time | timedelta) -> float:
    """A moment as a spreadsheet counts it: in days, since the end of 1899 where it is one of a calendar."""
    match value:
        case datetime():
            return (value - _DAY_ZERO) / _DAY
        case date():
            return (datetime(value.year, value.month, value.day) - _DAY_ZERO) / _DAY  # noqa: DTZ001  # as above
        case time():
            return timedelta(0, value.second, value.microsecond, 0, value.minute, value.hour) / _DAY
        case timedelta():
            return value / _DAY
