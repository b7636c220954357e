"""The fields `RateLimit` and `RateLimit-Policy`, in every way that the drafts of the IETF spelled them. Pure.

draft-ietf-httpapi-ratelimit-headers, -03 to -11, and what stood in between:

    RateLimit: "default";r=29;t=12            RateLimit-Policy: "default";q=30;w=60;qu="requests"
    RateLimit: default;r=29;t=12              RateLimit-Policy: default;l=30;w=60
    RateLimit: limit=30, remaining=29, reset=12              RateLimit-Policy: 30;w=60
    RateLimit-Limit: 30, 30;w=60, 1000;w=3600                RateLimit-Policy: 30;w=60, 1000;w=3600

Both are lists: several windows hold at once, and the strictest counts. A policy whose unit (`qu`) is not requests
(bytes, or how many may be under way at once) says nothing of when the next request may leave.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG = {"limit": "q", "l": "q", "quota": "q", "remaining": "r", "reset": "t", "window": "w", "policy": "name"}
"""What one draft calls otherwise than the last one."""

_QUOTED = r'"(?:\\.|[^"\\])*"'
_MEMBER, _PART = (re.compile(rf"(?:{_QUOTED}|[^{sign}])+") for sign in (",", ";"))
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?", re.ASCII)


class Member(NamedTuple):
    """A member of either list: `quota` requests in `window` seconds, of which `remaining` are left for `reset` seconds.

    None where it is not said. `unit`: of what they are counted.
    """

    name: str
    quota: int | None
    window: float | None
    remaining: int | None
    reset: float | None
    unit: str


def members(text: str) -> Iterator[Member]:
    """What a field says of each policy."""
    for name, params in _members(text):
        quota, window, remaining, reset = (_number(params.get(key, "")) for key in "qwrt")
        quota = _number(name) if quota is None else quota
        yield Member(
            name, _whole(quota), window or None, _whole(remaining), reset, params.get("qu", "requests").lower()
        )


@lru_cache(maxsize=64)  # the same in every reply
def policies(text: str) -> tuple[Member, ...]:
    """The policies of a `RateLimit-Policy`, or of the list that an old `RateLimit-Limit` is."""
    return tuple(each for each in members(text) if each.quota is not None)


def policy_of(state: Member, among: tuple[Member, ...]) -> Member | None:
    """The policy that a member of `RateLimit` is about: by its name, else by its limit, else the only one there is."""
    by_name = (policy for policy in among if policy.name == state.name)
    by_quota = (policy for policy in among if policy.quota == state.quota)
    return next(by_name, None) or next(by_quota, None) or (among[0] if len(among) == 1 else None)


def window_of(limit: int | None, among: tuple[Member, ...]) -> float | None:
    """The length of the window that allows `limit` requests, in seconds, where a policy says so."""
    return next(
        (each.window for each in among if each.unit == "requests" and each.quota == limit and each.window), None
    )


def _members(text: str) -> list[tuple[str, dict[str, str]]]:
    """The members of a list, each with its name and parameters; a dictionary's keys are those of one member."""
    found: list[tuple[str, dict[str, str]]] = []
    dictionary: dict[str, str] = {}
    for member in _MEMBER.findall(text):
        head, *parts = _PART.findall(member) or [""]
        params = dict(filter(None, map(_parameter, parts)))
        pair = None if head.strip().startswith('"') else _parameter(head)
        if pair is None:
            found.append((_bare(head), params))
            continue
        if pair[0] in dictionary:  # two lines of one field make one list
            found.append((dictionary.get("name", ""), dictionary))
            dictionary = {}
        dictionary.update(params)
        dictionary[pair[0]] = pair[1]
    return [*found, (dictionary.get("name", ""), dictionary)] if dictionary else found


def _parameter(text: str) -> tuple[str, str] | None:
    key, equals, value = text.strip().partition("=")
    key = key.strip().lower()
    return (_LONG.get(key, key), _bare(value)) if equals else None


def _bare(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
