"""How are many updates sent at once, and what ends it?

A fixed number of workers take the updates in order. Each records its update's outcome before it takes the next. When
the run stops, what is in flight may finish; what has not left stays unsent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import Code, Stopped, TooManyErrors

if TYPE_CHECKING:
    from bulk_sync.model import Outcome, Update
    from bulk_sync.send.stopping import Stop
    from bulk_sync.send.twins import Twins

Settle = Callable[["Update", int], Awaitable["Outcome"]]
Record = Callable[["Update", "Outcome"], Awaitable[None]]

FAILURES = frozenset({Code.REJECTED, Code.SERVER_ERROR, Code.NETWORK_ERROR, Code.BAD_REPLY})
"""What counts against `--max-errors`. A contact that the CRM does not know says nothing about the run."""

ENOUGH_TO_JUDGE = 50
"""Rows before a percentage means something."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """`--max-errors`: a number of rows, or a share (0 to 1) of those that were settled, after `ENOUGH_TO_JUDGE`."""

    rows: int | None = None
    share: float | None = None

    def exceeded(self, failed: int, settled: int) -> bool:
        """Whether so many failures are too many."""
        if self.rows is not None:
            return failed >= max(1, self.rows)
        return self.share is not None and settled >= ENOUGH_TO_JUDGE and 0 < failed >= self.share * settled


class Errors:
    """Counts failures, and stops the run when there are too many."""

    def __init__(self, tolerance: Tolerance, stop: Stop) -> None:
        self._tolerance, self._stop = tolerance, stop
        self.failed = 0
        self.settled = 0

    def count(self, outcome: Outcome) -> None:
        """Take an outcome into account."""
        self.settled += 1
        self.failed += outcome.code in FAILURES
        if outcome.code in FAILURES and self._tolerance.exceeded(self.failed, self.settled):
            self._stop.because(
                TooManyErrors(
                    f"Stopped: {self.failed} of {self.settled} rows sent had failed. See sync_error in the results; "
                    "allow more with --max-errors."
                )
            )


def counted(errors: Errors, record: Record) -> Record:
    """Count an outcome, and then record it."""

    def count_and_record(update: Update, outcome: Outcome) -> Awaitable[None]:
        errors.count(outcome)
        return record(update, outcome)

    return count_and_record


async def deliver(
    updates: Iterable[Update],
    settle: Settle,
    record: Record,
    *,
    workers: int,
    stop: Stop,
    twins: Twins | None = None,
) -> None:
    """Send every update, `workers` at a time, until all are settled or the run stops (`stop.reason`).

    `settle(update, priority)` gives an update's outcome or raises Stopped; `record` keeps each outcome.
    """
    waiting = enumerate(updates)
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(_work(waiting, settle, record, stop, twins))


async def _work(
    waiting: Iterator[tuple[int, Update]], settle: Settle, record: Record, stop: Stop, twins: Twins | None
) -> None:
    for priority, update in waiting:
        try:
            outcome = await (_settle_knowing(twins, update, priority, settle) if twins else settle(update, priority))
            await record(update, outcome)
            stop.check()
        except Stopped as reason:
            stop.because(reason)
            return


async def _settle_knowing(twins: Twins, update: Update, priority: int, settle: Settle) -> Outcome:
    beaten = await twins.gate(update)
    if beaten is not None:
        return beaten
    outcome = None
    twins.left(update)
    try:
        outcome = await settle(update, priority)
    finally:
        twins.settled(update, outcome)
    return outcome
