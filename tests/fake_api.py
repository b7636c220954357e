"""An API that answers each path as a test says, over a real socket, and remembers what it was asked."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.raw_api import Asked, RawApi, raw_api, reply

UPDATED = {"success": True, "message": "Contact updated successfully"}
MISSING = (404, {"error": "Not found", "message": "Not found"})


@dataclass
class FakeApi:
    """`paths`: what a GET of each gives: JSON, `(status, JSON or bytes)`, or a function of the query that gives those.

    A POST is accepted, or answered by `posts`. `headers` are in every answer.
    """

    paths: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    posts: object = field(default_factory=lambda: UPDATED)
    raw: RawApi | None = None

    @property
    def url(self) -> str:
        return self.raw.url

    @property
    def asked(self) -> list[str]:
        return [each.target for each in self.raw.asked if not each.writes]

    @property
    def sent(self) -> list[dict[str, object]]:
        return self.raw.writes

    @property
    def keys(self) -> set[str]:
        return {each.headers.get("x-api-key") for each in self.raw.asked}

    def answer(self, asked: Asked) -> bytes:
        found = self.posts if asked.writes else self.paths.get(asked.path, MISSING)
        if isinstance(found, Callable):
            found = found(asked.query)
        status, body = found if isinstance(found, tuple) else (200, found)
        kind = "text/html" if isinstance(body, bytes) and not asked.writes else "application/json"
        headers = [f"{name}: {value}".encode("latin-1") for name, value in self.headers.items()]
        return reply(status, body, *headers, kind=kind)


@contextlib.contextmanager
def fake_api(paths: Mapping[str, object], **more: object) -> Iterator[FakeApi]:
    """Serve on a free port of this computer."""
    found = FakeApi(paths, **more)
    with raw_api(found.answer) as found.raw:
        yield found
