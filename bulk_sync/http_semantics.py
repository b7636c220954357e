"""HTTP semantics (RFC 9110) that more than one layer reads: addresses, dates, Retry-After, what may pass. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)

LONGEST_BY_DATE = 120.0
"""Seconds that a Retry-After may hold back what failed, or as a date what was refused for its rate."""


class AskedWait(NamedTuple):
    """So many seconds from the reply on; below 0 where a date has passed."""

    seconds: float
    by_date: bool


def asked_wait(headers: Mapping[str, str], wall: float | None) -> AskedWait | None:
    """What Retry-After asks for, from the reply on; a date counts from the reply's own, else from our epoch `wall`.

    None where it asks for nothing, or for nothing that can be read: RFC 9110 has seconds and dates, others write more.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return AskedWait(max(0.0, float(text)), by_date=False)
    then = epoch(text)
    now = epoch(headers.get("date", ""))
    now = wall if now is None else now
    return None if then is None or now is None else AskedWait(then - now, by_date=True)


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """The seconds to wait for Retry-After, from the reply on; None where it says nothing.

    A date is in whole seconds, and so is the one it counts from: the wait is a second longer, to be sure. One that lies
    further ahead than `LONGEST_BY_DATE` comes from a clock that is wrong, and counts as that.
    """
    asked = asked_wait(headers, wall)
    if asked is None or not asked.by_date:
        return asked and asked.seconds
    return min(LONGEST_BY_DATE, max(0.0, asked.seconds + 1.0))


@lru_cache(maxsize=64)  # many replies a second share a Date
def epoch(text: str) -> float | None:
    """The epoch second of a date as HTTP, email, C's asctime or ISO 8601 write it; without a zone it is UTC."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # with sockets, which a preview may do without

    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    return None


def normal(base_url: str) -> str:
    """The same address, however it is written: http://Host:80/ is http://host."""
    parts = urlsplit(base_url.strip())
    port = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    return f"{parts.scheme.lower()}://{parts.netloc.lower().removesuffix(port)}{parts.path.rstrip('/')}"


def is_failure(status: int) -> bool:
    """Whether a status says that the server failed, and may not fail the next time."""
    return status in {408, 425} or 500 <= status < 600
