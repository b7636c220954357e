"""The budget of a run beside others with the same key: what its scheduler talks to.

It goes to their file (SQLite) for each place, to tell what happened, and each second as a sign of life, and decides in
a write transaction: one run at a time, by the same knowledge. A run that is killed leaves no lock there.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import math
import os
import platform
import secrets
import sqlite3
from typing import TYPE_CHECKING

from bulk_sync.http_semantics import normal
from bulk_sync.ratelimit.shared_state import Participant, SharedState
from bulk_sync.ratelimit.window import ReplyNews
from bulk_sync.state import make_private

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bulk_sync.ratelimit.rate import Rate
    from bulk_sync.ratelimit.shared_state import Event

BEAT, GONE, OLD = 1.0, 2.5, 3600.0
"""Seconds between two signs of life, without one until a run counts as gone, and until an event is of no use."""

SOON, PATIENCE, KEPT = 0.01, 5.0, 600
"""Seconds until a run asks again that others may make room for, seconds that a lock is waited for, events to keep."""

OTHERS = "Another run uses the same key; they share its limit."
UNSHARED = (
    "This run cannot share the limit of its key with other runs, so start no other run with this key now. The file {} "
    "does not work ({}). Delete it, or set BULK_SYNC_STATE_DIR to a folder on this computer's own disk."
)

_SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;
CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, beat REAL, body TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL, body TEXT);
"""


def file_of(folder: Path, base_url: str, key: str) -> Path:
    """Where the runs of this key on this computer meet (monotonic seconds mean nothing on another). Without the key."""
    secret = "\0".join(("bulk-sync", platform.node(), normal(base_url), key)).encode()
    return folder / "budgets" / f"{hashlib.sha256(secret).hexdigest()[:32]}-writes.db"


