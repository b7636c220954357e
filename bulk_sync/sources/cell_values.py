"""The values of a workbook's cells: what a number means that is shown as a day, and what a person sees.

Numbers are shown by their digits, never in scientific notation: a phone number that the spreadsheet keeps as
4155552671.0 is 4155552671. Text is shown as it is. Of what a number format adds, digits before a whole number are shown
(`Formatted`), since with them a phone number is another person's; a currency, say, is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = str | int | float | bool | datetime | date | time | timedelta
"""What a workbook's cell holds; a blank one is ""."""

_EXACT = 2**53

FIRST_NOT_SHOWN = 2_958_466
"""Days from which on a spreadsheet shows no day, nor a length of time: 10000-01-01."""

_DAYS_FROM_1904 = 1_462
_BEFORE_MARCH_1900 = datetime(1899, 12, 31)  # noqa: DTZ001  # the days of a spreadsheet have no time zone
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  # the same
_MARCH_1900 = 60
"""The 29th of February 1900, which Excel has and the calendar has not."""

_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<symbol>[^\]-]*)[^\]]*\]|(?P<plain>[-+ ()1-9])'
    r"|(?P<place>[0#?]|General)|_.|\*.|\[[A-Za-z]+[0-9]*\]|(?P<odd>.)",
    re.DOTALL,
)
"""What a number format is made of (ECMA-376, part 1, 18.8.31): texts, currencies, places of digits, widths, colours."""

_ADDED = re.compile("[0-9+]")
_LONGEST_CODE = 255
"""Characters of a number format in a spreadsheet program."""

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d*)?Z?)?")


@dataclass(frozen=True, slots=True)
class Look:
    """How a number format shows a whole number: `prefix` before its digits, and at least so many `digits`.

    The prefix is blank where it holds neither a digit nor a plus.
    """

    prefix: str = ""
    digits: int = 1

    @property
    def code(self) -> str:
        """A number format that shows the same."""
        text = self.prefix.replace('"', "")
        return f'"{text}"{"0" * self.digits}' if text else "0" * self.digits


class Formatted(float):
    """A number whose format shows digits, or a plus, that are not in it: +447400123456, where it is 7400123456."""

    look: Look

    @classmethod
    def of(cls, value: float, look: Look) -> float:
        """The number, of this kind where it is shown so."""
        if value < 0 or value != value // 1 or not (look.prefix or len(_number(value)) < look.digits):
            return value
        found = cls(value)
        found.look = look
        return found


def look_of(code: str) -> Look:
    """How this number format shows a whole number; of one that does more than to put it together, as it is."""
    prefix, digits, is_before = "", 0, True
    for piece in _PIECE.finditer(code.partition(";")[0] if len(code) <= _LONGEST_CODE else ""):
        if piece["place"]:
            is_before = False
            digits += piece["place"] == "0"
        elif piece["odd"] or (not is_before and _ADDED.search(_said(piece))):
            return Look()
        elif is_before:
            prefix += _said(piece)
    return Look(prefix if _ADDED.search(prefix) else "", max(digits, 1))


def _said(piece: re.Match[str]) -> str:
    return piece["quoted"] or piece["escaped"] or piece["symbol"] or piece["plain"] or ""


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
    if isinstance(value, Formatted):
        return value.look.prefix + str(int(value)).zfill(value.look.digits)
    if abs(value) < _EXACT and value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def _moment(value: datetime | date | time | timedelta) -> str:
    match value:
        case datetime():
            # A spreadsheet counts days; half a second of rounding brings back the second that was meant.
            whole = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
            day, clock = whole.date().isoformat(), whole.time()
            return day if clock == time(0) else f"{day} {_clock(_seconds(clock))}"
        case date():
            return value.isoformat()
        case time():
            return _clock(_seconds(value))
        case timedelta():
            seconds = value.total_seconds()
            return ("-" if seconds < 0 else "") + _clock(abs(seconds))


def _seconds(clock: time) -> float:
    return clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{second:02}" if second else "")


def moment(serial: float, *, is_length: bool, from_1904: bool = False) -> Value:
    """The moment, or the length of time, that a number of days stands for; the number where there is none.

    Days are counted from the end of 1899, or from 1904.
    """
    if not -FIRST_NOT_SHOWN < serial < FIRST_NOT_SHOWN:
        return serial
    if is_length:
        return timedelta(days=serial)
    if serial < 0:
        return serial
    days = serial + _DAYS_FROM_1904 if from_1904 else serial
    zero = _BEFORE_MARCH_1900 if days < _MARCH_1900 else _DAY_ZERO
    try:
        found = zero + timedelta(milliseconds=round(days * 86_400_000))
    except OverflowError:  # 10000-01-01
        return serial
    if serial < 1:
        return found.time()
    return found.date() if serial == int(serial) else found


def iso_moment(text: str) -> str:
    """A day that a cell holds as ISO 8601, as other days are shown: `2026-03-01`, `2026-03-01 09:05`."""
    found = _ISO.fullmatch(text.strip())
    if found is None:
        return text
    day, clock = found[1], (found[2] or "").removesuffix(":00")
    return day if clock in {"", "00:00"} else f"{day} {clock}"
