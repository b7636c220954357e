"""The queue of a fleet: Procrastinate, in the database of the shared ledger. (extra `fleet`)

A job waits in the queue of its profile, so that only workers that have the profile take it, and under the profile's
lock, so that one of it runs at a time. That saves idle starts: what keeps two runs from sending with one key is the
lease. No job has a date: one that waits for a date holds up what comes after it under the same lock.
"""

from __future__ import annotations

import contextlib
import logging
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadConfiguration
from bulk_sync.ledger.postgres import check_place, conninfo, driver, trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrastinate import App

    from bulk_sync.ledger.place import SharedLedger

TASK = "bulk-sync"

HEARTBEAT, STALLED = 5.0, 20.0
"""Seconds between two signs of life of a worker, and without one until its jobs are another's business."""


class Priority(IntEnum):
    """Who is next under a lock: the highest, then who came first."""

    NORMAL = 0
    BEGUN = 5
    URGENT = 10


def _library() -> Any:  # noqa: ANN401 -- a module
    driver()
    try:
        import procrastinate  # noqa: PLC0415  # an extra, and only a fleet needs it
    except ImportError:
        raise BadConfiguration("A fleet needs what is not installed here: pip install 'bulk-sync[fleet]'") from None
    for name in ("psycopg.pool", "procrastinate"):  # they log each try to connect; the ledger tells once
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return procrastinate


@contextlib.contextmanager
def _open(place: SharedLedger) -> Iterator[App]:
    """The queue, for a moment. Raises LedgerUnreachable where the database cannot be used."""
    library = _library()
    check_place(place)  # a pool would try for half a minute
    app: App = library.App(connector=library.SyncPsycopgConnector(conninfo=conninfo(place), min_size=1, max_size=1))
    try:
        with app.open():
            yield app
    except (library.exceptions.ConnectorException, driver().Error) as error:
        raise trouble(place, error.__cause__ or error) from None


def put(place: SharedLedger, job: int, profile: str, priority: Priority) -> int:
    """Put a job at the end of its queue; its number there, which is another each time."""
    with _open(place) as app:
        waiting = app.configure_task(TASK, queue=profile, lock=profile, priority=int(priority), allow_unknown=True)
        return waiting.defer(job=job)


def take_out(place: SharedLedger, number: int) -> bool:
    """Take a job that waits out of its queue; whether it was there."""
    with _open(place) as app:
        return app.job_manager.cancel_job_by_id(number, delete_job=True)


def queue_for_workers(place: SharedLedger) -> App:
    """The queue, for the event loop of a worker."""
    library = _library()
    connector = library.PsycopgConnector(conninfo=conninfo(place), min_size=1, max_size=4)
    app: App = library.App(connector=connector)
    return app


def bring_up_to_date(db: Any, done: str) -> str:  # noqa: ANN401 -- a connection
    """Give a database Procrastinate's tables, or those changes that are not done; the name of the last that is.

    The library itself makes only a first schema, which has all changes that it knows.
    """
    _library()
    from pathlib import Path  # noqa: PLC0415  # few commands come here

    from procrastinate.schema import SchemaManager  # noqa: PLC0415

    changes = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    if not done:
        db.execute(SchemaManager.get_schema())
    for change in changes:
        if done and change.name > done:
            db.execute(change.read_text(encoding="utf-8"))
    return max(done, changes[-1].name)