class SharedBudget:
    """The requests of one kind that one key may make, shared with all runs that have the same file at `path`.

    `ceiling`, `assumed` and `most_in_flight` are as those of `Budget`; `clock` gives monotonic seconds.
    Where the file fails, the run goes on by itself, and `tell` hears it once.
    """

    def __init__(
        self,
        path: Path,
        *,
        ceiling: Rate | None,
        assumed: Rate,
        most_in_flight: int,
        clock: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        self._me = Participant(secrets.token_hex(4), (ceiling.limit, ceiling.period) if ceiling else None)
        self._state = SharedState(self._me, assumed)
        self.known = self._state.buckets
        self._path: Path | None = path
        self._ceiling, self._most, self._clock, self._tell = ceiling, most_in_flight, clock, tell
        self._db: sqlite3.Connection | None = None
        self._seen, self._joined, self._again, self._in_flight = 0, math.inf, math.inf, 0
        self._happened: list[Event] = []
        self._given: Event | None = None

    def forecast(self, calls: int) -> float:
        """The seconds that so many further calls will take, where each other run has as many."""
        seconds = self.known.forecast(calls * (1 + len(self._state.others)))
        return max(seconds, self._ceiling.at_most(calls)) if self._ceiling else seconds

    def next_departure(self, now: float, method: str) -> float:
        """When the next request may leave: `now`, and then it has its place; or when to ask again."""
        if self._in_flight >= self._most:
            return math.inf
        self._visit(now, method)
        return now if self._given else self._again

    def opens(self, now: float, method: str) -> float:
        """When the next request may leave by what is known here; nobody is asked, and no place is taken."""
        return math.inf if self._in_flight >= self._most else self._state.opens(method, now)

    def departed(self, now: float, method: str) -> float:  # noqa: ARG002 -- it has its place already
        """A request left; the moment that names it."""
        self._in_flight += 1
        return self._given[-1].sent if self._given else now

    def withdrawn(self, sent: float, method: str) -> None:
        """The request that was to leave at `sent` never did."""
        self._end("withdrawn", ReplyNews(sent, self._clock(), method=method))

    def lost(self, sent: float, now: float, method: str) -> None:
        """No reply came; the server may have counted the request all the same."""
        self._end("lost", ReplyNews(sent, now, method=method))

    def arrived(self, news: ReplyNews) -> None:
        """A reply came."""
        told = {name: text for name, text in news.headers.items() if "rate" in name or name in ("date", "retry-after")}
        self._end("arrived", news._replace(headers=told))

    def beat(self) -> None:
        """Let the others know that this run is there."""
        self._visit(self._clock())

    def leave(self) -> None:
        """Tell what is left to tell, and take part no more."""
        self.beat()
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._db or self._open()) as db:
            db.execute("DELETE FROM run WHERE name = ?", (self._me.name,))

    @contextlib.asynccontextmanager
    async def taking_part(self) -> AsyncIterator[SharedBudget]:
        """Take part while this lasts."""

        async def beats() -> None:
            while True:
                self.beat()
                await asyncio.sleep(BEAT)

        task = asyncio.create_task(beats())
        try:
            yield self
        finally:
            task.cancel()
            self.leave()

    def _end(self, kind: str, news: ReplyNews) -> None:
        self._in_flight -= 1
        self._happened.append((self._me.name, self._me.pace, kind, news))
        if self._state.others:
            self._visit(news.arrived)

    def _visit(self, now: float, method: str = "") -> None:
        """Go to the file, to tell what happened and for a place."""
        self._given = None
        try:
            with self._db or self._open() as db:
                db.execute("BEGIN IMMEDIATE")
                self._take_part(db, now, method)
        except (sqlite3.Error, OSError) as error:
            if self._path is None:
                raise
            if self._db is not None:
                self._db.close()
            self._tell(UNSHARED.format(self._path, error))
            self._path, self._db, self._seen = None, None, 0  # one of its own, in memory, takes the place of the file
            if self._given is not None:
                self._happened.append((self._me.name, self._me.pace, "withdrawn", self._given[-1]))
            self._visit(now, method)
        if any(each.beat > self._joined for each in self._state.others):  # one that was killed gives no sign after it
            self._joined = math.inf
            self._tell(OTHERS)

    def _open(self) -> sqlite3.Connection:
        """The file, made for its owner only where there is none; without a path one in memory."""
        if self._path is not None:
            make_private(self._path.parent)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(self._path or ":memory:", isolation_level=None, timeout=PATIENCE)
        self._db.executescript(_SCHEMA)
        return self._db

    def _take_part(self, db: sqlite3.Connection, now: float, method: str) -> None:
        """Read what happened, and write what happened here and what this run does now."""
        state, me = self._state, self._me
        db.execute("DELETE FROM run WHERE beat NOT BETWEEN ? AND ?", (now - GONE, now + GONE))
        if me.beat == -math.inf:  # what is of a time to come is of before a restart of the computer
            db.execute("DELETE FROM event WHERE at NOT BETWEEN ? AND ?", (now - OLD, now + GONE))
        try:
            events = [*self._read(db, now), *self._happened]
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            raise sqlite3.DatabaseError("it is damaged") from error
        self._happened = []
        for event in events:
            state.apply(*event)
        if me.beat == -math.inf:
            self._joined = now
            if not state.others:
                self.known.doubt(now)
        if method:
            self._given = state.place(method, now)
            events += [self._given] if self._given else []
            opens = state.opens(method, now)
            self._again = now + SOON if opens <= now or (state.others and state.under_way) else opens
        for event in events:
            row = (event[-1].arrived, json.dumps(event, default=dict))
            self._seen = db.execute("INSERT INTO event (at, body) VALUES (?, ?)", row).lastrowid or 0
        if not method:
            db.execute("DELETE FROM event WHERE seq <= ?", (self._seen - max(KEPT, 5 * (self.known.limit or 0)),))
        me.beat = now
        db.execute(
            "REPLACE INTO run VALUES (?, ?, ?)",
            (me.name, now, json.dumps((me.name, me.ceiling, me.beat, me.waits, me.taken))),
        )

    def _read(self, db: sqlite3.Connection, now: float) -> list[Event]:
        """Hear of what others wrote; the end of requests of those that are gone."""
        for seq, body in db.execute("SELECT seq, body FROM event WHERE seq > ? ORDER BY seq", (self._seen,)).fetchall():
            run, pace, kind, news = json.loads(body)
            self._state.apply(run, pace, kind, ReplyNews(*news))
            self._seen = seq
        runs = [Participant(*json.loads(body)) for (body,) in db.execute("SELECT body FROM run").fetchall()]
        return [*self._state.meet(runs, now)]
