"""How does a person see the value of a cell?

Numbers are shown by their digits, never in scientific notation: a phone number that the spreadsheet keeps as
4155552671.0 is 4155552671. Text is shown as it is. What only a number format adds (leading zeros, a currency) is not
part of the value and is not shown.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = str | int | float | bool | datetime | date | time | timedelta
"""What a workbook's cell holds; a blank one is ""."""

_EXACT = 2**53


def shown(value: Value) -> str:
    """The text of a cell's value."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value)
    return _moment(value)


def no_phone(value: Value) -> str | None:
    """What a cell holds that no phone number is, in words: its text may look like one. None: it may be one."""
    match value:
        case str() | bool():
            return None
        case int() | float():
            return "a negative number" if value < 0 else None if value == value // 1 else "a number with decimals"
        case date():
            return "a date"
        case _:
            return "a time"


def all_shown(values: Sequence[Value]) -> list[str]:
    """The texts of several cells."""
    return [value if type(value) is str else shown(value) for value in values]


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if abs(value) < _EXACT and value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def _moment(value: datetime | date | time | timedelta) -> str:
    match value:
        case datetime():
            # A spreadsheet counts days; half a second of rounding brings back the second that was meant.
            whole = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
            day, clock = whole.date().isoformat(), whole.time()
            return day if clock == time(0) else f"{day} {_clock(clock.hour, clock.minute, clock.second)}"
        case date():
            return value.isoformat()
        case time():
            return _clock(*_parts(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6))
        case timedelta():
            seconds = value.total_seconds()
            return ("-" if seconds < 0 else "") + _clock(*_parts(abs(seconds)))


def _parts(seconds: float) -> tuple[int, int, int]:
    minutes, second = divmod(round(seconds), 60)
    return *divmod(minutes, 60), second


def _clock(hours: int, minutes: int, seconds: int) -> str:
    return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
