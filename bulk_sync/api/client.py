"""The way of a call to the API and of its reply back, over httpx.

Calls go to httpx's transports themselves: its client would add what the key must not follow (redirects, cookies,
authentication). There is one transport of one connection for each call under way, since httpx's pool looks at every
connection for every request. No key is in anything that leaves this file: what repeats it has it struck out.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self
from urllib.request import getproxies, proxy_bypass

import httpx

from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from bulk_sync.errors import BadConfiguration
from bulk_sync.redaction import Redaction
from bulk_sync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from bulk_sync.api.contact import Request

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
WHOLE_SECONDS = 60.0
"""For a whole exchange: an API that sends a byte now and then must not hold a worker for ever."""

IDLE_SECONDS = 5.0
"""A connection that nobody used for so long is not used again: a router on the way may have forgotten it by then."""

LONGEST_BODY = 16 << 20
"""Bytes of a body, as it comes and unpacked: an update's reply has some hundreds, a page of contacts a megabyte."""

MOST_PORT = 65_535

_READS = frozenset({"GET", "HEAD"})
_LEAVES = "http11.send_request_headers.started"
"""What httpx calls the moment before the first byte of a request leaves."""

_TOO_LONG = f"the answer is longer than {LONGEST_BODY >> 20} MB"
_PACKED = "the answer is packed in a way that cannot be read"


class WriteInDryRun(BadConfiguration):
    """A write was about to be built in a dry run. This is a fault of the program; nothing was sent."""


class HeldBackError(Exception):
    """A request was not sent after all: it had waited too long for its connection."""


def _asking(may_leave: Callable[[], bool], extensions: dict[str, Any]) -> dict[str, Any]:
    """What has httpx ask whether a request may leave when its connection stands, which may take its time."""

    async def trace(event: str, _: object) -> None:
        if event == _LEAVES and not may_leave():
            raise HeldBackError

    return {**extensions, "trace": trace}


class Client:
    """The API at `base_url`. Use it as an async context manager.

    `connections`: the most at once. `read_only`: a dry run's client, which builds no request but GET and HEAD.
    Raises BadConfiguration where the address would send the key unprotected, or is none, and where the environment's
    proxy or certificates cannot be used.
    """

    def __init__(self, base_url: str, key: str, *, connections: int, read_only: bool = False) -> None:
        self._redaction, self._read_only = Redaction(key), read_only
        self._url = url = checked_base_url(base_url)
        self._tls = _tls_of(url)
        self._turns = asyncio.Semaphore(connections)
        self._lines = [way_to(url, self._tls)]
        self._free = list(self._lines)
        self._always = [
            (b"Host", url.netloc),  # as httpx's client does it, without the default port
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"gzip"),
            (b"Connection", b"keep-alive"),
            (b"User-Agent", f"bulk-sync/{__version__}".encode()),
            (b"X-API-Key", key.encode()),
        ]
        self._extensions = {"timeout": httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS).as_dict()}
        base = url.raw_path.rstrip(b"/")
        self._address = lru_cache(maxsize=16)(lambda path: url.copy_with(raw_path=base + path.encode("ascii")))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines:
            await line.aclose()

    async def exchange(self, request: Request) -> Response | TransportFailure:
        """Send a call and wait for the whole reply; whatever happens on the way is a value.

        Raises WriteInDryRun.
        """
        if self._read_only and request.method not in _READS:
            raise WriteInDryRun(f"A dry run tried to send {request.method}. Nothing was sent; please report this.")
        try:
            async with asyncio.timeout(WHOLE_SECONDS), self._turns:
                if request.may_leave is not None and not request.may_leave():
                    return TransportFailure(FailureReason.HELD_BACK)
                line = self._free.pop() if self._free else self._another_line()
                try:
                    return await self._response(await line.handle_async_request(self._request(request)), line)
                finally:
                    self._free.append(line)
        except HeldBackError:
            return TransportFailure(FailureReason.HELD_BACK)
        except TimeoutError:
            return TransportFailure(FailureReason.TIMED_OUT)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return TransportFailure(_failure_reason(error), self._redaction.strike(str(error)))

    def _another_line(self) -> httpx.AsyncBaseTransport:
        self._lines.append(way_to(self._url, self._tls))
        return self._lines[-1]

    def _request(self, request: Request) -> httpx.Request:
        length = len(request.body)
        of_body = [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % length)] if length else []
        return httpx.Request(
            request.method,
            self._address(request.path),
            headers=self._always + of_body,
            stream=httpx.ByteStream(request.body),  # `content` would look for what is known
            extensions=self._extensions if request.may_leave is None else _asking(request.may_leave, self._extensions),
        )

    async def _response(self, response: httpx.Response, line: httpx.AsyncBaseTransport) -> Response:
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            raise httpx.StreamError("the transport does not fit the client")
        try:
            body = await _read(stream)
        finally:
            await stream.aclose()
        if _has_more_to_say(line):
            await line.aclose()
        headers = {name: self._redaction.strike(text) for name, text in response.headers.items()}
        body, flaw = _unpacked(body, headers.get("content-encoding", ""))
        return Response(response.status_code, headers, self._redaction.strike_bytes(body), flaw)


