"""The jobs of a fleet: which files were submitted for which profile, and what became of them."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadInput
from bulk_sync.ledger.postgres import PostgresSession
from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from bulk_sync.ledger.place import SharedLedger

WAITING, RUNNING, FINISHED, FAILED, CANCELLED = "waiting", "running", "finished", "failed", "cancelled"
OVER = (FINISHED, FAILED, CANCELLED)

KEPT = "fleet"
"""Under which a job's options hold what is no option of a run."""

_COLUMNS = """
    j.id, j.profile, j.name, j.urgent, j.state, j.options, j.number, j.machine, j.exit_code, j.reason,
    j.is_to_end, extract(epoch FROM j.submitted)::float8, extract(epoch FROM j.ended)::float8,
    (SELECT run FROM lease WHERE lease.name = 'job ' || j.id),
    (SELECT count(*) FROM outcomes o JOIN ledger l ON l.id = o.ledger JOIN lease ON lease.run = l.run
     WHERE lease.name = 'job ' || j.id)
"""
_AS_NUMBERED = "coalesce(number, 0) <= coalesce(CAST(? AS BIGINT), number, 0)"
"""The job has no newer number than the one that whoever changes it has begun it with."""

_ALIVE = "SELECT id FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"


@dataclass(frozen=True, slots=True)
class Job:
    """A file that was submitted. `number`: where it stands in the queue; `run`: by which it is synced, once begun.

    `is_to_end`: a person wants it to end. `submitted` and `ended`: seconds since the epoch; `settled`: updates that
    have an outcome.
    """

    id: int
    profile: str
    name: str
    urgent: bool
    state: str
    options: Mapping[str, Any] = field(repr=False)
    number: int | None = None
    machine: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    is_to_end: bool = False
    submitted: float = 0.0
    ended: float | None = None
    run: str | None = None
    settled: int = 0

    @property
    def kept(self) -> dict[str, Any]:
        """What it keeps beside the options of its run: see `submission.kept_of`."""
        return dict(self.options.get(KEPT) or {})

    def options_with(self, **more: object) -> dict[str, Any]:
        """Its options with more kept beside them."""
        return {**self.options, KEPT: self.kept | more}

    @property
    def subject(self) -> str:
        """What its run claims."""
        return subject_of(self.id)

    def as_json(self) -> dict[str, Any]:
        """The same for machines. Names are stable."""
        return {
            "job": self.id,
            "profile": self.profile,
            "file": self.name,
            "urgent": self.urgent,
            "state": self.state,
            "machine": self.machine if self.state == RUNNING else None,
            "run": self.run,
            "calls_settled": self.settled,
            "exit_code": self.exit_code,
            "reason": self.reason,
            "submitted": iso(self.submitted),
            "ended": iso(self.ended) if self.ended else None,
        }


def subject_of(job: int | str) -> str:
    """What the run of a job claims, on whichever computer."""
    return f"job {job}"


