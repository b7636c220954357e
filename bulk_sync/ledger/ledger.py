"""The ledger of one run: what happened to each of its updates.

A folder per run in the state folder, readable by its owner only, and in it one SQLite file: what the run is, and one
record per update that was settled, written as its outcome becomes known. A copy of the input lies beside it as long as
the run is unfinished: people edit their sheets while hours go by.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import threading
import time
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Self

from bulk_sync.errors import BadConfiguration, Code, Stopped
from bulk_sync.ledger.schema import (
    CHANGED,
    CUT_SHORT,
    KEEP_WHAT_STOOD,
    OPEN,
    OUTCOME,
    SUCCEEDED,
    TOGETHER,
    UPDATE,
    check,
    connected,
    insert,
    ledger_path,
    outcome_of,
    read_facts,
    record_of,
    row_of,
    sent_by,
    shows_its_work,
)
from bulk_sync.private import make_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from bulk_sync.ledger.schema import Record
    from bulk_sync.model import Outcome, Update


class Unrecorded(Stopped):
    """An outcome could not be written down; going on would mean not knowing what was done."""


class Ledger:
    """The record of one run. Close it, or use it as a context manager.

    `create` begins one, `open` takes one up that is there. Both raise BadConfiguration where it cannot be kept or read.
    """

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self.run = path.parent.name
        self._open_ends: dict[int, Outcome] = {}
        self._db = db
        self._lock = threading.Lock()  # of transactions: outcomes and departures are written by threads of their own

    @classmethod
    def create(cls, folder: Path, run: str, facts: Mapping[str, object]) -> Self:
        """Begin the ledger of a run in the state folder."""
        path = ledger_path(folder, run)
        try:
            make_private(path.parent)
            begun = path.with_name("begun.db")  # a record that says nothing yet is nobody's
            begun.touch(mode=0o600, exist_ok=False)
            if path.exists():
                raise FileExistsError(f"{path} is there already")
            with contextlib.closing(cls(begun, connected(begun))) as ledger:
                ledger.note({**facts, "run": run, "started": time.time()})
            begun.replace(path)
            ledger = cls(path, connected(path))
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
        self.record_all([(update, outcome)])

    def record_all(self, settled: Iterable[tuple[Update, Outcome]]) -> None:
        """Write outcomes down, durably and all or nothing. Raises Unrecorded where that fails.

        A thread of its own may call this, while others read.
        """
        with self._transaction() as db:
            rows = (row_of(update, outcome) for update, outcome in settled)
            while some := list(islice(rows, TOGETHER)):
                db.execute(insert(len(some)), list(chain.from_iterable(some)))
                db.execute(KEEP_WHAT_STOOD, (json.dumps([row for row, *_ in some]),))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises Unrecorded."""
        try:
            with self._lock, self._db:  # commits, or rolls back
                self._db.execute("BEGIN")
                yield self._db
        except (sqlite3.Error, UnicodeError) as error:
            raise Unrecorded(
                f"Stopped: what happened to a row could not be recorded in {self.path} ({error}). "
                "Free some space; the rows that are not marked success were sent or are safe to send again."
            ) from None

    def departing(self, leaving: Sequence[tuple[Update, Outcome]]) -> None:
        """Note what stands before calls that are about to leave (`Outcome.previous_status` and `previous_campaign`).

        Of a row whose contact shows by now what its call sets, what was noted before stays. Durably; raises Unrecorded.
        """
        with self._transaction() as db:
            for update, outcome in leaving:
                otherwise = "IGNORE" if shows_its_work(update, outcome) else "REPLACE"
                db.execute(insert(1, "departure", otherwise), row_of(update, outcome))

    def left_open(self, update: Update, outcome: Outcome) -> None:
        """Note what is known of an update that the run's end cut short. It has no outcome, and is sent again.

        Where that cannot be written down, this session knows it all the same.
        """
        self._open_ends[update.row] = outcome
        with contextlib.suppress(Unrecorded), self._transaction() as db:
            db.execute(insert(1, "departure", "IGNORE"), row_of(update, outcome))
            db.execute(CUT_SHORT, (outcome.code.name.lower(), outcome.error, outcome.attempts, update.row))

    def open_ends(self) -> dict[int, Outcome]:
        """What is known, by row, of updates that may have reached the API and have no outcome, in any session."""
        noted = {row: outcome_of(*rest) for row, *rest in self._db.execute(OPEN)}
        is_settled = "SELECT count(*) FROM outcome WHERE row = ?"
        return {
            row: outcome
            for row, outcome in (noted | self._open_ends).items()
            if self._db.execute(is_settled, (row,)).fetchone() == (0,)
        }

    def adopt(self, records: Iterable[Record]) -> None:
        """Take over what other runs have settled, all or nothing. Raises BadConfiguration."""
        try:
            self.record_all(records)
        except Unrecorded as error:
            why = error.__context__
            raise BadConfiguration(f"The record {self.path} cannot be written ({why}); nothing was sent.") from None

    def outcomes(self, start: int, stop: int) -> dict[int, Outcome]:
        """The outcomes of the rows from position `start` up to and without `stop`."""
        found = self._db.execute(
            f"SELECT {OUTCOME} FROM outcome WHERE row >= ? AND row < ?",  # noqa: S608 -- constants
            (start, stop),
        )
        return {row: outcome_of(*rest) for row, *rest in found}

    def settles(self, update: Update) -> bool:
        """Whether this very update, of this row, has an outcome."""
        found = self._db.execute(
            f"SELECT {UPDATE} FROM outcome WHERE row = ?",  # noqa: S608 -- constants
            (update.row,),
        ).fetchone()
        return found is not None and found == sent_by(update)

    def of_contact(self, update: Update) -> Record | None:
        """What this run did last about the contact that an update names, whatever it asked for."""
        name, value = ("to_id", update.contact_id) if update.contact_id is not None else ("to_phone", update.phone)
        found = self._db.execute(
            f"SELECT {OUTCOME}, {UPDATE} FROM outcome WHERE {name} = ? ORDER BY at DESC LIMIT 1",  # noqa: S608 -- constants
            (value,),
        ).fetchone()
        return None if found is None else record_of(*found)

    def records(self) -> Iterator[Record]:
        """Every update that was settled, by row."""
        found = self._db.execute(f"SELECT {OUTCOME}, {UPDATE} FROM outcome ORDER BY row")  # noqa: S608 -- constants
        return (record_of(*values) for values in found)

    def departures(self) -> Iterator[Record]:
        """The updates, by row, that left and whose fate is not known; their outcomes say what stood there before."""
        found = (record_of(*values) for values in self._db.execute(CHANGED))
        return (record._replace(outcome=replace(record.outcome, code=Code.UPDATED)) for record in found)

    def settled(self) -> int:
        """How many updates have an outcome."""
        count: int = self._db.execute("SELECT count(*) FROM outcome").fetchone()[0]
        return count

    def undoable(self) -> int:
        """How many updates of this run succeeded whose status and campaign from before are known, as far as set."""
        [(count,)] = self._db.execute(
            f"SELECT count(*) FROM outcome WHERE run IS NULL AND code IN ({SUCCEEDED}) "  # noqa: S608 -- constants
            "AND coalesce(status, campaign) IS NOT NULL AND (status IS NULL OR previous_status IS NOT NULL) "
            "AND (campaign IS NULL OR previous_campaign IS NOT NULL)"
        )
        return int(count)

    def has_answers(self) -> bool:
        """Whether the API has answered an update of this run, or may have got one that the run's end cut short."""
        no_answer = f"'{Code.NETWORK_ERROR.word}', '{Code.SERVER_ERROR.word}'"
        answered = f"SELECT 1 FROM outcome WHERE attempts > 0 AND code NOT IN ({no_answer})"  # noqa: S608 -- constants
        return self._db.execute(f"{answered} LIMIT 1").fetchone() is not None or bool(self.open_ends())

    def has_only_failures(self) -> bool:
        """Whether this run has outcomes, and each says that the API is away: no answer, a 5xx, a firewall's 403."""
        no_answer, failed = Code.NETWORK_ERROR.word, Code.SERVER_ERROR.word
        is_away = f"code = '{no_answer}' OR (code = '{failed}' AND http_status NOT IN (408, 425))"
        [(outcomes, away)] = self._db.execute(
            f"SELECT count(*), total({is_away}) FROM outcome WHERE run IS NULL"  # noqa: S608 -- constants
        )
        return 0 < int(outcomes) == int(away)

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
            with path.open("rb") as source, unfinished.open("wb") as target:
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
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
