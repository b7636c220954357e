"""The limits of a job, which hold for all its parts together, however often it goes back into the queue."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bulk_sync.times import clock, next_occurrence, parse_duration, time_of_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.fleet.job_table import Job, JobTable

KEY = "fleet"
"""Under which a job's options hold what is no option of a run."""


def begun_with(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a job keeps beside the options of its run when it is submitted, or tried again by a person.

    `ends`: when `until` is; `since`: from when on its updates count; `kept`: seconds for which it is kept when it is
    over; all in seconds of the epoch. Later `used` joins them, the seconds that it was sent for, and `began`, while a
    part of it is.
    """
    now = datetime.now()  # noqa: DTZ005 -- people read their own clock
    until = options.get("until")
    return {
        "ends": next_occurrence(time_of_day(until), now).timestamp() if until else None,
        "since": time.time(),
        "kept": parse_duration(options.get("keep_runs") or "90d"),
    }


def of_fleet(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a job keeps beside the options of its run."""
    return dict(options.get(KEY) or {})


def with_fleet(options: Mapping[str, Any], **more: object) -> dict[str, Any]:
    """The options of a job with more kept beside them."""
    return {**options, KEY: of_fleet(options) | more}


def used(job: Job, table: JobTable) -> float:
    """Seconds for which a job was sent; of a part whose worker died, until its last update."""
    kept = of_fleet(job.options)
    seconds, began = float(kept.get("used") or 0.0), kept.get("began")
    if began is None:
        return seconds
    _, last = table.writes(job, began)
    return seconds + max(0.0, last - float(began))


def left(job: Job, used_before: float, writes: int, now: float) -> tuple[dict[str, Any], str | None]:
    """The options of the next part, and a sentence where a limit is reached. `writes`: updates that were sent."""
    options, ends = dict(job.options), of_fleet(job.options).get("ends")
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
