"""The engine: a plan is carried to the API by a fixed number of workers, which take its updates in order.

Client, budget, circuit, sender and workers are put together for one run. Each update's outcome is recorded as it is
known. When the run stops, what is in flight may finish; what has not left stays unsent. A fault that nobody expected
stops it so, too.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BulkSyncError, ProgramFault, Result, Stopped
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.ratelimit.scheduler import Scheduler
from bulk_sync.send.circuit import Circuit, CircuitOfReads
from bulk_sync.send.config import ALONE, SendReport, budget_of_reads
from bulk_sync.send.passage import Passage
from bulk_sync.send.reader import reader
from bulk_sync.send.recording import GroupCommit, Recording
from bulk_sync.send.release_queue import AtOnce, InOrder, ReleaseQueue, looked_over
from bulk_sync.send.signals import graceful_shutdown
from bulk_sync.send.stop_rules import Deadline, ErrorCount, Stop, WriteQuota, first_of
from bulk_sync.send.update_sender import UpdateSender, delivered, dry_send, would_be

if TYPE_CHECKING:
    from bulk_sync.api.client import Client
    from bulk_sync.model import Outcome, Read, Update
    from bulk_sync.ratelimit.buckets import Buckets
    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.release import Creation, Preflight, ReadyUpdate
    from bulk_sync.send.config import Address, SendConfig, Sharing
    from bulk_sync.send.recording import Keep, Settled
    from bulk_sync.send.release_queue import Due, Source
    from bulk_sync.send.update_sender import Create

Contact = tuple[str | None, str | None]
"""A number (E.164) and an ID, as far as they are known."""

Concerns = Callable[["Update"], bool]
"""Whether an update's contact must be written down before its call leaves."""

Settle = Callable[["Due"], Awaitable["Outcome"]]
KeepOne = Callable[["Update", "Outcome"], Awaitable[None]]
Record = Callable[["Update", "Outcome", float], None]
Ahead = tuple["Concerns", "Callable[[Sequence[Contact]], None]"]
LeftOpen = Callable[["Update", "Outcome"], None]
Confirm = Callable[["Read", "Creation", float], Awaitable["Outcome | None"]]


def send(
    updates: Sequence[Update],
    address: Address,
    pace: SendConfig,
    record: Record,
    *,
    keep: Keep = lambda _: None,
    sharing: Sharing = ALONE,
    preflight: Preflight | None = None,
    reads: Budget | None = None,
    create: Create = lambda _: None,
    ahead: Ahead | None = None,
    departing: Keep | None = None,
    left_open: LeftOpen = lambda _update, _outcome: None,
    confirm: Confirm | None = None,
    dry_run: bool = False,
) -> SendReport:
    """Send every update. What ends a run early is in what comes back, not raised.

    `keep` makes outcomes durable, in a thread of its own; `record` is told each that was kept, and the seconds that the
    rest will take. Where one of them raises Stopped, the run ends.
    `sharing` says with whom the budget is shared, and hears what a person should know. `preflight` looks at contacts
    first: it says which updates may leave, and settles the others; `reads` is the run's budget of reads, where it has
    read something already. In a `dry_run` that is all: what it releases is recorded as updated, and nothing is written.
    `create` gives the contact to be made for an update whose own the CRM does not have. `ahead`: of which updates the
    contact is written down before the call leaves, and how; `departing` notes what stands before a call that is about
    to leave, where that was read (as an outcome that the call may have). `left_open` hears what is known of an update
    that may have reached the API, and whose fate the run ended too soon to learn: nothing is recorded of it, so that it
    is sent again. Nor is anything recorded of updates that do not leave for now (`unchecked`): they are in what comes
    back. `confirm` looks up whether a contact was made since a second of the API's clock, where the reply to its
    creation was lost.
    """
    reads = reads or budget_of_reads(pace.concurrency)
    run = _Run(updates, pace, record, sharing, reads=reads, create=create, ahead=ahead, left_open=left_open)
    run.confirm, run.departing = confirm, departing
    return asyncio.run(run.sent(address, keep, preflight=preflight, dry_run=dry_run))