class JobTable:
    """The jobs in a database. Close it. Every method raises BadConfiguration where that cannot be used."""

    def __init__(self, place: SharedLedger) -> None:
        self.session = PostgresSession(place)

    def close(self) -> None:
        """Let go of the database."""
        self.session.close()

    def add(
        self, profile: str, path: Path, options: Mapping[str, Any], *, urgent: bool, occasion: str | None = None
    ) -> int | None:
        """Keep a file with the options of its run; the job's number, None where there is one of this occasion.

        Raises BadInput where the file cannot be read.
        """
        try:
            body = path.read_bytes()
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}.") from None
        query = (
            "INSERT INTO job (profile, name, body, options, urgent, occasion) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (occasion) DO NOTHING RETURNING id"
        )
        row = self.session.execute(query, (profile, path.name, body, json.dumps(options), urgent, occasion)).fetchone()
        return None if row is None else int(row[0])

    def numbered(self, job: int, number: int) -> None:
        """Note where it stands in the queue. Numbers grow: a newer one stays."""
        numbered = (
            "UPDATE job SET number = greatest(coalesce(number, 0), CAST(? AS BIGINT)), touched = clock_timestamp() "
            "WHERE id = ?"
        )
        self.session.execute(numbered, (number, job))

    def find(self, job: int) -> Job:
        """A job. Raises BadInput where there is none of that number."""
        for row in self.session.execute(f"SELECT {_COLUMNS} FROM job j WHERE id = ?", (job,)):  # noqa: S608 -- constants
            return Job(*row)
        raise BadInput(f"There is no job {job}. See: bulk-sync fleet status")

    def all(self, most: int) -> list[Job]:
        """Jobs that are not over, and the last of the others, the newest first."""
        query = f"SELECT {_COLUMNS} FROM job j ORDER BY j.state NOT IN ('waiting', 'running'), j.id DESC LIMIT ?"  # noqa: S608 -- constants
        return sorted((Job(*row) for row in self.session.execute(query, (most,))), key=lambda job: -job.id)

    def counts(self) -> dict[str, int]:
        """How many jobs there are of each state."""
        return dict(self.session.execute("SELECT state, count(*) FROM job GROUP BY state").fetchall())

    def begin(self, job: int, number: int | None = None) -> tuple[Job, bytes] | None:
        """Note that a job is taken by this computer, under its number in the queue; the job and its file.

        None: it is over, or was taken out, or has a newer number.
        """
        took = f"""
            UPDATE job SET state = 'running', machine = ?, number = coalesce(CAST(? AS BIGINT), number),
                touched = clock_timestamp() WHERE id = ? AND state IN ('waiting', 'running') AND {_AS_NUMBERED}
            RETURNING body
        """  # noqa: S608 -- constants
        row = self.session.execute(took, (platform.node(), number, job, number)).fetchone()
        return None if row is None else (self.find(job), bytes(row[0]))

    def keep(self, job: int, options: Mapping[str, Any], number: int | None = None) -> None:
        """Keep with a job what its next part needs to know."""
        kept = f"UPDATE job SET options = ? WHERE id = ? AND {_AS_NUMBERED}"  # noqa: S608 -- constants
        self.session.execute(kept, (json.dumps(options), job, number))

    def ended(self, job: int, state: str, exit_code: int | None, reason: str | None, number: int | None = None) -> bool:
        """Note how a job ended, whether it did; what was noted first stays, and what has a newer number goes on."""
        end = f"""
            UPDATE job SET state = ?, exit_code = ?, reason = ?, ended = clock_timestamp()
            WHERE id = ? AND state IN ('waiting', 'running') AND {_AS_NUMBERED}
        """  # noqa: S608 -- constants
        return self.session.execute(end, (state, exit_code, reason, job, number)).rowcount > 0

    def waits(self, job: int, number: int | None = None) -> bool:
        """Note that a job that ran under this number waits again; whether it did."""
        waits = f"""
            UPDATE job SET state = 'waiting', touched = clock_timestamp()
            WHERE id = ? AND state = 'running' AND {_AS_NUMBERED}
        """  # noqa: S608 -- constants
        return self.session.execute(waits, (job, number)).rowcount > 0

    def again(self, job: int, options: Mapping[str, Any], body: bytes | None = None) -> bool:
        """Note that a job that did not end well waits again, with these options, and this file; whether it was one."""
        again = (
            "UPDATE job SET state = 'waiting', exit_code = NULL, reason = NULL, ended = NULL, is_to_end = false, "
            "options = ?, body = coalesce(CAST(? AS BYTEA), body), touched = clock_timestamp() "
            "WHERE id = ? AND state IN ('failed', 'cancelled')"
        )
        return self.session.execute(again, (json.dumps(options), body, job)).rowcount > 0

    def forget(self, seconds: float) -> None:
        """Delete jobs, with their files and the records of their runs, that have been over for as long as each says.

        `seconds`: of those that do not say it.
        """
        delete = """
            DELETE FROM job WHERE ended < clock_timestamp() - make_interval(
                secs => coalesce(CAST(options #>> '{fleet,kept}' AS FLOAT8), ?)
            ) AND NOT EXISTS (
                SELECT 1 FROM lease l WHERE l.name = 'job ' || job.id AND l.holder IS NOT NULL
                AND l.expires >= clock_timestamp()
            ) RETURNING id
        """
        for (job,) in self.session.execute(delete, (seconds,)).fetchall():
            of_it = "SELECT ledger FROM fact WHERE key = 'subject' AND value = ?"
            subject = subject_of(job)
            self.session.execute(f"DELETE FROM ledger WHERE id IN ({of_it})", (json.dumps(subject),))  # noqa: S608 -- constants
            self.session.execute("DELETE FROM lease WHERE name = ?", (subject,))

    def is_to_end(self, job: int) -> None:
        """Ask whoever runs a job, or will, to end it."""
        self.session.execute("UPDATE job SET is_to_end = true WHERE id = ? AND state IN ('waiting', 'running')", (job,))

    def writes(self, job: Job, since: float) -> tuple[int, float]:
        """How many updates of a job were sent from a moment on, and when the last of them was settled."""
        query = (
            "SELECT count(*), coalesce(max(at), 0) FROM outcomes "
            "WHERE ledger = (SELECT id FROM ledger WHERE run = ?) AND attempts > 0 AND at >= ?"
        )
        [(count, last)] = self.session.execute(query, (job.run, since)).fetchall()
        return count, last

    def asked_of(self, jobs: Collection[int]) -> tuple[set[int], set[int]]:
        """Of jobs that this worker runs, those that are to end, and those for which an urgent one of theirs waits.

        That is a sign of life of each: nobody puts it into the queue again.
        """
        query = """
            UPDATE job SET touched = clock_timestamp()
            WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))
            RETURNING id, is_to_end, NOT urgent AND EXISTS (
                SELECT 1 FROM job u WHERE u.profile = job.profile AND u.urgent AND u.state = 'waiting'
            )
        """
        rows = self.session.execute(query, (json.dumps(list(jobs)),)).fetchall()
        return {job for job, ends, _ in rows if ends}, {job for job, _, yields in rows if yields}

    def lost(self, seconds: float, but: Collection[int] = ()) -> list[Job]:
        """Jobs that are not over, and of which neither queue nor worker gave a sign for so long: their workers died.

        `but`: those that the caller runs itself. They are this caller's to put back: nobody else is given them for as
        long again.
        """
        query = f"""
            UPDATE job SET touched = clock_timestamp() WHERE id IN (
                SELECT id FROM job WHERE state IN ('waiting', 'running')
                AND touched < clock_timestamp() - make_interval(secs => ?)
                AND (number IS NULL OR number NOT IN ({_ALIVE}))
                AND id NOT IN (SELECT CAST(value AS BIGINT) FROM json_each(?)) FOR UPDATE SKIP LOCKED
            ) RETURNING id
        """  # noqa: S608 -- constants
        found = self.session.execute(query, (seconds, json.dumps(list(but)))).fetchall()
        return [self.find(job) for (job,) in found]
