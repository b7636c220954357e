"""A worker of a fleet: takes jobs of the profiles that this computer has, and carries many out at once.

Each job has a thread, in which its file is read, planned, sent and written down, so that the worker's own event loop
is always free for its signs of life. Beside the jobs the worker looks for urgent ones, for which others of their
profile yield, for those that a person wants to end, and for those whose worker died.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.errors import BulkSyncError, Interrupted, OutOfDate, Yielded
from bulk_sync.fleet.job_run import carry_out, fault
from bulk_sync.fleet.job_table import CANCELLED, JobTable
from bulk_sync.fleet.queue import HEARTBEAT, STALLED, TASK, Priority, put, queue_for_workers
from bulk_sync.ledger import Runs
from bulk_sync.ledger.postgres import check_place, why
from bulk_sync.send.signals import Cancellation

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from procrastinate import JobContext

    from bulk_sync.fleet.job_run import Ending
    from bulk_sync.fleet.job_table import Job
    from bulk_sync.ledger import SharedLedger

LOOK, MEND, AGAIN = 2.0, 10.0, 1.0
"""Seconds between two looks for what concerns running jobs, two for jobs whose worker died, and two starts."""

GRACE, LAST = 8.0, 18.0
"""Seconds that calls in flight have when a worker is to end, and all of its jobs."""

LOST = 15.0
"""Seconds without a sign of a job, which comes from its worker at each look, until it is put into the queue again."""

A_DAY = 86_400.0
"""Seconds for which a job's end waits to be noted."""

_CANCELLED = "Cancelled. What was sent before stays."
"""Why a job ended that a person cancelled."""

KEPT = 90 * A_DAY
"""Seconds for which a job is kept that is over."""


@dataclass(slots=True)
class _UnderWay:
    """A job that is carried out here, by the newest number in the queue that it was taken by."""

    number: int
    cancellation: Cancellation
    done: asyncio.Future[None]


