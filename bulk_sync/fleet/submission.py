"""What people ask of a fleet: to sync a file, to hand its results over, to cancel a job, or to try it again."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadInput, LedgerUnreachable
from bulk_sync.fleet.job_table import CANCELLED, FAILED, KEPT, OVER, JobTable
from bulk_sync.fleet.queue import Priority, put, take_out
from bulk_sync.ledger import Ledger, Runs
from bulk_sync.results import default_output
from bulk_sync.runs.manifest import noted
from bulk_sync.times import next_moment, parse_duration, time_of_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.fleet.job_table import Job
    from bulk_sync.ledger import SharedLedger
    from bulk_sync.settings import Settings

_OF_THE_WORKER = frozenset({"input", "output", "base_url", "profile", "json_results", "report", "errors_only"})
"""Options that mean nothing on another computer than the one that submits, or that the profile decides."""


def options_of(settings: Settings) -> dict[str, Any]:
    """What a job keeps of the settings that it was submitted with, and when it began to count by them."""
    kept = {name: value for name, value in noted(settings).items() if name not in _OF_THE_WORKER}
    options = kept | {"yes": settings.yes, "keep_runs": settings.keep_runs}
    return {**options, KEPT: kept_of(options)}


def kept_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a job keeps beside the options of its run when it is submitted, or tried again by a person.

    `ends`: when `until` is; `since`: from when on its updates count; `kept`: seconds for which it is kept when it is
    over; all in seconds of the epoch. Later `used` joins them, the seconds that it was sent for, and `began`, while a
    part of it is.
    """
    until, now = options.get("until"), time.time()
    return {
        "ends": next_moment(time_of_day(until), now) if until else None,
        "since": now,
        "kept": parse_duration(options.get("keep_runs") or "90d"),
    }


def submitted(
    place: SharedLedger,
    profile: str,
    path: Path,
    options: Mapping[str, Any],
    *,
    urgent: bool = False,
    occasion: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> int | None:
    """Submit a file; the number of its job, None where it was submitted on this occasion already.

    Raises BadInput where it cannot be read, and BadConfiguration. `tell` hears where the queue could not be reached
    once the job was there: workers put it into the queue then.
    """
    with closing(JobTable(place)) as table:
        job = table.add(profile, path, options, urgent=urgent, occasion=occasion)
        if job is not None:
            try:
                table.numbered(job, put(place, job, profile, Priority.URGENT if urgent else Priority.NORMAL))
            except LedgerUnreachable:
                tell(
                    f"Job {job} is submitted; do not submit {path.name} again. The queue could not be reached just "
                    "now: a worker puts the job into it."
                )
    return job


def results_of(place: SharedLedger, job: Job, output: Path | None) -> Path:
    """Write the results of a job, for their owner only; where. Raises BadInput where there are none yet."""
    body, name = _results(place, job)
    if body is None:
        raise BadInput(f"Job {job.id} is {job.state}, and has no results{'' if job.state in OVER else ' yet'}.")
    out = output or (Path(name) if name != job.name else Path(default_output(Path(name)).name))
    if output is None and out.exists():
        raise BadInput(f"{out} exists already. Give another name with -o.")
    out.touch(mode=0o600)
    out.write_bytes(body)
    return out


def cancelled(table: JobTable, job: int) -> str:
    """Cancel a job; what becomes of it, in a sentence. Raises BadInput where it is over."""
    found = table.find(job)
    if found.state in OVER:
        raise BadInput(f"Job {job} is {found.state} already.")
    table.is_to_end(job)  # first, so that whoever runs it, or begins it meanwhile, hears of it
    place = table.session.place
    is_out = found.number is not None and take_out(place, found.number)
    is_free = is_out and not Runs(place).claim(found.subject).is_taken
    if is_free and table.ended(job, CANCELLED, None, "Cancelled before it began.", found.number):
        return f"Job {job} was cancelled. Nothing of it was sent since it was put into the queue."
    return f"Job {job} ends within seconds. See: bulk-sync fleet status"


def retried(table: JobTable, job: int) -> bool:
    """Put a job back that failed or was cancelled; whether it did.

    Its run goes on. Where that is done, as nothing got through, it is a retry of its results. Raises BadInput where
    those are not kept.
    """
    found = table.find(job)
    if found.state not in {FAILED, CANCELLED}:
        return False
    options, body = found.options_with(**kept_of(found.options), used=0.0, began=None, troubles=0), None
    if found.run is not None and _is_done(table.session.place, found.run):
        body, name = _results(table.session.place, found)
        if body is None:
            raise BadInput(
                f"Nothing of job {job} is left to be sent, and its results are not kept, so that it cannot be retried. "
                "Submit its file again: bulk-sync fleet submit"
            )
        options[KEPT] |= {"retry_of": found.run, "file": name}
    if not table.again(job, options, body):
        return False
    priority = Priority.URGENT if found.urgent else Priority.NORMAL
    table.numbered(job, put(table.session.place, job, found.profile, priority))
    return True


def _is_done(place: SharedLedger, run: str) -> bool:
    found = Runs(place).get(run)
    return found is not None and bool(found.facts.get("done"))


def _results(place: SharedLedger, job: Job) -> tuple[bytes | None, str]:
    """The results of a job, None where there are none, and the name of their file."""
    if job.run is None or not Runs(place).has(job.run):
        return None, job.name
    with Ledger.open(place, job.run) as ledger:
        return ledger.files.results(), Path(ledger.facts().get("results") or job.name).name
