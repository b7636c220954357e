"""How are many updates sent at once, and what ends it?

A fixed number of workers take the updates in order. Each update's outcome is recorded as it is known. When the run
stops, what is in flight may finish; what has not left stays unsent. A fault that nobody expected stops it so, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bulk_sync.errors import BulkSyncError, Code, ProgramFault, Stopped, TooManyErrors

if TYPE_CHECKING:
    from bulk_sync.model import Outcome, Update
    from bulk_sync.send.config import Tolerance
    from bulk_sync.send.release_queue import Due, Source
    from bulk_sync.send.stopping import Stop

Settle = Callable[["Due"], Awaitable["Outcome"]]
Record = Callable[["Update", "Outcome"], Awaitable[None]]

FAILURES = frozenset({Code.REJECTED, Code.SERVER_ERROR, Code.NETWORK_ERROR, Code.BAD_REPLY})
"""What counts against `--max-errors`. A contact that the CRM does not know says nothing about the run."""


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


async def deliver(
    source: Source,
    settle: Settle,
    record: Record,
    *,
    workers: int,
    stop: Stop,
) -> None:
    """Send every update that `source` gives, `workers` at a time, until there are no more or the run stops.

    `settle(due)` gives an update's outcome or raises Stopped; `record` keeps each outcome.
    """
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(_work(source, settle, record, stop))


async def _work(source: Source, settle: Settle, record: Record, stop: Stop) -> None:
    while (due := await source.take()) is not None:
        try:
            await record(due[1], await settle(due))
            stop.check()
        except Stopped as reason:
            stop.because(reason)
            return
        except BulkSyncError:
            raise
        except Exception as error:  # noqa: BLE001 -- the other workers' calls may have landed: they are heard out
            stop.because(ProgramFault(error))
            return
