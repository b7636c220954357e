"""The store: where the sandbox keeps its contacts, and an update is carried out all at once or not at all.

One SQLite database, one connection, one transaction per update. What an update does is decided in `rules`; here it is
looked up, checked against what the team has, and written down.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from bulk_sync.errors import BadInput
from bulk_sync.sandbox import rules
from bulk_sync.sandbox.outreach_log import BY_API, IN_APP, OutreachLog, Tally, sentence
from bulk_sync.sandbox.rules import (
    ACTIVE,
    EVERY_KIND,
    Campaign,
    Contact,
    Refused,
    Splitter,
    Step,
    TeamStatus,
    Wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = 2
"""`PRAGMA user_version` of a database with these tables."""

SCHEMA = """
CREATE TABLE statuses (
  seq INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, label TEXT NOT NULL, terminal INTEGER NOT NULL,
  system INTEGER NOT NULL, description TEXT, color TEXT NOT NULL
);
CREATE TABLE campaigns (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, paused INTEGER NOT NULL,
  steps TEXT NOT NULL, appointments INTEGER NOT NULL
);
CREATE TABLE splitters (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, campaigns TEXT NOT NULL,
  dealt INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE contacts (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, phone TEXT NOT NULL, name TEXT, status TEXT NOT NULL,
  campaign TEXT NOT NULL, timezone TEXT, variables TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
  fulfilled_at REAL, readded_at REAL, deleted_at REAL
);
CREATE VIEW present AS SELECT * FROM contacts WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX contacts_by_phone ON contacts (phone) WHERE deleted_at IS NULL;
CREATE INDEX deleted_by_phone ON contacts (phone, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX contacts_by_status ON contacts (status, created_at);
CREATE INDEX contacts_by_campaign ON contacts (campaign, created_at);
CREATE INDEX contacts_by_creation ON contacts (created_at, seq);
CREATE INDEX contacts_by_update ON contacts (updated_at);
CREATE TABLE outreach (
  seq INTEGER PRIMARY KEY, contact TEXT NOT NULL, campaign TEXT NOT NULL, kind TEXT NOT NULL, due REAL NOT NULL,
  planned_at REAL NOT NULL, cancelled_at REAL
);
CREATE INDEX outreach_by_contact ON outreach (contact, cancelled_at);
CREATE TABLE log (
  seq INTEGER PRIMARY KEY, at REAL NOT NULL, source TEXT NOT NULL, contact TEXT NOT NULL, phone TEXT NOT NULL,
  what TEXT NOT NULL
);
CREATE TABLE counters (
  source TEXT PRIMARY KEY, updates INTEGER NOT NULL DEFAULT 0, status_changes INTEGER NOT NULL DEFAULT 0,
  campaign_moves INTEGER NOT NULL DEFAULT 0, creations INTEGER NOT NULL DEFAULT 0, planned INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO counters (source) VALUES ('in-app'), ('contacts-actions-by-api');
"""
"""Times are seconds since the epoch. `seq` keeps the order of making, which breaks ties where lists are sorted."""

Record = TypeVar("Record", Contact, TeamStatus, Campaign, Splitter)

_TABLES: Mapping[type, str] = {
    Contact: "contacts",
    TeamStatus: "statuses",
    Campaign: "campaigns",
    Splitter: "splitters",
}
_COLUMNS = {kind: [each.name for each in fields(kind)] for kind in _TABLES}
"""Where the records of a kind stand, and their fields, which are columns of the same names."""

_UNPACKED: Mapping[str, Callable[[Any], Any]] = {
    "variables": json.loads,
    "campaigns": lambda text: tuple(json.loads(text)),
    "steps": lambda text: tuple(Step(*each) for each in json.loads(text)),
    **dict.fromkeys(("terminal", "system", "paused", "appointments"), bool),
}
"""How a field is made of what its column holds, where that is not the same."""


def _unpacked(column: str, value: Any) -> Any:  # noqa: ANN401 -- whatever a field holds
    return _UNPACKED[column](value) if column in _UNPACKED else value


def _values(record: Contact | TeamStatus | Campaign | Splitter) -> list[object]:
    """What the columns hold of a record."""
    found = [getattr(record, name) for name in _COLUMNS[type(record)]]
    return [json.dumps(each, ensure_ascii=False) if isinstance(each, Mapping | tuple) else each for each in found]


class Store:
    """The sandbox's state. Safe to look into from other threads while a server uses it.

    `path` is a file, or ":memory:". Statuses, campaigns and splitters are those of the team: given when the store is
    opened and, in a file, kept beside the contacts. `is_new`: it was made now, and held nothing. Contacts that the team
    deleted are kept, and shown to nobody.
    Raises BadInput.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self.lock = threading.RLock()
        self.db = _opened(path)
        self.log = OutreachLog(self.db)
        self.statuses = {each.name: each for each in self._records(TeamStatus, "statuses ORDER BY seq")}
        self.campaigns = {each.id: each for each in self._records(Campaign, "campaigns ORDER BY seq")}
        self.splitters = {each.id: each for each in self._records(Splitter, "splitters ORDER BY seq")}
        self.is_new = not self.statuses

    def close(self) -> None:
        """Let go of the database."""
        with self.lock:
            self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing."""
        with self.lock, self.db:
            yield

    def _records(self, kind: type[Record], source: str, *values: object) -> list[Record]:
        """The records of this kind in a table or view, under conditions and in an order that are given as SQL."""
        columns = _COLUMNS[kind]
        with self.lock:
            rows = self.db.execute(f"SELECT {', '.join(columns)} FROM {source}", values).fetchall()  # noqa: S608 -- SQL of ours
        return [kind(*map(_unpacked, columns, row)) for row in rows]

    def _insert(self, kind: type[Record], records: Iterable[Record]) -> None:
        columns = _COLUMNS[kind]
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {_TABLES[kind]} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 -- as above
        self.db.executemany(statement, map(_values, records))

    def count(self, source: str, *values: object) -> int:
        """How many rows there are, in a table or view and under a condition that are given as SQL."""
        with self.lock:
            return int(self.db.execute(f"SELECT count(*) FROM {source}", values).fetchone()[0])  # noqa: S608 -- as above

    def know(
        self,
        statuses: Iterable[TeamStatus] = (),
        campaigns: Iterable[Campaign] = (),
        splitters: Iterable[Splitter] = (),
    ) -> None:
        """Add statuses, campaigns and splitters to the team's; those that it has stay as they are."""
        with self.transaction():
            for status in statuses:
                self._learn(self.statuses, status.name, status)
            for campaign in campaigns:
                self._learn(self.campaigns, campaign.id, campaign)
            for splitter in splitters:
                self._learn(self.splitters, splitter.id, splitter)

    def _learn(self, known: dict[str, Record], name: str, record: Record) -> None:
        if name not in known:
            self._insert(type(record), [record])
            known[name] = record

    def contacts(self) -> list[Contact]:
        """Every contact that was not deleted, in the order of their making."""
        return self._records(Contact, "present ORDER BY seq")

    def newest(self, count: int) -> list[Contact]:
        """The contacts changed last, the newest change first."""
        return self._records(Contact, "present ORDER BY updated_at DESC, seq LIMIT ?", count)

    def by_phone(self, phone: str) -> Contact | None:
        """The contact with this number (E.164)."""
        return self._one("present WHERE phone = ?", phone)

    def by_id(self, contact_id: str) -> Contact | None:
        """The contact with this ID."""
        return self._one("present WHERE id = ?", contact_id.lower())

    def _one(self, source: str, value: str) -> Contact | None:
        return next(iter(self._records(Contact, source, value)), None)

    def count_by_status(self) -> dict[str, int]:
        """How many contacts are in each status that any is in."""
        with self.lock:
            return dict(self.db.execute("SELECT status, count(*) FROM present GROUP BY status").fetchall())

    def size(self) -> int:
        """How many contacts there are."""
        return self.count("present")

    def page(self, asked: Mapping[str, Any]) -> tuple[list[Contact], int]:
        """One page of the contacts that match what `GET /contacts` was asked, and how many match in all.

        Contacts without the time sorted by come last.
        """
        where, values = _conditions(asked)
        skipped = (asked["page"] - 1) * asked["limit"]
        column, order = _TIMES[asked["sortBy"]], asked["sortOrder"]
        last = "" if column == "created_at" else f"{column} IS NULL, "
        with self.lock:
            total = self.count(f"present{where}", *values)
            if skipped >= total:  # a page may be further away than any integer of SQLite
                return [], total
            source = f"present{where} ORDER BY {last}{column} {order}, seq {order} LIMIT ? OFFSET ?"
            return self._records(Contact, source, *values, asked["limit"], skipped), total

    def update(self, wanted: Wanted, now: float, *, phone: str = "", contact_id: str = "") -> Contact:
        """Carry out an update of the contact with this number or ID. Raises Refused, and changes nothing then.

        Checked in the order contact, status, campaign, number.
        """
        with self.transaction():
            before = self.by_phone(phone) if phone else self.by_id(contact_id)
            if before is None:
                raise Refused("Contact not found", 404)
            after = rules.changed(before, wanted, now)
            if after.status not in self.statuses:
                raise Refused("Invalid status. Use List Statuses to retrieve valid values")
            if after.campaign not in self.campaigns:
                raise Refused("Campaign not found", 404)
            if after.phone != before.phone and self.by_phone(after.phone) is not None:
                raise Refused("A contact with this phone number already exists")
            return self._write(before, after, now)

    def create(self, fresh: Contact, now: float, splitter: str = "") -> tuple[Contact, bool]:
        """Add a contact, or update the one that has its number. Returns it, and whether it is new. Raises Refused.

        A deleted one comes back and is active, whatever it was before. One that was not deleted keeps its status: what
        the API does to one that is not active is not documented. Where `fresh` names no campaign, the `splitter` (an
        ID) deals one to a contact that has none.
        """
        with self.transaction():
            before = self.by_phone(fresh.phone)
            if not fresh.campaign:
                dealt = self._dealt(splitter, is_taken=before is None)
                fresh = replace(fresh, campaign=before.campaign if before else dealt)
            if fresh.campaign not in self.campaigns:
                raise Refused("Campaign not found", 404)
            if self.campaigns[fresh.campaign].appointments and not fresh.variables.get("email"):
                raise Refused("customVariables.email is required: this campaign schedules appointments")
            wanted = Wanted(None, fresh.campaign, None, fresh.name, fresh.timezone, fresh.variables or None)
            if before is not None:
                return self._write(before, rules.changed(before, wanted, now), now), False
            deleted = "contacts WHERE deleted_at IS NOT NULL AND phone = ? ORDER BY deleted_at DESC"
            gone = self._one(deleted, fresh.phone)
            if gone is not None:
                back = rules.changed(gone, replace(wanted, status=ACTIVE), now)
                return self._write(gone, replace(back, readded_at=now, deleted_at=None), now), False
            self.add(fresh, now, BY_API)
            return fresh, True

    def _dealt(self, splitter: str, *, is_taken: bool) -> str:
        """The campaign whose turn it is; the next time it is another one's, where it `is_taken`."""
        if splitter not in self.splitters:
            raise Refused("Splitter not found", 404)
        campaigns = self.splitters[splitter].campaigns
        [dealt] = self.db.execute("SELECT dealt FROM splitters WHERE id = ?", (splitter,)).fetchone()
        if is_taken:
            self.db.execute("UPDATE splitters SET dealt = dealt + 1 WHERE id = ?", (splitter,))
        return campaigns[int(dealt) % len(campaigns)]

    def delete(self, contact_id: str, now: float) -> bool:
        """Delete a contact as the team does in the app, and cancel its outreach; False where there is none."""
        with self.transaction():
            contact = self.by_id(contact_id)
            if contact is None:
                return False
            self._replace(replace(contact, deleted_at=now))
            cancelled = self.log.cancel(contact, EVERY_KIND, now)
            self.log.write(IN_APP, contact, f"deleted; {cancelled} cancelled", Tally(cancelled=cancelled), now)
            return True

    def load(self, contacts: Iterable[Contact], now: float) -> int:
        """Insert contacts and the outreach of those that are active, unlogged. For use inside a transaction.

        Returns how many actions are planned for them.
        """
        contacts = list(contacts)
        self._insert(Contact, contacts)
        called = [each for each in contacts if each.status == ACTIVE and each.deleted_at is None]
        return sum(
            self.log.plan(each, rules.schedule(self.campaigns[each.campaign], each.timezone, now), now)
            for each in called
        )

    def add(self, fresh: Contact, now: float, source: str) -> None:
        """Insert a contact and, where it is active, the outreach of its campaign. For use inside a transaction."""
        self.log.write(source, fresh, "created", Tally(creations=1, planned=self.load([fresh], now)), now)

    def _write(self, before: Contact, after: Contact, now: float) -> Contact:
        """Write an update down, and what it does to the outreach that is planned."""
        cancels, schedules = rules.rescheduled(before, after, is_terminal=self.statuses[after.status].terminal)
        actions = rules.schedule(self.campaigns[after.campaign], after.timezone, now, schedules)
        self._replace(after)
        cancelled, planned = self.log.cancel(after, cancels, now), self.log.plan(after, actions, now)
        is_other, is_moved = before.status != after.status, before.campaign != after.campaign
        tally = Tally(1, is_other, is_moved, planned=planned, cancelled=cancelled)
        self.log.write(BY_API, after, sentence(before, after, self.campaigns, tally), tally, now)
        return after

    def _replace(self, contact: Contact) -> None:
        names = ", ".join(f"{name} = ?" for name in _COLUMNS[Contact])
        self.db.execute(f"UPDATE contacts SET {names} WHERE id = ?", (*_values(contact), contact.id))  # noqa: S608 -- names


_TIMES = {"createdAt": "created_at", "fulfilledAt": "fulfilled_at", "reAddedAt": "readded_at"}


def _conditions(asked: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A condition in SQL, and the values in it."""
    found: list[tuple[str, list[str]]] = []
    if asked["status"]:
        found.append(("status = ?", [asked["status"]]))
    campaigns = [each.strip().lower() for each in asked["campaignId"].split(",") if each.strip()]
    if campaigns:
        found.append((f"campaign IN ({','.join('?' * len(campaigns))})", campaigns))
    if asked["search"]:
        found.append(_search(asked["search"], asked["searchBy"]))
    where = " WHERE " + " AND ".join(condition for condition, _ in found) if found else ""
    return where, [value for _, values in found for value in values]


def _search(text: str, where: str) -> tuple[str, list[str]]:
    digits = re.sub(r"[\s().-]", "", text)
    by_name, by_phone = "instr(casefold(name), casefold(?)) > 0", "instr(phone, ?) > 0"
    if where == "name":
        return by_name, [text]
    if where != "phone":
        return f"({by_name} OR {by_phone})", [text, digits or text]
    if digits.startswith("+"):
        # Only at its beginning has a number a plus, so this finds the same by the index; ":" follows "9".
        return "phone >= ? AND phone < ?", [digits, digits + ":"]
    return by_phone, [digits or text]


def _opened(path: str) -> sqlite3.Connection:
    """The database in this file (or ":memory:"), made where there is none. Raises BadInput."""
    db: sqlite3.Connection | None = None
    try:
        db = sqlite3.connect(path, check_same_thread=False, timeout=0.5)
        _prepare(db)
    except sqlite3.Error as error:
        if db is not None:
            db.close()
        why = "another sandbox is using it" if "locked" in str(error) else error
        raise BadInput(f"{path} cannot keep the sandbox's state: {why}; name a new file with --db.") from error
    return db


def _prepare(db: sqlite3.Connection) -> None:
    db.create_function("casefold", 1, lambda text: (text or "").casefold(), deterministic=True)
    # One server per file: a second one is told at once, and no lock has to be taken per update.
    db.execute("PRAGMA locking_mode=EXCLUSIVE")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and version != VERSION:
        raise sqlite3.DatabaseError("it is not a database of this version of the sandbox")
    # A crash of the process loses nothing; one of the machine may lose the last moments of a sandbox's state.
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;")
    if not tables:
        db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
