"""What happened to each update of one run?

A folder per run in the state folder, readable by its owner only, and in it one SQLite file: what the run is, and one
record per update that was settled, written as its outcome becomes known. A copy of the input lies beside it as long as
the run is unfinished: people edit their sheets while hours go by.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bulk_sync.errors import CODES, BadConfiguration, Stopped
from bulk_sync.ledger.files import check, connected, ledger_path, read_facts
from bulk_sync.model import Change, Outcome, Update
from bulk_sync.private import make_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

_OUTCOME = "row, code, error, http_status, attempts, at, contact_id, phone, previous_status, previous_campaign, run"
_UPDATE = "to_phone, to_id, status, campaign, rest"


class Unrecorded(Stopped):
    """An outcome could not be written down; going on would mean not knowing what was done."""


@dataclass(frozen=True, slots=True)
class Record:
    """An update that was settled, and how."""

    update: Update
    outcome: Outcome


class Ledger:
    """The record of one run. Close it, or use it as a context manager.

    `create` begins one, `open` takes one up that is there. Both raise BadConfiguration where it cannot be kept or read.
    """

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self.run = path.parent.name
        self._db = db

    @classmethod
    def create(cls, folder: Path, run: str, facts: Mapping[str, object]) -> Self:
        """Begin the ledger of a run in the state folder."""
        path = ledger_path(folder, run)
        try:
            make_private(path.parent)
            path.touch(mode=0o600, exist_ok=False)
            ledger = cls(path, connected(path))
            ledger.note({**facts, "run": run, "started": time.time()})
        except (OSError, sqlite3.Error) as error:
            raise BadConfiguration(
                f"The record of the run cannot be kept in {path.parent} ({error}), so nothing was sent. "
                "Set BULK_SYNC_STATE_DIR to a folder that can be written to."
            ) from None
        return ledger

    @classmethod
    def open(cls, folder: Path, run: str) -> Self:
        """Take up the ledger of a run that is there."""
        path = ledger_path(folder, run)
        if not path.is_file():
            raise BadConfiguration(f"There is no record of a run {run} in {folder}. See: bulk-sync history")
        try:
            db = connected(path)
            read_facts(db)
            check(db)
        except (sqlite3.Error, ValueError) as error:
            raise BadConfiguration(
                f"The record of run {run} cannot be read ({error}), so nothing was sent. Its file is {path}. "
                "To start over, add --fresh: what was sent already is sent again, which changes nothing."
            ) from None
        return cls(path, db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def facts(self) -> dict[str, Any]:
        """What was noted of the run. Raises sqlite3.Error or ValueError where it cannot be read."""
        return read_facts(self._db)

    def note(self, facts: Mapping[str, object]) -> None:
        """Note facts of the run; what was noted under the same name is replaced. Raises BadConfiguration."""
        rows = [(key, json.dumps(value)) for key, value in facts.items()]
        try:
            self._db.executemany("INSERT OR REPLACE INTO run VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise BadConfiguration(
                f"The record of the run {self.path} cannot be written ({error}), so nothing was sent. Free some space, "
                "close what holds it, or set BULK_SYNC_STATE_DIR to a folder that can be written to."
            ) from None

    def record(self, update: Update, outcome: Outcome) -> None:
        """Write an outcome down, durably. Raises Unrecorded where that fails."""
        try:
            self._write(update, outcome)
        except (sqlite3.Error, UnicodeError) as error:
            raise Unrecorded(
                f"Stopped: what happened to a row could not be recorded in {self.path} ({error}). "
                "Free some space; the rows that are not marked success were sent or are safe to send again."
            ) from None

    def adopt(self, records: Iterable[Record]) -> None:
        """Take over what other runs have settled, all or nothing. Raises BadConfiguration."""
        try:
            self._db.execute("BEGIN")
            for record in records:
                self._write(record.update, record.outcome)
            self._db.execute("COMMIT")
        except (sqlite3.Error, UnicodeError) as error:
            raise BadConfiguration(f"The record {self.path} cannot be written ({error}); nothing was sent.") from None

    def _write(self, update: Update, outcome: Outcome) -> None:
        values = (
            update.row,
            outcome.code.word,
            outcome.error,
            outcome.http_status,
            outcome.attempts,
            outcome.at,
            outcome.contact_id,
            outcome.phone,
            outcome.previous_status,
            outcome.previous_campaign,
            outcome.run,
            *_sent(update),
        )
        places = ", ".join("?" * len(values))
        self._db.execute(f"INSERT OR REPLACE INTO outcome ({_OUTCOME}, {_UPDATE}) VALUES ({places})", values)  # noqa: S608 -- constants

    def outcomes(self, start: int, stop: int) -> dict[int, Outcome]:
        """The outcomes of the rows from position `start` up to and without `stop`."""
        found = self._db.execute(
            f"SELECT {_OUTCOME} FROM outcome WHERE row >= ? AND row < ?",  # noqa: S608 -- constants
            (start, stop),
        )
        return {row: _outcome(*rest) for row, *rest in found}

    def settles(self, update: Update) -> bool:
        """Whether this very update, of this row, has an outcome."""
        found = self._db.execute(
            f"SELECT {_UPDATE} FROM outcome WHERE row = ?",  # noqa: S608 -- constants
            (update.row,),
        ).fetchone()
        return found is not None and found == _sent(update)

    def of_contact(self, update: Update) -> Record | None:
        """What this run did last about the contact that an update names, whatever it asked for."""
        name, value = ("to_id", update.contact_id) if update.contact_id is not None else ("to_phone", update.phone)
        found = self._db.execute(
            f"SELECT {_OUTCOME}, {_UPDATE} FROM outcome WHERE {name} = ? ORDER BY at DESC LIMIT 1",  # noqa: S608 -- constants
            (value,),
        ).fetchone()
        return None if found is None else _record(*found)

    def records(self) -> Iterator[Record]:
        """Every update that was settled, by row."""
        found = self._db.execute(f"SELECT {_OUTCOME}, {_UPDATE} FROM outcome ORDER BY row")  # noqa: S608 -- constants
        return (_record(*values) for values in found)

    def settled(self) -> int:
        """How many updates have an outcome."""
        count: int = self._db.execute("SELECT count(*) FROM outcome").fetchone()[0]
        return count

    @property
    def kept(self) -> Path | None:
        """The copy of the input, while the run is unfinished."""
        return next(self.path.parent.glob("input*"), None)

    def keep(self, path: Path) -> Path:
        """Keep a copy of the input until the run is finished; one that is there already stays."""
        if self.kept is not None:
            return self.kept
        copy = self.path.with_name(f"input{path.suffix}")
        unfinished = self.path.with_name("unfinished-copy")
        try:
            unfinished.touch(mode=0o600)
            shutil.copyfile(path, unfinished)
            unfinished.replace(copy)
        except OSError as error:
            raise BadConfiguration(
                f"A copy of the input cannot be kept in {copy.parent} ({error.strerror}), so nothing was sent. "
                "Free some space, or set BULK_SYNC_STATE_DIR to another folder."
            ) from None
        return copy

    def finish(self, facts: Mapping[str, object], *, is_done: bool) -> None:
        """Note how the run ended; where nothing is left to send, let go of the copy of its input."""
        with contextlib.suppress(BadConfiguration, OSError):
            self.note({"ended": time.time(), "done": is_done, **facts})
            if is_done and self.kept is not None:
                self.kept.unlink(missing_ok=True)


def _sent(update: Update) -> tuple[str | None, ...]:
    change = update.change
    rest = {
        name: value if isinstance(value, str) else dict(value)
        for name in ("phone", "name", "timezone", "variables")
        if (value := getattr(change, name)) is not None
    }
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True) if rest else None
    return update.phone, update.contact_id, change.status, change.campaign, text


def _record(row: int, *values: Any) -> Record:  # noqa: ANN401 -- the columns of a row of SQLite
    to_phone, to_id, status, campaign, rest = values[-5:]
    change = Change(status=status, campaign=campaign, **(json.loads(rest) if rest else {}))
    return Record(Update(row, change, phone=to_phone, contact_id=to_id), _outcome(*values[:-5]))


def _outcome(code: str, *rest: object) -> Outcome:
    return Outcome(CODES[code], *rest)  # type: ignore[arg-type]  # the columns stand in the order of its fields
