"""The store of ledgers: the state folder of this computer here, a database that many share in `shared_store`."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from bulk_sync.errors import BadConfiguration
from bulk_sync.fence import ALWAYS_OPEN
from bulk_sync.ledger.claims import Claim
from bulk_sync.ledger.files import Files, LocalFiles
from bulk_sync.ledger.place import SharedLedger
from bulk_sync.ledger.schema import check, connected, ledger_path, noted, read_facts
from bulk_sync.private import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bulk_sync.fence import Fence
    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.ledger.place import Place
    from bulk_sync.ledger.session import Session

UNREADABLE = (sqlite3.Error, ValueError, BadConfiguration)
"""What is raised where a record cannot be read."""


class Look(NamedTuple):
    """What a record says at a glance.

    `settled`: how many updates have an outcome; `has_input`: whether a copy of the input is there; `is_running`: it has
    not ended, and somebody has its input at this moment.
    """

    facts: Mapping[str, Any]
    settled: int
    has_input: bool
    is_running: bool


class Opened(NamedTuple):
    """A record that is open: what messages call it, its tables, its files."""

    name: object
    session: Session
    files: Files


class Store(Protocol):
    """Where the records of runs are."""

    def create(self, run: str, facts: Mapping[str, object]) -> Opened:
        """Begin a record. Raises BadConfiguration where it cannot be kept, or there is one."""

    def open(self, run: str) -> Opened:
        """Open a record that is there. Raises BadConfiguration where it cannot be read."""

    def names(self) -> Iterator[str]:
        """Every run that has one."""

    def has(self, run: str) -> bool:
        """Whether there is a record of that name."""

    def look(self, run: str) -> Look:
        """What it says at a glance. Raises one of `UNREADABLE`."""

    def looks(self) -> Iterator[tuple[str, Look | Exception]]:
        """What each says at a glance, or why it cannot be read."""

    def with_input(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The runs of which a copy of the input is kept, and their facts."""

    def drop_input(self, run: str) -> None:
        """Let go of that copy."""

    def forget(self, run: str) -> None:
        """Delete a record."""

    def claim(self, subject: str) -> AnyClaim:
        """The right to sync an input."""

    def sending(self, base_url: str, fingerprint: str, claim: AnyClaim) -> AbstractContextManager[Fence]:
        """The right to send with a key, for the run that has this claim. Raises AlreadyRunning where another has it."""


def store_at(place: Place) -> Store:
    """The store in a folder, or in a database."""
    if isinstance(place, SharedLedger):
        from bulk_sync.ledger.shared_store import SharedStore  # noqa: PLC0415  # an extra, and only this needs it

        return SharedStore(place)
    return LocalStore(place)


_COPIES = ("input*", "unfinished-copy")
"""How the copy of an input is called in the folder of a run."""


class LocalStore:
    """The state folder: a folder for each run, and in it a file of SQLite and the run's files. See Store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, run: str, facts: Mapping[str, object]) -> Opened:
        """See Store."""
        path = ledger_path(self._folder, run)
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
        """See Store."""
        path = ledger_path(self._folder, run)
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
        """See Store."""
        with contextlib.suppress(OSError):
            for entry in os.scandir(self._folder / "runs"):
                if ledger_path(self._folder, entry.name).is_file():
                    yield entry.name

    def has(self, run: str) -> bool:
        """See Store; what is no name of a folder is none."""
        is_name = os.path.basename(run) == run and run not in {"", ".", ".."}  # noqa: PTH119 -- any text, not a path
        return is_name and os.path.isfile(ledger_path(self._folder, run))  # noqa: PTH113 -- false for a name too long

    def look(self, run: str) -> Look:
        """See Store."""
        path = ledger_path(self._folder, run)
        with contextlib.closing(connected(path)) as session:
            facts = read_facts(session)
            has_input = LocalFiles(path.parent).input is not None
            settled: int = session.execute("SELECT count(*) FROM outcome").fetchone()[0]
        is_running = facts.get("ended") is None and self.claim(str(facts.get("subject", run))).is_taken
        return Look(facts, settled, has_input, is_running)

    def looks(self) -> Iterator[tuple[str, Look | Exception]]:
        """See Store."""
        for run in self.names():
            try:
                yield run, self.look(run)
            except UNREADABLE as error:
                yield run, error

    def with_input(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """See Store."""
        for run in {path.parent.name for what in _COPIES for path in (self._folder / "runs").glob(f"*/{what}")}:
            with contextlib.suppress(*UNREADABLE, OSError):
                with contextlib.closing(connected(ledger_path(self._folder, run))) as session:
                    facts = read_facts(session)
                yield run, facts

    def drop_input(self, run: str) -> None:
        """See Store."""
        for copy in [path for what in _COPIES for path in ledger_path(self._folder, run).parent.glob(what)]:
            with contextlib.suppress(OSError):
                copy.unlink()

    def forget(self, run: str) -> None:
        """See Store."""
        shutil.rmtree(ledger_path(self._folder, run).parent, ignore_errors=True)

    def claim(self, subject: str) -> Claim:
        """See Store."""
        return Claim(self._folder, subject)

    def sending(
        self,
        base_url: str,  # noqa: ARG002 -- as in Store
        fingerprint: str,  # noqa: ARG002
        claim: AnyClaim,  # noqa: ARG002
    ) -> AbstractContextManager[Fence]:
        """See Store: here, runs of one key share its budget."""
        return contextlib.nullcontext(ALWAYS_OPEN)