class Worker:
    """Works until it is stopped. `tell` hears what a person should know, in sentences."""

    def __init__(
        self, place: SharedLedger, profiles: Sequence[str], concurrency: int, tell: Callable[[str], None]
    ) -> None:
        self._place, self._profiles, self._concurrency, self._tell = place, profiles, concurrency, tell
        self._table, self._looks = JobTable(place), JobTable(place)
        self._table.session.outage.bear(A_DAY, tell)
        self._running: dict[int, _UnderWay] = {}
        self._threads = ThreadPoolExecutor(concurrency, "job")
        self._stop = asyncio.Event()
        self._cancelled: set[int] = set()
        self._alive_since = time.monotonic()
        self._ends_by: OutOfDate | None = None
        self._told = ""

    async def work(self) -> None:
        """Take jobs and carry them out, until SIGTERM or SIGINT; then put back what is not done. Within 20 seconds.

        Raises BadConfiguration where the database cannot be used, and OutOfDate where another version has changed it.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        check_place(self._place)  # a database that cannot be used ends the worker at once
        self._tell(f"Working for {', '.join(self._profiles)}, {self._concurrency} files at a time.")
        queue = asyncio.create_task(self._queue())
        beside = [asyncio.create_task(self._each(*each)) for each in ((LOOK, self._look), (MEND, self._mend))]
        await self._stop.wait()
        queue.cancel()  # what runs goes on
        for under_way in self._running.values():
            under_way.cancellation.cancel(Interrupted(signal.SIGTERM), GRACE)
        if left := [under_way.done for under_way in self._running.values()]:
            self._tell(f"Stopping: {len(left)} files go back into the queue.")
            await asyncio.wait(left, timeout=LAST)
        for task in beside:
            task.cancel()
        await asyncio.wait([queue, *beside], timeout=1.0)
        if self._running:  # their leases end by themselves, and other workers take them then
            os._exit(128 + signal.SIGTERM)
        if self._ends_by is not None:
            raise self._ends_by

    async def _queue(self) -> None:
        """Take jobs out of the queue. Where Procrastinate's worker ends (the database was away), begin another."""
        while True:
            app = queue_for_workers(self._place)
            app.task(name=TASK, pass_context=True)(self._job)
            began = time.monotonic()
            try:
                async with app.open_async():
                    await app.run_worker_async(
                        queues=self._profiles, concurrency=self._concurrency, install_signal_handlers=False,
                        delete_jobs="always", shutdown_graceful_timeout=AGAIN, update_heartbeat_interval=HEARTBEAT,
                        stalled_worker_timeout=STALLED,
                    )  # fmt: skip
            except Exception as error:  # noqa: BLE001 -- whatever it ended by, it is begun again
                self._tell_of_the_queue(error, time.monotonic() - began)
            await asyncio.sleep(AGAIN)

    def _tell_of_the_queue(self, error: Exception, lasted: float) -> None:
        """Tell what the queue's worker ended by, once, until it was well again."""
        cause = error.__cause__ or error
        said = f"No jobs can be taken at this moment: {type(cause).__name__}: {why(cause)}. It is tried again."
        if said != self._told or lasted > STALLED:
            self._tell(said)
        self._told = said

    async def _job(self, context: JobContext, job: int) -> None:
        """Carry out a job; where it is under way here already, wait for that. It outlives Procrastinate's worker."""
        if self._stop.is_set():
            await asyncio.to_thread(self._put_back, self._table, job)
            return
        number = context.job.id or 0
        under_way = self._running.get(job)
        if under_way is None:
            cancellation = Cancellation()
            work = partial(copy_context().run, self._carry_out, job, number, cancellation)
            done = asyncio.get_running_loop().run_in_executor(self._threads, work)
            under_way = self._running[job] = _UnderWay(number, cancellation, done)
            done.add_done_callback(lambda _: self._running.pop(job, None))
        under_way.number = max(under_way.number, number)
        await asyncio.shield(under_way.done)

    def _carry_out(self, number: int, queued: int, cancellation: Cancellation) -> None:
        """Carry out a job and note how it ended, in a thread. What cannot be noted is begun again by whoever can."""
        try:
            self._begin(number, queued, cancellation)
        except BulkSyncError as error:
            self._tell(f"Job {number}: {error}")
        except Exception as error:  # noqa: BLE001 -- the other jobs go on
            ending = fault(number, error)
            self._tell(f"Job {number}: {ending.reason}")
            with contextlib.suppress(BulkSyncError):
                self._table.ended(number, ending.state, ending.exit_code, ending.reason, self._queued(number, queued))

    def _begin(self, number: int, queued: int, cancellation: Cancellation) -> None:
        self._cancelled.discard(number)  # whoever cancelled an earlier part of it has been heard
        if (begun := self._table.begin(number, queued)) is None:
            return
        job, body = begun
        tell = partial(self._say, job)
        if job.is_to_end:
            self._cancel(job, tell)
            return
        tell(f"{job.name} of {job.profile} begins.")
        ending = carry_out(self._place, job, body, cancellation, tell)
        if ending is not None:
            self._note(job, ending, tell)

    def _cancel(self, job: Job, tell: Callable[[str], None]) -> None:
        """Note that a job is cancelled which another worker may still be at: as soon as that sends nothing more."""
        claim = Runs(self._place).claim(job.subject)
        while claim.is_taken and not self._stop.is_set():
            time.sleep(AGAIN)
        if self._stop.is_set():
            self._put_back(self._table, job.id)
        elif self._table.ended(job.id, CANCELLED, None, _CANCELLED, self._queued_as(job)):
            tell("Cancelled.")

    def _queued(self, number: int, queued: int) -> int:
        """The newest number in the queue under which a job is carried out here."""
        under_way = self._running.get(number)
        return queued if under_way is None else max(queued, under_way.number)

    def _queued_as(self, job: Job) -> int | None:
        return None if job.number is None else self._queued(job.id, job.number)

    def _note(self, job: Job, ending: Ending, tell: Callable[[str], None]) -> None:
        """Note how a job ended, unless another worker has begun it meanwhile."""
        queued = self._queued_as(job)
        if ending.goes_on and job.id in self._cancelled:
            noted, said = self._table.ended(job.id, CANCELLED, ending.exit_code, _CANCELLED, queued), "Cancelled."
        elif ending.goes_on:
            if ending.options is not None:
                self._table.keep(job.id, ending.options, queued)
            if noted := self._table.waits(job.id, queued):
                self._put_back(self._table, job.id)
            said = f"{ending.reason} It is in the queue again."
        else:
            noted = self._table.ended(job.id, ending.state, ending.exit_code, ending.reason, queued)
            said = f"{ending.state} with exit code {ending.exit_code}. {ending.reason or ''}".rstrip()
        self._cancelled.discard(job.id)
        tell(said if noted else "It ends here, and is another worker's business.")

    def _put_back(self, table: JobTable, number: int) -> None:
        job = table.find(number)
        priority = Priority.URGENT if job.urgent else Priority.BEGUN
        table.numbered(job.id, put(self._place, job.id, job.profile, priority))

    def _say(self, job: Job, sentence: str) -> None:
        self._tell(f"Job {job.id}: {sentence}")

    async def _each(self, seconds: float, do: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do something again and again; where that fails, the database is away, or nobody can tell who is alive."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await do()
            except OutOfDate as error:  # a newer version has come to the database: its workers take the jobs
                self._ends_by = error
                self._stop.set()
            except Exception as error:  # noqa: BLE001 -- the next time may be well
                self._alive_since = time.monotonic()
                self._tell(f"The queue could not be looked at: {error}")

    async def _look(self) -> None:
        """End jobs that a person wants to end, and let those yield for whose profile an urgent one waits."""
        if not self._running:
            return
        ends, yields = await asyncio.to_thread(self._looks.asked_of, list(self._running))
        for job, under_way in list(self._running.items()):
            if job in ends:
                self._cancelled.add(job)
                under_way.cancellation.cancel(Interrupted(signal.SIGINT), GRACE)
            elif job in yields:
                under_way.cancellation.cancel(Yielded())

    async def _mend(self) -> None:
        """Fail jobs of workers that gave no sign of life, and put all that nobody knows any more back, anew.

        They are never retried under their number: a worker that only slept would end the other's job with it. Where
        the database was away, nobody could give a sign of life: it must have been there for long enough. A worker that
        ends leaves that to others.
        """
        from procrastinate.jobs import Status  # noqa: PLC0415  # an extra, and only a fleet needs it

        await asyncio.to_thread(check_place, self._place)
        async with queue_for_workers(self._place).open_async() as app:
            if self._stop.is_set() or time.monotonic() - self._alive_since < STALLED + MEND:
                return
            for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
                with contextlib.suppress(Exception):  # another worker was quicker
                    await app.job_manager.finish_job_by_id_async(stalled.id or 0, Status.FAILED, delete_job=True)
        await asyncio.to_thread(self._looks.forget, KEPT)
        for job in await asyncio.to_thread(self._looks.lost, LOST, list(self._running)):
            self._say(job, "no worker gave a sign of it, so it is in the queue again.")
            await asyncio.to_thread(self._put_back, self._looks, job.id)
