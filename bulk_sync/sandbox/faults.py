"""Faults: which requests go wrong on purpose, and how.

`--faults "500:5%,reset:2%"`: of a hundred requests about five get a 500 and two lose their connection. One draw per
request, in the order of arrival, from a seeded generator: the same seed and the same requests meet the same faults.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bulk_sync.sandbox.responses import SERVER_ERROR, TOO_MANY, UNAVAILABLE, Response, failure

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ending(Enum):
    """How the connection goes on after a fault."""

    ANSWER = "answer"
    ABORT = "abort"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong: `meaning` for the help; `answer`, where the request does not take effect, what is said.

    `keep` is the share of the body that is sent, `delay` the seconds before it.
    """

    meaning: str
    answer: Response | None = None
    ending: Ending = Ending.ANSWER
    keep: float = 1.0
    delay: float = 0.0


_NOTHING = Response(200, b"")
_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_PORTAL = b"<!doctype html><html><head><title>Sign in</title></head><body>Sign in to use this network.</body></html>"
_WAIT = ((b"retry-after", b"1"),)

FAULTS: Mapping[str, Fault] = {
    "429": Fault("refused although the limit allows it; Retry-After: 1", failure(429, TOO_MANY, _WAIT, retryAfter=1)),
    "500": Fault("internal server error, nothing done", SERVER_ERROR),
    "502": Fault("an HTML page of a gateway, nothing done", Response(502, _GATEWAY, "text/html")),
    "503": Fault("unavailable, nothing done", UNAVAILABLE),
    "reset": Fault("the connection is reset without an answer, nothing done", _NOTHING, Ending.ABORT),
    "applied-reset": Fault("the request takes effect, its answer is lost", ending=Ending.ABORT),
    "hang": Fault("no answer ever comes, nothing done", _NOTHING, Ending.SILENCE),
    "html": Fault("200 with a web page, as a hotel network answers, nothing done", Response(200, _PORTAL, "text/html")),
    "bad-json": Fault("the request takes effect, its JSON is cut off in the middle", keep=0.5),
    "slow": Fault("the request takes effect, its answer comes 5 seconds late", delay=5.0),
}
"""Every fault there is, by the name that `--faults` takes. A new line here is a new fault."""

_SHARE = re.compile(r"\s*([a-z0-9-]+)\s*:\s*([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%\s*")


def shares(text: str) -> dict[str, float]:
    """Read `500:5%,reset:2%` as `{"500": 0.05, "reset": 0.02}`. Raises ValueError with a sentence."""
    found: dict[str, float] = {}
    for part in filter(str.strip, text.lower().split(",")):
        match = _SHARE.fullmatch(part)
        if match is None:
            raise ValueError(f"{part.strip()!r} is not a fault and its share; write it like 500:5% or reset:0.5%")
        if match[1] not in FAULTS:
            raise ValueError(f"{match[1]!r} is not a fault; choose among {', '.join(FAULTS)}")
        if match[1] in found:
            raise ValueError(f"{match[1]!r} is named twice; name each fault once")
        found[match[1]] = float(match[2]) / 100
    total = sum(found.values())
    if total > 1 + 1e-9:
        raise ValueError(f"the shares of {text!r} add up to {total:.0%}; together they must not exceed 100%")
    return found


def chosen(shares: Mapping[str, float], draw: float) -> Fault | None:
    """The fault that `draw`, a number from 0 to below 1, falls on; None for a request that goes well."""
    edge = 0.0
    for name, share in shares.items():
        edge += share
        if draw < edge:
            return FAULTS[name]
    return None
