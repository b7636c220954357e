"""The DNC memory: whom nobody may call again, whatever the CRM says by now.

Numbers and contact IDs that a row asked to put into DNC, that the CRM showed in DNC, or that come from a list. It is
kept per base URL, in one SQLite file of this computer, or in the shared ledger. Not per key, which changes, nor per
profile, a name that somebody may give to an account later: nobody is forgotten by that, and what one team of an address
was told holds for all. A number and an ID that are known to be one contact are both entries.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from array import array
from collections.abc import Iterable
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from bulk_sync.do_not_call import Remembered
from bulk_sync.http_semantics import normal
from bulk_sync.ledger import dnc_file
from bulk_sync.ledger.dnc_file import faults_of, memory_path
from bulk_sync.ledger.place import SharedLedger, ledger_place
from bulk_sync.ledger.session import LocalSession, until_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.ledger.session import Session

Contact = tuple[str | None, str | None]
"""A contact by its number (E.164) and its ID, one of which may be None."""

Contacts = Iterable[Contact]

T = TypeVar("T")

TOGETHER = 10_000
"""Names that one query looks for, and contacts that one transaction writes: nobody else waits long for his turn."""

_SOURCES = {"run": "run {}", "list": "list {}", "crm": "the CRM showed it in run {}"}

_FOUND = "FROM entry e JOIN source s ON s.id = e.source WHERE s.account = ?"


class Entry(NamedTuple):
    """Somebody who must not be called: number (E.164), contact ID, or both; since when, and every source."""

    phone: str | None
    contact_id: str | None
    since: float
    sources: tuple[str, ...]


class Removal(NamedTuple):
    """That so many `people` were removed: when (seconds since the epoch), and why."""

    at: float
    reason: str
    people: int


class DncMemory:
    """The memory of one base URL. Close it, or use it as a context manager.

    Every method raises DncMemoryFault where the file cannot be read or written. `reader` and `writer` are sessions
    with the same tables: any thread may read or write, while others do. Without a writer nothing can be written.
    """

    def __init__(self, path: object, reader: Session, writer: Session | None, base_url: str) -> None:
        self.path = path
        self._reader, self._writer = reader, writer
        self._writing = threading.Lock()
        account = normal(base_url), ""
        with faults_of(path):
            if writer is not None:
                writer.execute("INSERT OR IGNORE INTO account (base_url, profile) VALUES (?, ?)", account)
            found = reader.execute("SELECT id FROM account WHERE base_url = ? AND profile = ?", account).fetchone()
        self._account: int = found[0] if found else -1

    @classmethod
    def open(cls, base_url: str, *, read_only: bool, folder: Path | None = None) -> Self:
        """The memory in the state folder (or another `folder`), or in the shared ledger.

        `read_only`: as it is at this moment, and nothing is written, not even a file beside it; where there is no file,
        nobody is in it. Raises DncMemoryFault.
        """
        place = folder or ledger_place()
        if isinstance(place, SharedLedger):
            return cls._shared(place, base_url, read_only=read_only)
        path = memory_path(folder)
        if read_only:
            return cls(path, dnc_file.copied(path), None, base_url)
        with contextlib.ExitStack() as stack:
            writer = stack.enter_context(contextlib.closing(dnc_file.opened(path)))
            reader = stack.enter_context(contextlib.closing(dnc_file.opened(path)))
            memory = cls(path, reader, writer, base_url)
            stack.pop_all()
            return memory

    @classmethod
    def _shared(cls, place: SharedLedger, base_url: str, *, read_only: bool) -> Self:
        from bulk_sync.ledger.postgres import PostgresSession  # noqa: PLC0415  # an extra, and only this needs it

        session = PostgresSession(place)
        try:
            return cls(place, session, None if read_only else session, base_url)
        except BaseException:
            session.close()
            raise

    def hold(self, claim: AnyClaim) -> None:
        """Where it is in a shared ledger: wait, as the run that has this claim does, while that is away."""
        for session in filter(None, (self._reader, self._writer)):
            session.hold(claim, fenced=False)

    @classmethod
    def of_this_process(cls, base_url: str) -> Self:
        """A memory in no file, gone with this process: that of a sandbox."""
        db = dnc_file.empty()
        return cls(memory_path(), db, db, base_url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()
        if self._writer is not None:
            self._writer.close()

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written."""
        return self._writer is None

    def find(self, phone: str | None, contact_id: str | None) -> Remembered | None:
        """Whether a contact must not be called, known by its number (E.164), its ID, or both: the oldest entry."""
        names = _names(phone, contact_id) or ("",)
        query = f"SELECT e.since, s.kind, s.name {_FOUND} AND e.name IN (?, ?) ORDER BY e.since, s.id LIMIT 1"
        found = self._ask(query, names[0], names[-1])
        return Remembered(found[0][0], _said(*found[0][1:])) if found else None

    def find_all(self, names: Iterable[str]) -> dict[str, Remembered]:
        """Those of many numbers (E.164) and contact IDs that are entries, by the name as it was given."""
        found: dict[str, Remembered] = {}
        for some in _in_parts(names):
            given = {name.casefold(): name for name in some}
            query = f"SELECT e.name, e.since, s.kind, s.name {_FOUND} AND e.name IN (SELECT value FROM json_each(?))"  # noqa: S608 -- constants
            rows = self._ask(query, json.dumps(list(given)))
            for name, since, *source in sorted(rows, key=lambda row: row[1], reverse=True):
                found[given[name]] = Remembered(since, _said(*source))
        return found

    def numbers(self) -> array[int]:
        """The digits of every number in it: 64-bit integers, sorted, for whoever compares whole columns."""
        query = f"SELECT DISTINCT CAST(substr(e.name, 2) AS BIGINT) {_FOUND} AND substr(e.name, 1, 1) = '+'"
        return array("q", sorted(number for (number,) in self._ask(query)))

    def __len__(self) -> int:
        """How many numbers and IDs are in it."""
        [(count,)] = self._ask(f"SELECT count(DISTINCT e.name) {_FOUND}")
        return int(count)

    def __bool__(self) -> bool:
        """Whether anybody is in it."""
        return bool(self._ask(f"SELECT 1 {_FOUND} LIMIT 1"))

    def knows_by_one_name(self) -> tuple[bool, bool]:
        """Whether somebody is in it of whom only the number is known, and somebody of whom only the ID is."""
        query = f"""
            SELECT EXISTS (SELECT 1 {_FOUND} AND substr(e.name, 1, 1) = '+' AND NOT EXISTS (
                       SELECT 1 FROM link l WHERE l.account = s.account AND l.phone = e.name)),
                   EXISTS (SELECT 1 {_FOUND} AND substr(e.name, 1, 1) <> '+' AND NOT EXISTS (
                       SELECT 1 FROM link l WHERE l.account = s.account AND l.contact_id = e.name))
        """  # noqa: S608 -- constants
        [(numbers, ids)] = self._ask(query, self._account)
        return bool(numbers), bool(ids)

    def entries(self) -> Iterator[Entry]:
        """Everybody in it, by number, then those who are known by their ID alone."""
        query = """
            SELECT e.name, l.contact_id, e.since, s.kind, s.name
            FROM entry e JOIN source s ON s.id = e.source
            LEFT JOIN link l ON l.account = s.account AND l.phone = e.name
            LEFT JOIN link p ON p.account = s.account AND p.contact_id = e.name
            WHERE s.account = ? AND p.phone IS NULL ORDER BY e.name, l.contact_id, e.since
        """
        for (name, linked), rows in groupby(self._ask(query), itemgetter(0, 1)):
            known = [(since, _said(*source)) for _, _, since, *source in rows]
            phone, contact_id = (name, linked) if name.startswith("+") else (None, name)
            yield Entry(phone, contact_id, known[0][0], tuple(source for _, source in known))

    def removals(self) -> list[Removal]:
        """What was removed, the oldest first."""
        query = "SELECT at, reason, count FROM removal WHERE account = ? ORDER BY at"
        return [Removal(*row) for row in self._ask(query)]

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that a query gives, whose first value is this account."""
        with faults_of(self.path):
            return self._reader.execute(query, (self._account, *values)).fetchall()

    def asked(self, run: str, contacts: Contacts, at: float | None = None) -> None:
        """Remember whom rows of a run ask to put into DNC. To be called before the call leaves; durable."""
        for some in _in_parts(contacts):
            self._add("run", run, some, at)

    def listed(self, name: str, contacts: Contacts, at: float | None = None) -> int:
        """Remember who is on a list; how many of its contacts were not known before."""
        new = 0
        for some in _in_parts(contacts):
            new += len({_names(*each) for each in self._unknown(some)})
            self._add("list", name, some, at)
        return new

    def shown(self, run: str, contacts: Contacts, at: float | None = None) -> None:
        """Remember whom the CRM showed in DNC while a run read it.

        Who is known already is in DNC for another reason, most often because a run has put him there: that reason stays
        alone, so that an undo of that run can take it back.
        """
        for some in _in_parts(contacts):
            self._add("crm", run, self._unknown(some), at)
            self.linked(some)

    def linked(self, contacts: Contacts) -> None:
        """Learn that each number and the ID beside it are one contact: if either is an entry, both are."""
        if not self:
            return
        for some in _in_parts((phone, contact_id) for phone, contact_id in contacts if phone and contact_id):
            unknown = set(self._unknown(some))
            query = "SELECT 1 FROM link WHERE account = ? AND phone = ? AND contact_id = ?"
            new = [each for each in some if each not in unknown and not self._ask(query, *_names(*each))]
            if new:
                self._written(partial(self._link, contacts=new))

    def removed(self, contacts: Contacts, reason: str, at: float | None = None) -> int:
        """Take people out for good, with the number and the ID that are known to be one contact; how many were in it.

        A line with date, reason and count stays, without the number.
        """
        people = list(contacts)

        def remove(db: Session) -> int:
            if count := self._take_out(db, people):
                row = (self._account, at or time.time(), reason, count)
                db.execute("INSERT INTO removal VALUES (?, ?, ?, ?)", row)
            return count

        count = self._written(remove)
        self._let_nothing_be_read_again()
        return count

    def forget_own(self, run: str, contacts: Contacts) -> int:
        """Take out what a run added by asking, and nothing that came from elsewhere, too; how many people are out."""
        people = list(contacts)
        count = self._written(lambda db: self._take_out(db, people, self._source(db, "run", run)))
        self._let_nothing_be_read_again()
        return count

    def _take_out(self, db: Session, contacts: Sequence[Contact], source: int | None = None) -> int:
        """Take out what came from a source, or all; how many people are in it no more."""
        count = 0
        for each in contacts:
            names = self._with_links(db, each)
            gone = db.executemany(_TAKE_OUT, [(name, self._account, source) for name in names])
            is_entry = f"SELECT 1 {_FOUND} AND e.name = ?"
            left = [name for name in names if db.execute(is_entry, (self._account, name)).fetchone()]
            count += gone.rowcount > 0 and not left
            self._unlink(db, [name for name in names if name not in left])
        return count

    def _add(self, kind: str, source: str, contacts: Sequence[Contact], at: float | None) -> None:
        """Add entries, and those of the numbers and IDs that are known to be the same contacts."""
        if not contacts:
            return
        since = at or time.time()

        def add(db: Session) -> None:
            of = (self._source(db, kind, source), since)
            names = sorted(name for each in contacts for name in _names(*each))  # who adds the same waits, in no ring
            db.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?, ?)", [(name, *of) for name in names])
            for one, other in (("contact_id", "phone"), ("phone", "contact_id")):
                db.executemany(
                    f"INSERT OR IGNORE INTO entry SELECT {one}, ?, ? FROM link WHERE account = ? AND {other} = ?",  # noqa: S608 -- constants
                    [(*of, self._account, name) for name in names if name.startswith("+") == (other == "phone")],
                )
            self._link(db, [(phone, contact_id) for phone, contact_id in contacts if phone and contact_id])

        self._written(add)

    def _link(self, db: Session, contacts: Iterable[tuple[str | None, str | None]]) -> None:
        pairs = sorted(_names(*each) for each in contacts)
        put = "INSERT OR REPLACE INTO link (account, contact_id, phone) VALUES (?, ?, ?)"
        db.executemany(put, [(self._account, contact_id, phone) for phone, contact_id in pairs])
        db.executemany(
            f"INSERT OR IGNORE INTO entry SELECT ?, e.source, e.since {_FOUND} AND e.name = ?",
            sorted((one, self._account, other) for pair in pairs for one, other in (pair, pair[::-1])),
        )

    def _unlink(self, db: Session, names: Sequence[str]) -> None:
        rows = [(self._account, name, name) for name in names]
        db.executemany("DELETE FROM link WHERE account = ? AND (contact_id = ? OR phone = ?)", rows)

    def _with_links(self, db: Session, contact: Contact) -> list[str]:
        """The names of a contact, and those that are known to be the same."""
        names = _names(*contact)
        query = "SELECT contact_id, phone FROM link WHERE account = ? AND (contact_id = ? OR phone = ?)"
        linked = [other for name in names for pair in db.execute(query, (self._account, name, name)) for other in pair]
        return list(dict.fromkeys([*names, *linked]))

    def _unknown(self, contacts: Sequence[Contact]) -> list[Contact]:
        """Those of whom neither number nor ID is an entry."""
        known = self.find_all(name for each in contacts for name in _names(*each))
        return [each for each in contacts if not any(name in known for name in _names(*each))]

    def _source(self, db: Session, kind: str, name: str) -> int:
        db.execute("INSERT OR IGNORE INTO source (account, kind, name) VALUES (?, ?, ?)", (self._account, kind, name))
        query = "SELECT id FROM source WHERE account = ? AND kind = ? AND name = ?"
        return int(db.execute(query, (self._account, kind, name)).fetchone()[0])

    def _written(self, write: Callable[[Session], T]) -> T:
        """What `write` comes to in a transaction."""
        writer = self._writer
        if writer is None:
            raise ValueError("this memory was opened to be read")

        def once() -> T:
            with self._writing, faults_of(self.path), writer.transaction("BEGIN IMMEDIATE") as db:
                return write(db)

        return until_whole(once)

    def _let_nothing_be_read_again(self) -> None:
        """Overwrite what the write-ahead log holds of those who were taken out, unless others write at this moment."""
        if isinstance(self._writer, LocalSession):
            with contextlib.suppress(sqlite3.Error):
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_TAKE_OUT = """
    DELETE FROM entry WHERE name = ?
    AND source IN (SELECT id FROM source WHERE account = ? AND id = coalesce(CAST(? AS BIGINT), id))
"""


def _names(phone: str | None, contact_id: str | None) -> tuple[str, ...]:
    """What a contact is entered by: an ID in lower case; a number has no letters."""
    return tuple(name.casefold() for name in (phone, contact_id) if name)


def _said(kind: str, name: str) -> str:
    return _SOURCES[kind].format(name)


def _in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, TOGETHER)):
        yield some
