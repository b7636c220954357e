"""A session with the tables of a ledger or of the DNC memory: SQLite's here, PostgreSQL's in `postgres`.

Statements are written in SQLite's words.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from bulk_sync.ledger.claims import AnyClaim

T = TypeVar("T")


class Broken(Exception):
    """The connection broke within a transaction, of which nothing was kept."""


class Rows(Protocol):
    """What a statement gives."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    @property
    def description(self) -> Any:  # noqa: ANN401 -- None where it gives no rows
        """What its columns are."""

    def fetchone(self) -> Any:  # noqa: ANN401 -- a row, or None
        """The next row."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Session(Protocol):
    """Executes statements, each by itself or several in a transaction. Any thread may use it.

    Raises sqlite3.Error, or, of a shared ledger, a BulkSyncError that says what is wrong; within a transaction Broken.
    """

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """What a statement gives; `?` stands for each value."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Rows:
        """Execute a statement for each row of values."""

    def transaction(self, begin: str = "BEGIN") -> AbstractContextManager[Self]:
        """All that is executed within, or nothing."""

    def hold(self, claim: AnyClaim, *, fenced: bool) -> None:
        """Wait as whoever has this claim does while the database is away; `fenced`: write only while it is held."""

    def close(self) -> None:
        """Let go of it."""


class LocalSession(sqlite3.Connection):
    """A session with a file of this computer."""

    @contextlib.contextmanager
    def transaction(self, begin: str = "BEGIN") -> Iterator[Self]:
        """See Session. One thread at a time: whoever shares a session has a lock."""
        self.execute(begin)
        with self:  # commits, or rolls back
            yield self

    def hold(self, claim: AnyClaim, *, fenced: bool) -> None:
        """See Session. A file is never away, and a claim here lasts as long as its process."""


def until_whole(work: Callable[[], T]) -> T:
    """What `work` comes to, a transaction that is begun again where the connection broke in its middle."""
    while True:
        with contextlib.suppress(Broken):
            return work()
