"""What do a reply's headers say about the rate limit, and when is that by our clock? Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPELLINGS = ("x-ratelimit-", "ratelimit-", "x-rate-limit-")
_MILLISECONDS = 1e11
"""Above it, a reset is an epoch in milliseconds: as seconds it would lie in the year 5138."""

_EPOCH = 1e8
"""Below it, a reset counts from now: as an epoch it would lie in 1973."""


@dataclass(frozen=True, slots=True)
class Said:
    """The three headers: `reset` is an epoch in seconds, or seconds from now (`relative`); `whole`: it was rounded."""

    limit: int
    remaining: int
    reset: float
    relative: bool
    whole: bool


def said(headers: Mapping[str, str]) -> Said | None:
    """What the headers say; None where one of the three is missing, or they contradict each other."""
    for spelling in _SPELLINGS:
        numbers = [_number(headers.get(spelling + name)) for name in ("limit", "remaining", "reset")]
        limit, remaining, reset = numbers
        if limit is None or remaining is None or reset is None:
            continue
        if limit < 1 or not 0 <= remaining <= limit or reset < 0:
            return None
        whole = reset.is_integer()
        if reset >= _MILLISECONDS:
            return Said(int(limit), int(remaining), reset / 1000, relative=False, whole=(reset % 1000) == 0)
        return Said(int(limit), int(remaining), reset, relative=reset < _EPOCH, whole=whole)
    return None


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """The seconds that Retry-After asks for; a date counts from the reply's own Date, else from our clock (`wall`)."""
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is None:
        then = _epoch(text)
        if then is None:
            return None
        now = _epoch(headers.get("date", ""))
        seconds = then - (wall if now is None else now)
    return max(0.0, seconds)


class ServerClock:
    """How far the server's clock is ahead of ours: an interval that each Date header narrows.

    A Date of D means that the server's clock stood in [D, D+1) at some moment between `sent` and `arrived`. Where there
    is no Date, our own wall clock is believed: most machines keep theirs by the network.
    """

    def __init__(self) -> None:
        self._low, self._high = -math.inf, math.inf
        self._ours = 0.0

    def learn(self, headers: Mapping[str, str], sent: float, arrived: float, wall: float) -> None:
        """Take a reply into account; times are monotonic, `wall` is our epoch at its arrival."""
        self._ours = wall - arrived
        date = _epoch(headers.get("date", ""))
        if date is None:
            return
        low, high = max(self._low, date - arrived), min(self._high, date + 1 - sent)
        # an empty interval: one of the clocks was set
        self._low, self._high = (low, high) if low <= high else (date - arrived, date + 1 - sent)

    @property
    def ahead(self) -> float:
        """The server's epoch less our monotonic clock, as small as it can be: what it dates comes late, not early."""
        return self._low if math.isfinite(self._low) else self._ours


def _number(text: str | None) -> float | None:
    if text is None or not text.strip().replace(".", "", 1).isascii():
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _epoch(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