class _Run:
    """One run of `send`, put together in its event loop."""

    def __init__(
        self,
        updates: Sequence[Update],
        pace: SendConfig,
        record: Record,
        sharing: Sharing,
        *,
        reads: Budget,
        create: Create,
        ahead: Ahead | None = None,
        left_open: LeftOpen = lambda _update, _outcome: None,
    ) -> None:
        self._updates, self._pace, self._record, self._sharing = updates, pace, record, sharing
        self._reads, self._create, self._ahead, self._left_open = reads, create, ahead, left_open
        self.confirm: Confirm | None = None
        self.departing: Keep | None = None
        self._held: dict[int, Outcome] = {}
        self._preflight: Preflight | None = None

    async def sent(self, address: Address, keep: Keep, *, preflight: Preflight | None, dry_run: bool) -> SendReport:
        self._preflight = preflight
        pace, loop = self._pace, asyncio.get_running_loop()
        clock, self._stop = loop.time, Stop()
        loop.set_exception_handler(partial(_unhandled, self._stop))
        self._errors = ErrorCount(pace.tolerance, self._stop)
        began = clock()
        async with self._sharing.budget(pace, address) as self._budget:
            self._budget.forecast(len(self._updates))  # what other runs of the key are to reckon with
            writes = WriteQuota(pace.limits.writes, self._stop)
            self._scheduler = Scheduler(self._budget, clock, writes, self._sharing.tell)
            self._stop.tell(self._scheduler.close)
            async with (
                _client(address, pace, dry_run=dry_run) as client,
                Recording(keep, self._tell, self._stop) as self._recording,
            ):
                work = asyncio.ensure_future(self._work(client, dry_run=dry_run))
                deadline = Deadline(pace.limits, self._stop, time.time)
                with graceful_shutdown(self._stop, work.cancel, tell=self._sharing.tell):
                    await _ended(work)
                deadline.cancel()
            latency = self._scheduler.latencies.percentiles()
            limit, seconds = _limit(self._budget.known), self._seconds_left()
            return SendReport(clock() - began, limit, self._stop.reason, seconds, latency, self._held)

    async def _work(self, client: Client, *, dry_run: bool) -> None:
        """Settle every update, and look meanwhile at those that need it."""
        pace, stop, clock = self._pace, self._stop, asyncio.get_running_loop().time
        circuit = Circuit(pace.outage, stop, clock, self._sharing.tell)
        sender = UpdateSender(
            client.exchange, self._scheduler, circuit, stop.pause, random.random, time.time, left_open=self._left_open
        )
        queue = ReleaseQueue(self._updates, self._keep_unsent, stop, AtOnce() if dry_run else self)
        settle = partial(self._settle, queue, dry_send if dry_run else self._written_first(sender, queue))
        deliver_from = partial(deliver, settle=settle, record=self._keep, workers=pace.concurrency, stop=stop)
        of_reads = circuit if dry_run else CircuitOfReads(circuit, pace.outage, stop, clock)
        reads = reader(
            client.exchange, of_reads, stop, clock, most_in_flight=pace.concurrency, budget=self._reads,
            tell=self._sharing.tell,
        )  # fmt: skip
        sender.confirm = self.confirm and partial(self.confirm, reads.read)
        if self._preflight is None:
            await deliver_from(InOrder(self._updates))
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(looked_over(self._preflight, self._updates, reads.read, queue, stop))
            group.create_task(deliver_from(queue))

    async def _settle(self, queue: ReleaseQueue, settle: Settle, due: Due) -> Outcome:
        """Settle an update that was released, and let those hear of it who wait for that."""
        try:
            outcome = await settle(due)
        finally:
            queue.left(due[0])
        if self._preflight is not None:
            self._preflight.heard(due[1], outcome)
            queue.changed()
        return outcome

    def _written_first(self, sender: UpdateSender, queue: ReleaseQueue) -> Settle:
        """What delivers an update. What must be known of it after a crash is written down first."""
        concerns, note = self._ahead or (lambda _: False, lambda _: None)
        ahead, departures = GroupCommit(note), GroupCommit(self.departing or (lambda _: None))

        async def stands(planned: Update, ready: ReadyUpdate) -> None:
            if self.departing is not None and (ready.previous_status or ready.previous_campaign):
                await departures.written((planned, would_be(ready)))

        async def written_first(due: Due) -> Outcome:
            place, planned, ready = due
            if concerns(planned):
                phone = planned.phone or ready.update.change.phone
                await ahead.written((phone, ready.contact_id or ready.update.contact_id))
            else:
                await ahead.drained()  # who comes first in the order is written down, and shall leave first
            await stands(planned, ready)
            passage = Passage(place, planned, ready, self._preflight, queue.left, stands)
            return await delivered(sender, self._create, passage)

        return written_first

    async def _keep(self, update: Update, outcome: Outcome) -> None:
        if outcome.code.result is Result.NOT_SENT:
            self._held[update.row] = outcome
            return
        self._errors.count(outcome)
        try:
            await self._recording.record(update, outcome)
        except BaseException:
            self._left_open(update, outcome)
            raise

    def _keep_unsent(self, update: Update, outcome: Outcome) -> None:
        if self._preflight is not None:
            self._preflight.heard(update, outcome)
        if outcome.code.result is Result.NOT_SENT:
            self._held[update.row] = outcome
            return
        self._errors.count(outcome)
        self._recording.record_unsent(update, outcome)

    def opens_in(self) -> float:
        """The seconds until the next update may leave, as far as is known."""
        return self._scheduler.opens_in()

    def rate(self) -> float:
        """How many leave in a second, at the present limit."""
        limit, period = self._budget.known.limit, self._budget.known.period
        return limit / period if limit and period else self._pace.assumed.limit / self._pace.assumed.period

    def _tell(self, kept: Sequence[Settled]) -> None:
        seconds_left = self._seconds_left()
        for update, outcome in kept:
            self._record(update, outcome, seconds_left)

    def _seconds_left(self) -> float:
        reading = 0.0 if self._preflight is None else self._preflight.seconds_left()
        return max(reading, self._budget.forecast(len(self._updates) - self._errors.settled - len(self._held)))


