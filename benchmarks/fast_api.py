"""Which server is fast enough to measure clients with? `POST /contacts/update` of the API, and nothing else.

    python benchmarks/fast_api.py PORT

The sandbox keeps a database and checks everything; that costs it more than a fast client a request. This one checks the
key, the phone and the status, counts the request against a limit of a million a minute, and answers as the API does.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import sys
import time

import httptools

KEY = "gua_00000000_benchmark-of-sending"
LIMIT, PERIOD = 1_000_000, 60
STATUSES = frozenset(
    {"active", "paused", "fulfilled", "DNC", "not-qualifies", "not-interested", "not-answering", "wrong-number"}
)


class Window:
    """A fixed window of `LIMIT` requests in `PERIOD` seconds, shared by all connections."""

    ends, used = 0.0, 0

    def take(self) -> tuple[int, int]:
        """Count a request: how many remain, and the epoch second of the reset."""
        now = time.time()
        if now >= self.ends:
            self.ends, self.used = now + PERIOD, 0
        self.used += 1
        return max(0, LIMIT - self.used), int(self.ends)


class Connection(asyncio.Protocol):
    """Answers one request after the other."""

    window = Window()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._begin()

    def _begin(self) -> None:
        self._body, self._key, self._path = b"", b"", b""

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self._path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools.HTTPProtocol."""
        if name.lower() == b"x-api-key":
            self._key = value

    def on_body(self, body: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self._body += body

    def on_message_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        status, answer = self._answer()
        remaining, reset = self.window.take()
        body = json.dumps(answer).encode()
        head = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}\r\nContent-Type: application/json\r\n"
            f"Date: {email.utils.formatdate(usegmt=True)}\r\nX-RateLimit-Limit: {LIMIT}\r\n"
            f"X-RateLimit-Remaining: {remaining}\r\nX-RateLimit-Reset: {reset}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)  # type: ignore[attr-defined]  # uvloop's transports are of no class
        self._begin()

    def _answer(self) -> tuple[int, dict[str, object]]:
        if self._key.decode() != KEY:
            return 401, {"success": False, "message": "Invalid API key"}
        if self._path != b"/contacts/update":
            return 404, {"success": False, "message": "Not found"}
        asked = json.loads(self._body)
        phone, status = asked.get("phone", ""), asked.get("status")
        if not phone.startswith("+") or status not in STATUSES:
            return 400, {"success": False, "message": "Invalid phone or status"}
        contact = {"id": f"00000000-0000-4000-8000-{phone[1:]:0>12}", "phoneNumber": phone, "status": status}
        return 200, {"success": True, "message": "Contact updated successfully", "contact": contact}


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", int(sys.argv[1]), backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n{KEY}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(main())
    else:
        uvloop.run(main())
