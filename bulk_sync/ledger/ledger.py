"""The ledger of one run: what happened to each of its updates.

What the run is, and one record per update that was settled, written as its outcome becomes known: in a file of this
computer, or in a database that many share (`store`). A copy of the input lies beside it as long as the run is
unfinished: people edit their sheets while hours go by.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Self

from bulk_sync.errors import BadConfiguration, Code, Stopped
from bulk_sync.fence import ALWAYS_OPEN
from bulk_sync.ledger.schema import (
    CHANGED,
    CUT_SHORT,
    KEEP_WHAT_STOOD,
    OPEN,
    OUTCOME,
    SUCCEEDED,
    TOGETHER,
    UPDATE,
    insert,
    noted,
    outcome_of,
    read_facts,
    record_of,
    row_of,
    sent_by,
    shows_its_work,
)
from bulk_sync.ledger.session import until_whole
from bulk_sync.ledger.store import store_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bulk_sync.fence import Fence
    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.ledger.place import Place
    from bulk_sync.ledger.schema import Record
    from bulk_sync.ledger.session import Session
    from bulk_sync.ledger.store import Opened
    from bulk_sync.model import Outcome, Update

AT_ONCE = 10_000
"""Records that are read together."""


class Unrecorded(Stopped):
    """An outcome could not be written down; going on would mean not knowing what was done."""

    exit_code = 7


class Ledger:
    """The record of one run. Close it, or use it as a context manager.

    `create` begins one, `open` takes one up that is there. Both raise BadConfiguration where it cannot be kept or read.
    """

    def __init__(self, run: str, opened: Opened) -> None:
        self.run = run
        self.path, self._db, self.files = opened.name, opened.session, opened.files
        self._open_ends: dict[int, Outcome] = {}
        self.claim: AnyClaim | None = None
        self.fence: Fence = ALWAYS_OPEN
        self._lock = threading.Lock()  # of transactions: outcomes and departures are written by threads of their own

    @classmethod
    def create(cls, place: Place, run: str, facts: Mapping[str, object]) -> Self:
        """Begin the ledger of a run."""
        return cls(run, store_at(place).create(run, facts))

    @classmethod
    def open(cls, place: Place, run: str) -> Self:
        """Take up the ledger of a run that is there."""
        return cls(run, store_at(place).open(run))

    def hold(self, claim: AnyClaim, fence: Fence) -> None:
        """From now on, write only while its input is claimed; `fence`: what must hold for a call to leave."""
        self.claim, self.fence = claim, fence
        self._db.hold(claim, fenced=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        self.files.close()
        self._db.close()

    def facts(self) -> dict[str, Any]:
        """What was noted of the run. Raises sqlite3.Error or ValueError where it cannot be read."""
        return read_facts(self._db)

    def note(self, facts: Mapping[str, object]) -> None:
        """Note facts of the run; what was noted under the same name is replaced. Raises BadConfiguration."""
        try:
            until_whole(lambda: self._once(lambda db: noted(db, facts)))
        except sqlite3.Error as error:
            raise BadConfiguration(
                f"The record of the run {self.path} cannot be written ({error}), so nothing was sent. Free some space, "
                "close what holds it, or set BULK_SYNC_STATE_DIR to a folder that can be written to."
            ) from None

    def record_all(self, settled: Iterable[tuple[Update, Outcome]]) -> None:
        """Write outcomes down, durably and all or nothing. Raises Unrecorded where that fails.

        A thread of its own may call this, while others read.
        """
        rows = [row_of(update, outcome) for update, outcome in settled]

        def write(db: Session) -> None:
            for start in range(0, len(rows), TOGETHER):
                some = rows[start : start + TOGETHER]
                db.execute(insert(len(some)), list(chain.from_iterable(some)))
                db.execute(KEEP_WHAT_STOOD, (json.dumps([row for row, *_ in some]),))

        self._written(write)

    def _written(self, write: Callable[[Session], None]) -> None:
        """Write in a transaction: all or nothing. Raises Unrecorded."""
        try:
            until_whole(lambda: self._once(write))
        except (sqlite3.Error, UnicodeError) as error:
            raise Unrecorded(
                f"Stopped: what happened to a row could not be recorded in {self.path} ({error}). "
                "Free some space, then continue: what was sent and could not be recorded is sent again, which changes "
                "nothing."
            ) from None

    def _once(self, write: Callable[[Session], None]) -> None:
        with self._lock, self._db.transaction() as db:
            write(db)

    def departing(self, leaving: Sequence[tuple[Update, Outcome]]) -> None:
        """Note what stands before calls that are about to leave (`Outcome.previous_status` and `previous_campaign`).

        Of a row whose contact shows by now what its call sets, what was noted before stays. Durably; raises Unrecorded.
        """

        def write(db: Session) -> None:
            for update, outcome in leaving:
                otherwise = "IGNORE" if shows_its_work(update, outcome) else "REPLACE"
                db.execute(insert(1, "departure", otherwise), row_of(update, outcome))

        self._written(write)

    def left_open(self, update: Update, outcome: Outcome) -> None:
        """Note what is known of an update that the run's end cut short. It has no outcome, and is sent again.

        Where that cannot be written down, this session knows it all the same.
        """
        self._open_ends[update.row] = outcome

        def write(db: Session) -> None:
            db.execute(insert(1, "departure", "IGNORE"), row_of(update, outcome))
            db.execute(CUT_SHORT, (outcome.code.name.lower(), outcome.error, outcome.attempts, update.row))

        with contextlib.suppress(Stopped):
            self._written(write)

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

    def settled_of(self, updates: Iterable[Update]) -> set[int]:
        """The rows of those of these very updates that have an outcome."""
        rest, settled = iter(updates), set[int]()
        query = f"SELECT row, {UPDATE} FROM outcome WHERE row IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"  # noqa: S608 -- constants
        while some := {update.row: sent_by(update) for update in islice(rest, AT_ONCE)}:
            found = self._db.execute(query, (json.dumps(list(some)),))
            settled |= {row for row, *sent in found if some[row] == tuple(sent)}
        return settled

    def of_contact(self, update: Update) -> Record | None:
        """What this run did last about the contact that an update names, whatever it asked for."""
        name, value = ("to_id", update.contact_id) if update.contact_id is not None else ("to_phone", update.phone)
        found = self._db.execute(
            f"SELECT {OUTCOME}, {UPDATE} FROM outcome WHERE {name} = ? ORDER BY at IS NULL, at DESC LIMIT 1",  # noqa: S608 -- constants
            (value,),
        ).fetchone()
        return None if found is None else record_of(*found)

    def records(self) -> Iterator[Record]:
        """Every update that was settled, by row."""
        after = -1
        query = f"SELECT {OUTCOME}, {UPDATE} FROM outcome WHERE row > ? ORDER BY row LIMIT {AT_ONCE}"  # noqa: S608 -- constants
        while some := self._db.execute(query, (after,)).fetchall():
            yield from (record_of(*values) for values in some)
            after = some[-1][0]

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
            f"SELECT count(*), count(CASE WHEN {is_away} THEN 1 END) FROM outcome WHERE run IS NULL"  # noqa: S608 -- constants
        )
        return 0 < int(outcomes) == int(away)

    @property
    def kept(self) -> Path | None:
        """The copy of the input, while the run is unfinished; it is there as long as the ledger is open."""
        return self.files.input

    def keep(self, path: Path) -> Path:
        """Keep a copy of the input until the run is finished; one that is there already stays."""
        return self.kept or self.files.keep(path)

    def finish(self, facts: Mapping[str, object], *, is_done: bool) -> None:
        """Note how the run ended; where nothing is left to send, let go of the copy of its input."""
        with contextlib.suppress(BadConfiguration, OSError):
            self.note({"ended": time.time(), "done": is_done, **facts})
            if is_done:
                self.files.drop_input()
