"""Health: what some reads say of the key, the API, its limits and this computer's clock."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.api.client import Client
from bulk_sync.api.contact import PING, Request
from bulk_sync.api.error_text import is_web_page, words
from bulk_sync.api.responses import (
    NOT_THE_API,
    UNVERIFIED,
    FailureReason,
    Response,
    TransportFailure,
    classify_read,
    is_firewall,
)
from bulk_sync.errors import ApiAway, KeyRefused, WrongAddress
from bulk_sync.http_semantics import epoch, retry_after
from bulk_sync.model import ReadOk
from bulk_sync.ratelimit.headers import said
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulk_sync.ratelimit.headers import Said
    from bulk_sync.send.config import Address

PATHS = ("/campaigns?page=1&limit=1", "/contacts/statuses", PING)
"""Reads that are documented; one that is answered is enough."""

PATIENCE = 15.0
"""Seconds for one of them."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One read: its reply, the seconds that it took, and our epoch when it left and when the reply came."""

    path: str
    response: Response | TransportFailure
    seconds: float
    left: float
    came: float


async def probe(address: Address) -> tuple[Probe, ...]:
    """Ask until a read is answered with 2xx, 401 or 429, or nothing answers; a good one is asked again, for its time.

    The first of them opens the connection. Raises BadConfiguration for an address that the key must not be sent to.
    """
    async with Client(address.base_url, address.key, connections=1, read_only=True) as client:
        found: list[Probe] = []
        for path in PATHS:
            found.append(await _once(client, path))
            last = found[-1].response
            if isinstance(last, Response) and 200 <= last.status < 300:
                return (*found, await _once(client, path))
            if isinstance(last, TransportFailure) or last.status in {401, 429}:
                break
        return tuple(found)


async def _once(client: Client, path: str) -> Probe:
    left, began = time.time(), time.monotonic()
    response: Response | TransportFailure
    try:
        async with asyncio.timeout(PATIENCE):
            response = await client.exchange(Request("GET", path))
    except TimeoutError:
        response = TransportFailure(FailureReason.TIMED_OUT)
    return Probe(path, response, time.monotonic() - began, left, time.time())


MOST_APART = 5.0
"""Seconds by which two clocks may differ before a person should care."""

SLOW = 2.0
"""Seconds for an answer; above it, sending is held up by the API's pace and not by its limit."""

