"""Serving: what happens to a request between the socket and its operation, and how the server starts and stops.

uvicorn runs in a thread of its own: beside the caller's work for `running`, beside the wait for a signal for `serve`.
The socket is bound before, so that the port is known and nobody else can take it in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import socket
import struct
import threading
import time
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
import yaml  # noqa: F401  # needed at the first request: what is missing of the extra is said before
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bulk_sync.errors import BadInput
from bulk_sync.sandbox import operations, pages, responses, seed
from bulk_sync.sandbox.limits import Gate
from bulk_sync.sandbox.requests import LARGEST, Request
from bulk_sync.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping

    from bulk_sync.sandbox import SandboxOptions
    from bulk_sync.sandbox.responses import Fault, Headers, Response
    from bulk_sync.sandbox.rules import SandboxContact

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_log = logging.getLogger("bulk_sync.sandbox")


class App:
    """The contacts API over a store (ASGI). `clock` gives seconds since the epoch; the options' skew is added to it."""

    def __init__(self, store: Store, key: str, options: SandboxOptions, clock: Callable[[], float]) -> None:
        self._store = store
        self._gate = Gate(key, options)
        self._pause = options.latency / 2
        self._skew = options.clock_skew
        self._clock = clock

    def _now(self) -> float:
        return self._clock() + self._skew

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await _body(receive)
        if body is None:
            return
        page = pages.page(self._store, scope, self._now())
        if page is not None:
            await self._send(send, page)
            return
        await self._wait(self._pause)
        headers = dict(reversed(scope["headers"]))
        request = Request(scope["method"], scope["path"], scope["query_string"], headers, body, self._now())
        admission = self._gate.admit(request.method, headers.get(b"x-api-key", b""), request.at)
        if admission.fault is not None:
            await self._fail(request, admission.fault, scope, receive, send)
            return
        answer = admission.refusal or self._answer(request)
        await self._wait(self._pause)
        await self._send(send, answer, admission.rate_headers)

    def _answer(self, request: Request) -> Response:
        try:
            return operations.answer(self._store, request)
        except Exception:  # noqa: BLE001 -- the last line of defence: a defect must be an answer, and be seen
            _log.exception("%s %s failed", request.method, request.path)
            return responses.SERVER_ERROR

    async def _fail(self, request: Request, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a fault. What stands between client and API sends no rate headers, so faults send none."""
        answer = fault.answer or self._answer(request)
        await self._wait(self._pause + fault.delay)
        if fault.ending == "answer":
            await self._send(send, replace(answer, body=answer.body[: int(len(answer.body) * fault.keep)]))
            return
        connection: _Connection = scope["extensions"][_CONNECTION]["handle"]
        if fault.ending == "reset":
            connection.reset()
        else:
            connection.is_silent = True
        while (await receive())["type"] != "http.disconnect":
            pass

    @staticmethod
    async def _wait(seconds: float) -> None:
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def _send(self, send: Send, answer: Response, rate_headers: Headers = ()) -> None:
        headers = [
            (b"date", formatdate(self._now(), usegmt=True).encode()),
            (b"content-type", answer.content_type.encode()),
            (b"content-length", b"%d" % len(answer.body)),
            *rate_headers,
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or one byte more than the largest allowed, the rest thrown away; None: the client has gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        body += part[: LARGEST + 1 - len(body)]
        if not message.get("more_body", False):
            return body


_CONNECTION = "bulk_sync.connection"
_WINDOWS = hasattr(socket, "SIO_RCVALL")
"""There, the two numbers of SO_LINGER are 16 bits wide."""


class _Connection(HttpToolsProtocol):
    """One connection. ASGI knows no way to end one without an answer, so each request gets this object to do it."""

    is_silent = False
    """It never answers, and the server does not wait for it when it stops."""

    def on_message_begin(self) -> None:
        """Lend the request a handle on its connection."""
        super().on_message_begin()
        self.scope["extensions"] = {_CONNECTION: {"handle": self}}

    def reset(self) -> None:
        """End the connection as a crash does: the client sees a reset, not an end."""
        # Linger for no time at all (SO_LINGER 1, 0): closing then sends RST instead of FIN.
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if _WINDOWS else "ii", 1, 0)
        )
        self.transport.abort()

    def shutdown(self) -> None:
        """The server stops: finish the request that is being served, unless it will never be."""
        if self.is_silent:
            self.transport.abort()
        else:
            super().shutdown()


class _Server(uvicorn.Server):
    """uvicorn's server, which hears within a hundredth of a second, and not a tenth, that it is to stop."""

    async def main_loop(self) -> None:
        while not self.should_exit:
            await asyncio.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that accepts requests: its address without a slash at the end, its key, its state."""

    url: str
    key: str = field(repr=False)
    store: Store = field(repr=False)


def new_key() -> str:
    """A key of the documented form: `gua_`, 8 characters, `_`, a secret."""
    return f"gua_{secrets.token_hex(4)}_{secrets.token_urlsafe(24)}"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is a free one. Raises BadInput."""
    family, also_v4 = (socket.AF_INET6, socket.has_dualstack_ipv6()) if ":" in host else (socket.AF_INET, False)
    try:
        return socket.create_server((host, port), family=family, backlog=2048, dualstack_ipv6=also_v4)
    except OSError as error:
        why = str(error.strerror).partition(" (while")[0]  # the address stands in our own sentence
        advice = "choose another with --port, or --port 0 for a free one"
        raise BadInput(f"Cannot serve on {host}, port {port} ({why}); {advice}.") from error


def address(listener: socket.socket) -> str:
    """The URL that reaches this socket from this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- every address, asked for by the user
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def steady_clock() -> Callable[[], float]:
    """A clock in seconds since the epoch that never jumps, even when somebody sets the machine's."""
    offset = time.time() - time.monotonic()
    return lambda: time.monotonic() + offset


def stocked(
    options: SandboxOptions, brought: Iterable[SandboxContact] | Path | None, now: float | None = None
) -> Store:
    """The store that the options ask for, filled at `now` with the contacts brought: in a file, as values, or built in.

    A database that was filled before keeps what it has and takes no others. Raises BadInput.
    """
    now = time.time() if now is None else now
    store = Store(options.db or ":memory:")
    try:
        if store.is_new:
            seed.fill(store, _brought(brought), now + options.clock_skew)
    except BaseException:
        store.close()
        raise
    return store


def _brought(brought: Iterable[SandboxContact] | Path | None) -> seed.Stock:
    if isinstance(brought, Path):
        return seed.read(brought)
    return seed.Stock(seed.contacts() if brought is None else tuple(brought))


@contextlib.contextmanager
def running(
    contacts: Iterable[SandboxContact] | None, options: SandboxOptions, clock: Callable[[], float] | None
) -> Iterator[Running]:
    """See `bulk_sync.sandbox.running`."""
    clock = clock or steady_clock()
    key = options.key or new_key()
    store = stocked(options, contacts, clock())
    app = App(store, key, options, clock)
    with contextlib.closing(store), listen("127.0.0.1", 0) as listener, _serving(app, listener):
        yield Running(address(listener), key, store)


def serve(
    store: Store, key: str, options: SandboxOptions, listener: socket.socket, announce: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is being answered and return.

    `announce` is called once requests are accepted.
    """
    stopped = threading.Event()
    # In a thread of its own uvicorn leaves the signals to us; in this one it would raise them again after a clean stop.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    with _serving(App(store, key, options, steady_clock()), listener) as thread:
        announce()
        # A wait without end would keep Python from running the handlers on Windows.
        while thread.is_alive() and not stopped.wait(timeout=0.5):
            pass


@contextlib.contextmanager
def _serving(app: App, listener: socket.socket) -> Iterator[threading.Thread]:
    """Run the server in a thread of its own while the block lasts, which begins when requests are accepted."""
    server = _Server(_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True, name="sandbox")
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("The sandbox's server ended before it began; this is a defect of bulk-sync.")
            time.sleep(0.002)
        yield thread
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        # Behind no proxy: what X-Forwarded-For says of the caller is not to be believed.
        proxy_headers=False,
        server_header=False,
        # The application sends its own Date, of its own clock.
        date_header=False,
        # Longer than a window of the limit, so that a client that waits for one finds its connections still there.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
