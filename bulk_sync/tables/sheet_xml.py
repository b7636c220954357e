"""How do columns of cells become rows of a sheet's XML?

(ECMA-376, part 1, 18.3.1.) A column at a time, since what is true of all its cells is found out once: nearly every
column is text in which nothing has to be escaped. Blank cells are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import repeat
from typing import TYPE_CHECKING

from bulk_sync.tables import look
from bulk_sync.tables.cells import shown
from bulk_sync.texts import Few, Numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bulk_sync.tables.cells import Value

WHOLE = int
"""The kind of whole numbers among the formats."""

_FIRST_SAFE_YEAR = 1901
"""Before it, Excel's calendar has a day that never was; such dates are written as text."""

_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  # the days of a spreadsheet have no time zone
_DAY = timedelta(days=1)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "_x000D_"})
_LOOKS_ESCAPED = re.compile("_(x[0-9a-fA-F]{4}_)")


@dataclass(frozen=True, slots=True)
class Formats:
    """The numbers of the cell formats: by the type of a value, and by the word of an outcome."""

    of_type: Mapping[type, str]
    of_outcome: Mapping[str, str]


def rows_of(columns: Iterable[Sequence[str]], numbers: Sequence[int]) -> str:
    """The rows with these numbers, from columns of cells that are XML already."""
    starts = [f'<row r="{number}">' for number in numbers]
    return "".join(map("".join, zip(starts, *columns, repeat("</row>", len(numbers)), strict=True)))


def own_column(values: Sequence[Value], letter: str, numbers: Sequence[int], formats: Formats) -> list[str]:
    """A column of the table, with the types that its values have."""
    if set(map(type, values)) <= {str}:
        return _texts(values, letter, numbers)  # type: ignore[arg-type]  # mypy does not follow `set(map(type, …))`
    return [
        f'<c r="{letter}{number}"{_value(value, formats)}' if value != "" else ""
        for value, number in zip(values, numbers, strict=True)
    ]


def our_column(
    name: str, cells: Sequence[str], letter: str, numbers: Sequence[int], formats: Formats
) -> list[str] | None:
    """A column of ours; None where all its cells are blank."""
    styles = formats.of_outcome if name == look.OUTCOME_COLUMN else {}
    if styles or isinstance(cells, Few):
        texts = cells.texts if isinstance(cells, Few) else set(cells)
        few = {text: _number_or_text(name, text, styles.get(text, "")) for text in texts}
        if not any(few.values()):
            return None
        bodies = list(map(few.__getitem__, cells))
    elif name in look.NUMBERS and isinstance(cells, Numbers) and not cells.sign:
        bodies = [f"><v>{number}</v></c>" if number else "" for number in cells.values.tolist()]
    elif name in look.NUMBERS:
        bodies = [_number_or_text(name, cell) for cell in cells]
    else:
        return _texts(list(cells), letter, numbers)
    return [f'<c r="{letter}{number}"{body}' if body else "" for body, number in zip(bodies, numbers, strict=True)]


def _texts(texts: Sequence[str], letter: str, numbers: Sequence[int]) -> list[str]:
    if _needs_care(texts):
        bodies = map(_text, texts)
        return [f'<c r="{letter}{number}"{body}' if body else "" for body, number in zip(bodies, numbers, strict=True)]
    return [
        f'<c r="{letter}{number}" t="inlineStr"><is><t>{text}</t></is></c>' if text else ""
        for text, number in zip(texts, numbers, strict=True)
    ]


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
