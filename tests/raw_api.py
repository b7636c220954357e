"""An API of raw bytes: a test says what comes back for each request, over a real socket, and what was asked is kept."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

from tests.api.raw_server import Answer, listening
from tests.desk import PHONES, Door, furnished

KEY = "gua_a1b2c3d4_a-secret-that-nobody-may-see"


@dataclass(frozen=True)
class Asked:
    """A request. `headers` have names in lower case."""

    number: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def writes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.body)


@dataclass
class RawApi:
    """`answer` gives the bytes for a request, or does something with the connection, which ends after that."""

    answer: Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def writes(self) -> list[dict[str, object]]:
        """The bodies of all requests that write, in their order."""
        return [each.json for each in self.asked if each.writes]


def reply(status: int, body: object = b"", *headers: str | bytes, kind: str = "application/json") -> bytes:
    """A whole response; what is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", *headers, f"Content-Length: {len(content)}"]
    return b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines) + b"\r\n\r\n" + content


def now(ahead: float = 0.0) -> str:
    """A Date header, of a clock that is so many seconds ahead."""
    import time

    return f"Date: {formatdate(time.time() + ahead, usegmt=True)}"


def updated(asked: Asked, *headers: str | bytes) -> bytes:
    """What the API says when a change was made."""
    return reply(200, {"success": True, "message": "Contact updated successfully"}, *headers)


def each(*answers: Answer) -> Callable[[Asked], Answer]:
    """Each row of `desk.PHONES` has an answer of its own, however often it is tried."""
    return lambda asked: answers[PHONES.index(asked.json["phone"])]


NOT_OFFERED = reply(404, {"error": "Not found", "message": "Not found"})
"""What an API says that has the two update paths alone."""


@contextlib.contextmanager
def raw_api(answer: Callable[[Asked], Answer]) -> Iterator[RawApi]:
    """Serve on a free port of this computer."""
    api = RawApi(answer)
    with listening(lambda connection: _talk(api, connection)) as api.port:
        yield api


def _talk(api: RawApi, connection: socket.socket) -> None:
    with contextlib.suppress(OSError), connection:
        connection.settimeout(20)
        came = b""
        while True:
            while b"\r\n\r\n" not in came:
                piece = connection.recv(65536)
                if not piece:
                    return
                came += piece
            head, _, came = came.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            while len(came) < length:
                came += connection.recv(65536)
            body, came = came[:length], came[length:]
            method, target, _ = first.split(" ")
            with api.lock:
                asked = Asked(len(api.asked), method, target, headers, body)
                api.asked.append(asked)
                answer = api.answer(asked)
            if callable(answer):
                answer(connection)
                return
            connection.sendall(answer)


@contextlib.contextmanager
def desk_at(answer, home, monkeypatch, capture):
    """A person's desk whose API is raw; nothing is waited for between two tries."""
    from tests import adapter

    adapter.retry_at_once(monkeypatch)
    with raw_api(answer) as api:
        api.key = KEY
        yield furnished(home, api, Door(), monkeypatch, capture)