async def _read(stream: httpx.AsyncByteStream) -> bytes:
    """The body as it comes, or what came of it before the connection broke: the status and the headers still count."""
    body = bytearray()
    with contextlib.suppress(httpx.HTTPError, OSError):
        async for piece in stream:
            body += piece
            if len(body) > LONGEST_BODY:
                break
    return bytes(body)


def _unpacked(body: bytes, encoding: str) -> tuple[bytes, str]:
    """What a body says, and what is wrong with it, as a clause; then there is no body.

    One layer of gzip or deflate is unpacked, no further than `LONGEST_BODY`; several may hold a million times as much.
    """
    layers = [each for each in encoding.lower().replace(" ", "").split(",") if each not in {"", "identity"}]
    if len(layers) > 1:
        return b"", _PACKED
    if layers and layers[0] in {"gzip", "x-gzip", "deflate"} and body:
        try:
            body = _inflated(body)
        except zlib.error:
            return b"", _PACKED
    return (body, "") if len(body) <= LONGEST_BODY else (b"", _TOO_LONG)


def _inflated(body: bytes) -> bytes:
    """What is packed, up to one byte beyond `LONGEST_BODY`. Raises zlib.error where it is damaged or has no end."""
    unpacking = zlib.decompressobj(wbits=47)  # finds out by itself whether it is gzip or zlib
    try:
        plain = unpacking.decompress(body, LONGEST_BODY + 1)
    except zlib.error:
        unpacking = zlib.decompressobj(wbits=-15)  # what many servers call deflate
        plain = unpacking.decompress(body, LONGEST_BODY + 1)
    if not unpacking.eof and len(plain) <= LONGEST_BODY:
        raise zlib.error("it breaks off")
    return plain


def _has_more_to_say(line: httpx.AsyncBaseTransport) -> bool:
    """Whether bytes came behind a whole reply: they would be taken for the reply to the next request.

    httpx has no word for it; h11's state tells. Where it cannot be found, httpcore's own look at the socket must do.
    """
    pool = getattr(line, "_pool", None)
    for connection in getattr(pool, "connections", ()):
        state = getattr(getattr(connection, "_connection", None), "_h11_state", None)
        if state is not None and state.trailing_data[0]:
            return True
    return False


def way_to(url: httpx.URL, tls: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """What carries one request after the other to the server of `url`: direct, or over the environment's proxy.

    Raises BadConfiguration where the proxy cannot be used.
    """
    proxy = _proxy(url)
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS)
    try:
        return httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL):
        scheme = (proxy or "").partition("://")[0]
        raise BadConfiguration(
            f"The environment's proxy ({scheme}://…) cannot be used. Set HTTPS_PROXY to an http:// address."
        ) from None


def _tls_of(url: httpx.URL) -> ssl.SSLContext:
    """What certificates to trust. Raises BadConfiguration where they cannot be read."""
    if url.scheme == "http":
        return ssl.SSLContext(
            ssl.PROTOCOL_TLS_CLIENT
        )  # nobody asks it; httpx would read all certificates for a new one
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise BadConfiguration(
            f"The certificates to trust cannot be read ({error}), so nothing was sent. Correct SSL_CERT_FILE or "
            "SSL_CERT_DIR, or unset them."
        ) from None


def _proxy(url: httpx.URL) -> str | None:
    """The environment's proxy for this address; it serves the world, not this computer's own sandbox."""
    if is_loopback(url.host) or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    return named if not named or "://" in named else f"http://{named}"


def is_loopback(host: str) -> bool:
    """Whether `host` is this computer: localhost, 127.0.0.0/8 or ::1."""
    if host.lower() in {"localhost", "localhost."}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def checked_base_url(text: str) -> httpx.URL:
    """The address, where the key may be sent to it. Raises BadConfiguration for anything else."""
    try:
        url = httpx.URL(text.strip())
        url.host.encode("idna")  # as the resolver will: an empty or long label is found now, not at the first request
    except (httpx.InvalidURL, UnicodeError) as error:
        raise BadConfiguration(
            f"The base URL is not an address: {error}. Write it like https://api.guayaba.ai."
        ) from None
    if url.scheme not in {"https", "http"} or not url.host or not 0 < (url.port or 443) <= MOST_PORT:
        raise BadConfiguration("The base URL is not an address. Write it like https://api.guayaba.ai.")
    if url.userinfo or url.query or url.fragment:
        raise BadConfiguration(
            "The base URL must hold no name, password, ? or #. Write it like https://api.guayaba.ai."
        )
    if url.scheme == "http" and not is_loopback(url.host):
        raise BadConfiguration(
            f"The base URL http://{url.host} would send the key unprotected, so nothing was sent. Use https:// "
            "(plain http is for addresses of this computer only)."
        )
    return url


def _failure_reason(error: Exception) -> FailureReason:
    if _is_certificate(error):
        return FailureReason.CERTIFICATE
    if isinstance(error, httpx.ProxyError):
        return FailureReason.PROXY
    never_arrived = httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol
    if isinstance(error, never_arrived):
        return FailureReason.UNREACHABLE
    if isinstance(error, httpx.TimeoutException):
        return FailureReason.TIMED_OUT
    if isinstance(error, httpx.RemoteProtocolError) and "without sending" not in str(error):
        return FailureReason.GARBLED
    return FailureReason.BROKEN_OFF


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
