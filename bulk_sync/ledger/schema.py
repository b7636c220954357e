"""The tables of a ledger: how a file gets them, also one of an older version, and their rows as outcomes."""

from __future__ import annotations

import json
import sqlite3
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from bulk_sync.errors import BadConfiguration, Code
from bulk_sync.ledger.session import LocalSession
from bulk_sync.model import Change, Outcome, Update

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bulk_sync.ledger.session import Session

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


def connected(path: Path) -> LocalSession:
    """A ledger's tables; an older one gets what it lacks. Raises sqlite3.Error, BadConfiguration for a newer."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=LocalSession)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise BadConfiguration(
            "The record of the run was written by a newer version of bulk-sync. Use that version: "
            "pip install --upgrade bulk-sync."
        )
    for number, step in enumerate(_STEPS[found:], found + 1):
        db.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version={number}; COMMIT;")
    return db


def noted(db: Session, facts: Mapping[str, object]) -> None:
    """Note facts of a run; what was noted under the same name is replaced. Raises as a session does."""
    rows = [(key, json.dumps(value)) for key, value in facts.items()]
    db.executemany("INSERT OR REPLACE INTO run (key, value) VALUES (?, ?)", rows)


def read_facts(db: Session) -> dict[str, Any]:
    """What was noted of a run, by name. Raises as a session does, and ValueError where it is empty or no JSON."""
    facts = {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM run")}
    if "run" not in facts:
        raise ValueError("it is empty")
    return facts


def check(db: LocalSession) -> None:
    """Raise ValueError where SQLite finds the file damaged."""
    [(found,)] = db.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise ValueError(found)


OUTCOME = "row, code, error, http_status, attempts, at, contact_id, phone, previous_status, previous_campaign, run"
UPDATE = "to_phone, to_id, status, campaign, rest"
"""The columns of a row, in the order of their values."""

_VALUES = attrgetter(*OUTCOME.split(", ")[2:])

TOGETHER = 50
"""Rows that one statement takes: 800 values, where every SQLite takes 999."""


SUCCEEDED = "'updated', 'created'"
UNSURE = "'network_error', 'server_error', 'bad_reply', 'unchanged'"
"""Codes, in the words of the column: of calls that changed something, and of those that may have, once one has left."""

KEEP_WHAT_STOOD = f"""
    UPDATE outcome SET (previous_status, previous_campaign) =
        (SELECT previous_status, previous_campaign FROM departure WHERE departure.row = outcome.row)
    WHERE row IN (SELECT row FROM departure WHERE row IN (SELECT CAST(value AS BIGINT) FROM json_each(?)))
    AND code IN ({SUCCEEDED}, {UNSURE})
"""  # noqa: S608 -- constants
"""Has outcomes say what stood there before their first call left: a later look may have shown the call's own work."""

CHANGED = f"""
    SELECT {OUTCOME}, {UPDATE} FROM departure
    WHERE row NOT IN (SELECT row FROM outcome WHERE code NOT IN ({UNSURE}))
    AND (previous_status IS NOT NULL OR previous_campaign IS NOT NULL) ORDER BY row
"""  # noqa: S608 -- constants
"""Calls that left, of which nobody knows that they changed nothing, or what they did."""


CUT_SHORT = "UPDATE departure SET code = ?, error = ?, attempts = ? WHERE row = ?"
OPEN = f"SELECT {OUTCOME} FROM departure WHERE code NOT IN ({SUCCEEDED})"  # noqa: S608 -- constants
"""Marks a call whose fate the run did not live to learn, and finds those."""


@cache
def insert(rows: int, table: str = "outcome", otherwise: str = "REPLACE") -> str:
    """The statement that writes so many rows at once. Each statement costs the lock of the interpreter."""
    one = f"({', '.join('?' * 16)})"
    return f"INSERT OR {otherwise} INTO {table} ({OUTCOME}, {UPDATE}) VALUES {', '.join([one] * rows)}"  # noqa: S608 -- constants


class Record(NamedTuple):
    """An update that was settled, and how."""

    update: Update
    outcome: Outcome


def row_of(update: Update, outcome: Outcome) -> tuple[object, ...]:
    """The values of `OUTCOME` and `UPDATE`; the name of a code is unlike its word no other code's."""
    return update.row, outcome.code.name.lower(), *_VALUES(outcome), *sent_by(update)


def shows_its_work(update: Update, outcome: Outcome) -> bool:
    """Whether what stood there is what the update sets: an earlier call of it may have done that."""
    wanted = (update.change.status, outcome.previous_status), (update.change.campaign, outcome.previous_campaign)
    return all(asked is None or asked == stood for asked, stood in wanted)


def sent_by(update: Update) -> tuple[str | None, ...]:
    """The values of `UPDATE`."""
    change = update.change
    rest = {name: value for name, value in change.said.items() if name not in {"status", "campaign"}}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, default=dict) if rest else None
    return update.phone, update.contact_id, change.status, change.campaign, text


def record_of(row: int, *values: Any) -> Record:  # noqa: ANN401 -- the columns of a row of SQLite
    """The record in a row of `OUTCOME` and `UPDATE`."""
    to_phone, to_id, status, campaign, rest = values[-5:]
    change = Change(status=status, campaign=campaign, **(json.loads(rest) if rest else {}))
    return Record(Update(row, change, phone=to_phone, contact_id=to_id), outcome_of(*values[:-5]))


def outcome_of(code: str, *rest: object) -> Outcome:
    """The outcome in a row of `OUTCOME`, without its position."""
    return Outcome(Code[code.upper()], *rest)  # type: ignore[arg-type]  # the columns stand in the order of its fields
