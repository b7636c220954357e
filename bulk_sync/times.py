"""Lengths of time, times of day and moments, as people write and read them. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

_FORM = re.compile(r"(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+(?:\.[0-9]+)?)s)?", re.IGNORECASE)
LONGEST = 10 * 366 * 86_400.0
"""Seconds; a date that lies further ahead may not be written on every system."""

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def duration(seconds: float) -> str:
    """A length of time as people say it: `under a second`, `42 s`, `5 min 10 s`, `5 h 33 min`."""
    whole = round(seconds)
    if whole < 1:
        return "under a second"
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def parse_duration(text: str) -> float:
    """Seconds: `40s`, `15m`, `5h`, `1h30m`, `2d`. Raises ValueError with a sentence; no time at all is none, too."""
    bare = re.sub(r"\s+", "", text)
    found = _FORM.fullmatch(bare)
    if found is not None and bare:
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        if 0 < total <= LONGEST:
            return total
    raise ValueError(f"{text!r} is not a length of time. Write it like 40s, 15m, 5h or 1h30m.")


def time_of_day(text: str) -> time:
    """A time as a clock shows it: `06:30`, `23:00`. Raises ValueError with a sentence."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a time of day. Write it like 06:30 or 23:00.")
    return time(int(found[1]), int(found[2]))


def next_occurrence(at: time, now: datetime) -> datetime:
    """When the clock shows `at` next, after `now` (local time, without a zone)."""
    then = datetime.combine(now, at)
    return then if then > now else then + timedelta(days=1)


def next_moment(at: time, now: float) -> float:
    """When this computer's clock shows `at` next, or jumps past it, after `now`; both in seconds since the epoch.

    In the night in which it is set back it shows the times of an hour twice, in the one in which it is set forward
    those of an hour never.
    """
    moment = now // 60 * 60
    shown = datetime.fromtimestamp(moment)  # noqa: DTZ006 -- people read their own clock
    while True:
        moment += 60
        before, shown = shown, datetime.fromtimestamp(moment)  # noqa: DTZ006
        wanted = datetime.combine(shown, at)
        if wanted == shown or before < wanted < shown:
            return moment


def iso(at: float) -> str:
    """A moment, in seconds since the epoch, as UTC to the millisecond: `2026-11-21T08:15:00.250Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(at: float) -> str:
    """A moment, in seconds since the epoch, by the clock and the calendar of this computer: `2026-11-22 06:30`."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
