"""One job of a fleet, carried out: its file is synced as by `bulk-sync FILE`, in a thread of its own.

What the ledger knows is not done again, so that a job may be begun again at any time, on any computer.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bulk_sync import job as whole
from bulk_sync.errors import (
    AlreadyRunning,
    BulkSyncError,
    Interrupted,
    LeaseLost,
    LedgerAway,
    LedgerUnreachable,
    LimitReached,
    OutOfDate,
    Yielded,
)
from bulk_sync.fleet.job_table import FAILED, FINISHED, OVER, Job, JobTable
from bulk_sync.ledger import Runs, SharedLedger, ledgers_at
from bulk_sync.report.log import Log
from bulk_sync.results import default_output
from bulk_sync.runs.manifest import settings_of
from bulk_sync.settings import OPTIONS
from bulk_sync.state import scratch_folder
from bulk_sync.times import clock, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bulk_sync.report.summary import Summary
    from bulk_sync.send.signals import Cancellation
    from bulk_sync.settings import Settings

AGAIN, PAUSE = 1.0, 5.0
"""Seconds until a run is tried again whose file or key another one has, and after trouble with the database."""

MOST_TROUBLES = 100
"""Times in a row that a job is tried although the database would not let it begin, while the queue in it works."""

_BY_TIME, _SIGNALS = {LimitReached.exit_code, LeaseLost.exit_code}, 128
"""Exit codes of what ends a run without regard to what is left of it: 5, 6, and those above 128."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended: its state, exit code, and why, in a sentence. `goes_on`: it is to be put back into the queue.

    `options`: those that its next part goes by; None: as they were.
    """

    state: str
    exit_code: int | None = None
    reason: str | None = None
    goes_on: bool = False
    options: Mapping[str, Any] | None = None


class _Sentences(Log):
    """Tells what a run says, and nothing of its rows."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._say = tell

    def message(self, sentence: str) -> None:
        if sentence:
            self._say(sentence)

    warning = message


def carry_out(
    place: SharedLedger, job: Job, body: bytes, cancellation: Cancellation, tell: Callable[[str], None]
) -> Ending | None:
    """Sync a job's file; how that ended. None: another computer goes on with it, or has ended it."""
    try:
        with (
            ledgers_at(place.address), scratch_folder() as folder, cancellation.heeded(),
            contextlib.closing(JobTable(place)) as table,
        ):  # fmt: skip
            return _carried_out(table, job, _written(folder, job, body), cancellation, tell)
    except (LeaseLost, LedgerAway, OutOfDate) as error:
        tell(str(error))
        return None
    except LedgerUnreachable as error:
        return _after_trouble(job, error, cancellation)
    except BulkSyncError as error:
        return Ending(FAILED, error.exit_code, str(error))
    except Exception as error:  # noqa: BLE001 -- the other jobs go on
        return fault(job.id, error)


def _written(folder: Path, job: Job, body: bytes) -> Path:
    """A job's file, on this computer. Raises OSError."""
    place = folder / "in"
    place.mkdir(mode=0o700)
    path = place / str(job.kept.get("file") or job.name)
    path.touch(mode=0o600)
    path.write_bytes(body)
    return path


def fault(job: int, error: BaseException) -> Ending:
    """How a job ends by what nobody expected. What that says may name people, so that only its kind is kept."""
    what = f"{type(error).__name__}{f', {error.strerror}' if isinstance(error, OSError) and error.strerror else ''}"
    return Ending(
        FAILED, 7, f"A fault in bulk-sync or on the worker's computer ({what}). Then: bulk-sync fleet retry {job}"
    )


def _after_trouble(job: Job, error: LedgerUnreachable, cancellation: Cancellation) -> Ending:
    """Put a job back that the database would not let begin, after a moment; after many times in a row, it fails."""
    times = int(job.kept.get("troubles") or 0) + 1
    if times > MOST_TROUBLES:
        return Ending(FAILED, error.exit_code, f"{error} It was tried {MOST_TROUBLES} times.")
    end = time.monotonic() + PAUSE
    while time.monotonic() < end and cancellation.reason is None:
        time.sleep(0.1)
    return Ending(FAILED, error.exit_code, str(error), goes_on=True, options=job.options_with(troubles=times))


def _carried_out(
    table: JobTable, job: Job, path: Path, cancellation: Cancellation, tell: Callable[[str], None]
) -> Ending | None:
    place = table.session.place
    used_before = used(job, table)
    while True:
        if (over := _over(place, job)) is not None:
            return over
        if cancellation.reason is not None:
            return Ending(FAILED, cancellation.reason.exit_code, str(cancellation.reason), goes_on=True)
        writes, _ = table.writes(table.find(job.id), job.kept.get("since") or 0.0)
        options, reached = left(job, used_before, writes, time.time())
        if reached is not None:
            return Ending(FAILED, LimitReached.exit_code, reached)
        with contextlib.suppress(AlreadyRunning):
            return _part(table, job, {**options, **_here(job, path)}, used_before, tell)
        if _is_over_meanwhile(table, job, cancellation):
            return None


