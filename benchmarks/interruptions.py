"""One trial: a command is interrupted at a given moment and gone on with. What is wrong afterwards?

Each trial has an API, a file and a state folder of its own. The API notes every write that it hears of and how it
answered, so that what the results say of a row can be held against what was done.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import openpyxl

from bulk_sync import sandbox
from bulk_sync.ledger import Ledger, Runs
from bulk_sync.sandbox import serving
from bulk_sync.sandbox.serving import App

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator

    from bulk_sync.sandbox.serving import Receive, Scope, Send

ROWS, IN_FLIGHT = 120, 8
HEAD = ("phone", "status", "campaign")
STATUSES = ("paused", "DNC", "active", "fulfilled", "not-interested", "talk-to-human")
DONE = {"updated", "created", "unchanged", "merged"}
"""What a row may say whose call was in flight: the next look finds the contact as it should be."""

_PACE = ("--rate", "150/s", "--concurrency", str(IN_FLIGHT), "--quiet", "--no-input")
_LOOKING = ("--only-changed", "--max-stop", "1000")
"""With a guard rail, all that stood there before is read, and an undo can put it back."""

_ENDING = str(Path(__file__).with_name("ending.py"))


def rows() -> list[tuple[str, str, str]]:
    """Rows of which some are duplicates, some contradict each other, some name nobody, and some cannot be sent."""
    found = []
    for row in range(ROWS - 8):
        campaign = "Win-back" if row % 11 == 2 else ""
        found.append((f"+1415{2_000_000 + 7 * (row % 104)}", STATUSES[row % len(STATUSES)], campaign))
    return [*found, *[("not a number", "paused", "")] * 4, *[("+14152000000", "nonsense", "")] * 4]


def _contacts() -> list[sandbox.SandboxContact]:
    phones = dict.fromkeys(phone for phone, *_ in rows() if phone.startswith("+"))
    return [sandbox.SandboxContact(phone=phone) for at, phone in enumerate(phones) if at % 8 != 2]


class Mode(NamedTuple):
    """A command, on a sheet of this suffix; `before`: what was done before it, as the run that RUN stands for."""

    name: str
    suffix: str
    arguments: tuple[str, ...]
    before: tuple[str, ...] = ()
    is_undo: bool = False

    @property
    def results(self) -> str:
        """The name that its results have ("*": of the run that it undoes)."""
        return "undo-*.csv" if self.is_undo else f"rows.results{self.suffix}"


def modes() -> list[Mode]:
    """Every command with every kind of sheet."""
    found = []
    for suffix in (".csv", ".xlsx"):
        sheet = f"rows{suffix}"
        found += [
            Mode("run", suffix, (sheet,)),
            Mode("--only-changed", suffix, (sheet, *_LOOKING)),
            Mode("--create-missing", suffix, (sheet, "--create-missing", "Win-back")),
            Mode("retry", suffix, ("retry", f"rows.results{suffix}"), (sheet, "--max-writes", "40")),
        ]
    return [*found, Mode("undo", ".csv", ("undo", "RUN", "--yes"), ("rows.csv", *_LOOKING), is_undo=True)]


class Moment(NamedTuple):
    """When a signal comes: after seconds, at a write (as it arrives, or before it is answered), or while writing.

    `at`: seconds, a write's number, or calls of functions since the results began to be written or were in place.
    `again`: how much later (in calls, else in seconds) it comes a second time; 0: never.
    """

    number: signal.Signals
    kind: str
    at: float
    again: float = 0


@dataclass
class Heard:
    """The writes that the API heard of: whose, and the status of the answer (0: none yet). `at`: what to do when."""

    writes: list[list[Any]] = field(default_factory=list)
    at: tuple[str, int, Callable[[], object]] | None = None

    def reached(self, kind: str, write: int) -> None:
        """Do what is to be done at this write."""
        if self.at is not None and self.at[:2] == (kind, write):
            self.at[2]()

    def applied(self, since: int = 0) -> Counter[str]:
        """How often something was done for each phone number."""
        return Counter(phone for phone, status in self.writes[since:] if 200 <= status < 300)


class _Hearing(App):
    heard: Heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") not in {"POST", "PUT"}:
            return await super().__call__(scope, receive, send)
        heard, mine = self.heard, []

        async def receiving() -> Any:  # noqa: ANN401 -- an ASGI message
            message = await receive()
            if message.get("body"):
                said = json.loads(message["body"])
                mine.append([said.get("phone") or said.get("phoneNumber") or scope["path"], 0])
                heard.writes.append(mine[0])
                heard.reached("arrived", len(heard.writes))
            return message

        async def sending(message: Any) -> None:  # noqa: ANN401 -- the same
            if mine and "status" in message:
                mine[0][1] = message["status"]
                heard.reached("done", heard.writes.index(mine[0]) + 1)
            await send(message)

        return await super().__call__(scope, receiving, sending)


class Ended(NamedTuple):
    """What one command came to: its exit code, the rows of its results (None: there are none), the API's contacts.

    `written`: which results file it is, another one whenever it is written.
    """

    code: int
    written: int
    results: list[dict[str, str]] | None
    contacts: list[tuple[str, str, str]]
    applied: Counter[str]


class Settled(NamedTuple):
    """What the record of a run knows: phone numbers that are settled, with what stood there before; and its state."""

    state: str
    before: dict[str, tuple[str | None, str | None]]


@dataclass
class Desk:
    """A folder with a sheet and an API, and the command."""

    home: Path
    running: serving.Running
    heard: Heard
    mode: Mode
    prepared: set[str] = field(default_factory=set)
    since: int = 0

    @property
    def work(self) -> Path:
        """Where the sheet lies."""
        return self.home / "work"

    def prepare(self) -> None:
        """Lay out the sheet, and do what is to be done before."""
        self.work.mkdir()
        lay_out(self.work / f"rows{self.mode.suffix}")
        if self.mode.before:
            self.call(*self.mode.before, *_PACE)
        self.prepared = {run.name for run in self.runs().all()}
        self.since = len(self.heard.writes)

    def runs(self) -> Runs:
        """Those that the state folder knows."""
        return Runs(self.home / "state")

    def arguments(self) -> list[str]:
        """Those of the command of this mode."""
        found = [next(iter(self.prepared)) if each == "RUN" else each for each in self.mode.arguments]
        return [*found, *(("--quiet", "--concurrency", str(IN_FLIGHT)) if self.mode.is_undo else _PACE)]

    def start(self, *arguments: str, first: tuple[str, ...] = ("-m", "bulk_sync")) -> subprocess.Popen[bytes]:
        """Begin a command."""
        variables = {"BULK_SYNC_API_KEY": self.running.key, "BULK_SYNC_BASE_URL": self.running.url}
        environment = os.environ | variables | {"BULK_SYNC_STATE_DIR": str(self.home / "state")}
        command = [sys.executable, *first, *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.work, env=environment, **quiet)  # type: ignore[call-overload]

    def call(self, *arguments: str) -> tuple[int, str]:
        """Carry out a command: its exit code, and what it said."""
        with self.start(*arguments) as process:
            said = process.communicate(timeout=120)[1].decode(errors="replace")
        return process.returncode, said

    def ended(self, code: int) -> Ended:
        """How everything stands."""
        found = next(iter(self.work.glob(self.mode.results)), None)
        contacts = sorted((each.phone, each.status, each.campaign) for each in self.running.store.contacts())
        applied = self.heard.applied(self.since if self.mode.is_undo else 0)
        written = 0 if found is None else found.stat().st_ino
        return Ended(code, written, None if found is None else read(found), contacts, applied)

    def settled(self) -> Settled | None:
        """What the runs that began here have settled, and how the newest of them stands; None where none began."""
        new = [run for run in self.runs().all() if run.name not in self.prepared and not run.trouble]
        if not new:
            return None
        known: dict[str, tuple[str | None, str | None]] = {}
        for run in reversed(new):
            with Ledger.open(self.runs().place, run.name) as ledger:
                found = [(each.update, each.outcome) for each in ledger.records()]
            known |= {
                str(u.phone): (o.previous_status, o.previous_campaign) for u, o in found if not o.run and o.attempts
            }
        return Settled(new[0].state, known)


def lay_out(path: Path) -> None:
    """Write the sheet."""
    if path.suffix == ".csv":
        with path.open("w", newline="") as text:
            csv.writer(text).writerows([HEAD, *rows()])
        return
    book = openpyxl.Workbook()
    for row in (HEAD, *rows()):
        book.worksheets[0].append(row)
    book.save(path)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a results file."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8-sig") as text:
            return list(csv.DictReader(text))
    book = openpyxl.load_workbook(path, read_only=True)
    head, *found = [["" if cell is None else str(cell) for cell in row] for row in book.worksheets[0].values]
    book.close()
    return [dict(zip(head, [*row, *[""] * (len(head) - len(row))], strict=True)) for row in found]


@contextlib.contextmanager
def desk(mode: Mode) -> Iterator[Desk]:
    """A desk where everything is ready for the command."""
    heard = Heard()
    # the one place where a request can be seen before it meets a fault
    serving.App = type("Hearing", (_Hearing,), {"heard": heard})  # type: ignore[misc]
    options = sandbox.SandboxOptions(limiter="none")
    with tempfile.TemporaryDirectory() as name, sandbox.running(contacts=_contacts(), options=options) as running:
        found = Desk(Path(name), running, heard, mode)
        found.prepare()
        yield found


class Undisturbed(NamedTuple):
    """What a command does that nobody interrupts; `calls`: of functions, while its results are written, and after."""

    ended: Ended
    seconds: float
    writes: int
    calls: dict[str, int]


def undisturbed(mode: Mode) -> Undisturbed:
    """Carry out the command of a mode."""
    with desk(mode) as at:
        began, count = time.monotonic(), at.home / "count"
        first = (_ENDING, "SIGKILL", "written", "0", "0", str(count))
        with at.start(*at.arguments(), first=first) as process:
            process.communicate()
        seconds = time.monotonic() - began
        written, placed = map(int, count.read_text().split())
        calls = {"written": written - placed, "placed": placed}
        return Undisturbed(at.ended(process.returncode), seconds, len(at.heard.writes) - at.since, calls)


def interrupt(at: Desk, moment: Moment, arguments: list[str]) -> int:
    """Carry out a command and send it a signal; its exit code, as a shell shows it."""
    first: tuple[str, ...] = ("-m", "bulk_sync")
    if moment.kind in {"written", "placed"}:
        how = (moment.number.name, moment.kind, str(int(moment.at)), str(int(moment.again)), str(at.home / "count"))
        first = (_ENDING, *how)
    with at.start(*arguments, first=first) as process:

        def strike() -> None:
            process.send_signal(moment.number)

        if moment.kind in {"arrived", "done"}:
            at.heard.at = (moment.kind, len(at.heard.writes) + int(moment.at), strike)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment.at if moment.kind == "seconds" else 60)
        if moment.kind == "seconds" and process.poll() is None:
            strike()
        if moment.again and moment.kind not in {"written", "placed"}:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(moment.again)
            strike()
        process.communicate(timeout=60)
        at.heard.at = None
    return 128 - process.returncode if process.returncode < 0 else process.returncode
