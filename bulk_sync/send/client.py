"""How does a call get to the API and its reply back? (httpx)

Calls go to httpx's transport itself. What its client adds, redirects, cookies and authentication, is nothing that the
key should follow, and costs half of a request's time. No key is in anything that leaves this file: a reply that repeats
it has it struck out.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import httpx

from bulk_sync import __version__
from bulk_sync.errors import BadConfiguration
from bulk_sync.redaction import Redaction
from bulk_sync.send.connection import LONGEST_BODY
from bulk_sync.send.exchange import Call, NoReply, Reply, Silence
from bulk_sync.send.wire import Direct, head_of, is_loopback, response_of, way_to

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from bulk_sync.send.connection import Answer

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
WHOLE_SECONDS = 60.0
"""For a whole exchange: an API that sends a byte now and then must not hold a worker for ever."""

MOST_PORT = 65_535

ENCODINGS = "gzip, deflate"
"""What every httpx can unpack."""


class WriteInDryRun(BadConfiguration):
    """A write was about to be built in a dry run. This is a fault of the program; nothing was sent."""


class ReadOnly(httpx.AsyncBaseTransport):
    """A transport that cannot write: in a dry run, no request but GET and HEAD gets past it."""

    def __init__(self, wire: httpx.AsyncBaseTransport) -> None:
        self._wire = wire

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a read on. Raises WriteInDryRun for anything else."""
        if request.method not in {"GET", "HEAD"}:
            raise WriteInDryRun(f"A dry run tried to send {request.method}. Nothing was sent; please report this.")
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        """Close what is underneath."""
        await self._wire.aclose()


class Client:
    """The API at `base_url`. Use it as an async context manager.

    `connections`: the most at once. `read_only`: a dry run's client. `wire`: what carries the requests, for tests.
    Raises BadConfiguration where the address would send the key unprotected, or is none.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        connections: int,
        read_only: bool = False,
        wire: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._redaction = Redaction(key)
        url = checked_base_url(base_url)
        wire = wire or way_to(url, connections)
        self._wire = ReadOnly(wire) if read_only else wire
        self._line = wire if isinstance(wire, Direct) and not read_only else None
        host = url.netloc  # as httpx's client does it, without the default port
        self._always = [
            (b"Host", host),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", ENCODINGS.encode()),
            (b"Connection", b"keep-alive"),
            (b"User-Agent", f"bulk-sync/{__version__}".encode()),
            (b"X-API-Key", key.encode()),
        ]
        self._head_for = lru_cache(maxsize=256)(self._head_of)
        self._plain = lru_cache(maxsize=256)(self._plain_header)
        self._extensions = {"timeout": httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS).as_dict()}
        base = url.raw_path.rstrip(b"/")
        self._address = lru_cache(maxsize=16)(lambda path: url.copy_with(raw_path=base + path.encode("ascii")))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.aclose()

    async def exchange(self, call: Call) -> Reply | NoReply:
        """Send a call and wait for the whole reply; whatever happens on the way is a value."""
        try:
            if self._line is not None:
                content = self._head_for(call.method, call.path, len(call.body)) + call.body
                answer = await self._line.exchange(content, CONNECT_SECONDS, READ_SECONDS, whole=WHOLE_SECONDS)
                return await self._reply_of(answer)
            async with asyncio.timeout(WHOLE_SECONDS):
                return await self._reply(await self._wire.handle_async_request(self._request(call)))
        except TimeoutError:
            return NoReply(Silence.TIMED_OUT)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return NoReply(_silence(error), self._struck(str(error)))

    async def _reply_of(self, answer: Answer) -> Reply:
        """What came over a line of our own. httpx has nothing to do there but to unpack a body."""
        headers = self._headers(answer.headers)
        if "content-encoding" in headers:
            return await self._reply(response_of(answer))
        return Reply(answer.status, headers, self._cut(b"".join(answer.pieces)))

    async def _reply(self, response: httpx.Response) -> Reply:
        try:
            return Reply(response.status_code, self._headers(response.headers.raw), await self._body(response))
        finally:
            await _stream(response).aclose()

    def _request(self, call: Call) -> httpx.Request:
        return httpx.Request(
            call.method,
            self._address(call.path),
            headers=self._headers_of(len(call.body)),
            stream=httpx.ByteStream(call.body),  # `content` would look for what we know
            extensions=self._extensions,
        )

    def _headers_of(self, length: int) -> httpx.Headers:
        body = [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % length)] if length else []
        return httpx.Headers(self._always + body)

    def _head_of(self, method: str, path: str, length: int) -> bytes:
        return head_of(method, self._address(path).raw_path, self._headers_of(length).raw)

    async def _body(self, response: httpx.Response) -> bytes:
        """The body, or what came of it before the connection broke: the status and the headers still count."""
        body = bytearray()
        with contextlib.suppress(httpx.HTTPError, OSError):
            is_packed = "content-encoding" in response.headers
            async for piece in response.aiter_bytes() if is_packed else _stream(response):
                body += piece
                if len(body) > LONGEST_BODY:
                    break
        return self._cut(bytes(body))

    def _cut(self, body: bytes) -> bytes:
        return self._redaction.strike_bytes(body[:LONGEST_BODY])

    def _headers(self, raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
        """By name in lower case; what comes more than once is a list with commas."""
        headers: dict[str, str] = {}
        for each in raw:
            name, value = self._plain(each)  # most replies have most headers in common
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return headers

    def _plain_header(self, raw: tuple[bytes, bytes]) -> tuple[str, str]:
        return raw[0].decode("latin-1").lower(), self._struck(raw[1].decode("utf-8", "replace"))

    def _struck(self, text: str) -> str:
        return self._redaction.strike(text)


def _stream(response: httpx.Response) -> httpx.AsyncByteStream:
    """The body as it comes, which costs less than through generators that have nothing to unpack."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise httpx.StreamError("the transport does not fit the client")
    return response.stream


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


def _silence(error: Exception) -> Silence:
    if _is_certificate(error):
        return Silence.CERTIFICATE
    if isinstance(error, httpx.TimeoutException):
        return Silence.TIMED_OUT
    if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol):
        return Silence.UNREACHABLE
    if isinstance(error, httpx.RemoteProtocolError) and "without sending" not in str(error):
        return Silence.GARBLED
    return Silence.BROKEN_OFF


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
