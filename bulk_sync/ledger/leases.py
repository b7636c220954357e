"""Leases of a shared ledger: who has a file or a key at this moment, on whichever computer.

A lease has a fence: a number that grows with each holder. It is renewed every `RENEWAL` seconds and ends `TERM` seconds
after the last renewal, so that a computer that died holds nobody up. Whoever slept meanwhile sees at once, by its own
clock, that the lease may be over, and learns from the database whether another one has it now.
"""

from __future__ import annotations

import os
import platform
import secrets
import threading
import time
from typing import TYPE_CHECKING, Self

from bulk_sync.errors import AlreadyRunning, BulkSyncError
from bulk_sync.ledger.outage import Outage
from bulk_sync.ledger.postgres import PostgresSession, asked, lost

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.ledger.place import SharedLedger
    from bulk_sync.ledger.session import Session

TERM, RENEWAL, AGAIN = 20.0, 5.0, 1.0
"""Seconds that a lease lasts, between two renewals, and until a renewal that failed is tried again."""

MARGIN = 2.0
"""Seconds before its end from which on a lease is no more gone by: clocks do not all go at the same speed."""

_HOLDER = secrets.token_hex(8)
"""This process."""

_TAKE = """
    INSERT INTO lease (name, fence, holder, process, machine, expires)
    VALUES (%s, 1, %s, %s, %s, clock_timestamp() + make_interval(secs => %s))
    ON CONFLICT (name) DO UPDATE SET fence = lease.fence + 1, holder = excluded.holder, process = excluded.process,
        machine = excluded.machine, expires = excluded.expires
    WHERE lease.holder IS NULL OR lease.expires < clock_timestamp()
    RETURNING fence
"""
_RENEW = """
    UPDATE lease SET expires = clock_timestamp() + make_interval(secs => %s)
    WHERE holder = %s AND (name, fence) IN (SELECT * FROM unnest(%s::text[], %s::bigint[])) RETURNING name, fence
"""
_IS_TAKEN = "SELECT 1 FROM lease WHERE name = ? AND holder IS NOT NULL AND expires >= clock_timestamp()"
_IS_OURS = "SELECT 1 FROM lease WHERE name = ? AND holder = ? AND fence = ? FOR SHARE"
_END = "UPDATE lease SET holder = NULL WHERE name = ? AND holder = ? AND fence = ?"


def now() -> float:
    """Seconds that go on while the process, or the computer, sleeps, and that nobody can set back."""
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC_RAW", None))  # the second is macOS's
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Lease:
    """The right to sync an input, or to send with a key, while this context lasts. See `Claim`.

    Raises AlreadyRunning where another has it. `doing`: what whoever has it does, for the sentence about that.
    """

    is_sure = True

    def __init__(self, place: SharedLedger, subject: str, doing: str = "syncing", outage: Outage | None = None) -> None:
        self.outage = outage or Outage()
        self.fence = 0
        self._place, self.subject, self._doing = place, subject, doing
        self._until, self._is_lost = 0.0, False

    def __enter__(self) -> Self:
        began = now()
        taken = asked(self._place, _TAKE, self.subject, _HOLDER, os.getpid(), platform.node(), TERM)
        if not taken:
            raise AlreadyRunning(self._refusal())
        self.fence, self._until = taken[0][0], began + TERM
        _RENEWALS.add(self, self._place)
        return self

    def __exit__(self, *_: object) -> None:
        _RENEWALS.drop(self)
        try:
            asked(self._place, _END, self.subject, _HOLDER, self.fence)
        except BulkSyncError:
            return  # the database is away: it ends by itself
        finally:
            self._until = 0.0

    def _refusal(self) -> str:
        found = asked(self._place, "SELECT run, machine, process FROM lease WHERE name = ?", self.subject)
        run, machine, process = found[0] if found else (None, "another computer", 0)
        whose = f"{f'run {run}, ' if run else ''}process {process} on {machine}"
        return (
            f"Another run is {self._doing} {self.subject} at this moment ({whose}). Wait until it ends, or stop it "
            "first."
        )

    @property
    def is_taken(self) -> bool:
        """Whether anybody has it at this moment."""
        return bool(asked(self._place, _IS_TAKEN, self.subject))

    @property
    def last_run(self) -> str | None:
        """The run that had it last, if there was one."""
        found = asked(self._place, "SELECT run FROM lease WHERE name = ?", self.subject)
        return found[0][0] if found else None

    def by(self, run: str) -> None:
        """Note which run has it now."""
        asked(self._place, "UPDATE lease SET run = ? WHERE name = ? AND holder = ?", run, self.subject, _HOLDER)

    def is_valid(self) -> bool:
        """Whether it is certain that nobody else has it at this moment."""
        return not self._is_lost and now() < self._until - MARGIN

    def check(self) -> None:
        """Do nothing while it may still be ours. Raises LeaseLost, and LedgerAway after too long an outage."""
        if self._is_lost:
            raise lost(self.subject)
        self.outage.check()

    def guard(self, session: Session) -> None:
        """Hold it within a transaction, so that nobody takes it meanwhile. Raises LeaseLost."""
        if session.execute(_IS_OURS, (self.subject, _HOLDER, self.fence)).fetchone() is None:
            self._is_lost = True
            raise lost(self.subject)

    def renewed(self, asked: float, fence: int | None) -> None:
        """Hear that it was renewed as of then, with this fence; None: it is not ours any more."""
        if fence == self.fence:
            self._until = asked + TERM
            self.outage.ended(self)
        else:
            self.lose()

    def lose(self) -> None:
        """Hear that another one has it."""
        self._is_lost = self._is_lost or bool(self._until)


