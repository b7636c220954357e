"""The store of a shared ledger: the records of runs in PostgreSQL. (extra `fleet`)"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, cast

from bulk_sync.errors import BadConfiguration
from bulk_sync.ledger.dnc_memory import normal
from bulk_sync.ledger.files import SharedFiles
from bulk_sync.ledger.leases import Lease, LeaseFence
from bulk_sync.ledger.postgres import PostgresSession
from bulk_sync.ledger.schema import noted
from bulk_sync.ledger.session import until_whole
from bulk_sync.ledger.store import Look, Opened
from bulk_sync.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.ledger.place import SharedLedger

_FACTS = "(SELECT coalesce(json_object_agg(key, value::json), '{}') FROM fact WHERE ledger = l.id)"
_HAS_INPUT = "EXISTS (SELECT 1 FROM file WHERE ledger = l.id AND name LIKE 'input%%')"
_IS_RUNNING = """
    NOT EXISTS (SELECT 1 FROM fact WHERE ledger = l.id AND key = 'ended' AND value <> 'null') AND EXISTS (
        SELECT 1 FROM fact f JOIN lease ON lease.name = f.value::json #>> '{}'
        WHERE f.ledger = l.id AND f.key = 'subject' AND lease.holder IS NOT NULL AND lease.expires >= clock_timestamp()
    )
"""
_SETTLED = "(SELECT count(*) FROM outcomes WHERE ledger = l.id)"
_LOOK = f"SELECT l.run, {_FACTS}, {_SETTLED}, {_HAS_INPUT}, {_IS_RUNNING} FROM ledger l"  # noqa: S608 -- constants


class SharedStore:
    """The records in a database. See Store."""

    def __init__(self, place: SharedLedger) -> None:
        self._place = place

    def create(self, run: str, facts: Mapping[str, object]) -> Opened:
        """See Store."""

        def begin(session: PostgresSession) -> None:
            with session.transaction():
                query = "INSERT INTO ledger (run) VALUES (?) ON CONFLICT DO NOTHING RETURNING id"
                begun = session.execute(query, (run,)).fetchone()
                if begun is None:
                    raise BadConfiguration(f"There is a record of a run {run} in {self._place} already.")
                session.execute("SELECT set_config('bulk_sync.ledger', ?, true)", (str(begun[0]),))
                noted(session, {**facts, "run": run, "started": time.time()})

        with contextlib.closing(PostgresSession(self._place)) as session:
            until_whole(lambda: begin(session))
        return self.open(run)

    def open(self, run: str) -> Opened:
        """See Store."""
        session = PostgresSession(self._place, run)
        session.execute("SELECT 1")
        return Opened(f"{self._place}, run {run}", session, SharedFiles(session))

    def names(self) -> Iterator[str]:
        """See Store."""
        return (run for (run,) in self._asked("SELECT run FROM ledger"))

    def has(self, run: str) -> bool:
        """See Store."""
        return bool(self._asked("SELECT 1 FROM ledger WHERE run = ?", run))

    def look(self, run: str) -> Look:
        """See Store."""
        for _, *look in self._asked(f"{_LOOK} WHERE l.run = ?", run):
            return Look(*look)
        raise BadConfiguration(f"There is no record of a run {run} in {self._place} (any more).")

    def looks(self) -> Iterator[tuple[str, Look | Exception]]:
        """See Store."""
        return ((run, Look(*look)) for run, *look in self._asked(_LOOK))

    def with_input(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """See Store."""
        return iter(self._asked(f"SELECT l.run, {_FACTS} FROM ledger l WHERE {_HAS_INPUT}"))  # noqa: S608 -- constants

    def drop_input(self, run: str) -> None:
        """See Store."""
        of_run = "ledger = (SELECT id FROM ledger WHERE run = ?)"
        self._do(f"DELETE FROM file WHERE {of_run} AND name LIKE 'input%%'", run)  # noqa: S608 -- constants

    def forget(self, run: str) -> None:
        """See Store."""
        self._do("DELETE FROM ledger WHERE run = ?", run)
        self._do("DELETE FROM lease WHERE run = ? AND (holder IS NULL OR expires < clock_timestamp())", run)

    def claim(self, subject: str) -> Lease:
        """See Store."""
        try:
            subject.encode()
        except UnicodeEncodeError:
            raise BadConfiguration(
                f"A shared ledger cannot hold the name of {printable(subject)}, which is not UTF-8. Nothing was sent. "
                "Rename the file, or its folder."
            ) from None
        return Lease(self._place, subject)

    @contextlib.contextmanager
    def sending(self, base_url: str, fingerprint: str, claim: AnyClaim) -> Iterator[LeaseFence]:
        """See Store."""
        key = f"the key {fingerprint[:8]}… of {normal(base_url)}"
        with Lease(self._place, key, "sending with", claim.outage) as sender:
            yield LeaseFence(cast("Lease", claim), sender)

    def read_note(self, kind: str, name: str) -> str | None:
        """What was learned of that kind, under that name."""
        found = self._asked("SELECT text FROM note WHERE kind = ? AND name = ?", kind, name)
        return found[0][0] if found else None

    def write_note(self, kind: str, name: str, text: str) -> None:
        """Keep what was learned."""
        self._do("INSERT OR REPLACE INTO note (kind, name, text) VALUES (?, ?, ?)", kind, name, text)

    def _asked(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with contextlib.closing(PostgresSession(self._place)) as session:
            return session.execute(query, values).fetchall()

    def _do(self, statement: str, *values: object) -> None:
        with contextlib.closing(PostgresSession(self._place)) as session:
            session.execute(statement, values)
