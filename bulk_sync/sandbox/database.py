"""Which tables does the sandbox's database have, and is a file such a database?

Times are seconds since the epoch. `seq` keeps the order of making, which breaks ties where lists are sorted.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class NotASandboxDatabase(Exception):
    """The file cannot be used as a sandbox's database. `str(error)` says why."""


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Everything inside happens, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def opened(path: str) -> sqlite3.Connection:
    """The database in this file (or ":memory:"), made where there is none. Raises NotASandboxDatabase."""
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.5)
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
