"""How does one HTTP/1.1 connection carry one request after the other? (asyncio and httptools, which is llhttp in C)

A reply is read as a whole, up to `LONGEST_BODY`, before anybody hears of it. A connection that breaks off in the middle
of a body has said its status all the same. What has anything to say while nobody asked is not used again.
"""

from __future__ import annotations

import asyncio
import math
import select
from typing import TYPE_CHECKING, cast

import httptools
import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_HEAD = 100 << 10
"""Bytes that a reply may send before its body begins."""

LONGEST_BODY = 1 << 20
"""Bytes of a body that are read: an update's reply has some hundreds."""

_BODILESS = frozenset({b"content-length", b"transfer-encoding"})
"""Without either of them, a body ends where the connection does."""


class Answer:
    """What came of a request: the head of a reply, the pieces of its body, and what cut that short, if anything did."""

    __slots__ = ("error", "headers", "pieces", "size", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.size = 0
        self.error: httpx.TransportError | None = None


class Connection(asyncio.Protocol):
    """One connection. `gone` is called when it has ended, by whomever; `is_usable` as far as it has heard of that."""

    def __init__(self, gone: Callable[[Connection], None]) -> None:
        self._gone, self._loop = gone, asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.is_usable = True
        self._waiting: asyncio.Future[Answer] | None = None
        self._answer = Answer()
        self._has_head = self._wants_body = False
        self._heard, self._patience, self._end = 0.0, 0.0, math.inf
        self._watch: asyncio.TimerHandle | None = None

    async def exchange(self, request: bytes, *, seconds: float, end: float, wants_body: bool) -> Answer:
        """Send a request and wait for its reply, no longer than `seconds` from one sign of life to the next.

        Raises httpx.TransportError where no head of a reply comes, and TimeoutError where the reply is not whole at
        `end`, by the loop's clock.
        """
        self._has_head, self._wants_body = False, wants_body
        self._patience, self._end, self._heard = seconds, end, self._loop.time()
        self._waiting = self._loop.create_future()
        if self._watch is None:
            self._watch = self._loop.call_at(min(self._heard + seconds, end), self._look)
        self._transport.write(request)
        try:
            return await self._waiting
        finally:
            if not self._waiting.done() or self._waiting.cancelled():
                self.abort()
            self._waiting = None

    def idle(self) -> float:
        """Seconds since it said something."""
        return self._loop.time() - self._heard

    def can_be_used(self) -> bool:
        """Whether another request may be sent: nothing has come since the last reply, not even the server's end."""
        return self.is_usable and not self._has_something_to_say()

    def abort(self) -> None:
        """Close it at once; `ended` tells when it has."""
        self.is_usable = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)
        self._has_something_to_say = _readable(transport.get_extra_info("socket").fileno())
        self._parser = httptools.HttpResponseParser(self)
        # both are frequent among homemade servers, and no danger where each connection has one server at its end
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_chunked_length=True)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._waiting is None or self._waiting.done():
            self.abort()
            return
        self._heard = self._loop.time()
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._broke_off(httpx.RemoteProtocolError(f"not HTTP/1.1: {error}"))
            return
        if self._has_head and self._answer.size > LONGEST_BODY:
            self.is_usable = False
            self._done()
        elif not self._has_head:
            self._answer.size += len(data)
            if self._answer.size > LONGEST_HEAD:
                self._broke_off(httpx.RemoteProtocolError("the head of the reply has no end"))

    def eof_received(self) -> None:
        """See asyncio.Protocol: the server sends no more."""
        self.is_usable = False
        if self._has_head and not any(name.lower() in _BODILESS for name, _ in self._answer.headers):
            self._done()
        self._broke_off(httpx.RemoteProtocolError("the server disconnected without sending a complete reply"))

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.is_usable = False
        if self._watch is not None:
            self._watch.cancel()
        self._settle(httpx.ReadError(str(exc or "the connection was closed")))
        self._gone(self)
        if not self.ended.done():
            self.ended.set_result(None)

    def on_message_begin(self) -> None:
        """See httptools.HTTPProtocol: after a whole reply this is one that nobody asked for."""
        if self._has_head:
            self.is_usable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools.HTTPProtocol."""
        if not self._has_head:
            self._answer.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        status = self._parser.get_status_code()
        if self._has_head or status < 200:
            return
        self._answer.status, self._answer.size, self._has_head = status, 0, True
        if not self._wants_body:
            self.is_usable = False
            self._done()

    def on_body(self, piece: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self._answer.pieces.append(piece)
        self._answer.size += len(piece)

    def on_message_complete(self) -> None:
        """See httptools.HTTPProtocol: of a reply, or of a mere notice (1xx) that one will come."""
        if not self._has_head:
            self._answer.headers.clear()
            return
        self.is_usable = self.is_usable and self._parser.should_keep_alive()
        self._done()

    def _look(self) -> None:
        """One timer for all requests of the connection: whoever waits may have been heard since it was set."""
        self._watch = None
        if self._waiting is None:
            return
        now, lapses = self._loop.time(), self._heard + self._patience
        if now >= self._end and not self._waiting.done():
            self._waiting.set_exception(TimeoutError())  # whatever has come of it by now
            self.abort()
        elif now >= lapses:
            self._broke_off(httpx.ReadTimeout("nothing came any more"))
        else:
            self._watch = self._loop.call_at(min(lapses, self._end), self._look)

    def _done(self) -> None:
        """Hand over the answer; whatever else may come belongs to none that anybody asked for."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(self._answer)
        self._answer = Answer()

    def _broke_off(self, error: httpx.TransportError) -> None:
        """No more is to come, or nothing that could be understood."""
        self._settle(error)
        self.abort()

    def _settle(self, error: httpx.TransportError) -> None:
        """Tell whoever waits."""
        if self._has_head:
            self._answer.error = error
            self._done()
        elif self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


def _readable(fileno: int) -> Callable[[], object]:
    """What tells whether a socket has something to read; asyncio itself learns of it a moment later."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(fileno, select.POLLIN)
        return lambda: poll.poll(0)
    return lambda: select.select([fileno], [], [], 0)[0]
