"""Which way do requests go, and how do they share connections? Transports for httpx, for one address.

httpx's own pool looks at every connection for every request; `Direct` takes a free one off a list. Only a direct line
is served by it: through a proxy, httpx's own transport goes. Beside httpx's interface `Direct` has a shorter one, bytes
in and an answer out: httpx's requests and responses take a sixth of an update's time.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from bulk_sync.errors import BadConfiguration
from bulk_sync.send.connection import Connection

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterable

    from bulk_sync.send.connection import Answer

PIECE = 16 << 10
"""Bytes of a body that are unpacked at once: packed ones may become a thousand times as many."""

IDLE_SECONDS = 5.0
"""A connection that nobody used for so long is not used again: a router on the way may have forgotten it by then."""

EYEBALLS = 0.25
"""Seconds until the next address of a host is tried beside the first (RFC 8305); this computer's own answer at once."""


def way_to(url: httpx.URL, connections: int) -> httpx.AsyncBaseTransport:
    """What carries requests to the server of `url`: a direct line, or the environment's proxy.

    Raises BadConfiguration where the proxy cannot be used, or the certificates to trust cannot be read.
    """
    proxy = _proxy(url)
    try:
        if proxy is None:
            return Direct(url, connections=connections)
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        return httpx.AsyncHTTPTransport(limits=limits, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL):
        scheme = (proxy or "").partition("://")[0]
        raise BadConfiguration(
            f"The environment's proxy ({scheme}://…) cannot be used. Set HTTPS_PROXY to an http:// address."
        ) from None
    except OSError as error:
        raise BadConfiguration(
            f"The certificates to trust cannot be read ({error}), so nothing was sent. Correct SSL_CERT_FILE or "
            "SSL_CERT_DIR, or unset them."
        ) from None


class Direct(httpx.AsyncBaseTransport):
    """The way to the server of `url`, over at most `connections` at once, of which `kept` are used again.

    Raises OSError (ssl.SSLError among them) where the certificates to trust cannot be read.
    """

    def __init__(self, url: httpx.URL, *, connections: int, kept: int | None = None) -> None:
        self._host, self._port = url.raw_host, url.port or (443 if url.scheme == "https" else 80)
        self._tls: ssl.SSLContext | None = None
        if url.scheme == "https":
            self._tls = httpx.create_ssl_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        self._eyeballs = None if is_loopback(url.host) else EYEBALLS
        self._kept = connections if kept is None else kept
        self._turn = asyncio.Semaphore(connections)
        self._free: list[Connection] = []
        self._open: set[Connection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for the whole reply. Raises httpx.TransportError."""
        if request.url.raw_host != self._host:
            raise httpx.UnsupportedProtocol("this line leads to another host", request=request)
        seconds = request.extensions["timeout"]
        content = head_of(request.method, request.url.raw_path, request.headers.raw) + request.read()
        wants_body = request.method != "HEAD"
        return response_of(await self.exchange(content, seconds["connect"], seconds["read"], wants_body=wants_body))

    async def exchange(
        self,
        content: bytes,
        connect: float | None,
        read: float,
        *,
        whole: float = math.inf,
        wants_body: bool = True,
    ) -> Answer:
        """Send the bytes of a request and wait for the whole answer: the same without httpx's objects.

        `connect`: the seconds until a connection must have come about; `read`: those from one sign of life to the next;
        `whole`: those for all of it. Raises httpx.TransportError, and TimeoutError where all of it takes too long.
        """
        end = asyncio.get_running_loop().time() + whole
        if self._turn.locked():
            async with asyncio.timeout_at(end):
                await self._turn.acquire()
        else:
            await self._turn.acquire()  # at once
        try:
            connection = self._unused() or await self._connect(connect)
            answer = await connection.exchange(content, seconds=read, end=end, wants_body=wants_body)
            self._put_back(connection)
        finally:
            self._turn.release()
        return answer

    async def aclose(self) -> None:
        """Close every connection."""
        ends = [connection.ended for connection in self._open]
        for connection in list(self._open):
            connection.abort()
        self._free.clear()
        await asyncio.gather(*ends)

    def _unused(self) -> Connection | None:
        """The connection that was used last. What is not needed for long gets old at the other end of the list."""
        while self._free:
            connection = self._free.pop()
            if connection.idle() < IDLE_SECONDS and connection.can_be_used():
                return connection
            connection.abort()
        return None

    def _put_back(self, connection: Connection) -> None:
        if len(self._free) < self._kept and connection.is_usable:
            self._free.append(connection)
        else:
            connection.abort()

    async def _connect(self, seconds: float | None) -> Connection:
        host = self._host.decode("ascii")
        try:
            async with asyncio.timeout(seconds):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._open.discard),
                    host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=host if self._tls else None,
                    happy_eyeballs_delay=self._eyeballs,
                )
        except TimeoutError:
            raise httpx.ConnectTimeout("no connection came about") from None
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        if not connection.ended.done():
            self._open.add(connection)
        return connection


class _Body(httpx.AsyncByteStream):
    """The body of an answer, and after it the error that cut it short."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._pieces = (
            piece[start : start + PIECE] for piece in answer.pieces for start in range(0, len(piece), PIECE)
        )

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        if self._answer.error is not None:
            raise self._answer.error
        raise StopAsyncIteration


def head_of(method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A request up to its body, as it is sent. Raises httpx.LocalProtocolError for a header that would be several."""
    lines = [b"%b %b HTTP/1.1" % (method.encode("ascii"), target), *(b"%b: %b" % header for header in headers)]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1:
        raise httpx.LocalProtocolError("a header holds a line break")
    return head + b"\r\n\r\n"


def response_of(answer: Answer) -> httpx.Response:
    """An answer as httpx has it."""
    return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))


def is_loopback(host: str) -> bool:
    """Whether `host` is this computer: localhost, 127.0.0.0/8 or ::1."""
    if host.lower() in {"localhost", "localhost."}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _proxy(url: httpx.URL) -> str | None:
    """The environment's proxy for this address; it serves the world, not this computer's own sandbox."""
    if is_loopback(url.host) or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    return named if not named or "://" in named else f"http://{named}"
