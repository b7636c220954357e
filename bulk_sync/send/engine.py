"""The engine: a plan is carried to the API by a fixed number of workers, which take its updates in order.

Client, budget, circuit, sender and workers are put together for one run. Each update's outcome is recorded as it is
known. When the run stops, what is in flight may finish; what has not left stays unsent. A fault that nobody expected
stops it so, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.errors import LimitReached, Result
from bulk_sync.fence import ALWAYS_OPEN
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.ratelimit.scheduler import Scheduler, percentiles
from bulk_sync.send.circuit import Circuit, CircuitOfReads
from bulk_sync.send.config import SendReport, budget_of_reads
from bulk_sync.send.reads import reader
from bulk_sync.send.recording import GroupCommit, Recording
from bulk_sync.send.release_queue import AT_ONCE, ReleaseQueue, SendRate, looked_over
from bulk_sync.send.stop_rules import ErrorCount, Stop, deadline, first_of
from bulk_sync.send.update_sender import Passage, UpdateSender, delivered, dry_send, made_since, would_be

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bulk_sync.api.client import Client
    from bulk_sync.errors import Stopped
    from bulk_sync.fence import Fence
    from bulk_sync.model import Outcome, Update
    from bulk_sync.ratelimit.buckets import Buckets
    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.ratelimit.shared_budget import SharedBudget
    from bulk_sync.release import ReadyUpdate
    from bulk_sync.send.config import Address, SendConfig
    from bulk_sync.send.recording import Keep, Settled
    from bulk_sync.send.release_queue import Due, Preflight
    from bulk_sync.send.update_sender import Create

Contact = tuple[str | None, str | None]
"""A number (E.164) and an ID, as far as they are known."""

Settle = Callable[["Due"], Awaitable["Outcome"]]
KeepOne = Callable[["Update", "Outcome"], Awaitable[None]]


@dataclass
class Sending:
    """Updates on their way to the API at an `address`, at a `pace`.

    `keep` makes outcomes durable, in a thread of its own; `record` is told each that was kept, and the seconds that the
    rest will take. Where one of them raises Stopped, the run ends.
    `tell` hears what a person should know, in sentences. `shared_in`: the folder by which the runs of one key share its
    budget of writes; None: there are no others. `preflight` looks at contacts first: it says which updates may leave,
    and settles the others; `reads` is the run's budget of reads, where it has read something already. In a `dry_run`
    that is all: what it releases is recorded as updated, and nothing is written.
    `create` gives the contact to be made for an update whose own the CRM does not have. `ahead` writes down contacts
    that updates put into DNC, before their calls leave; `departing` notes what stands before a call that is about to
    leave, where that was read (as an outcome that the call may have). `left_open` hears what is known of an update
    that may have reached the API, and whose fate the run ended too soon to learn: nothing is recorded of it, so that it
    is sent again. Nor is anything recorded of updates that do not leave for now (`unchecked`): they are in the report.
    `waiting` hears of the seconds in which nothing may leave, and of the limit that is the reason.
    `means_dnc` tells the statuses that mean do-not-call: a contact that has one by now was not made by a creation whose
    reply was lost. `fence`: what must hold for a write to leave.
    """

    updates: Sequence[Update]
    address: Address
    pace: SendConfig
    record: Callable[[Update, Outcome, float], None]
    _: KW_ONLY
    keep: Keep = lambda _: None
    tell: Callable[[str], None] = lambda _: None
    shared_in: Path | None = None
    preflight: Preflight | None = None
    reads: Budget | None = None
    create: Create = lambda _: None
    ahead: Callable[[Sequence[Contact]], None] = lambda _: None
    departing: Keep | None = None
    left_open: Callable[[Update, Outcome], None] = lambda _update, _outcome: None
    means_dnc: Callable[[str | None], bool] | None = None
    dry_run: bool = False
    waiting: Callable[[float, str | None], None] = lambda _seconds, _limit: None
    fence: Fence = ALWAYS_OPEN

    async def send(self, above: Stop | None = None) -> SendReport:
        """Send every update. What ends that early, `above` included, is in what comes back, not raised."""
        pace, clock = self.pace, asyncio.get_running_loop().time
        self._stop, self._held, began = Stop(above), dict[int, "Outcome"](), clock()
        self._errors, self._recorded = ErrorCount(pace.tolerance, self._stop), 0
        self._open_ends = GroupCommit(self._leave_open)
        async with self._budget_of_writes() as self._budget:
            self._scheduler = Scheduler(
                self._budget, clock, pace.limits.writes, self._stop.because, self.tell, self._tell_of_wait
            )
            self._stop.tell(self._scheduler.close)
            async with (
                self._client() as client,
                Recording(self.keep, self._tell, self._stop) as self._recording,
            ):
                in_time = asyncio.create_task(deadline(pace.limits, self._stop, time.time))
                work = asyncio.create_task(self._work(client))
                self._stop.on_cut_off(self.fence.give_up)
                if self.fence is not ALWAYS_OPEN:
                    self._stop.on_hopeless(self.fence.give_up)
                self._stop.on_cut_off(work.cancel)
                try:
                    await _ended(work)
                finally:
                    in_time.cancel()
                    await self._open_ends.drained()
            latency = percentiles(self._scheduler.latencies)
            limit, seconds = _limit(self._budget.known), self._seconds_left()
            return SendReport(clock() - began, limit, self._stopped(), seconds, latency, self._held)

    def _stopped(self) -> Stopped | None:
        """What ended the run early. A limit that was reached when all was recorded has ended nothing."""
        reason, is_done = self._stop.reason, self._recorded >= len(self.updates)
        return None if is_done and isinstance(reason, LimitReached) else reason

    def _budget_of_writes(self) -> AbstractAsyncContextManager[Buckets | SharedBudget]:
        """The budget of writes, for as long as a `with` block lasts."""
        pace, address = self.pace, self.address
        if self.shared_in is None:
            return contextlib.nullcontext(pace.budget())
        from bulk_sync.ratelimit.shared_budget import SharedBudget, file_of  # noqa: PLC0415  # a preview does without

        return SharedBudget(
            file_of(self.shared_in, address.base_url, address.key),
            ceiling=pace.ceiling,
            assumed=pace.assumed,
            most_in_flight=pace.concurrency,
            clock=asyncio.get_running_loop().time,
            tell=self.tell,
        ).taking_part()

    def _client(self) -> Client:
        from bulk_sync.api.client import Client  # noqa: PLC0415  # httpx: a preview by the file need not wait for it

        address = self.address
        return Client(address.base_url, address.key, connections=self.pace.concurrency, read_only=self.dry_run)

    async def _work(self, client: Client) -> None:
        """Settle every update, and look meanwhile at those that need it."""
        pace, stop, clock = self.pace, self._stop, asyncio.get_running_loop().time
        circuit = Circuit(pace.outage, stop, clock, self.tell)
        sender = UpdateSender(
            client.exchange, self._scheduler, circuit, stop.pause, random.random, time.time, left_open=self._left_open
        )
        rate = AT_ONCE if self.dry_run else SendRate(self._scheduler.opens_in, self._rate)
        queue = ReleaseQueue(self.updates, self._keep_unsent, stop, rate)
        settle = partial(self._settle, queue, dry_send if self.dry_run else self._written_first(sender, queue))
        of_reads = circuit if self.dry_run else CircuitOfReads(circuit, pace.outage, stop, clock, self.tell)
        budget = self.reads or budget_of_reads(pace.concurrency)
        reads = reader(client.exchange, of_reads, stop, clock, budget, self.tell)
        sender.confirm = self.means_dnc and partial(made_since, self.means_dnc, reads.read)
        async with asyncio.TaskGroup() as group:
            if self.preflight is None:
                queue.release_all()
            else:
                group.create_task(looked_over(self.preflight, self.updates, reads.read, queue, stop))
            group.create_task(deliver(queue, settle, self._keep, workers=pace.concurrency, stop=stop))

    async def _settle(self, queue: ReleaseQueue, settle: Settle, due: Due) -> Outcome:
        """Settle an update that was released, and let those hear of it who wait for that."""
        try:
            outcome = await settle(due)
        finally:
            queue.left(due[0])
        if self.preflight is not None:
            self.preflight.heard(due[1], outcome)
            queue.changed()
        return outcome

    def _written_first(self, sender: UpdateSender, queue: ReleaseQueue) -> Settle:
        """What delivers an update. What must be known of it after a crash is written down first."""
        ahead, departures = GroupCommit(self.ahead), GroupCommit(self.departing or (lambda _: None))
        noted: set[int] = set()

        async def stands(planned: Update, ready: ReadyUpdate) -> None:
            if self.departing is None or not (ready.previous_status or ready.previous_campaign or planned.row in noted):
                return
            noted.add(planned.row)  # what is not known any more replaces what was
            await departures.written((planned, would_be(ready)))

        async def written_first(due: Due) -> Outcome:
            place, planned, ready = due
            if self.means_dnc is not None and self.means_dnc(planned.change.status):
                phone = planned.phone or ready.update.change.phone
                await ahead.written((phone, ready.contact_id or ready.update.contact_id))
            else:
                await ahead.drained()  # who comes first in the order is written down, and shall leave first
            await stands(planned, ready)
            passage = Passage(place, planned, ready, self.preflight, queue.left, stands, self.fence, self._stop.pause)
            return await delivered(sender, self.create, passage)

        return written_first

    async def _keep(self, update: Update, outcome: Outcome) -> None:
        if self._is_held(update, outcome):
            return
        try:
            await self._recording.record(update, outcome)
        except BaseException:
            self._left_open(update, outcome)
            raise

    def _left_open(self, update: Update, outcome: Outcome) -> None:
        """Tell what is known of an update that was cut short; where that may wait for a database, in a thread."""
        if self.fence is ALWAYS_OPEN:
            self.left_open(update, outcome)
        else:
            self._open_ends.noted((update, outcome))  # if that fails, the run's own reason counts

    def _leave_open(self, ends: Sequence[tuple[Update, Outcome]]) -> None:
        for update, outcome in ends:
            self.left_open(update, outcome)

    def _keep_unsent(self, update: Update, outcome: Outcome) -> None:
        if self.preflight is not None:
            self.preflight.heard(update, outcome)
        if not self._is_held(update, outcome):
            self._recording.record_unsent(update, outcome)

    def _is_held(self, update: Update, outcome: Outcome) -> bool:
        """Hold an outcome of which nothing is recorded, or count it."""
        if outcome.code.result is Result.NOT_SENT:
            self._held[update.row] = outcome
            return True
        self._errors.count(outcome)
        return False

    def _rate(self) -> float:
        """How many leave in a second, at the present limit."""
        limit, period = self._budget.known.limit, self._budget.known.period
        return limit / period if limit and period else self.pace.assumed.limit / self.pace.assumed.period

    def _tell(self, kept: Sequence[Settled]) -> None:
        self._recorded += len(kept)
        seconds_left = self._seconds_left()
        for update, outcome in kept:
            self.record(update, outcome, seconds_left)

    def _tell_of_wait(self, seconds: float) -> None:
        self.waiting(seconds, _limit(self._budget.known))

    def _seconds_left(self) -> float:
        reading = 0.0 if self.preflight is None else self.preflight.seconds_left()
        return max(reading, self._budget.forecast(len(self.updates) - self._errors.settled - len(self._held)))


async def _ended(work: asyncio.Future[None]) -> None:
    """Wait for the workers. Several faults at once become the first of them; being cut off is none."""
    try:
        await work
    except asyncio.CancelledError:
        if not work.cancelled():
            raise
    except BaseExceptionGroup as group:
        raise first_of(group) from None


def _limit(budget: Buckets) -> str | None:
    if budget.limit is None:
        return None
    is_sure = budget.period is not None and budget.period >= 5  # rounding hides the length of shorter windows
    return str(Rate(budget.limit, budget.period)) if is_sure and budget.period else f"{budget.limit} at a time"


async def deliver(queue: ReleaseQueue, settle: Settle, record: KeepOne, *, workers: int, stop: Stop) -> None:
    """Send every update that is released, `workers` at a time, until there are no more or the run stops.

    `settle(due)` gives an update's outcome or raises Stopped; `record` keeps each outcome.
    """

    async def work() -> None:
        while (due := await queue.take()) is not None:
            with stop.heard_out():
                await record(due[1], await settle(due))

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())
