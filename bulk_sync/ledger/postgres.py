"""A session with a shared ledger: psycopg, which connects again where the connection broke, and says what is wrong.

Statements are written in SQLite's words, and put into PostgreSQL's here. (extra `fleet`)
"""

from __future__ import annotations

import contextlib
import re
import select
import threading
from functools import cache
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bulk_sync.errors import BadConfiguration, LeaseLost, LedgerUnreachable, OutOfDate
from bulk_sync.ledger.outage import Outage
from bulk_sync.ledger.session import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import psycopg

    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.ledger.place import SharedLedger
    from bulk_sync.ledger.session import Rows

T = TypeVar("T")

SCHEMA = "bulk_sync"
"""The schema of the database in which our tables are, and Procrastinate's."""

VERSION = 2
"""Of our tables there; `shared_schema` makes them."""

OLDEST_SERVER = 130_000
"""PostgreSQL 13, as the server says it: what Procrastinate needs."""

_SERVER = {
    "idle_in_transaction_session_timeout": "8s",
    "synchronous_commit": "on",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
"""The same for the server: a computer that stopped in mid-transaction holds nobody's lease for longer than it lasts."""

_LOCK_TIMEOUT = "5s"
"""For which a statement of a session waits for another one's lock; `fleet migrate` waits for as long as it takes."""

_WAITS = 3
"""Times in a row that it does so where nobody bears an outage: for longer than `_SERVER` lets a lock be held."""

_DEFAULTS = {
    "application_name": "bulk-sync",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""What holds for a connection whose address does not say otherwise: a server that is gone is noticed in ten seconds."""

KEYS = {
    "run": "ledger, key",
    "outcome": "ledger, row",
    "departure": "ledger, row",
    "file": "ledger, name",
    "link": "account, contact_id",
    "note": "kind, name",
}
"""What a row that is replaced has in common with the one that replaces it, by table."""

_PASSES = re.compile(r"08...|57P0.|53...|25006|40001|40P01|25P03|55P03")
"""SQLSTATEs of what may pass: no connection, a server that stops, too little room, a standby; two that met."""

_MET = frozenset({"40001", "40P01"})
_AGAIN = frozenset({"25P03", "55P03", "57P01", "57P02"})
"""SQLSTATEs of two transactions that met; of one that was too slow, or waited too long for another; of a server that
ended a connection, and may be back."""

_WRONG = {
    "25006": ("takes no writes", "It may be a standby: give the address of the primary server."),
    "55P03": ("is held by another program, and did not become free", "Close whatever has it open, and try again."),
    "53100": ("is full", "Free some space on the server, and try again."),
    "42501": ("does not let this user in", "Let its owner grant the rights, or give another user's address."),
    "3F000": ("is not set up yet", "Set it up: bulk-sync fleet migrate"),
    "42P01": ("is not set up yet", "Set it up: bulk-sync fleet migrate"),
}
"""What is wrong, and what to do, by SQLSTATE."""

_REFUSED = {
    "authentication failed": ("does not let this user in", "Check the name and the password in its address."),
    "no password supplied": ("does not let this user in", "Its address needs a password, or PGPASSFILE one of it."),
    "pg_hba.conf": ("does not let this computer in", "Have it allowed in the server's pg_hba.conf."),
    "too many c": ("has no connection left", "Let the server take more (max_connections), and try again."),
    "remaining connection slots": ("has no connection left", "Let the server take more (max_connections)."),
    'role "': ("does not let this user in", "Check the name and the password in its address."),
    "permission denied": ("does not let this user in", "Let its owner grant the rights, or give another address."),
    '" does not exist': ("is not there", "Check the name of the database in its address, or create it."),
    "starting up": ("is starting", "Try again in a moment."),
}
"""The same by a part of what the server says."""


@cache
def translated(statement: str) -> str:
    """A statement in PostgreSQL's words."""
    statement = statement.replace("json_each(?)", "json_array_elements_text(?::json)").replace("?", "%s")
    if "INSERT OR IGNORE" in statement:
        return statement.replace("INSERT OR IGNORE", "INSERT") + " ON CONFLICT DO NOTHING"
    if "INSERT OR REPLACE" in statement:
        table, columns = re.findall(r"INTO (\w+) \(([^)]*)\)", statement)[0]
        new = ", ".join(
            f"{name} = excluded.{name}" for name in columns.split(", ") if name not in KEYS[table].split(", ")
        )
        return f"{statement.replace(' OR REPLACE', '')} ON CONFLICT ({KEYS[table]}) DO UPDATE SET {new}"
    return statement


def _adapted(values: Sequence[Any]) -> list[Any]:
    """Values as PostgreSQL takes them: its texts hold no NUL, and nothing that is no character."""
    return [_text(each) if isinstance(each, str) else each for each in values]


def _text(value: str) -> str:
    return value.replace("\0", "\ufffd").encode(errors="backslashreplace").decode()


def driver() -> Any:  # noqa: ANN401 -- a module
    """The library. Raises BadConfiguration where it is not installed."""
    try:
        import psycopg  # noqa: PLC0415  # an extra, and only this needs it
    except ImportError:
        raise BadConfiguration(
            "A shared ledger needs what is not installed here. Nothing was sent. Install it: "
            "pip install 'bulk-sync[fleet]'"
        ) from None
    return psycopg


def conninfo(place: SharedLedger, **more: str) -> str:
    """How to connect to it, for psycopg; `more` holds in the server. Raises BadConfiguration without the address."""
    driver()
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415  # as above

    try:
        given = {name: str(value) for name, value in conninfo_to_dict(place.address).items() if value is not None}
    except Exception:  # noqa: BLE001 -- libpq repeats the address, which may hold a password
        raise BadConfiguration(f"The address of the ledger {place} cannot be used. Nothing was sent.") from None
    ours = [f"-c {name}={value}" for name, value in {**_SERVER, **more}.items()]
    options = " ".join(filter(None, [*ours, given.pop("options", ""), f"-c search_path={SCHEMA}"]))
    return make_conninfo("", **(_DEFAULTS | given), options=options)


def connected(place: SharedLedger, **more: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A new connection. Raises psycopg.Error, and BadConfiguration for a server that is too old."""
    db: psycopg.Connection[tuple[Any, ...]] = driver().connect(conninfo(place, **more), autocommit=True)
    if db.info.server_version < OLDEST_SERVER:
        db.close()
        raise BadConfiguration(f"The server of the ledger {place} is too old. It must be PostgreSQL 13 or later.")
    return db


def check_version(place: SharedLedger, found: int, *, has_begun: bool = False) -> None:
    """Raise OutOfDate unless the tables are of this program's version; `has_begun`: see `trouble`."""
    unsent = "" if has_begun else " Nothing was sent."
    if found > VERSION:
        raise OutOfDate(
            f"The shared ledger {place} was set up by a newer version of bulk-sync.{unsent} Use that version: "
            "pip install --upgrade bulk-sync"
        )
    if found < VERSION:
        raise OutOfDate(
            f"The shared ledger {place} is of an older version.{unsent} Bring it up to date: bulk-sync fleet migrate"
        )


def trouble(place: SharedLedger, error: BaseException, *, has_begun: bool = False) -> LedgerUnreachable:
    """What is wrong with a database, and what to do; `has_begun`: a run, so that something may have been sent."""
    wrong, advice = _WRONG.get(getattr(error, "sqlstate", None) or "") or _wrong_with(error)
    unsent = "" if has_begun else " Nothing was sent."
    return LedgerUnreachable(f"The shared ledger {place} {wrong} ({why(error)}).{unsent} {advice}")


def _wrong_with(error: BaseException) -> tuple[str, str]:
    """What is wrong, and what to do, by what was said: whoever is not let in is told no SQLSTATE."""
    said = str(error)
    for words, found in _REFUSED.items():
        if words in said:
            return found
    is_answered = bool(getattr(error, "sqlstate", None)) or "FATAL:" in said
    return "cannot be used", "Ask whoever looks after the database." if is_answered else "Is the server running?"


def why(error: BaseException) -> str:
    """What the library says of an error, in a line."""
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


class PostgresSession:
    """A session with a shared ledger; `run`: the run whose tables are meant by `run`, `outcome` and `departure`.

    Where the connection breaks, another is made: at once, or for as long as `outage` bears it. See Session.
    """

    def __init__(self, place: SharedLedger, run: str | None = None) -> None:
        self.place, self.outage = place, Outage()
        self._claim: AnyClaim | None = None
        self._run = run
        self._db: psycopg.Connection[tuple[Any, ...]] | None = None
        self._lock = threading.RLock()
        self._is_inside = False
        self._waits = 0
        self._error: type[Exception] = driver().Error

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """See Session."""
        return self._done(lambda db: db.execute(translated(statement), _adapted(values)))

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Rows:
        """See Session."""
        adapted = [_adapted(row) for row in rows]

        def do(db: psycopg.Connection[tuple[Any, ...]]) -> psycopg.Cursor[tuple[Any, ...]]:
            cursor = db.cursor()
            cursor.executemany(translated(statement), adapted)
            return cursor

        return self._done(do)

    @contextlib.contextmanager
    def transaction(self, begin: str = "") -> Iterator[Self]:  # noqa: ARG002 -- SQLite has several ways
        """See Session."""
        with self._lock:
            db = self._connected()
            try:
                with db.transaction():
                    self._is_inside = True
                    if self._claim is not None:
                        self._claim.guard(self)
                    yield self
            except self._error as error:
                self._failed(error)
                raise Broken from error
            finally:
                self._is_inside = False
            self._succeeded()

    def hold(self, claim: AnyClaim, *, fenced: bool) -> None:
        """See Session."""
        self.outage, self._claim = claim.outage or self.outage, claim if fenced else None

    def close(self) -> None:
        """See Session."""
        if self._db is not None:
            self._db.close()

    def _done(self, what: Callable[[psycopg.Connection[tuple[Any, ...]]], T]) -> T:
        with self._lock:
            while True:
                db = self._connected()
                try:
                    done = what(db)
                except self._error as error:
                    if self._is_inside:
                        raise
                    self._failed(error)
                    continue
                if not self._is_inside:
                    self._succeeded()
                return done

    def _succeeded(self) -> None:
        self._waits = 0
        self.outage.ended(self)

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The connection, or a new one where it broke. Raises BadConfiguration and LedgerAway."""
        if self._db is not None and not self._is_inside and _has_ended(self._db):
            self._db.close()
        while self._db is None or self._db.closed:
            try:
                self._db = self._opened()
            except self._error as error:
                self._failed(error)
        return self._db

    def _opened(self) -> psycopg.Connection[tuple[Any, ...]]:
        self.outage.check()
        db = connected(self.place, lock_timeout=_LOCK_TIMEOUT)
        try:
            [(version,)] = db.execute("SELECT number FROM version").fetchall()
            check_version(self.place, version, has_begun=self.outage.is_borne)
            self._choose_run(db)
        except BaseException:
            db.close()
            raise
        return db

    def _choose_run(self, db: psycopg.Connection[tuple[Any, ...]]) -> None:
        query = "SELECT set_config('bulk_sync.ledger', id::text, false) FROM ledger WHERE run = %s"
        if self._run is not None and db.execute(query, (self._run,)).fetchone() is None:
            raise BadConfiguration(f"There is no record of a run {self._run} in {self.place}. See: bulk-sync history")

    def _failed(self, error: Exception) -> None:
        """Wait a moment before the next try. Raises LedgerUnreachable where there shall be none, and LedgerAway."""
        state = getattr(error, "sqlstate", None)
        lost = driver().OperationalError, driver().InterfaceError
        may_pass = isinstance(error, lost) if state is None else bool(_PASSES.fullmatch(state))
        if state in _MET:
            return
        if self._db is not None:
            self._db.close()
        if state in _AGAIN and not self.outage.is_borne and self._waits + 1 < _WAITS:
            self._waits += 1
            return
        if not may_pass or not self.outage.is_borne:
            raise trouble(self.place, error, has_begun=self.outage.is_borne) from None
        self.outage.began(self, why(error))
        self.outage.pause()


def _has_ended(db: psycopg.Connection[tuple[Any, ...]]) -> bool:
    """Whether a connection that nobody uses at this moment has broken: a server that is well says nothing unasked."""
    if db.closed:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([db.fileno()], [], [], 0)[0])
    look = select.poll()
    look.register(db.fileno(), select.POLLIN)
    return bool(look.poll(0))


def asked(place: SharedLedger, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows that a statement gives, if it gives any, in a session of its own. Raises as that does."""
    with contextlib.closing(PostgresSession(place)) as session:
        done = session.execute(statement, values)
        return done.fetchall() if done.description else []


def check_place(place: SharedLedger) -> None:
    """Connect to it once. Raises BadConfiguration where it cannot be used, OutOfDate where it is another version's."""
    asked(place, "SELECT 1")


def lost(subject: str) -> LeaseLost:
    """What is said where a run has lost what it had leased."""
    return LeaseLost(
        f"Stopped: this computer was silent for so long that another one has taken over {subject}. Nothing more was "
        "sent from here. See: bulk-sync history"
    )
