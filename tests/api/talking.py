"""How a test talks to a server through the client."""

import asyncio

from bulk_sync.api.client import Client
from bulk_sync.api.contact import Request
from tests.api.raw_server import serving

KEY = "gua_a1b2c3d4_a-secret-that-nobody-may-see"
BODY = b'{"phone":"+11234567890","status":"paused"}'
UPDATE = Request("POST", "/contacts/update", BODY)
DONE = b'{"success":true,"message":"Contact updated successfully"}'
JSON = "Content-Type: application/json"


def exchanged(url, *calls, **options):
    """What came back for each call, one after the other, through one client."""

    async def talk():
        async with Client(url, KEY, connections=4, **options) as client:
            return [await client.exchange(call) for call in calls or (UPDATE,)]

    return asyncio.run(talk())


def answered(*answers, calls=(UPDATE,), **options):
    """What came back from a server that gives these answers, and the server."""
    with serving(*answers, **options) as server:
        return exchanged(server.url, *calls), server
