"""A person's desk: a folder with sheets, an API that counts what it is sent, and the command in this very process."""

import asyncio
import contextlib
import csv
import json
import logging
import math
import os
import re
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bulk_sync import sandbox
from bulk_sync.sandbox import serving
from bulk_sync.sandbox.serving import App
from tests.adapter import run_command
from tests.skipped_waits import skip_waits
from tests.stories.conftest import COMMAND, environment

PHONES = [f"+1415555{number:04d}" for number in range(100, 160)]
"""All of them are contacts of the API, active at first."""


@dataclass
class Door:
    """What the API has been sent, and how many requests it answers before it makes the rest wait."""

    sent: Counter = field(default_factory=Counter)
    bodies: list = field(default_factory=list)
    answers: float = math.inf
    arrived: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)


class _Counting(App):
    door: Door

    async def __call__(self, scope, receive, send):
        door = self.door

        async def heard():
            message = await receive()
            if message.get("body"):
                said = json.loads(message["body"])
                door.sent[said.get("phone") or said.get("phoneNumber") or scope["path"]] += 1
                door.bodies.append(said)
                door.arrived.set()
                if door.sent.total() > door.answers:
                    await asyncio.to_thread(door.opened.wait)
            return message

        await super().__call__(scope, heard, send)


@dataclass
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    screen: str


@dataclass
class Desk:
    """`desk(*arguments)` is `bulk-sync *arguments` in the folder `work`, with the API's key and address."""

    home: Path
    api: serving.Running
    door: Door
    monkeypatch: object = field(repr=False)
    capture: object = field(repr=False)

    @property
    def sent(self) -> Counter:
        """How often each phone number was sent, whatever became of the request."""
        return self.door.sent

    @property
    def work(self) -> Path:
        return self.home / "work"

    @property
    def state(self) -> Path:
        return self.home / "state"

    def __call__(self, *arguments: object, **variables: str) -> Done:
        with self.monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            for name in ("handlers", "level", "propagate"):  # a command has a process of its own
                patch.setattr(logging.getLogger("bulk_sync"), name, getattr(logging.getLogger("bulk_sync"), name))
            self.capture.readouterr()
            code = run_command(*arguments)
        out, screen = self.capture.readouterr()
        assert self.api.key not in out + screen
        assert "Traceback" not in screen
        return Done(code, out, screen)

    def environment(self, **variables: str) -> dict[str, str]:
        """That of a process of its own."""
        return environment(
            self.home, **{"BULK_SYNC_API_KEY": self.api.key, "BULK_SYNC_BASE_URL": self.api.url, **variables}
        )

    @contextlib.contextmanager
    def started(self, *arguments: object, variables: dict[str, str] | None = None, **more):
        """The command as a process of its own, which does not outlive the context."""
        env = self.environment(**(variables or {}))
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | more
        with subprocess.Popen([*COMMAND, *map(str, arguments)], cwd=self.work, env=env, **pipes) as process:
            try:
                yield process
            finally:
                process.kill()

    def answered(self, typed: str, *arguments: object, prompt: str = "[y/N] ", stdout: bool = False) -> Done:
        """The command as a process of its own at a terminal, where a person types this when asked.

        `stdout`: standard output is not that terminal. Without a question, nobody types anything.
        """
        import pty  # there are none on Windows

        ours, theirs = pty.openpty()
        out = subprocess.PIPE if stdout else theirs
        screen, streams = b"", {"stdin": theirs, "stdout": out, "stderr": theirs}
        with self.started(*arguments, **streams, preexec_fn=lambda: own_terminal(theirs)) as process:
            os.close(theirs)
            with contextlib.suppress(OSError):  # how a pty says that there is no more
                while more := os.read(ours, 65536):
                    before, screen = screen, screen + more
                    if prompt.encode() in screen and prompt.encode() not in before:
                        os.write(ours, typed.encode())
            said = process.stdout.read().decode() if stdout else ""
            code = process.wait(30)
        os.close(ours)
        assert self.api.key.encode() not in screen
        assert b"Traceback" not in screen
        return Done(code, said, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.decode()))

    def shut_after(self, requests: int) -> None:
        """Let the API answer so many requests, and make the others wait until `open`."""
        self.door.answers = requests

    def wait_until_shut(self, in_flight: int = 1) -> None:
        """Wait until the API has been sent so many more than it answers."""
        while self.sent.total() < self.door.answers + in_flight:
            self.door.arrived.clear()
            if self.sent.total() < self.door.answers + in_flight:
                assert self.door.arrived.wait(20), f"{self.sent.total()} requests and no more"

    def open(self) -> None:
        """Let the API answer everybody."""
        self.door.answers = math.inf
        self.door.opened.set()

    def sheet(self, rows, name="rows.csv", head=("phone", "status"), encoding="utf-8", **how) -> Path:
        """Write a text file of these rows; its path."""
        path = self.work / name
        with path.open("w", newline="", encoding=encoding) as text:
            csv.writer(text, **how).writerows([head, *rows])
        return path

    def rows(self, name=None, encoding="utf-8-sig", **how) -> list[dict[str, str]]:
        """The rows of a results file: the one that was written last, whatever its kind."""
        kinds = ("results", "preview", "not_sent")
        written = [path for kind in kinds if (path := self.work / f"rows.{kind}.csv").exists()]
        name = name or max(written, key=lambda path: path.stat().st_mtime_ns).name
        with (self.work / name).open(newline="", encoding=encoding) as text:
            return list(csv.DictReader(text, **how))

    def rewrite(self, rows, name="rows.results.csv") -> None:
        """What a spreadsheet program does when a person saves: the file anew, from these rows."""
        heads = list(dict.fromkeys(head for row in rows for head in row))
        self.sheet([[row.get(head, "") for head in heads] for row in rows], name, heads)

    def codes(self, name=None) -> list[str]:
        return [row["sync_code"] for row in self.rows(name)]

    def status(self, phone: str) -> str:
        return self.api.store.by_phone(phone).status

    def statuses(self, phones) -> set[str]:
        return {self.status(phone) for phone in phones}

    def history(self) -> list[dict[str, object]]:
        """The runs, the newest first."""
        return json.loads(self("history", "--json").out)

    def forget(self) -> None:
        """Go to another computer: nothing is known here of what was done."""
        self.state.rename(self.home / "elsewhere")


