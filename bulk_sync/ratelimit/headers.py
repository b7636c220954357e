"""What a reply's headers say about the rate limit: text to numbers. What they mean in time is `window`'s. Pure.

Understood are `X-RateLimit-Limit`, `-Remaining`, `-Reset` and their kin (`X-Rate-Limit-*`, `RateLimit-*`), and the
fields of draft-ietf-httpapi-ratelimit-headers, -03 to -11, in every way that they spelled them, and what stood between:

    RateLimit: "default";r=29;t=12            RateLimit-Policy: "default";q=30;w=60;qu="requests"
    RateLimit: default;r=29;t=12              RateLimit-Policy: default;l=30;w=60
    RateLimit: limit=30, remaining=29, reset=12              RateLimit-Policy: 30;w=60
    RateLimit-Limit: 30, 30;w=60, 1000;w=3600                RateLimit-Policy: 30;w=60, 1000;w=3600

Both are lists: several windows hold at once, and the strictest counts. A policy whose unit (`qu`) is not requests
(bytes, or how many may be under way at once) says nothing of when the next request may leave. Headers that contradict
each other (a limit of 0, more remaining than the limit) count as none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.http_semantics import epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMES = tuple(
    (prefix + "remaining", prefix + "limit", prefix + "reset")
    for prefix in ("x-ratelimit-", "x-rate-limit-", "ratelimit-")
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.([0-9]{1,20}))?", re.ASCII)
_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)s)?(?:([0-9]{1,9})ms)?")

_LONG = {"limit": "q", "l": "q", "quota": "q", "remaining": "r", "reset": "t", "window": "w", "policy": "name"}
"""What one draft calls otherwise than the last one."""

_MEMBER, _PART = (re.compile(rf'(?:"(?:\\.|[^"\\])*"|[^{sign}])+') for sign in (",", ";"))
_MEMBER_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?", re.ASCII)

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


class Member(NamedTuple):
    """A member of a list: `quota` requests in `window` seconds, of which `remaining` are left for `reset` seconds.

    None where it is not said. `unit`: of what they are counted.
    """

    name: str
    quota: int | None
    window: float | None
    remaining: int | None
    reset: float | None
    unit: str


def said(headers: Mapping[str, str]) -> Said | None:
    """What the headers (names in lower case) say; None where it is nothing, or nothing one could go by."""
    for remaining_name, limit_name, reset_name in _NAMES:
        if remaining_name in headers:
            text = headers.get(limit_name)
            limit = None if text is None else _count(text) or 0
            named = _policies(headers.get("ratelimit-policy", "")) or _policies(text or "")
            reset = moment(headers.get(reset_name, ""))
            windows = (each.window for each in named if each.unit == "requests" and each.quota == limit)
            return _sound(_count(headers[remaining_name]), limit, reset, next(filter(None, windows), None))
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
    named, found = _policies(headers.get("ratelimit-policy", "")), []
    for state in _members(headers.get("ratelimit", "")):
        policy = _policy_of(state, named) or state
        if policy.unit == "requests":
            reset = None if state.reset is None else _numeric(state.reset, 0)
            limit = policy.quota if state.quota is None else state.quota
            found.append(_sound(state.remaining, limit, reset, policy.window))
    told = (each for each in found if each is not None)
    return min(told, key=lambda each: (each.remaining, -(each.reset.seconds if each.reset else 0.0)), default=None)


def _policy_of(state: Member, among: tuple[Member, ...]) -> Member | None:
    """The policy that a member of `RateLimit` is about: by its name, else by its limit, else the only one there is."""
    by_name = (policy for policy in among if policy.name == state.name)
    by_quota = (policy for policy in among if policy.quota == state.quota)
    return next(by_name, None) or next(by_quota, None) or (among[0] if len(among) == 1 else None)


@lru_cache(maxsize=64)  # the same in every reply
def _policies(text: str) -> tuple[Member, ...]:
    """The policies of a `RateLimit-Policy`, or of the list that an old `RateLimit-Limit` is."""
    return tuple(each for each in _members(text) if each.quota is not None)


def _members(text: str) -> Iterator[Member]:
    """What a list says of each policy. Keys and values that stand for themselves are those of one member."""
    found: list[dict[str, str]] = []
    for item in _MEMBER.findall(text):
        head, *parts = _PART.findall(item) or [""]
        pair = None if head.strip().startswith('"') else _parameter(head)
        if pair is None:
            found.append({"name": _bare(head)})
        elif not found or pair[0] in found[-1]:  # two lines of one field make one list
            found.append({})
        found[-1].update(filter(None, (pair, *map(_parameter, parts))))
    for each in found:
        name = each.get("name", "")
        quota, window, remaining, reset = (_member_number(each.get(key, "")) for key in "qwrt")
        quota = _member_number(name) if quota is None else quota
        unit = each.get("qu", "requests").lower()
        yield Member(name, _whole(quota), window or None, _whole(remaining), reset, unit)


def _parameter(text: str) -> tuple[str, str] | None:
    key, equals, value = text.strip().partition("=")
    key = key.strip().lower()
    return (_LONG.get(key, key), _bare(value)) if equals else None


def _bare(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _member_number(text: str) -> float | None:
    return float(text) if _MEMBER_NUMBER.fullmatch(text) else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


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
