"""A server that answers exactly the bytes that a test says, over a real socket, and remembers what it was asked."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Answer = bytes | Callable[[socket.socket], None]


def response(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """A whole HTTP/1.1 response; `length` is what Content-Length says, if not the truth."""
    lines = [f"HTTP/1.1 {status} Whatever", *headers, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Break the connection off as a crashed server does: RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection: socket.socket) -> None:
    """Say nothing until the client gives up."""
    _until_it_leaves(connection)


def dripping(beginning: bytes) -> Callable[[socket.socket], None]:
    """Begin an answer, and never end it."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(beginning)
        _until_it_leaves(connection)

    return answer


def _until_it_leaves(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


@dataclass
class RawServer:
    """Gives `answers` in turn, the last one again and again. `requests` are the bytes that came, head and body."""

    answers: list[Answer]
    keep_open: bool
    requests: list[bytes] = field(default_factory=list)
    accepted: list[socket.socket] = field(default_factory=list)
    port: int = 0

    @property
    def connections(self) -> int:
        return len(self.accepted)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_answer(self) -> Answer:
        return self.answers[min(len(self.requests), len(self.answers)) - 1]

    def head(self, number: int = 0) -> dict[str, str]:
        """The headers of a request, names in lower case."""
        lines = self.requests[number].split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def body(self, number: int = 0) -> bytes:
        return self.requests[number].split(b"\r\n\r\n", 1)[1]

    def line(self, number: int = 0) -> str:
        return self.requests[number].split(b"\r\n", 1)[0].decode("latin-1")


@contextlib.contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Take connections on a free port of this computer, each in a thread that talks; the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=talk, args=(connection,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for thread in threads:
            thread.join(5)


@contextlib.contextmanager
def serving(*answers: Answer, tls: ssl.SSLContext | None = None, keep_open: bool = False) -> Iterator[RawServer]:
    """Answer in turn. With `keep_open`, a connection takes further requests."""
    server = RawServer(list(answers), keep_open)
    with listening(lambda connection: _talk(server, connection, tls)) as server.port:
        yield server


def _talk(server: RawServer, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    server.accepted.append(connection)
    with contextlib.suppress(OSError), connection:
        connection.settimeout(5)
        if tls is None:
            _answer(server, connection)
        else:
            with tls.wrap_socket(connection, server_side=True) as wrapped:
                _answer(server, wrapped)


def _answer(server: RawServer, connection: socket.socket) -> None:
    while request := _request(connection):
        server.requests.append(request)
        answer = server.next_answer()
        if callable(answer):
            answer(connection)
            return
        connection.sendall(answer)
        if not server.keep_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                _until_it_leaves(connection)
            return


def _request(connection: socket.socket) -> bytes:
    came = b""
    while b"\r\n\r\n" not in came:
        piece = connection.recv(65536)
        if not piece:
            return b""
        came += piece
        if came.startswith(b"\x16"):  # a TLS greeting, to a server that speaks none
            return came + b"\r\n\r\n"
    head, _, body = came.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
