"""A sandbox that counts what it is sent, and the command run against it in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from bulk_sync import sandbox
from bulk_sync.sandbox import serving
from bulk_sync.sandbox.serving import App

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bulk_sync.sandbox.serving import Receive, Scope, Send


class Counting(App):
    """Counts how often each phone number is sent, whatever becomes of the request."""

    sent: Counter[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def heard() -> Any:  # noqa: ANN401 -- an ASGI message
            message = await receive()
            if message.get("body"):
                self.sent[json.loads(message["body"])["phone"]] += 1
            return message

        await super().__call__(scope, heard, send)


@contextlib.contextmanager
def counting(
    phones: Mapping[str, str], options: sandbox.SandboxOptions
) -> Iterator[tuple[serving.Running, Counter[str]]]:
    """A sandbox with these contacts, and the number of requests about each of them."""
    sent: Counter[str] = Counter()
    contacts = [sandbox.SandboxContact(phone=phone) for phone in phones]
    # the one place where a request can be counted before it meets a fault
    serving.App = type("CountingHere", (Counting,), {"sent": sent})  # type: ignore[misc]
    with sandbox.running(contacts=contacts, options=options) as running:
        yield running, sent


def command(running: serving.Running, state: Path, *arguments: str) -> dict[str, Any]:
    """How to call the command against a sandbox, for `subprocess`."""
    environment = os.environ | {
        "BULK_SYNC_API_KEY": running.key,
        "BULK_SYNC_BASE_URL": running.url,
        "BULK_SYNC_STATE_DIR": str(state),
    }
    return {"args": [sys.executable, "-m", "bulk_sync", *arguments], "env": environment}
