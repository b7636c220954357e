"""The application (ASGI): what happens to a request between the socket and the operation that answers it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, NamedTuple

from bulk_sync.sandbox import pages, responses
from bulk_sync.sandbox.admission import Gate
from bulk_sync.sandbox.faults import Ending, Fault
from bulk_sync.sandbox.requests import LARGEST
from bulk_sync.sandbox.responses import JSON_TYPE, Response, failure
from bulk_sync.sandbox.routes import route
from bulk_sync.sandbox.rules import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from bulk_sync.sandbox.options import SandboxOptions
    from bulk_sync.sandbox.responses import Headers
    from bulk_sync.sandbox.store import Store

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CONNECTION = "bulk_sync.connection"
"""The extension of the scope by which the protocol lends a handle on the connection."""

_log = logging.getLogger("bulk_sync.sandbox")


class Request(NamedTuple):
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
        answer = admission.refusal or self._answer(request)
        await self._wait(self._pause)
        await self._send(send, answer, admission.rate_headers)

    def _answer(self, request: Request) -> Response:
        operations, contact_id = route(request.path)
        if not operations:
            return failure(404, "There is nothing at this path")
        operation = operations.get(request.method)
        if operation is None:
            return responses.wrong_method(*operations)
        if operation.body is not None and not _says_json(request.headers):
            return failure(400, "Send the body as JSON, with Content-Type: application/json")
        try:
            asked = operation.read(contact_id, request.query, request.body)
            return operation.answer(self._store, asked, request.at)
        except Refused as why:
            return failure(why.status, str(why))
        except Exception:  # noqa: BLE001 -- the last line of defence: a defect must be an answer, and be seen
            _log.exception("%s %s failed", request.method, request.path)
            return responses.SERVER_ERROR

    async def _fail(self, request: Request, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a fault. What stands between client and API sends no rate headers, so faults send none."""
        answer = fault.answer or self._answer(request)
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
        kept = answer.body[: int(len(answer.body) * fault.keep)]
        await self._send(send, replace(answer, body=kept))

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
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")[: LARGEST + 1 - size]
        parts.append(part)
        size += len(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _says_json(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == JSON_TYPE.encode()
