"""Plays a history: commands of a person, one after the other, over a CRM whose team and whose network do what they do.

Each command is the whole `bulk-sync`, in this process and in virtual time. What arrives at the server is judged there.
"""

import asyncio
import contextlib
import csv
import json
import math
import os
import random
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

from tests.histories import clock
from tests.histories.crm import WINTER, Crm, phone_of
from tests.histories.judge import Judge, Request
from tests.simulation.limiters import FixedWindow
from tests.simulation.world import Server

KEY = "gua_12345678_a-secret"
SILENCE = 30.0
FAR = 1e9


@dataclass(frozen=True)
class Row:
    """A row of a sheet: whom it names, by number or by ID, and what it asks for; `new`: a number that it gives."""

    who: int
    status: str = ""
    move: bool = False
    by_id: bool = False
    new: bool = False

    def request(self, name):
        """What it asks of the contact that is named so."""
        body = {"status": self.status} if self.status else {}
        body |= {"campaignId": WINTER} if self.move else {}
        if not self.by_id:
            return Request("POST", "/contacts/update", {}, {"phone": name, **body}, 0.0)
        body |= {"phoneNumber": phone_of(50 + self.who)} if self.new else {}
        return Request("PUT", f"/contacts/{name}", {}, body, 0.0)


class Line(NamedTuple):
    """A row as it stands in a sheet, and what it names its contact by."""

    row: Row
    name: str


@dataclass(frozen=True)
class Event:
    """What the team does to a person, `at` seconds after the command began."""

    at: float
    who: int
    to: str


@dataclass(frozen=True)
class Fault:
    """What the server does wrong for a while: `on` contacts (reads of them), statuses, writes or all.

    `kind`: a status, or "silent" (nothing comes), "lost" (done, but no reply comes), "page" (a web page with 403).
    Or the computer is what fails: `on` "computer", which sleeps for so long.
    """

    at: float
    length: float
    on: str
    kind: object


@dataclass(frozen=True)
class Kill:
    """The process dies when its `after`th write of the command leaves, arrives, or has its reply.

    `arrives`: what had left by then gets there.
    """

    after: int
    moment: str = "leaves"
    arrives: bool = True


@dataclass(frozen=True)
class Step:
    """A command: run (of `rows`; none: the sheet of before), preview, resume, retry, undo, add, remove.

    `flags` are options. `people` of `add` and `remove`. `rest`: seconds until the next one.
    """

    do: str
    rows: tuple = ()
    flags: frozenset = frozenset()
    events: tuple = ()
    faults: tuple = ()
    kill: Kill | None = None
    people: tuple = ()
    rest: float = 1.0


@dataclass(frozen=True)
class History:
    """Everybody's status at first (None: nobody is there), what the server is like, and the commands."""

    people: tuple
    steps: tuple
    writes: int = 30
    reads: int = 100
    most: int = 100
    reads_by_id: bool = False
    latency: tuple = (0.05,)
    concurrency: int = 8
    seed: int = 0


class Killed(BaseException):
    """The process is dead."""


class _Way(httpx.AsyncBaseTransport):
    def __init__(self, exchange):
        self.handle_async_request = exchange


@dataclass
class Ended:
    """How a command ended: exit code, what it said, its summary and the rows of its results (None: there are none)."""

    code: int | None
    screen: str
    summary: dict | None
    rows: list | None
    lines: list
    do: str
    expected: list

    @property
    def is_unfinished(self):
        return self.code in {None, 3, 5} and self.do != "preview"