def own_terminal(terminal: int) -> None:
    """Make it the terminal of this process, so that Ctrl-C there reaches it."""
    import fcntl  # there is none on Windows
    import termios

    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def furnished(home: Path, api, door: Door, monkeypatch, capture) -> Desk:
    """A desk in a home of its own, where commands know the API's key and address; its waits take no time."""
    (home / "work").mkdir()
    monkeypatch.chdir(home / "work")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / "home"))
    for name, value in {"STATE_DIR": home / "state", "API_KEY": api.key, "BASE_URL": api.url}.items():
        monkeypatch.setenv(f"BULK_SYNC_{name}", str(value))
    skip_waits(monkeypatch)
    return Desk(home, api, door, monkeypatch, capture)


@contextlib.contextmanager
def desk(home: Path, monkeypatch, capture, contacts=(), **options):
    """A desk whose API takes these options of a sandbox, and has these `contacts`; nobody is held up unless told to."""
    door = Door()
    # the one place where a request can be counted before it meets a fault
    monkeypatch.setattr(serving, "App", type("Counting", (_Counting,), {"door": door}))
    contacts = contacts or [sandbox.SandboxContact(phone=phone) for phone in PHONES]
    settings = sandbox.SandboxOptions(**{"limiter": "none", **options})
    with sandbox.running(contacts=contacts, options=settings) as running:
        try:
            yield furnished(home, running, door, monkeypatch, capture)
        finally:
            door.opened.set()
