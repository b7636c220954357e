"""How does a call get to the API and its reply back? (httpx)

One connection pool, no redirects, no cookies, no key in anything that leaves this file: a reply that repeats the key
has it struck out.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Self
from urllib.request import getproxies, proxy_bypass

import httpx

from bulk_sync import __version__
from bulk_sync.errors import BadConfiguration
from bulk_sync.send.exchange import Call, NoReply, Reply, Silence

if TYPE_CHECKING:
    from types import TracebackType

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
WHOLE_SECONDS = 60.0
"""For a whole exchange: an API that sends a byte now and then must not hold a worker for ever."""

LONGEST_BODY = 1 << 20
"""Bytes of a reply that are read: an update's reply has some hundreds."""

_STRUCK_OUT = "[key]"


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
        self._key = key
        url = checked_base_url(base_url)
        wire = wire or _wire(url, connections)
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"X-API-Key": key, "User-Agent": f"bulk-sync/{__version__}", "Accept": "application/json"},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            transport=ReadOnly(wire) if read_only else wire,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def exchange(self, call: Call) -> Reply | NoReply:
        """Send a call and wait for the whole reply; whatever happens on the way is a value."""
        headers = {"Content-Type": "application/json"} if call.body else {}
        try:
            async with (
                asyncio.timeout(WHOLE_SECONDS),
                self._http.stream(call.method, call.path, content=call.body or None, headers=headers) as response,
            ):
                return Reply(response.status_code, self._headers(response), await self._body(response))
        except TimeoutError:
            return NoReply(Silence.TIMED_OUT)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return NoReply(_silence(error), self._struck(str(error)))

    async def _body(self, response: httpx.Response) -> bytes:
        """The body, or what came of it before the connection broke: the status and the headers still count."""
        body = bytearray()
        with contextlib.suppress(httpx.HTTPError, OSError):
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > LONGEST_BODY:
                    break
        return bytes(body[:LONGEST_BODY]).replace(self._key.encode(), _STRUCK_OUT.encode())

    def _headers(self, response: httpx.Response) -> dict[str, str]:
        return {name.lower(): self._struck(value) for name, value in response.headers.items()}

    def _struck(self, text: str) -> str:
        return text.replace(self._key, _STRUCK_OUT)


def checked_base_url(text: str) -> httpx.URL:
    """The address, where the key may be sent to it. Raises BadConfiguration for anything else."""
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as error:
        raise BadConfiguration(
            f"The base URL is not an address: {error}. Write it like https://api.guayaba.ai."
        ) from None
    if url.scheme not in {"https", "http"} or not url.host:
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


def is_loopback(host: str) -> bool:
    """Whether `host` is this computer: localhost, 127.0.0.0/8 or ::1."""
    if host.lower() in {"localhost", "localhost."}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _wire(url: httpx.URL, connections: int) -> httpx.AsyncHTTPTransport:
    proxy = _proxy(url)
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    try:
        return httpx.AsyncHTTPTransport(limits=limits, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL):
        scheme = (proxy or "").partition("://")[0]
        raise BadConfiguration(
            f"The environment's proxy ({scheme}://…) cannot be used. Set HTTPS_PROXY to an http:// address."
        ) from None


def _proxy(url: httpx.URL) -> str | None:
    """The environment's proxy for this address; it serves the world, not this computer's own sandbox."""
    if is_loopback(url.host) or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    return named if not named or "://" in named else f"http://{named}"


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
