"""A fleet in small, for tests and benchmarks: teams with an API each, and workers that are processes of their own."""

import contextlib
import csv
import json
import os
import signal
import subprocess
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bulk_sync import sandbox
from bulk_sync.sandbox import serving
from bulk_sync.sandbox.serving import App
from tests.postgres import eventually
from tests.stories.conftest import COMMAND, environment


@dataclass(slots=True)
class Write:
    """A write that came: when, about whom, from which port, and what was answered."""

    at: float
    phone: str
    port: int
    status: int = 0


class _Counting(App):
    """An API that notes what it is sent."""

    sent: list

    async def __call__(self, scope, receive, send):
        write = None

        async def heard():
            nonlocal write
            message = await receive()
            if message.get("body"):
                said = json.loads(message["body"])
                phone = said.get("phone") or said.get("phoneNumber") or scope["path"]
                write = Write(time.time(), phone, scope["client"][1])
                self.sent.append(write)
            return message

        async def answered(message):
            if write is not None and "status" in message:
                write.status = message["status"]
            await send(message)

        await super().__call__(scope, heard, answered)


@dataclass
class Team:
    """A team's API on this computer, and its contacts."""

    name: str
    api: object
    phones: list[str]

    writes: list[Write] = field(repr=False)
    """Every write that came, in order."""

    @property
    def sent(self) -> Counter:
        """How often each phone was sent, whatever became of it."""
        return Counter(write.phone for write in self.writes)

    def statuses(self, phones=None):
        return {self.api.store.by_phone(phone).status for phone in phones or self.phones}


@dataclass
class Fleet:
    """Commands of any computer (`fleet(*arguments)`), and workers with the profiles of all teams."""

    home: Path
    address: str
    teams: dict[str, Team]
    workers: list = field(default_factory=list)
    befallen: list = field(default_factory=list)

    def environment(self, computer):
        settings = self.home / computer / "home" / "bulk-sync"
        settings.mkdir(parents=True, exist_ok=True)
        profiles = ""
        for team in self.teams.values():
            key = settings / f"{team.name}.key"
            key.write_text(team.api.key)
            key.chmod(0o600)
            profiles += f'[profile.{team.name}]\nbase_url = "{team.api.url}"\nkey_file = "{key}"\n'
        (settings / "bulk-sync.toml").write_text(profiles)
        return environment(self.home / computer, BULK_SYNC_LEDGER=self.address)

    def __call__(self, *arguments, code=0):
        """What `bulk-sync fleet` prints, on a computer that has no profile."""
        variables = environment(self.home / "desk", BULK_SYNC_LEDGER=self.address)
        done = subprocess.run(
            [*COMMAND, "fleet", *map(str, arguments)], cwd=self.home, env=variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        assert "s3cret-word" not in done.stdout + done.stderr
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def sheet(self, name, phones, status="paused"):
        path = self.home / name
        with path.open("w", newline="") as text:
            csv.writer(text).writerows([("phone", "status"), *((phone, status) for phone in phones)])
        return path

    def submit(self, team, phones=None, *more, name=None, status="paused"):
        """Submit a file of a team; the job's number."""
        team = self.teams[team]
        path = self.sheet(name or f"{team.name}.csv", phones or team.phones, status)
        return int(self("submit", path, "--profile", team.name, *more))

    def work(self, *more):
        """Start another worker, on a computer of its own."""
        number = len(self.workers)
        with (self.home / f"worker-{number}.log").open("w") as said:
            process = subprocess.Popen(
                [*COMMAND, "fleet", "worker", *map(str, more)], env=self.environment(f"computer-{number}"),
                cwd=self.home, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        self.workers.append(process)
        eventually(lambda: "Working for" in self.said(number))
        return process

    def said(self, number=0):
        return (self.home / f"worker-{number}.log").read_text()

    def jobs(self):
        return {job["job"]: job for job in json.loads(self("status", "--json"))}

    def state(self, job):
        return self.jobs()[job]["state"]

    def finished(self, *jobs, seconds=60):
        """Wait until jobs are over and have ended well."""

        def all_over():
            try:
                found = self.jobs()
            except AssertionError:  # the database is away
                return False
            return all(found[job]["state"] not in {"waiting", "running"} for job in jobs) and found

        found = eventually(all_over, seconds)
        assert {found[job]["state"] for job in jobs} == {"finished"}, found
        return found

    def results(self, job):
        out = self.home / f"job-{job}.csv"
        self("results", job, "-o", out)
        with out.open(newline="", encoding="utf-8-sig") as text:
            return list(csv.DictReader(text))

    def end(self):
        for process in self.workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
            process.kill()
            process.wait()


@contextlib.contextmanager
def made(home, address, names, contacts=60, **options):
    with contextlib.ExitStack() as stack:
        teams, sent = {}, {name: [] for name in names}
        for place, name in enumerate(names):
            phones = [f"+1415{555 + place:03d}{number:04d}" for number in range(contacts)]
            people = [
                sandbox.SandboxContact(phone=phone, id=str(uuid.uuid5(uuid.NAMESPACE_URL, phone))) for phone in phones
            ]
            counting = type("Counting", (_Counting,), {"sent": sent[name]})
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(serving, "App", counting)
                running = sandbox.running(contacts=people, options=sandbox.SandboxOptions(**options))
                teams[name] = Team(name, stack.enter_context(running), phones, sent[name])
        fleet = Fleet(home, address, teams)
        stack.callback(fleet.end)
        yield fleet
