"""The store of ledgers in the state folder of this computer: a folder for each run, with its record and its files.

That of a database which many computers share is in `shared_store`, with the same methods. What a record says at a
glance is a `Run`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bulk_sync.errors import BadConfiguration
from bulk_sync.fence import ALWAYS_OPEN
from bulk_sync.ledger.claims import Claim
from bulk_sync.ledger.place import SharedLedger
from bulk_sync.ledger.schema import check, connected, noted, read_facts
from bulk_sync.state import make_private, write_whole
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from bulk_sync.fence import Fence
    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.ledger.place import Place
    from bulk_sync.ledger.session import Session
    from bulk_sync.ledger.shared_store import SharedFiles, SharedStore


Store: TypeAlias = "LocalStore | SharedStore"
Files: TypeAlias = "LocalFiles | SharedFiles"

UNREADABLE = (sqlite3.Error, ValueError, BadConfiguration)
"""What is raised where a record cannot be read."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run, as its ledger knows it. `facts` is all that was noted, `settled` how many updates have an outcome.

    `has_input`: whether the copy of its input is there, without which it cannot go on; `is_running`: it has not ended,
    and somebody has its input at this moment. `trouble` says why the ledger cannot be read, and then nothing else is
    known but the name.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    settled: int = 0
    has_input: bool = False
    is_running: bool = False
    trouble: str = ""

    @property
    def started(self) -> float:
        """Seconds since the epoch; 0 where it is not known."""
        return float(self.facts.get("started", 0.0))

    @property
    def is_unfinished(self) -> bool:
        """Whether rows are left that could still be sent: `resume` goes on with it."""
        return self.state == "unfinished" and self.has_input and not self.facts.get("sandbox")

    @property
    def is_of_a_job(self) -> bool:
        """Whether a fleet goes on with it by itself: its subject is a job, and no file of a computer."""
        return str(self.facts.get("subject", "")).startswith("job ")

    @property
    def lacks_results(self) -> bool:
        """Whether it ended before its results were written, and they can be written from its record."""
        place = self.facts.get("results")
        return self.is_unfinished and self.facts.get("input") != "-" and not (place and Path(place).exists())

    @property
    def state(self) -> str:
        """running, finished, overtaken (a later run took over what it left), unfinished or unreadable, in one word."""
        if self.trouble:
            return "unreadable"
        if self.is_running:
            return "running"
        if self.facts.get("done"):
            return "finished"
        return "overtaken" if self.facts.get("overtaken") else "unfinished"

    def check_readable(self) -> None:
        """Raise BadConfiguration where its record cannot be read."""
        if self.trouble:
            raise BadConfiguration(f"The record of run {self.name} cannot be read: {self.trouble}. Nothing was sent.")

    def as_json(self) -> dict[str, Any]:
        """The same for machines; `history --json` prints it. Moments are UTC, in ISO 8601. Names are stable."""
        facts = self.facts
        return {
            "run": self.name,
            "state": self.state,
            "input": facts.get("input"),
            "results": facts.get("results"),
            "began": iso(self.started) if self.started else None,
            "ended": iso(facts["ended"]) if facts.get("ended") else None,
            "exit_code": facts.get("exit_code"),
            "rows": facts.get("rows"),
            "calls": facts.get("calls"),
            "calls_settled": self.settled,
            "codes": facts.get("codes"),
            "base_url": facts.get("base_url"),
            "sandbox": facts.get("sandbox"),
            "version": facts.get("version"),
            "options": facts.get("options", {}),
            "to_go_on": how_to_go_on(self.name) if self.is_unfinished else None,
            "trouble": self.trouble,
        }


def is_over(facts: Mapping[str, Any]) -> bool:
    """Whether nothing of a run is left to go on with, so that nobody needs a copy of its input."""
    return bool(facts.get("done") or facts.get("overtaken"))


def how_to_go_on(run: str) -> str:
    """What to do about what a run has left to be sent."""
    return f"To continue: bulk-sync resume {run}"


class Opened(NamedTuple):
    """A record that is open: what messages call it, its tables, its files."""

    name: object
    session: Session
    files: Files


def store_at(place: Place) -> Store:
    """The store in a folder, or in a database."""
    if isinstance(place, SharedLedger):
        from bulk_sync.ledger.shared_store import SharedStore  # noqa: PLC0415  # an extra, and only this needs it

        return SharedStore(place)
    return LocalStore(place)


