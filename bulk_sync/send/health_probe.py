"""The health probe: what comes back, and how soon, when the API is asked for as little as it gives."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.api.client import Client
from bulk_sync.api.requests import Request
from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from bulk_sync.send.reads import PING

if TYPE_CHECKING:
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


def probe(address: Address) -> tuple[Probe, ...]:
    """Ask until a read is answered with 2xx, 401 or 429, or nothing answers; a good one is asked again, for its time.

    The first of them opens the connection. Raises BadConfiguration for an address that the key must not be sent to.
    """
    return asyncio.run(_probe(address))


async def _probe(address: Address) -> tuple[Probe, ...]:
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
