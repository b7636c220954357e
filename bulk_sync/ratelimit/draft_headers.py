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
from dataclasses import dataclass
from functools import lru_cache

_LONG = {"limit": "q", "l": "q", "quota": "q", "remaining": "r", "reset": "t", "window": "w", "policy": "name"}
"""What one draft calls otherwise than the last one."""

_QUOTED = r'"(?:\\.|[^"\\])*"'
_MEMBER, _PART = (re.compile(rf"(?:{_QUOTED}|[^{sign}])+") for sign in (",", ";"))
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests (`quota`) in `window` seconds; None where it is not said. `unit`: of what they are counted."""

    name: str
    quota: int | None
    window: float | None
    unit: str = "requests"

    @property
    def counts_requests(self) -> bool:
        """Whether it limits requests in a time."""
        return self.unit == "requests"


@dataclass(frozen=True, slots=True)
class State:
    """What is left of a policy: `remaining` requests, for `reset` seconds from now; `limit` where it is said here."""

    name: str
    remaining: int
    reset: float | None
    limit: int | None


@lru_cache(maxsize=64)  # the same in every reply
def policies(text: str) -> tuple[Policy, ...]:
    """The policies of a `RateLimit-Policy`, or of the list that an old `RateLimit-Limit` is."""
    found = []
    for name, params in _members(text):
        quota = _number(params.get("q", name))
        window = _number(params.get("w", ""))
        if quota is not None:
            found.append(Policy(name, int(quota), window or None, params.get("qu", "requests").lower()))
    return tuple(found)


def states(text: str) -> tuple[State, ...]:
    """What a `RateLimit` says is left, policy by policy; what says nothing of that is left out."""
    found = []
    for name, params in _members(text):
        remaining, limit = _number(params.get("r", "")), _number(params.get("q", ""))
        if remaining is not None:
            found.append(
                State(name, int(remaining), _number(params.get("t", "")), None if limit is None else int(limit))
            )
    return tuple(found)


def policy_of(state: State, among: tuple[Policy, ...]) -> Policy | None:
    """The policy that a state is about: by its name, else by its limit, else the only one that there is."""
    for fits in (
        lambda policy: policy.name == state.name,
        lambda policy: state.limit is not None and policy.quota == state.limit,
    ):
        if (found := next(filter(fits, among), None)) is not None:
            return found
    return among[0] if len(among) == 1 else None


def window_of(limit: int | None, among: tuple[Policy, ...]) -> float | None:
    """The length of the window that allows `limit` requests, in seconds, where a policy says so."""
    fitting = (policy.window for policy in among if policy.counts_requests and policy.quota == limit)
    return next(filter(None, fitting), None)


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
