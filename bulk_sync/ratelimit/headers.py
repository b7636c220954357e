"""What a reply's headers say about the rate limit: text to numbers. What they mean in time is `window_state`'s.

Understood are `X-RateLimit-Limit`, `-Remaining`, `-Reset` and their kin (`X-Rate-Limit-*`, `RateLimit-*`), what the
drafts of the IETF made of them (`draft_headers`). Headers that contradict each other (a limit of 0, more remaining than
the limit) count as none. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.http_semantics import epoch
from bulk_sync.ratelimit.draft_headers import members, policies, policy_of, window_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = tuple(
    (prefix + "remaining", prefix + "limit", prefix + "reset")
    for prefix in ("x-ratelimit-", "x-rate-limit-", "ratelimit-")
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.([0-9]{1,20}))?", re.ASCII)
_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)s)?(?:([0-9]{1,9})ms)?")

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
            text = headers.get(limit_name)
            limit = None if text is None else _count(text) or 0
            named = policies(headers.get("ratelimit-policy", "")) or policies(text or "")
            reset = moment(headers.get(reset_name, ""))
            return _sound(_count(headers[remaining_name]), limit, reset, window_of(limit, named))
    return _by_the_draft(headers)


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
        return None
    return Moment(seconds, relative=False, grain=1.0 if seconds.is_integer() else FINEST)


def _by_the_draft(headers: Mapping[str, str]) -> Said | None:
    """The strictest of what a `RateLimit` says of requests: that with the least left, and of these that for longest."""
    whole = headers.get("ratelimit")
    if whole is None:
        return None
    named, found = policies(headers.get("ratelimit-policy", "")), []
    for state in members(whole):
        policy = policy_of(state, named) or state
        if policy.unit != "requests":
            continue
        reset = None if state.reset is None else _numeric(state.reset, 0)
        limit = policy.quota if state.quota is None else state.quota
        found.append(_sound(state.remaining, limit, reset, policy.window))
    told = (each for each in found if each is not None)
    return min(told, key=lambda each: (each.remaining, -(each.reset.seconds if each.reset else 0.0)), default=None)


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