def _client(address: Address, pace: SendConfig, *, dry_run: bool) -> Client:
    from bulk_sync.api.client import Client  # noqa: PLC0415  # httpx: a preview by the file need not wait for it

    return Client(address.base_url, address.key, connections=pace.concurrency, read_only=dry_run)


async def _ended(work: asyncio.Future[None]) -> None:
    """Wait for the workers. Several faults at once become the first of them; being cut off after the grace is none."""
    try:
        await work
    except asyncio.CancelledError:
        if not work.cancelled():
            raise
    except BaseExceptionGroup as group:
        raise first_of(group) from None


def _unhandled(stop: Stop, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A fault in what the event loop calls by itself, a timer's function say: who waits for it would do so for ever."""
    error = context.get("exception")
    if isinstance(error, Exception) and not isinstance(error, OSError):  # a connection that broke is no fault of ours
        stop.because(ProgramFault(error))
    elif error is None:
        loop.default_exception_handler(context)


def _limit(budget: Buckets) -> str | None:
    if budget.limit is None:
        return None
    is_sure = budget.period is not None and budget.period >= 5  # rounding hides the length of shorter windows
    return str(Rate(budget.limit, budget.period)) if is_sure and budget.period else f"{budget.limit} in a window"


async def deliver(
    source: Source,
    settle: Settle,
    record: KeepOne,
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


async def _work(source: Source, settle: Settle, record: KeepOne, stop: Stop) -> None:
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