_CAN_BE_GONE_WITHOUT = frozenset({403, 404, 405, 501})


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of `what`: well, wrong, or (None) something to look at; `says` is a sentence with what to do."""

    what: str
    is_well: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class Health:
    """Every finding, the exit code, and the same in figures, None where not known.

    `seconds`: of an answer; `ahead`: how far this computer's clock is before the server's; `limit` and `left`: of reads
    in the present window, which ends in `resets` seconds.
    """

    findings: tuple[Finding, ...]
    exit_code: int = 0
    seconds: float | None = None
    ahead: float | None = None
    limits: dict[str, float | int | None] = field(default_factory=dict)


def health_of(probes: Sequence[Probe]) -> Health:
    """The state of things after one or more probes."""
    last = probes[-1]
    if isinstance(last.response, TransportFailure):
        return _unreachable(last.response)
    answered = last.response
    word, ahead = said(answered.headers), _ahead(last, answered)
    found = {
        "API": _reached(answered, last.seconds),
        "key": _key(answered),
        "limits": _limits(answered, word, last.came, ahead),
        "clock": _clock(ahead),
    }
    exit_code = KeyRefused.exit_code if found["key"][0] is False else 0
    if found["API"][0] is False and not exit_code:
        is_away = answered.status >= 500 or is_firewall(answered)
        exit_code = (ApiAway if is_away else WrongAddress).exit_code
    return Health(
        tuple(Finding(what, *how) for what, how in found.items()),
        exit_code,
        round(last.seconds, 3),
        None if ahead is None else round(ahead, 1),
        {"limit": word.limit, "left": word.remaining, "resets": _resets(word, last.came, ahead)} if word else {},
    )


def _unreachable(response: TransportFailure) -> Health:
    if response.reason is FailureReason.CERTIFICATE:
        why = f"Its certificate could not be verified. {UNVERIFIED}"
        return Health((Finding("API", False, why),), WrongAddress.exit_code)
    why = response.reason.value[0].upper() + response.reason.value[1:]
    says = f"{why}. Check the internet connection, a proxy or VPN, and --base-url; else try again later."
    return Health((Finding("API", False, says),), ApiAway.exit_code)


def _reached(response: Response, seconds: float) -> tuple[bool | None, str]:
    took = f"{seconds * 1000:.0f} ms"
    if 300 <= response.status < 400:
        where = "Check --base-url (https, no trailing path)."
        return False, f"The address redirects elsewhere ({response.status}). {where}"
    if is_firewall(response):
        return False, "A web page came instead of the API's answer (403): a firewall or a proxy on the way blocks it."
    if is_web_page(response) and response.status < 500:
        return False, NOT_THE_API
    if response.status >= 500 and response.status != 501:
        return False, f"It fails ({response.status}): {words(response)} Try again later."
    if seconds > SLOW:
        return None, f"It answers, but takes {took}. A run will be slow, but nothing is lost."
    return True, f"It answers in {took}."


def _key(response: Response) -> tuple[bool | None, str]:
    """What the API thinks of the key."""
    status = response.status
    if status == 401:
        return False, f"It is refused (401): {words(response)} Copy the key again, or have a new one made."
    if status == 403 and not is_firewall(response):
        return False, f"It may not read (403): {words(response)} Ask for a key that may read and write contacts."
    if isinstance(classify_read(response, understood=True), ReadOk):
        return True, "It is accepted."
    if status == 429:
        return None, "It is not known whether it is accepted while its limit is used up."
    if status in _CAN_BE_GONE_WITHOUT and not is_web_page(response):
        return None, f"Whether it is accepted shows with the first update: nothing can be read here ({status})."
    return None, "It is not known whether it is accepted."


def _limits(response: Response, word: Said | None, came: float, ahead: float | None) -> tuple[bool | None, str]:
    writes = "Those of writes come with the first write; the documented ones are 30 a minute."
    if response.status == 429:
        wait = retry_after(response.headers, came)
        until = f" It is free again in {duration(wait)}." if wait else ""
        return None, f"The limit of reads is used up: something else uses the key.{until} {writes}"
    if word is None:
        return None, f"The API does not tell them; the documented 100 reads a minute are kept to. {writes}"
    of = f" of {word.limit:,}" if word.limit is not None else ""
    resets = _resets(word, came, ahead)
    until = f" for the next {duration(resets)}" if resets and resets >= 1 else ""
    return True, f"{word.remaining:,}{of} reads are left{until}. {writes}"


def _resets(word: Said, came: float, ahead: float | None) -> float | None:
    """The seconds until the window ends, by the server's clock where it is known."""
    if word.reset is None:
        return None
    left = word.reset.seconds if word.reset.relative else word.reset.seconds - (came - (ahead or 0.0))
    return round(max(0.0, left), 1)


def _ahead(probe: Probe, response: Response) -> float | None:
    """How far our clock is before the server's: nothing where its whole second and the exchange may explain it."""
    date = epoch(response.headers.get("date", ""))
    if date is None:
        return None
    if probe.left > date + 1:
        return probe.left - (date + 1)
    return min(0.0, probe.came - date)


def _clock(ahead: float | None) -> tuple[bool | None, str]:
    if ahead is None:
        return None, "The API does not tell the time, so this computer's clock was not compared."
    if abs(ahead) <= MOST_APART:
        return True, "This computer's clock is right."
    way = "fast" if ahead > 0 else "slow"
    return None, (
        f"This computer's clock is {duration(abs(ahead))} {way}. Set it (turn on automatic time): --until and the "
        "times in results go by it. The limit is kept all the same."
    )
