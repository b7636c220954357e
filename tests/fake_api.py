"""An API that answers each path as a test says, over a real socket, and remembers what it was asked."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

UPDATED = {"success": True, "message": "Contact updated successfully"}
MISSING = (404, {"error": "Not found", "message": "Not found"})


@dataclass
class FakeApi:
    """`paths`: what a GET of each gives: JSON, `(status, JSON or bytes)`, or a function of the query that gives those.

    A POST is accepted, or answered by `posts`. `headers` are in every answer.
    """

    port: int
    paths: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: list[dict[str, object]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    posts: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, target: str) -> tuple[int, bytes, str]:
        parts = urlsplit(target)
        self.asked.append(target)
        found = self.paths.get(parts.path, MISSING)
        if isinstance(found, Callable):
            found = found({name: values[0] for name, values in parse_qs(parts.query).items()})
        status, body = found if isinstance(found, tuple) else (200, found)
        if isinstance(body, bytes):
            return status, body, "text/html"
        return status, json.dumps(body).encode(), "application/json"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: FakeApi

    def do_GET(self):
        self.api.keys.add(self.headers["X-API-Key"])
        self._say(*self.api.answer(self.path))

    def do_POST(self):
        self.api.sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, body = self.api.posts or (200, json.dumps(UPDATED).encode())
        self._say(status, body, "application/json")

    def _say(self, status, body, kind):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **self.api.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextlib.contextmanager
def fake_api(paths: Mapping[str, object], **more: object) -> Iterator[FakeApi]:
    """Serve on a free port of this computer."""
    handler = type("_Bound", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.api = FakeApi(server.server_address[1], paths, **more)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    try:
        yield handler.api
    finally:
        server.shutdown()
        server.server_close()
        serving.join(5)