class LocalStore:
    """The records of runs in the state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, run: str, facts: Mapping[str, object]) -> Opened:
        """Begin a record. Raises BadConfiguration where it cannot be kept, or there is one."""
        path = self._record(run)
        try:
            make_private(path.parent)
            begun = path.with_name("begun.db")  # a record that says nothing yet is nobody's
            begun.touch(mode=0o600, exist_ok=False)
            if path.exists():
                raise FileExistsError(f"{path} is there already")
            with contextlib.closing(connected(begun)) as session:
                noted(session, {**facts, "run": run, "started": time.time()})
            begun.replace(path)
            session = connected(path)
        except (OSError, sqlite3.Error) as error:
            raise BadConfiguration(
                f"The record of the run cannot be kept in {path.parent} ({error}), so nothing was sent. "
                "Set BULK_SYNC_STATE_DIR to a folder that can be written to."
            ) from None
        return Opened(path, session, LocalFiles(path.parent))

    def open(self, run: str) -> Opened:
        """Open a record that is there. Raises BadConfiguration where it cannot be read."""
        path = self._record(run)
        if not path.is_file():
            raise BadConfiguration(f"There is no record of a run {run} in {self._folder}. See: bulk-sync history")
        try:
            session = connected(path)
            read_facts(session)
            check(session)
        except (sqlite3.Error, ValueError) as error:
            raise BadConfiguration(
                f"The record of run {run} cannot be read ({error}), so nothing was sent. Its file is {path}. "
                "To start over, add --fresh: what was sent already is sent again, which changes nothing."
            ) from None
        return Opened(path, session, LocalFiles(path.parent))

    def names(self) -> Iterator[str]:
        """Every run that has a record. Raises BadConfiguration where this user may not see them."""
        try:
            for entry in os.scandir(self._folder / "runs"):
                if self._record(entry.name).is_file():
                    yield entry.name
        except PermissionError as error:
            raise BadConfiguration(
                f"The runs in {self._folder} cannot be read ({error.strerror}). Run bulk-sync as the user who made "
                "them, or set BULK_SYNC_STATE_DIR to another folder."
            ) from None
        except OSError:
            return

    def has(self, run: str) -> bool:
        """Whether there is a record of that name; what is no name of a folder is none."""
        is_name = os.path.basename(run) == run and run not in {"", ".", ".."}  # noqa: PTH119 -- any text, not a path
        return is_name and os.path.isfile(self._record(run))  # noqa: PTH113 -- false for a name too long

    def look(self, run: str) -> Run:
        """What the record of a run says at a glance, or why it cannot be read."""
        path = self._record(run)
        try:
            with contextlib.closing(connected(path)) as session:
                facts = read_facts(session)
                has_input = LocalFiles(path.parent).input is not None
                settled: int = session.execute("SELECT count(*) FROM outcome").fetchone()[0]
            is_running = facts.get("ended") is None and self.claim(str(facts.get("subject", run))).is_taken
        except UNREADABLE as error:
            return Run(run, trouble=str(error))
        return Run(run, facts, settled, has_input, is_running)

    def looks(self) -> Iterator[Run]:
        """The same of every record."""
        return map(self.look, self.names())

    def with_input(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The runs of which a copy of the input is kept, and their facts."""
        for run in {path.parent.name for what in _COPIES for path in (self._folder / "runs").glob(f"*/{what}")}:
            with contextlib.suppress(*UNREADABLE, OSError):
                with contextlib.closing(connected(self._record(run))) as session:
                    facts = read_facts(session)
                yield run, facts

    def drop_input(self, run: str) -> None:
        """Let go of the copy of a run's input."""
        LocalFiles(self._record(run).parent).drop_input()

    def forget(self, run: str) -> None:
        """Delete a record, and what is beside it."""
        shutil.rmtree(self._record(run).parent, ignore_errors=True)

    def claim(self, subject: str) -> Claim:
        """The right to sync an input."""
        return Claim(self._folder, subject)

    def sending(
        self,
        base_url: str,  # noqa: ARG002 -- as in SharedStore
        fingerprint: str,  # noqa: ARG002
        claim: AnyClaim,  # noqa: ARG002
    ) -> AbstractContextManager[Fence]:
        """The right to send with a key, for the run that has this claim: here, all runs of a key share its budget."""
        return contextlib.nullcontext(ALWAYS_OPEN)

    def read_note(self, kind: str, name: str) -> str:
        """What was learned of that kind, under that name. Raises OSError and ValueError."""
        return (self._folder / kind / name).read_text("utf-8")

    def write_note(self, kind: str, name: str, text: str) -> None:
        """Keep what was learned, whole. Raises OSError."""
        make_private(self._folder / kind)
        write_whole(self._folder / kind / name, text)

    def _record(self, run: str) -> Path:
        return self._folder / "runs" / run / "ledger.db"


_UNFINISHED = "unfinished-copy"
_COPIES = ("input*", _UNFINISHED)
"""How the copy of an input is called in the folder of a run."""


class LocalFiles:
    """The files beside the record of a run, for their owner only: the copy of its input, and what its report needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def input(self) -> Path | None:
        """The copy of the input; it is there as long as these files are open."""
        return next(self.folder.glob("input*"), None)

    def keep(self, path: Path) -> Path:
        """Keep a copy of an input, durably; where it is. Raises BadConfiguration."""
        copy, unfinished = self.folder / f"input{path.suffix}", self.folder / _UNFINISHED
        try:
            unfinished.touch(mode=0o600)
            with path.open("rb") as source, unfinished.open("wb") as target:
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
            unfinished.replace(copy)
        except OSError as error:
            raise BadConfiguration(
                f"A copy of the input cannot be kept in {self.folder} ({error.strerror}), so nothing was sent. "
                "Free some space, or set BULK_SYNC_STATE_DIR to another folder."
            ) from None
        return copy

    def drop_input(self) -> None:
        """Let go of the copy, as far as that is possible."""
        for copy in [path for what in _COPIES for path in self.folder.glob(what)]:
            with contextlib.suppress(OSError):
                copy.unlink()

    def read(self, name: str) -> str | None:
        """A text that was written; None where there is none that can be read."""
        with contextlib.suppress(OSError, UnicodeError):
            return (self.folder / name).read_text(encoding="utf-8")
        return None

    def write(self, name: str, text: str) -> None:
        """Write a text, whole or not at all. Raises OSError."""
        write_whole(self.folder / name, text)

    def keep_results(self, path: Path) -> None:
        """Do nothing: on this computer, results are where they were asked for."""

    def results(self) -> bytes | None:
        """The results that were kept: none."""
        return None

    def close(self) -> None:
        """Do nothing: nothing is open."""
