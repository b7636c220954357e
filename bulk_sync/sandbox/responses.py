"""Responses: an answer in JSON, an error as the contract shows it, and the faults, which are answers gone wrong.

`--faults "500:5%,reset:2%"`: of a hundred requests about five get a 500 and two lose their connection. One draw per
request, in the order of arrival, from a seeded generator: the same seed and the same requests meet the same faults.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = tuple[tuple[bytes, bytes], ...]

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, ready to be sent. `headers` are further ones beside the content type and length."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Headers = ()


_ERRORS: Mapping[int, str] = {
    400: "Validation error",
    401: "Unauthorized",
    404: "Not found",
    405: "Method not allowed",
    429: "Rate limit exceeded",
    500: "Internal server error",
    503: "Service unavailable",
}
"""What `error` says beside the message, by status."""


def in_json(content: object, status: int = 200, headers: Headers = ()) -> Response:
    """An answer in JSON."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(status, text.encode(), headers=headers)


def failure(status: int, message: str, headers: Headers = (), **more: object) -> Response:
    """An error as the contract shows it."""
    return in_json({"error": _ERRORS[status], "message": message, **more}, status, headers)


def wrong_method(*allowed: str) -> Response:
    """405, naming the methods that this path has."""
    allow = ", ".join(sorted(allowed))
    return failure(405, f"Use {allow} here", ((b"allow", allow.encode()),))


UNAUTHORIZED = failure(401, "Invalid or missing API key")
SERVER_ERROR = failure(500, "Something went wrong")
UNAVAILABLE = failure(503, "Try again shortly")


def too_many(wait: int, told: str = "both") -> Response:
    """429, with the wait in whole seconds in the `header`, in the `body`, in `both` or in `none`."""
    headers = ((b"retry-after", b"%d" % wait),) if told in ("both", "header") else ()
    more = {"retryAfter": wait} if told in ("both", "body") else {}
    return failure(429, "Too many requests", headers, **more)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong: `meaning` for the help; `answer`, where the request does not take effect, what is said.

    `ending`: whether the connection is reset instead of the answer, or falls silent. `keep` is the share of the body
    that is sent, `delay` the seconds before it.
    """

    meaning: str
    answer: Response | None = None
    ending: Literal["answer", "reset", "silence"] = "answer"
    keep: float = 1.0
    delay: float = 0.0


_NOTHING = Response(200, b"")
_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_PORTAL = b"<!doctype html><html><head><title>Sign in</title></head><body>Sign in to use this network.</body></html>"

FAULTS: Mapping[str, Fault] = {
    "429": Fault("refused although the limit allows it; Retry-After: 1", too_many(1)),
    "500": Fault("internal server error, nothing done", SERVER_ERROR),
    "502": Fault("an HTML page of a gateway, nothing done", Response(502, _GATEWAY, "text/html")),
    "503": Fault("unavailable, nothing done", UNAVAILABLE),
    "reset": Fault("the connection is reset without an answer, nothing done", _NOTHING, "reset"),
    "applied-reset": Fault("the request takes effect, its answer is lost", ending="reset"),
    "hang": Fault("no answer ever comes, nothing done", _NOTHING, "silence"),
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
