"""What happens to a request between the socket and the operation that answers it? The ASGI application."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from bulk_sync.sandbox import bodies, pages, replies
from bulk_sync.sandbox.endpoints import Call
from bulk_sync.sandbox.faults import Ending, Fault
from bulk_sync.sandbox.gate import Gate
from bulk_sync.sandbox.operations import route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from bulk_sync.sandbox.options import SandboxOptions
    from bulk_sync.sandbox.replies import Headers, Reply
    from bulk_sync.sandbox.store import Store

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CONNECTION = "bulk_sync.connection"
"""The extension of the scope by which the protocol lends a handle on the connection."""

_log = logging.getLogger("bulk_sync.sandbox")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; `at` is the server's time of its arrival. Header names are in lower case."""

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes
    at: float


class App:
    """The contacts API over a store. `clock` gives seconds since the epoch; the options' skew is added to it."""

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
        reply = admission.refusal or self._answer(request)
        await self._wait(self._pause)
        await self._send(send, reply, admission.rate_headers)

    def _answer(self, request: Request) -> Reply:
        found = route(request.path)
        if found is None:
            return replies.not_found("There is nothing at this path")
        operation = found.operations.get(request.method)
        if operation is None:
            return replies.wrong_method(found.methods)
        if operation.body is not None and not _says_json(request.headers):
            return replies.invalid("Send the body as JSON, with Content-Type: application/json")
        try:
            return operation.answer(self._store, Call(request.body, request.query, found.contact_id, request.at))
        except bodies.Invalid as why:
            return replies.invalid(str(why))
        except Exception:  # noqa: BLE001 -- the last line of defence: a defect must be an answer, and be seen
            _log.exception("%s %s failed", request.method, request.path)
            return replies.server_error()

    async def _fail(self, request: Request, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a fault. What stands between client and API sends no rate headers, so faults send none."""
        reply = self._answer(request) if fault.applied else None
        await self._wait(self._pause + fault.delay)
        if fault.ending is not Ending.ANSWER:
            connection = scope["extensions"][CONNECTION]["handle"]
            if fault.ending is Ending.ABORT:
                connection.abort()
            else:
                connection.fall_silent()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if reply is None:
            reply = replies.Reply(fault.status, fault.body, fault.content_type, fault.headers)
        kept = reply.body[: int(len(reply.body) * fault.keep)]
        await self._send(send, replies.Reply(reply.status, kept, reply.content_type, reply.headers))

    @staticmethod
    async def _wait(seconds: float) -> None:
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def _send(self, send: Send, reply: Reply, rate_headers: Headers = ()) -> None:
        headers = [
            (b"date", formatdate(self._now(), usegmt=True).encode()),
            (b"content-type", reply.content_type.encode()),
            (b"content-length", b"%d" % len(reply.body)),
            *rate_headers,
            *reply.headers,
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or one byte more than the largest allowed, the rest thrown away; None: the client has gone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")[: bodies.LARGEST + 1 - size]
        parts.append(part)
        size += len(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _says_json(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == replies.JSON_TYPE.encode()
