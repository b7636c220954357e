"""Admission: whether a request is let in (by the key, the state of the API, the limits), and meets a fault.

Down comes first, then the key, then the limit: a refused key uses up nothing. The time is an argument.
"""

from __future__ import annotations

import math
import random
import secrets
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.sandbox import responses
from bulk_sync.sandbox.faults import Fault, chosen
from bulk_sync.sandbox.limits import LIMITERS

if TYPE_CHECKING:
    from bulk_sync.sandbox.limits import Ruling
    from bulk_sync.sandbox.options import SandboxOptions
    from bulk_sync.sandbox.responses import Headers, Response


class Admission(NamedTuple):
    """What became of a request at the gate: `refusal` is the answer of one that is not let in."""

    refusal: Response | None = None
    rate_headers: Headers = ()
    fault: Fault | None = None


class Gate:
    """One key, a limiter for its reads and one for its writes (PUT may have its own), and the faults of the day.

    `revoke_after` and `down_after` count the requests that were let in, reads and writes together.
    """

    def __init__(self, key: str, options: SandboxOptions) -> None:
        self._key = key.encode()
        self._options = options
        limiter = LIMITERS[options.limiter]
        self._reads, self._writes = limiter(options.reads), limiter(options.writes)
        self._puts = self._writes if options.put_bucket == "shared" else limiter(options.writes)
        self._draw = random.Random(options.seed)  # noqa: S311 -- repeatable on purpose
        self.let_in = 0

    def admit(self, method: str, key: bytes, now: float) -> Admission:
        """Decide about a request with this method and key that arrives at `now`, seconds since the epoch."""
        if self._reached(self._options.down_after):
            return Admission(responses.UNAVAILABLE)
        if not secrets.compare_digest(key, self._key) or self._reached(self._options.revoke_after):
            return Admission(responses.UNAUTHORIZED)
        applicable = {"GET": self._reads, "HEAD": self._reads, "PUT": self._puts}.get(method, self._writes)
        ruling = applicable(now) if applicable else None
        headers = _headers(ruling, self._options.reset_skew) if ruling else ()
        if ruling and not ruling.allowed:
            return Admission(self._too_many(ruling.retry_after(now)), headers)
        self.let_in += 1
        fault = chosen(self._options.faults, self._draw.random()) if self._options.faults else None
        return Admission(None, headers, fault)

    def _too_many(self, wait: int) -> Response:
        """429, with the wait in whole seconds where the options say."""
        told = self._options.retry_after
        headers = ((b"retry-after", b"%d" % wait),) if told in ("both", "header") else ()
        more = {"retryAfter": wait} if told in ("both", "body") else {}
        return responses.failure(429, responses.TOO_MANY, headers, **more)

    def _reached(self, count: int | None) -> bool:
        return count is not None and self.let_in >= count


def _headers(ruling: Ruling, skew: float) -> Headers:
    """The three headers; the moment of reset in whole seconds, rounded up, so that it never comes too early.

    `skew`: how far the clock that names it is ahead of the server's.
    """
    return (
        (b"x-ratelimit-limit", b"%d" % ruling.limit),
        (b"x-ratelimit-remaining", b"%d" % ruling.remaining),
        (b"x-ratelimit-reset", b"%d" % math.ceil(ruling.reset + skew)),
    )
