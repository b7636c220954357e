"""What a number means whose cell shows it as a day, a time of day or a length of time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulk_sync.sources.cell_values import Value

FIRST_NOT_SHOWN = 2_958_466
"""Days from which on a spreadsheet shows no day, nor a length of time: 10000-01-01."""

_DAYS_FROM_1904 = 1_462
_BEFORE_MARCH_1900 = datetime(1899, 12, 31)  # noqa: DTZ001  # the days of a spreadsheet have no time zone
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  # the same
_MARCH_1900 = 60
"""The 29th of February 1900, which Excel has and the calendar has not."""

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d*)?Z?)?")


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
