"""The ledger's file: where it is, how it is opened, its tables, and how one of an older version gets them."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadConfiguration

if TYPE_CHECKING:
    from pathlib import Path

_STEPS = (
    """
    CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;  -- values are JSON
    CREATE TABLE outcome (
        row INTEGER PRIMARY KEY,  -- position of the row that carried the call, 0 under the header
        code TEXT NOT NULL,
        error TEXT NOT NULL,
        http_status INTEGER,
        attempts INTEGER NOT NULL,
        at REAL,                  -- seconds since the epoch
        contact_id TEXT,          -- what the reply said of the contact
        phone TEXT
    );
    """,
    """
    ALTER TABLE outcome ADD COLUMN to_phone TEXT;           -- what the call named, one of the two
    ALTER TABLE outcome ADD COLUMN to_id TEXT;
    ALTER TABLE outcome ADD COLUMN status TEXT;             -- what it set
    ALTER TABLE outcome ADD COLUMN campaign TEXT;
    ALTER TABLE outcome ADD COLUMN rest TEXT;               -- JSON of what else it set
    ALTER TABLE outcome ADD COLUMN previous_status TEXT;    -- what stood there before, where the run read it
    ALTER TABLE outcome ADD COLUMN previous_campaign TEXT;
    ALTER TABLE outcome ADD COLUMN run TEXT;                -- the run that sent it, where that was an earlier one
    CREATE INDEX outcome_to_phone ON outcome (to_phone);
    CREATE INDEX outcome_to_id ON outcome (to_id);
    """,
    """
    CREATE TABLE departure (    -- what stood there before a row's call left: known also where its outcome is not
        row INTEGER PRIMARY KEY, code TEXT NOT NULL, error TEXT NOT NULL, http_status INTEGER,
        attempts INTEGER NOT NULL, at REAL, contact_id TEXT, phone TEXT,
        previous_status TEXT, previous_campaign TEXT, run TEXT,
        to_phone TEXT, to_id TEXT, status TEXT, campaign TEXT, rest TEXT
    );
    """,
)

VERSION = len(_STEPS)
"""Of the tables, kept as SQLite's user_version."""


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Make the tables, or add what an older version has not. Raises sqlite3.Error, and BadConfiguration for a newer."""
    found = version_of(db)
    for number, step in enumerate(_STEPS[found:], found + 1):
        db.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version={number}; COMMIT;")


def version_of(db: sqlite3.Connection) -> int:
    """The version of the tables that are there; 0: none. Raises BadConfiguration for one that is newer than ours."""
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise BadConfiguration(
            "The record of the run was written by a newer version of bulk-sync. Use that version: "
            "pip install --upgrade bulk-sync."
        )
    return found


def ledger_path(folder: Path, run: str) -> Path:
    """Where the ledger of a run is kept in the state folder."""
    return folder / "runs" / run / "ledger.db"


def connected(path: Path) -> sqlite3.Connection:
    """A ledger's tables, in the present version. Raises sqlite3.Error and BadConfiguration."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    bring_up_to_date(db)
    return db


def read_facts(db: sqlite3.Connection) -> dict[str, Any]:
    """What was noted of a run, by name. Raises sqlite3.Error, and ValueError where it is empty or no JSON."""
    facts = {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM run")}
    if "run" not in facts:
        raise ValueError("it is empty")
    return facts


def check(db: sqlite3.Connection) -> None:
    """Raise ValueError where SQLite finds the file damaged."""
    [(found,)] = db.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise ValueError(found)