class LeaseFence:
    """What must hold for a write to leave: every lease of a run, and a database that is there. See Fence."""

    def __init__(self, *leases: Lease) -> None:
        self._leases, self._outage = leases, leases[0].outage

    def is_open(self) -> bool:
        """See Fence."""
        return not self._outage.is_on and all(lease.is_valid() for lease in self._leases)

    def check(self) -> None:
        """See Fence."""
        for lease in self._leases:
            lease.check()

    def bear(self, seconds: float, tell: Callable[[str], None]) -> None:
        """See Fence."""
        self._outage.bear(seconds, tell)

    def give_up(self) -> None:
        """See Fence."""
        self._outage.give_up()


class Renewals:
    """Renews what this process has leased, in a thread of its own that lasts as long as anything is leased."""

    def __init__(self) -> None:
        self._leases: dict[tuple[SharedLedger, str], Lease] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, lease: Lease, place: SharedLedger) -> None:
        """Renew this, too."""
        with self._lock:
            if (before := self._leases.get((place, lease.subject))) is not None:
                before.lose()  # it was over, and this one has been taken since
            self._leases[place, lease.subject] = lease
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)
                self._thread.start()

    def drop(self, lease: Lease) -> None:
        """Renew it no more."""
        with self._lock:
            self._leases = {key: each for key, each in self._leases.items() if each is not lease}
        self._changed.set()

    def _renew(self) -> None:
        sessions: dict[SharedLedger, PostgresSession] = {}
        pause = RENEWAL
        while True:
            self._changed.wait(pause)
            self._changed.clear()
            with self._lock:
                held = dict(self._leases)
                if not held:
                    self._thread = None
                    break
            pause = RENEWAL
            for place in {place for place, _ in held}:
                own = {subject: lease for (where, subject), lease in held.items() if where == place}
                if not _renewed(sessions.setdefault(place, PostgresSession(place)), own):
                    pause = AGAIN
        for session in sessions.values():
            session.close()


def _renewed(session: PostgresSession, leases: dict[str, Lease]) -> bool:
    """Renew what is leased in one place; whether that was possible."""
    asked = now()
    try:
        fences = [lease.fence for lease in leases.values()]
        found = dict(session.execute(_RENEW, (TERM, _HOLDER, list(leases), fences)).fetchall())
    except BulkSyncError:
        for lease in leases.values():
            lease.outage.began(lease, "its database does not answer")
        return False
    for subject, lease in leases.items():
        lease.renewed(asked, found.get(subject))
    return True


_RENEWALS = Renewals()
