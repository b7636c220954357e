"""Where is a run's ledger, and how is it opened?"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from bulk_sync.ledger.schema import bring_up_to_date

if TYPE_CHECKING:
    from pathlib import Path


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
