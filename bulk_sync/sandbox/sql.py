"""SQL: the tables of the sandbox's database, and how contacts, statuses, campaigns and splitters stand in them.

Times are seconds since the epoch. `seq` keeps the order of making, which breaks ties where lists are sorted.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from bulk_sync.sandbox.records import Campaign, Contact, Kind, Splitter, Step, TeamStatus

if TYPE_CHECKING:
    from collections.abc import Callable

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

Record = TypeVar("Record", Contact, TeamStatus, Campaign, Splitter)

TABLES: Mapping[type, str] = {
    Contact: "contacts",
    TeamStatus: "statuses",
    Campaign: "campaigns",
    Splitter: "splitters",
}
"""Where the records of a kind stand."""

COLUMNS: Mapping[type, tuple[str, ...]] = {kind: tuple(each.name for each in fields(kind)) for kind in TABLES}
"""Their fields, which are columns of the same names."""

_UNPACKED: Mapping[str, Callable[[Any], Any]] = {
    "variables": json.loads,
    "campaigns": lambda text: tuple(json.loads(text)),
    "steps": lambda text: tuple(Step(Kind(kind), day, hour) for kind, day, hour in json.loads(text)),
    **dict.fromkeys(("terminal", "system", "paused", "appointments"), bool),
}
"""How a field is made of what its column holds, where that is not the same."""


class NotASandboxDatabase(Exception):
    """The file cannot be used as a sandbox's database. `str(error)` says why."""


def select(kind: type, source: str = "") -> str:
    """What reads records of this kind, from their table or another `source`."""
    return f"SELECT {', '.join(COLUMNS[kind])} FROM {source or TABLES[kind]}"  # noqa: S608 -- names of ours


def insert(kind: type) -> str:
    """What adds a record of this kind."""
    marks = ",".join("?" * len(COLUMNS[kind]))
    return f"INSERT INTO {TABLES[kind]} ({', '.join(COLUMNS[kind])}) VALUES ({marks})"  # noqa: S608 -- as above


PRESENT = select(Contact, "present")
"""What reads contacts that the team has not deleted."""

UPDATE = f"UPDATE contacts SET {', '.join(f'{name}=?' for name in COLUMNS[Contact][1:])} WHERE id=?"  # noqa: S608 -- as above


def record(kind: type[Record], row: tuple[Any, ...]) -> Record:
    """The record that a row of `select(kind)` is."""
    found: list[Any] = [
        _UNPACKED[name](value) if name in _UNPACKED else value for name, value in zip(COLUMNS[kind], row, strict=True)
    ]
    return kind(*found)


def values(record: Contact | TeamStatus | Campaign | Splitter) -> tuple[object, ...]:
    """The row that a record is, for `insert`."""
    found = (getattr(record, name) for name in COLUMNS[type(record)])
    return tuple(json.dumps(each, ensure_ascii=False) if isinstance(each, Mapping | tuple) else each for each in found)


def opened(path: str) -> sqlite3.Connection:
    """The database in this file (or ":memory:"), made where there is none. Raises NotASandboxDatabase."""
    try:
        db = sqlite3.connect(path, check_same_thread=False, timeout=0.5)
    except sqlite3.Error as error:
        raise NotASandboxDatabase(str(error)) from error
    db.create_function("casefold", 1, lambda text: (text or "").casefold(), deterministic=True)
    try:
        _prepare(db)
    except BaseException as error:
        db.close()
        if isinstance(error, sqlite3.Error):
            raise NotASandboxDatabase(str(error)) from error
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    # One server per file: a second one is told at once, and no lock has to be taken per update.
    db.execute("PRAGMA locking_mode=EXCLUSIVE")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and version != VERSION:
        raise NotASandboxDatabase("it is not a database of this version of the sandbox")
    # A crash of the process loses nothing; one of the machine may lose the last moments of a sandbox's state.
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;")
    if not tables:
        db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
