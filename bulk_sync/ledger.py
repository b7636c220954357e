"""What happened to each update of a run, also after a crash?

A folder per run in the state folder, readable by its owner only, and in it one SQLite file: what the run is, and one
record per update that was settled, written as its outcome becomes known.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bulk_sync.errors import BadConfiguration, Code, Stopped
from bulk_sync.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

VERSION = 1
"""Of the tables below, as SQLite's user_version."""

_TABLES = """
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outcome (
    row INTEGER PRIMARY KEY,  -- position of the row that carried the call, 0 under the header
    code TEXT NOT NULL,
    error TEXT NOT NULL,
    http_status INTEGER,
    attempts INTEGER NOT NULL,
    at REAL,                  -- seconds since the epoch
    contact_id TEXT,
    phone TEXT
);
"""

_BY_WORD = {code.word: code for code in Code}


class Unrecorded(Stopped):
    """An outcome could not be written down; going on would mean not knowing what was done."""


class Ledger:
    """The record of one run. Close it, or use it as a context manager.

    Raises BadConfiguration where the state folder cannot be written to.
    """

    def __init__(self, folder: Path, run: str, facts: Mapping[str, object]) -> None:
        self.path = folder / "runs" / run / "ledger.db"
        try:
            _make_private(self.path.parent)
            self.path.touch(mode=0o600)
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA user_version={VERSION};{_TABLES}"
            )
            self._note({**facts, "run": run, "started": time.time()})
        except (OSError, sqlite3.Error) as error:
            raise BadConfiguration(
                f"The record of the run cannot be kept in {self.path.parent} ({error}), so nothing was sent. "
                "Set BULK_SYNC_STATE_DIR to a folder that can be written to."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def record(self, row: int, outcome: Outcome) -> None:
        """Write an outcome down, durably. Raises Unrecorded where that fails."""
        values = (
            row,
            outcome.code.word,
            outcome.error,
            outcome.http_status,
            outcome.attempts,
            outcome.at,
            outcome.contact_id,
            outcome.phone,
        )
        try:
            self._db.execute("INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        except (sqlite3.Error, UnicodeError) as error:
            raise Unrecorded(
                f"Stopped: what happened to a row could not be recorded in {self.path} ({error}). "
                "Free some space; the rows that are not marked success were sent or are safe to send again."
            ) from None

    def outcomes(self, start: int, stop: int) -> dict[int, Outcome]:
        """The outcomes of the rows from position `start` up to and without `stop`."""
        found = self._db.execute("SELECT * FROM outcome WHERE row >= ? AND row < ?", (start, stop))
        return {row: Outcome(_BY_WORD[code], *rest) for row, code, *rest in found}

    def keep(self, path: Path) -> Path:
        """Keep a copy of the input for as long as the run lasts: people edit their sheets while hours go by."""
        copy = self.path.with_name(f"input{path.suffix}")
        try:
            copy.touch(mode=0o600)
            shutil.copyfile(path, copy)
        except OSError as error:
            raise BadConfiguration(
                f"A copy of the input cannot be kept in {copy.parent} ({error.strerror}), so nothing was sent. "
                "Free some space, or set BULK_SYNC_STATE_DIR to another folder."
            ) from None
        return copy

    def finish(self, exit_code: int) -> None:
        """Note how the run ended, and let go of the copy of its input: the results are written."""
        with contextlib.suppress(sqlite3.Error):
            self._note({"ended": time.time(), "exit_code": exit_code})
        for copy in self.path.parent.glob("input*"):
            with contextlib.suppress(OSError):
                copy.unlink(missing_ok=True)

    def _note(self, facts: Mapping[str, object]) -> None:
        rows = [(key, json.dumps(value)) for key, value in facts.items()]
        self._db.executemany("INSERT OR REPLACE INTO run VALUES (?, ?)", rows)


def _make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner only."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def state_folder() -> Path:
    """Where runs are recorded: `BULK_SYNC_STATE_DIR`, else the platform's state folder."""
    named = os.environ.get("BULK_SYNC_STATE_DIR")
    if named:
        return Path(named).expanduser()
    import platformdirs  # noqa: PLC0415  # only where it is needed

    return platformdirs.user_state_path("bulk-sync", appauthor=False)