def used(job: Job, table: JobTable) -> float:
    """Seconds for which a job was sent; of a part whose worker died, until its last update."""
    kept = job.kept
    seconds, began = float(kept.get("used") or 0.0), kept.get("began")
    if began is None:
        return seconds
    _, last = table.writes(job, began)
    return seconds + max(0.0, last - float(began))


def left(job: Job, used_before: float, writes: int, now: float) -> tuple[dict[str, Any], str | None]:
    """The options of the next part, and a sentence where a limit of all parts together is reached.

    `writes`: updates that were sent.
    """
    options, ends = dict(job.options), job.kept.get("ends")
    reached = []
    if ends is not None:
        options["until"] = clock(ends)[-5:]
        reached += ["--until"] * (now >= ends)
    if options.get("max_duration"):
        seconds = parse_duration(options["max_duration"]) - used_before
        options["max_duration"] = f"{max(seconds, 0.001):.3f}s"
        reached += ["--max-duration"] * (seconds < 1)
    if options.get("max_writes"):
        options["max_writes"] -= writes
        reached += ["--max-writes"] * (options["max_writes"] < 1)
    if not reached:
        return options, None
    return options, f"Stopped: its limit {reached[0]} is reached. To send the rest: bulk-sync fleet retry {job.id}"


def _here(job: Job, path: Path) -> dict[str, Any]:
    """What the options of a job are on this computer. Records are deleted with their jobs, and not by other ones."""
    name = path if job.kept.get("retry_of") else default_output(path)
    return {
        "input": str(path), "output": str(path.parent.parent / name.name), "profile": job.profile, "job": str(job.id),
        "keep_runs": "3660d",
    }  # fmt: skip


def _part(
    table: JobTable, job: Job, options: Mapping[str, Any], used_before: float, tell: Callable[[str], None]
) -> Ending:
    """Sync a job's file as far as it goes."""
    if options.get("max_duration"):
        table.keep(job.id, job.options_with(used=used_before, began=time.time()), job.number)
    settings, log = settings_of(options), _Sentences(tell)
    if job.kept.get("retry_of"):
        summary = whole.retry(settings.input, _for_a_retry(settings), log)
    else:
        summary = whole.run(settings, log)
    ending, seconds = _ending(summary), used_before + summary.seconds
    return replace(ending, options=job.options_with(used=seconds, began=None, troubles=0))


def _for_a_retry(settings: Settings) -> dict[str, Any]:
    """The settings that are given to a retry of a job's results, which are a file of another kind."""
    left_out = {"retry", "undo", "encoding", "delimiter", "columns_from"}
    given = {name: getattr(settings, name) for name in OPTIONS if name not in left_out}
    return {name: value for name, value in given.items() if value is not None}


def _is_over_meanwhile(table: JobTable, job: Job, cancellation: Cancellation) -> bool:
    """Wait while another computer has a job's run; whether the job is over since."""
    claim = Runs(table.session.place).claim(job.subject)
    while claim.is_taken and cancellation.reason is None:
        time.sleep(AGAIN)
    time.sleep(AGAIN)  # whoever had it notes how it ended
    return table.find(job.id).state in OVER


def _over(place: SharedLedger, job: Job) -> Ending | None:
    """How a job ended whose run is done, although nobody lived to note it."""
    run = Runs(place).last(job.subject)
    if run is None or run.name == job.kept.get("retry_of") or not run.facts.get("done"):
        return None
    code = int(run.facts.get("exit_code") or 0)
    is_by_time = code in _BY_TIME or code > _SIGNALS
    return _by_code(int(bool(run.facts.get("row_errors"))) if is_by_time else code, None)


def _ending(summary: Summary) -> Ending:
    if summary.stop is not None and issubclass(summary.stop, LeaseLost | LedgerAway):
        raise summary.stop(summary.stopped)
    if summary.stop is not None and issubclass(summary.stop, Interrupted | Yielded):
        if not summary.rows_left:  # it was to make room when every row had its fate already
            return _by_code(int(bool(summary.row_errors)), None)
        return Ending(FAILED, summary.exit_code, summary.stopped, goes_on=True)
    return _by_code(summary.exit_code, summary.stopped)


def _by_code(exit_code: int, reason: str | None) -> Ending:
    return Ending(FINISHED if exit_code in {0, 1} else FAILED, exit_code, reason)
