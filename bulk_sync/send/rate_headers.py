"""What do a reply's headers say about the rate limit? Text to numbers; what they mean in time is `server_clock`'s.

Understood are `X-RateLimit-Limit`, `-Remaining`, `-Reset` and their kin (`X-Rate-Limit-*`, `RateLimit-*`), the IETF
draft's `RateLimit: "default";r=29;t=12` with `RateLimit-Policy: "default";q=30;w=60`, and `Retry-After`. Headers that
contradict each other (a limit of 0, more remaining than the limit) count as none. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = tuple(
    (prefix + "remaining", prefix + "limit", prefix + "reset")
    for prefix in ("x-ratelimit-", "x-rate-limit-", "ratelimit-")
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.([0-9]{1,20}))?", re.ASCII)
_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)s)?(?:([0-9]{1,9})ms)?")
_WINDOW = re.compile(r"(?:^|[;,\s])w(?:indow)?=([0-9]{1,9})", re.ASCII)
_REMAINING = re.compile(r"(?:^|[;,\s])r(?:emaining)?=([0-9]{1,18})", re.ASCII)
_RESET = re.compile(r"(?:^|[;,\s])(?:t|reset)=([0-9]{1,18})", re.ASCII)
_LIMIT = re.compile(r"(?:^|[;,\s])(?:q|limit)=([0-9]{1,18})", re.ASCII)

_EPOCH = 5e8
"""A reset below it counts from now: as an epoch it would lie before 1986."""

_FINER_THAN_SECONDS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""Above the first, a reset is an epoch in nano-, micro- or milliseconds: in seconds it would lie beyond 5000 A.D."""

FINEST = 0.001
"""Seconds: no reset is taken for more exact than this."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that a server names: seconds since the epoch by its clock, or from now (`relative`).

    `grain`: it may have been rounded, up or down, by less than so many seconds.
    """

    seconds: float
    relative: bool
    grain: float


class Said(NamedTuple):
    """What a reply says: `remaining` of `limit` are left until `reset`; `window` is the window's length in seconds."""

    remaining: int
    limit: int | None
    reset: Moment | None
    window: float | None = None


def said(headers: Mapping[str, str]) -> Said | None:
    """What the headers (names in lower case) say; None where it is nothing, or nothing one could go by."""
    for remaining_name, limit_name, reset_name in _NAMES:
        if remaining_name in headers:
            limit = headers.get(limit_name)
            window = _captured(_WINDOW, headers.get("ratelimit-policy", "")) or _captured(_WINDOW, limit or "")
            return _sound(
                _count(headers[remaining_name]),
                None if limit is None else _count(limit) or 0,
                moment(headers.get(reset_name, "")),
                window,
            )
    return _by_the_draft(headers)


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """The seconds that Retry-After asks for, from the reply on; a date counts from the reply's own, else from `wall`.

    A date is in whole seconds, and so is the one it counts from: the wait is a second longer, to be sure.
    """
    text = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(text):
        return max(0.0, float(text))
    then = epoch(text)
    if then is None:
        return None
    now = epoch(headers.get("date", ""))
    return max(0.0, then - (wall if now is None else now) + 1.0)


@lru_cache(maxsize=64)  # many replies a second share a Date
def epoch(text: str) -> float | None:
    """The epoch second of an HTTP date."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # with sockets, which a preview may do without

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@lru_cache(maxsize=64)  # many replies share a window
def moment(text: str) -> Moment | None:
    """A reset as servers write it: an epoch (in whatever unit), seconds from now, `6m0s`, an HTTP or an ISO date."""
    whole, text = text.strip(), text.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip()
    number = _NUMBER.fullmatch(text)
    if number is not None:
        return _numeric(float(text), len(number[1] or ""))
    duration = _DURATION.fullmatch(text) if text else None
    if duration is not None:
        hours, minutes, seconds, thousandths = (float(part or 0) for part in duration.groups())
        grain = FINEST if duration[4] or "." in (duration[3] or "") else 1.0
        return Moment(hours * 3600 + minutes * 60 + seconds + thousandths / 1000, relative=True, grain=grain)
    return _dated(whole)  # an HTTP date has a comma of its own


def _numeric(value: float, decimals: int) -> Moment | None:
    if value < 0:
        return None
    for above, per_second in _FINER_THAN_SECONDS:
        if value >= above:
            seconds = value / per_second
            return Moment(seconds, relative=False, grain=1.0 if seconds.is_integer() else FINEST)
    return Moment(value, relative=value < _EPOCH, grain=max(FINEST, 10.0**-decimals))


def _dated(text: str) -> Moment | None:
    seconds = epoch(text)
    if seconds is None:
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            return None
        seconds = when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    return Moment(seconds, relative=False, grain=1.0 if seconds.is_integer() else FINEST)


def _by_the_draft(headers: Mapping[str, str]) -> Said | None:
    """The tightest policy of a `RateLimit` header (draft-ietf-httpapi-ratelimit-headers, old and new spelling)."""
    whole = headers.get("ratelimit")
    if whole is None:
        return None
    items = [whole] if "remaining=" in whole else whole.split(",")
    stated = [(left, item) for item in items if (left := _captured(_REMAINING, item)) is not None]
    if not stated:
        return None
    left, item = min(stated)
    name = item.split(";")[0].strip()
    policies = headers.get("ratelimit-policy", "").split(",")
    policy = next((each for each in policies if each.split(";")[0].strip() == name), policies[0])
    limit = _captured(_LIMIT, item) or _captured(_LIMIT, policy)
    reset = _captured(_RESET, item)
    until = None if reset is None else Moment(reset, relative=True, grain=1.0)
    return _sound(int(left), None if limit is None else int(limit), until, _captured(_WINDOW, policy))


def _sound(remaining: int | None, limit: int | None, reset: Moment | None, window: float | None) -> Said | None:
    """Only what one can go by: without a limit the reset must be there."""
    if remaining is None or (limit is None and reset is None):
        return None
    if (limit is not None and not max(0, remaining) <= limit) or limit == 0:
        return None
    return Said(max(0, remaining), limit, reset, window or None)


def _count(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    text = text.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip()
    return int(float(text)) if _NUMBER.fullmatch(text) else None


def _captured(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text) if "=" in text else None
    return float(found[1]) if found else None
