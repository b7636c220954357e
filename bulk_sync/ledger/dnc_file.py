"""The file of the DNC memory: where it lies, its tables, how it is made and opened, and what its faults mean."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.errors import DncMemoryFault
from bulk_sync.ledger.place import SharedLedger, ledger_place
from bulk_sync.ledger.session import LocalSession
from bulk_sync.state import make_private, state_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "dnc.db"

PATIENCE = 15.0
"""Seconds for which another process may keep the file locked. A list of a million numbers takes a part of that."""

VERSION = 1
"""Of the tables, kept as SQLite's user_version."""

TABLES = """
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    base_url TEXT NOT NULL,
    profile TEXT NOT NULL,  -- always empty
    UNIQUE (base_url, profile)
);
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    kind TEXT NOT NULL,     -- run: a row asked for it; list: from a list; crm: the CRM showed it in this run
    name TEXT NOT NULL,     -- of the run or of the list
    UNIQUE (account, kind, name)
);
CREATE TABLE entry (
    name TEXT NOT NULL,     -- a number in E.164, or a contact's ID in lower case
    source INTEGER NOT NULL,
    since REAL NOT NULL,    -- seconds since the epoch
    PRIMARY KEY (name, source)
) WITHOUT ROWID;
CREATE TABLE link (         -- the number that a contact was last seen with, where one of the two is an entry
    account INTEGER NOT NULL,
    contact_id TEXT NOT NULL,
    phone TEXT NOT NULL,
    PRIMARY KEY (account, contact_id)
) WITHOUT ROWID;
CREATE INDEX link_phone ON link (account, phone);
CREATE TABLE removal (account INTEGER NOT NULL, at REAL NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL);
"""

_FAULTS = {
    "locked": (
        "is held by another program, and did not become free",
        "Close whatever has it open (a database viewer, a backup, another bulk-sync), and try again.",
    ),
    "full": ("cannot be written: the disk is full", "Free some space, and try again."),
    "denied": (
        "cannot be opened",
        "Give your user the right to read and write it and its folder, or run bulk-sync as the user who owns it.",
    ),
    "folder": ("is a folder, and should be a file", "Move the folder away, and try again."),
    "newer": ("was written by a newer version of bulk-sync", "Use that version: pip install --upgrade bulk-sync"),
    "damaged": (
        "is damaged",
        (
            "Put a copy of it back from a backup. If there is none, move away every file beside it whose name begins "
            f"with {NAME}, and enter the people who must never be called again: bulk-sync dnc add FILE. Whom the CRM "
            "shows in DNC is remembered again without that."
        ),
    ),
}
"""What is wrong with the file, and what to do, by the kind of fault."""

_KINDS = {
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_FULL": "full",
    "SQLITE_CANTOPEN": "denied",
    "SQLITE_PERM": "denied",
    "SQLITE_READONLY": "denied",
    "SQLITE_AUTH": "denied",
    "SQLITE_IOERR": "denied",
}
"""Kinds by the beginning of SQLite's name for an error; any other is damage."""


def memory_path(folder: Path | None = None) -> Path:
    """Where the memory lies: in the state folder."""
    return (folder or state_folder()) / NAME


def has_memory() -> bool:
    """Whether there is a DNC memory here, or what is left of one. Raises DncMemoryFault where nobody can tell."""
    path = memory_path()
    with faults_of(path):
        return isinstance(ledger_place(), SharedLedger) or _is_there(path) or _is_there(_log_of(path))


def fault(path: object, kind: str, why: object = "") -> DncMemoryFault:
    """The exception that says what is wrong with the file, and what to do."""
    wrong, advice = _FAULTS[kind]
    return DncMemoryFault(f"The DNC memory {path} {wrong}{f' ({why})' if why else ''}. {advice}")


@contextlib.contextmanager
def faults_of(path: object) -> Iterator[None]:
    """What goes wrong with the file within this block is raised as DncMemoryFault."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        kind = next((kind for start, kind in _KINDS.items() if name.startswith(start)), "damaged")
        raise fault(path, kind, error) from None
    except OSError as error:
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise fault(path, "full" if is_full else "denied", error.strerror or error) from None


def opened(path: Path) -> LocalSession:
    """The memory for reading and writing; it is made where there is none. Raises DncMemoryFault."""
    with faults_of(path):
        if not _is_there(path):
            _make(path)
        _check_file(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        db = _connected(f"{path.absolute().as_uri()}?mode=rw")
        try:
            _check_tables(path, db)
            db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;")
        except BaseException:
            db.close()
            raise
        return db


def copied(path: Path) -> LocalSession:
    """The memory as it is at this moment, for reading: nothing is written to its folder. Raises DncMemoryFault."""
    with faults_of(path):
        copy = empty()
        if not _is_there(path) and not _is_there(_log_of(path)):
            return copy
        _check_file(path)
        # to read it as usual, SQLite would make two files beside it and leave them there; who writes has made them
        is_at_rest = not _log_of(path).exists()
        db = _connected(f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_at_rest else ''}")
        with contextlib.closing(db):
            _check_tables(path, db)
            db.backup(copy)
        return copied(path) if is_at_rest and _log_of(path).exists() else copy  # somebody began to write meanwhile


def empty() -> LocalSession:
    """A memory in no file, with nobody in it."""
    db = _connected("file::memory:")
    db.executescript(f"{TABLES} PRAGMA user_version={VERSION};")
    return db


def _connected(uri: str) -> LocalSession:
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=PATIENCE, factory=LocalSession
    )


_GONE = "it is gone, and what was last written to it is there"


def _make(path: Path) -> None:
    """Make the file, whole or not at all: one that is empty was emptied, and must not pass for a memory of nobody."""
    if _is_there(_log_of(path)):
        raise fault(path, "damaged", _GONE)
    make_private(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{NAME}-", dir=path.parent)  # 0600
    os.close(handle)
    unfinished = Path(name)
    try:
        with contextlib.closing(_connected(unfinished.as_uri())) as db:
            db.executescript(f"BEGIN; {TABLES} PRAGMA user_version={VERSION}; COMMIT; PRAGMA journal_mode=WAL;")
        with contextlib.suppress(FileExistsError):  # another process was quicker
            _name_it(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _name_it(unfinished: Path, path: Path) -> None:
    """Give the file its name, unless another has it by now. Raises FileExistsError."""
    try:
        path.hardlink_to(unfinished)
    except FileExistsError:
        raise
    except OSError:  # no such links on this disk
        if not path.exists():
            unfinished.rename(path)


def _check_file(path: Path) -> None:
    """Raise DncMemoryFault where SQLite would make a new memory of what is left of one."""
    if not _is_there(path):
        raise fault(path, "damaged", _GONE)
    if path.is_dir():
        raise fault(path, "folder")
    if path.stat().st_size == 0:
        raise fault(path, "damaged", "it is empty")


def _check_tables(path: Path, db: LocalSession) -> None:
    """Raise DncMemoryFault where the file is of a newer version, or not whole."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise fault(path, "newer")
    if version < VERSION:
        raise fault(path, "damaged", "it is not a DNC memory")
    [(found,)] = db.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise fault(path, "damaged", found)
    for table in ("account", "source", "entry", "link", "removal"):
        db.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 -- constants


def _is_there(path: Path) -> bool:
    """Whether there is such a file. Raises OSError where nobody can tell: `Path.exists` says no then (Python 3.14)."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _log_of(path: Path) -> Path:
    """SQLite's write-ahead log, which is there while somebody writes, and after a crash."""
    return path.with_name(f"{path.name}-wal")
