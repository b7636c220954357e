"""The store of a shared ledger: the records of runs, and their files, in PostgreSQL. (extra `fleet`)"""

from __future__ import annotations

import contextlib
import time
from itertools import starmap
from typing import TYPE_CHECKING, Any, cast

from bulk_sync.errors import BadConfiguration
from bulk_sync.http_semantics import normal
from bulk_sync.ledger.leases import Lease, LeaseFence
from bulk_sync.ledger.postgres import PostgresSession, asked
from bulk_sync.ledger.schema import noted
from bulk_sync.ledger.session import until_whole
from bulk_sync.ledger.store import Opened, Run
from bulk_sync.printable import printable
from bulk_sync.state import scratch_folder, state_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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
    """The records of runs in a database. Its methods: see LocalStore."""

    def __init__(self, place: SharedLedger) -> None:
        self._place = place

    def create(self, run: str, facts: Mapping[str, object]) -> Opened:
        """See LocalStore."""

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
        """See LocalStore."""
        session = PostgresSession(self._place, run)
        session.execute("SELECT 1")
        return Opened(f"{self._place}, run {run}", session, SharedFiles(session))

    def names(self) -> Iterator[str]:
        """See LocalStore."""
        return (run for (run,) in self._asked("SELECT run FROM ledger"))

    def has(self, run: str) -> bool:
        """See LocalStore."""
        return bool(self._asked("SELECT 1 FROM ledger WHERE run = ?", run))

    def look(self, run: str) -> Run:
        """See LocalStore."""
        try:
            for found in self._asked(f"{_LOOK} WHERE l.run = ?", run):
                return Run(*found)
        except BadConfiguration as error:
            return Run(run, trouble=str(error))
        return Run(run, trouble=f"There is no record of a run {run} in {self._place} (any more).")

    def looks(self) -> Iterator[Run]:
        """See LocalStore."""
        return starmap(Run, self._asked(_LOOK))

    def with_input(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """See LocalStore."""
        return iter(self._asked(f"SELECT l.run, {_FACTS} FROM ledger l WHERE {_HAS_INPUT}"))  # noqa: S608 -- constants

    def drop_input(self, run: str) -> None:
        """See LocalStore."""
        of_run = "ledger = (SELECT id FROM ledger WHERE run = ?)"
        self._asked(f"DELETE FROM file WHERE {of_run} AND name LIKE 'input%%'", run)  # noqa: S608 -- constants

    def forget(self, run: str) -> None:
        """See LocalStore."""
        self._asked("DELETE FROM ledger WHERE run = ?", run)
        self._asked("DELETE FROM lease WHERE run = ? AND (holder IS NULL OR expires < clock_timestamp())", run)

    def claim(self, subject: str) -> Lease:
        """See LocalStore."""
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
        """See LocalStore."""
        key = f"the key {fingerprint[:8]}… of {normal(base_url)}"
        with Lease(self._place, key, "sending with", claim.outage) as sender:
            yield LeaseFence(cast("Lease", claim), sender)

    def read_note(self, kind: str, name: str) -> str | None:
        """What was learned of that kind, under that name."""
        found = self._asked("SELECT text FROM note WHERE kind = ? AND name = ?", kind, name)
        return found[0][0] if found else None

    def write_note(self, kind: str, name: str, text: str) -> None:
        """Keep what was learned."""
        self._asked("INSERT OR REPLACE INTO note (kind, name, text) VALUES (?, ?, ?)", kind, name, text)

    def _asked(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return asked(self._place, query, *values)


class SharedFiles:
    """The files of a run in a shared ledger. The copy of the input is written here where somebody asks."""

    def __init__(self, session: PostgresSession) -> None:
        self._session, self._here = session, contextlib.ExitStack()
        self._input: Path | None = None

    @property
    def folder(self) -> Path:
        """Where this computer keeps what concerns nobody else."""
        return state_folder()

    @property
    def input(self) -> Path | None:
        """See LocalFiles."""
        if self._input is None:
            found = self._session.execute(_INPUT).fetchone()
            if found is not None:
                self._input = self._here.enter_context(scratch_folder()) / found[0]
                self._input.touch(mode=0o600)
                self._input.write_bytes(found[1])
        return self._input

    def keep(self, path: Path) -> Path:
        """See LocalFiles."""
        try:
            body = path.read_bytes()
        except OSError as error:
            raise BadConfiguration(f"{path} cannot be read: {error.strerror}. Nothing was sent.") from None
        self._put(f"input{path.suffix}", body)
        return self.input or path

    def drop_input(self) -> None:
        """See LocalFiles."""
        self._session.execute(_DROP_INPUT)

    def read(self, name: str) -> str | None:
        """See LocalFiles."""
        body = self._body(name)
        return None if body is None else body.decode("utf-8", "replace")

    def write(self, name: str, text: str) -> None:
        """See LocalFiles."""
        self._put(name, text.encode("utf-8", "replace"))

    def keep_results(self, path: Path) -> None:
        """Keep complete results, for whoever asks for them on another computer."""
        self._put("results", path.read_bytes())

    def results(self) -> bytes | None:
        """The results that were kept."""
        return self._body("results")

    def close(self) -> None:
        """Let go of the copy that was written here."""
        self._here.close()

    def _body(self, name: str) -> bytes | None:
        found = self._session.execute(f"SELECT body {_OWN} AND name = ?", (name,)).fetchone()
        return None if found is None else bytes(found[0])

    def _put(self, name: str, body: bytes) -> None:
        self._session.execute("INSERT OR REPLACE INTO file (name, body) VALUES (?, ?)", (name, body))


_OWN = "FROM file WHERE ledger = current_setting('bulk_sync.ledger')::bigint"
_INPUT = f"SELECT name, body {_OWN} AND name LIKE 'input%%'"
_DROP_INPUT = f"DELETE {_OWN} AND name LIKE 'input%%'"
