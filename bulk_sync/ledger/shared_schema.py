"""The tables of a shared ledger, and how a database gets them, or those that it lacks (`bulk-sync fleet migrate`).

Each session says which run it means (`bulk_sync.ledger`); the views `run`, `outcome` and `departure` are that run's
tables, as a file of this computer has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_sync.ledger.postgres import SCHEMA, VERSION, check_version, connected, driver, trouble
from bulk_sync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

    from bulk_sync.ledger.place import SharedLedger

    Db = Connection[tuple[object, ...]]

_OUTCOME = """
    ledger bigint NOT NULL DEFAULT current_setting('bulk_sync.ledger')::bigint
        REFERENCES ledger (id) ON DELETE CASCADE,
    row bigint NOT NULL,
    code text NOT NULL, error text NOT NULL, http_status integer, attempts integer NOT NULL, at double precision,
    contact_id text, phone text, previous_status text, previous_campaign text, run text,
    to_phone text, to_id text, status text, campaign text, rest text,
    PRIMARY KEY (ledger, row)
"""

_VERSION = """
    CREATE TABLE IF NOT EXISTS version (
        number integer NOT NULL,
        others text NOT NULL,  -- what was done of another library's tables
        program text NOT NULL
    )
"""

_STEPS = (
    f"""
    CREATE TABLE ledger (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        run text NOT NULL UNIQUE
    );
    CREATE TABLE fact (
        ledger bigint NOT NULL DEFAULT current_setting('bulk_sync.ledger')::bigint
            REFERENCES ledger (id) ON DELETE CASCADE,
        key text NOT NULL,
        value text NOT NULL,  -- JSON
        PRIMARY KEY (ledger, key)
    );
    CREATE TABLE file (       -- the copy of the input, and what the report of a run needs
        ledger bigint NOT NULL DEFAULT current_setting('bulk_sync.ledger')::bigint
            REFERENCES ledger (id) ON DELETE CASCADE,
        name text NOT NULL,
        body bytea NOT NULL,
        PRIMARY KEY (ledger, name)
    );
    CREATE TABLE outcomes ({_OUTCOME});
    CREATE INDEX outcomes_to_phone ON outcomes (ledger, to_phone);
    CREATE INDEX outcomes_to_id ON outcomes (ledger, to_id);
    CREATE TABLE departures ({_OUTCOME});
    CREATE VIEW run AS SELECT * FROM fact WHERE ledger = current_setting('bulk_sync.ledger')::bigint;
    CREATE VIEW outcome AS SELECT * FROM outcomes WHERE ledger = current_setting('bulk_sync.ledger')::bigint;
    CREATE VIEW departure AS SELECT * FROM departures WHERE ledger = current_setting('bulk_sync.ledger')::bigint;
    CREATE TABLE lease (
        name text PRIMARY KEY,
        fence bigint NOT NULL,
        holder text,          -- a process; NULL: nobody has it
        process bigint NOT NULL,
        machine text NOT NULL,
        expires timestamptz NOT NULL,
        run text              -- the last that had it
    );
    CREATE TABLE note (       -- what was learned of an account for a while: its names, that it could be read
        kind text NOT NULL,
        name text NOT NULL,
        text text NOT NULL,
        PRIMARY KEY (kind, name)
    );
    CREATE TABLE account (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        base_url text NOT NULL,
        profile text NOT NULL,
        UNIQUE (base_url, profile)
    );
    CREATE TABLE source (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account bigint NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        UNIQUE (account, kind, name)
    );
    CREATE TABLE entry (
        name text COLLATE "C" NOT NULL,
        source bigint NOT NULL,
        since double precision NOT NULL,
        PRIMARY KEY (name, source)
    );
    CREATE TABLE link (
        account bigint NOT NULL,
        contact_id text COLLATE "C" NOT NULL,
        phone text COLLATE "C" NOT NULL,
        PRIMARY KEY (account, contact_id)
    );
    CREATE INDEX link_phone ON link (account, phone);
    CREATE TABLE removal (
        account bigint NOT NULL,
        at double precision NOT NULL,
        reason text NOT NULL,
        count bigint NOT NULL
    );
    """,  # noqa: S608 -- constants
    """
    CREATE TABLE job (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        profile text NOT NULL,
        name text NOT NULL,       -- of the file
        body bytea NOT NULL,
        options json NOT NULL,
        urgent boolean NOT NULL,
        occasion text UNIQUE,     -- of a schedule, for which a file is submitted once
        state text NOT NULL DEFAULT 'waiting',
        number bigint,            -- in the queue
        machine text,             -- that took it last
        is_to_end boolean NOT NULL DEFAULT false,
        exit_code integer,
        reason text,
        submitted timestamptz NOT NULL DEFAULT clock_timestamp(),
        touched timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended timestamptz
    );
    CREATE INDEX job_open ON job (profile) WHERE state IN ('waiting', 'running');
    """,
)


def migrate(place: SharedLedger, others: Callable[[Db, str], str] = lambda _, done: done) -> str:
    """Give a database the tables that it lacks, all or nothing; a sentence about it. Raises BadConfiguration.

    `others` brings another library's tables up to date, by what was done of them before, and says what is done then.
    """
    try:
        with connected(place) as db, db.transaction():
            db.execute("SELECT pg_advisory_xact_lock(hashtext('bulk-sync migrate'))")
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            db.execute(_VERSION)
            found = db.execute("SELECT number, others FROM version").fetchone() or (0, "")
            before, done = int(str(found[0])), str(found[1])
            if before > VERSION:
                check_version(place, before)
            for step in _STEPS[before:]:
                db.execute(step)
            done = others(db, done)
            db.execute("DELETE FROM version")
            db.execute("INSERT INTO version VALUES (%s, %s, %s)", (VERSION, done, __version__))
    except driver().Error as error:
        raise trouble(place, error) from None
    if before == VERSION:
        return f"The shared ledger {place} is up to date (version {VERSION})."
    return f"The shared ledger {place} was brought up to date: version {before or 'none'} is {VERSION} now."
