"""Serving: how the sandbox's server starts, stops, and loses a connection on purpose.

uvicorn runs in a thread of its own: beside the caller's work for `running`, beside the wait for a signal for `serve`.
The socket is bound before, so that the port is known and nobody else can take it in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bulk_sync.errors import BadInput
from bulk_sync.sandbox import seed
from bulk_sync.sandbox.app import CONNECTION, App
from bulk_sync.sandbox.contacts_file import Stock, read
from bulk_sync.sandbox.sql import NotASandboxDatabase
from bulk_sync.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bulk_sync.sandbox.options import SandboxOptions
    from bulk_sync.sandbox.records import SandboxContact


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that accepts requests: its address without a slash at the end, its key, its state."""

    url: str
    key: str = field(repr=False)
    store: Store = field(repr=False)


_WINDOWS = hasattr(socket, "SIO_RCVALL")
"""There, the two numbers of SO_LINGER are 16 bits wide."""


class _Connection(HttpToolsProtocol):
    """One connection. ASGI knows no way to end one without an answer, so each request gets this object to do it."""

    silent = False

    def on_message_begin(self) -> None:
        """Lend the request a handle on its connection."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"handle": self}}

    def abort(self) -> None:
        """End the connection as a crash does: the client sees a reset, not an end."""
        # Linger for no time at all (SO_LINGER 1, 0): closing then sends RST instead of FIN.
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if _WINDOWS else "ii", 1, 0)
        )
        self.transport.abort()

    def fall_silent(self) -> None:
        """Never answer; the server does not wait for this connection when it stops."""
        self.silent = True

    def shutdown(self) -> None:
        """The server stops: finish the request that is being served, unless it will never be."""
        if self.silent:
            self.transport.abort()
        else:
            super().shutdown()


class _Server(uvicorn.Server):
    """uvicorn's server, telling when it accepts, and ending at once when it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepts = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.accepts.set()

    async def main_loop(self) -> None:
        await self._ends.wait()

    def end(self) -> None:
        """Finish what is being answered, and stop; from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # its loop is closed: it has ended by itself
                self._loop.call_soon_threadsafe(self._ends.set)


def new_key() -> str:
    """A key of the documented form: `gua_`, 8 characters, `_`, a secret."""
    return f"gua_{secrets.token_hex(4)}_{secrets.token_urlsafe(24)}"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Elsewhere this would let two servers share a port; here it only skips the wait after a stop.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    return listener


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
    now = steady_clock()() if now is None else now
    try:
        store = Store(options.db or ":memory:")
    except NotASandboxDatabase as error:
        why = "another sandbox is using it" if "locked" in str(error) else error
        raise BadInput(f"{options.db} cannot keep the sandbox's state: {why}; name a new file with --db.") from error
    try:
        if store.is_new:
            seed.fill(store, _brought(brought), now + options.clock_skew)
    except BaseException:
        store.close()
        raise
    return store


def _brought(brought: Iterable[SandboxContact] | Path | None) -> Stock:
    if isinstance(brought, Path):
        return read(brought, seed.STATUSES)
    return Stock(seed.contacts() if brought is None else tuple(brought))


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
    before = {each: signal.signal(each, lambda *_: stopped.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _serving(App(store, key, options, steady_clock()), listener) as thread:
            announce()
            # A wait without end would keep Python from running the handlers on Windows.
            while thread.is_alive() and not stopped.wait(timeout=0.5):
                pass
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def _serving(app: App, listener: socket.socket) -> Iterator[threading.Thread]:
    """Run the server in a thread of its own while the block lasts, which begins when requests are accepted."""
    server = _Server(_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True, name="sandbox")
    thread.start()
    try:
        while not server.accepts.wait(timeout=0.1):
            if not thread.is_alive():
                raise RuntimeError("The sandbox's server ended before it began; this is a defect of bulk-sync.")
        yield thread
    finally:
        server.end()
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