class Player:
    """Plays `history`; afterwards `judge.wrongs` has what must not be, and `ended` how each command did."""

    def __init__(self, history):
        self.history, self.clock, self.random = history, clock.Clock(), Random(history.seed)
        self.crm = Crm(most=history.most, reads_by_id=history.reads_by_id)
        for number, status in enumerate(history.people):
            if status is not None:
                self.crm.join(phone_of(number), 0.0, status=status)
        self.limiters = {
            True: Server(FixedWindow(history.reads, 60.0), form="relative"),
            False: Server(FixedWindow(history.writes, 60.0), form="relative"),
        }
        self.judge = Judge(self.crm)
        self.events, self.faults, self.ended, self.sheets = [], [], [], []
        self.dead, self.kill, self.writes, self.in_flight = False, None, 0, {}

    def play(self):
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.home = Path(tempfile.mkdtemp(prefix="history-", dir=base))
        here, chance = Path.cwd(), random.getstate()
        random.seed(self.history.seed)  # of the program's own pauses, too
        try:
            (self.home / "work").mkdir()
            os.chdir(self.home / "work")
            with _environment(self.home, self.history), clock.virtual(self.clock, lambda: _Way(self.exchange)):
                for number, step in enumerate(self.history.steps):
                    self._step(number, step)
        finally:
            os.chdir(here)
            random.setstate(chance)
            shutil.rmtree(self.home)
        return self

    def _step(self, number, step):
        began = self.clock.now
        self.events = sorted(
            [*self.events, *(replace(each, at=began + each.at) for each in step.events)], key=lambda each: each.at
        )
        self.faults += [replace(each, at=began + each.at) for each in step.faults if each.on != "computer"]
        naps = [(self.clock.monotonic + each.at, each.length) for each in step.faults if each.on == "computer"]
        self.clock.naps = naps
        self.kill, self.writes, self.dead = step.kill, 0, False
        arguments = self._arguments(number, step)
        if arguments is None:
            return
        if step.do in {"add", "remove"}:
            self._edit_the_list(step, arguments)
            return
        lines, do = self._sheet_of(step)
        self.judge.begins(do, step.flags, lines, began, resumes=step.do == "resume")
        expected = self.judge.expected()
        with contextlib.suppress(Killed):
            done = clock.command(*arguments)
        if self.dead:
            self._come_back()
            ended = Ended(None, "", None, None, lines, do, expected)
        else:
            summary = json.loads(done.out) if done.out.startswith("{") else None
            summary = summary if summary and "results" in summary else None  # without, it says why it ended
            rows = _read(summary["results"]) if summary else None
            ended = Ended(done.code, done.screen, summary, rows, lines, do, expected)
        self.ended.append(ended)
        self.judge.ends(ended)
        if self.dead or number == len(self.history.steps) - 1:
            self._look_into_the_memory()
        self.clock.pass_by(step.rest)
        self._catch_up()

    def _arguments(self, number, step):
        flags = [f"--{flag}" for flag in sorted(step.flags)]
        shown = ["--json", "--log-format=json"]  # a screen takes a fifth of the time
        common = [*shown, f"--concurrency={self.history.concurrency}", "--delimiter=,", "--encoding=utf-8"]
        match step.do:
            case "run" | "preview":
                if step.rows:
                    self._sheet(step.rows)
                elif not self.sheets:
                    return None
                name = f"rows{len(self.sheets)}.csv"
                more = ["--dry-run"] if step.do == "preview" else []
                return [name, "-o", f"out{number}.csv", *common, *flags, *more]
            case "resume":
                return ["resume", *shown, *flags] if self.ended and self.ended[-1].is_unfinished else None
            case "retry":
                before = self._last("run", "resume", "retry")
                return before and ["retry", before.summary["results"], *common, *flags]
            case "undo":
                before = self._last("run")
                return before and ["undo", before.summary["run"], "--yes", *shown, *flags]
            case "add" | "remove":
                path = self.home / "work" / f"list{number}.csv"
                path.write_text("phone\n" + "".join(f"{phone_of(each)}\n" for each in step.people))
                return ["dnc", step.do, path.name, *(["--reason", "asked us to"] if step.do == "remove" else [])]
        raise AssertionError(step.do)

    def _edit_the_list(self, step, arguments):
        done = clock.command(*arguments)
        assert done.code in ({0} if step.do == "add" else {0, 1}), done.screen
        names = [phone_of(each) for each in step.people]
        if step.do == "add":
            self.judge.listed(names, self.clock.now)
        else:
            self.judge.forgotten(names)
        self.clock.pass_by(step.rest)

    def _look_into_the_memory(self):
        lines = clock.command("dnc", "export").out.splitlines()
        self.judge.remembers({cell.casefold() for line in csv.reader(lines) for cell in line}, self.clock.now)

    def _last(self, *what):
        """The last of these commands that ended by itself."""
        return next((each for each in reversed(self.ended) if each.do in what and each.summary), None)

    def _sheet_of(self, step):
        """Which sheet a command is about, and what it does: to resume an undo is to undo."""
        match step.do:
            case "resume":
                return self.ended[-1].lines, "undo" if self.ended[-1].do == "undo" else "resume"
            case "retry":
                return self._last("run", "resume", "retry").lines, "retry"
            case "run" | "preview":
                return self.sheets[-1], step.do
        return [], step.do

    def _sheet(self, rows):
        lines = [Line(row, self.id_of(row.who) if row.by_id else phone_of(row.who)) for row in rows]
        self.sheets.append(lines)
        with (self.home / "work" / f"rows{len(self.sheets)}.csv").open("w", newline="") as text:
            writer = csv.writer(text)
            writer.writerow(["id", "phone", "status", "campaign", "note"])
            for at, (row, name) in enumerate(lines):
                phone = phone_of(50 + row.who) if row.new else "" if row.by_id else name
                cells = [name if row.by_id else "", phone, row.status, WINTER if row.move else "", f"row {at}"]
                writer.writerow(cells)

    def id_of(self, number):
        """The ID by which a sheet names a person: that of the first who ever had the number."""
        for contact_id in sorted(self.crm.ever(phone_of(number))):
            if self.crm.stood[contact_id][0].contact.phone == phone_of(number):
                return contact_id
        return f"99999999-0000-4000-8000-{number:012d}"

    # the server and the network

    def _catch_up(self):
        while self.events and self.events[0].at <= self.clock.now:
            event = self.events.pop(0)
            self.crm.team(event.who, event.to, event.at)

    def _fault(self, request):
        now = self.clock.now
        for each in self.faults:
            if each.at <= now < each.at + each.length and request.meets(each.on):
                return each
        return None

    async def exchange(self, raw):
        self._check_alive()
        body = b"".join([piece async for piece in raw.stream])
        parts = urlsplit(str(raw.url))
        request = Request(
            raw.method, unquote(parts.path), dict(parse_qsl(parts.query)), json.loads(body or b"{}"), self.clock.now
        )
        latency = self.random.choice(self.history.latency)
        self.writes += not request.is_read
        number = self.writes
        self.judge.leaves(request)
        self.in_flight[request] = None
        self._may_die(request, number, "leaves")
        await asyncio.sleep(latency / 2)
        self._check_alive()
        del self.in_flight[request]
        status, headers, value = await self._served(request)
        self._check_alive()
        self._may_die(request, number, "arrives")
        await asyncio.sleep(latency / 2)
        self._check_alive()
        self.judge.returns(request, self.clock.now, status, value)
        if self._dies(request, number, "returns"):
            asyncio.get_running_loop().call_later(0.02, self._die)
        if isinstance(value, bytes):
            return httpx.Response(status, headers={**headers, "content-type": "text/html"}, content=value)
        return httpx.Response(status, headers=headers, json=value)

    async def _served(self, request):
        """What the server answers; where nothing comes, that is raised."""
        self._catch_up()
        fault = self._fault(request)
        if fault is not None and fault.kind == "silent":
            await asyncio.sleep(SILENCE)
            raise httpx.ReadTimeout("nothing came")
        server = self.limiters[request.is_read]
        ruling = server.take(self.clock.now)
        headers = server.headers(ruling, self.clock.now)
        if not ruling.allowed:
            return 429, headers, {"error": "Rate limit exceeded", "message": "Too many requests"}
        if fault is None:
            return self._done(request, headers)
        match fault.kind:
            case "lost":
                self._done(request, headers)
                raise httpx.ReadError("broken off")
            case "page":
                return 403, headers, b"<html>Blocked</html>"
            case 429:
                wait = max(1, math.ceil(min(fault.at + fault.length, FAR) - self.clock.now))
                return 429, {**headers, "retry-after": str(wait)}, {"message": "Too many requests", "retryAfter": wait}
        return fault.kind, headers, {"error": "Error", "message": "Not now"}

    def _done(self, request, headers):
        now = self.clock.now
        if request.is_read:
            status, value = self.crm.read(request.path, request.query)
            return status, headers, value
        self.judge.arrives(request, now)
        status, value = self.crm.write(request.method, request.path, request.body, now)
        self.judge.applied(request, now, status)
        return status, headers, value

    # death

    def _check_alive(self):
        if self.dead:
            raise Killed

    def _dies(self, request, number, moment):
        kill = self.kill
        return kill is not None and not request.is_read and number == kill.after and moment == kill.moment

    def _may_die(self, request, number, moment):
        if self._dies(request, number, moment):
            self._die()
            raise Killed

    def _die(self):
        """What stands on the disk now is all that is left; what is on its way arrives, or does not."""
        shutil.copytree(self.home / "work", self.home / "kept/work")
        shutil.copytree(self.home / "state", self.home / "kept/state")
        self.dead = True
        self.judge.died(self.clock.now)
        for request in self.in_flight if self.kill.arrives else ():
            if not request.is_read and self._fault(request) is None:
                self._done(request, {})
        self.in_flight.clear()

    def _come_back(self):
        for name in ("work", "state"):
            shutil.rmtree(self.home / name)
            (self.home / "kept" / name).rename(self.home / name)
        os.chdir(self.home / "work")
        shutil.rmtree(self.home / "kept")


def _read(path):
    with Path(path).open(newline="", encoding="utf-8-sig") as text:
        return list(csv.DictReader(text))


@contextlib.contextmanager
def _environment(home, history):
    """The person's own: where things are, and the key."""
    wanted = {
        "BULK_SYNC_STATE_DIR": str(home / "state"),
        "BULK_SYNC_API_KEY": KEY,
        "BULK_SYNC_BASE_URL": "http://127.0.0.1:9",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
