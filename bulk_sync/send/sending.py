"""How is a plan carried to the API? Client, budget, attempts and workers, put together for one run."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.send.attempts import Attempts
from bulk_sync.send.budget import Budget
from bulk_sync.send.checking import Check, looking_first, pretend
from bulk_sync.send.circuit import Circuit
from bulk_sync.send.engine import Errors, Settle, Tolerance, deliver
from bulk_sync.send.interruption import heeding
from bulk_sync.send.limits import Deadline, Limits, Writes
from bulk_sync.send.rate import Rate
from bulk_sync.send.reading import reading
from bulk_sync.send.sharing.opening import shared
from bulk_sync.send.stopping import Stop
from bulk_sync.send.turns import PacedTurns

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bulk_sync.errors import Stopped
    from bulk_sync.model import Outcome, Update
    from bulk_sync.send.client import Client
    from bulk_sync.send.sharing.shared_budget import SharedBudget
    from bulk_sync.send.twins import Twins

Record = Callable[["Update", "Outcome", float], None]

ASSUMED = Rate(30, 60.0)
"""Writes, where the API says nothing: the documented limit."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the API is, and the key to it."""

    base_url: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how long, and how many failures.

    `ceiling` is `--rate`, `concurrency` the most requests in flight, `outage` the seconds that the API may stay away.
    """

    ceiling: Rate | None = None
    concurrency: int = 32
    tolerance: Tolerance = field(default_factory=lambda: Tolerance(share=0.2))
    limits: Limits = field(default_factory=Limits)
    outage: float = 600.0

    @property
    def assumed(self) -> Rate:
        """What holds where the API says nothing."""
        return self.ceiling or ASSUMED

    def budget(self) -> Budget:
        """A new budget of writes."""
        return Budget(ceiling=self.ceiling, assumed=self.assumed, most_in_flight=self.concurrency)


@dataclass(frozen=True, slots=True)
class Sent:
    """How sending went: seconds it took, the limit that the API named, and why it ended early, if it did.

    `seconds_left`: what the calls that have no outcome will take, at the rate known by now.
    """

    seconds: float
    limit: str | None
    stopped: Stopped | None
    seconds_left: float = 0.0


@dataclass(frozen=True, slots=True)
class Sharing:
    """With whom the budget is shared: with the runs of the key that use the same folder (None: there are no others).

    `tell` hears what a person should know, in sentences.
    """

    folder: Path | None = None
    tell: Callable[[str], None] = lambda _: None

    def budget(self, pace: Pace, address: Address) -> AbstractContextManager[Budget | SharedBudget]:
        """The budget of writes for as long as a `with` block lasts."""
        if self.folder is None:
            return contextlib.nullcontext(pace.budget())
        return shared(
            self.folder,
            address.base_url,
            address.key,
            "writes",
            self.tell,
            ceiling=pace.ceiling,
            assumed=pace.assumed,
            most_in_flight=pace.concurrency,
        )


ALONE = Sharing()


def send(
    updates: Iterable[Update],
    calls: int,
    address: Address,
    pace: Pace,
    record: Record,
    *,
    twins: Twins | None = None,
    sharing: Sharing = ALONE,
    check: Check | None = None,
    dry_run: bool = False,
) -> Sent:
    """Send every update (there are `calls` of them). What ends a run early is in what comes back, not raised.

    `record` is told each outcome, and the seconds that the rest will take; where it raises Stopped, the run ends.
    `twins` is the memory of a plan that names contacts both by phone and by ID; `sharing` says with whom the budget is
    shared, and hears what a person should know. `check` looks at each contact first, and may settle its update unsent.
    In a `dry_run` that is all: what it lets pass is recorded as updated, and nothing is written.
    """
    return asyncio.run(
        _send(updates, calls, address, pace, record, twins=twins, sharing=sharing, check=check, dry_run=dry_run)
    )


async def _send(
    updates: Iterable[Update],
    calls: int,
    address: Address,
    pace: Pace,
    record: Record,
    *,
    twins: Twins | None,
    sharing: Sharing,
    check: Check | None,
    dry_run: bool,
) -> Sent:
    stop, clock = Stop(), asyncio.get_running_loop().time
    errors = Errors(pace.tolerance, stop)
    began = clock()
    with sharing.budget(pace, address) as budget:
        budget.forecast(calls)  # what other runs of the key are to reckon with
        turns = PacedTurns(budget, clock, stop, Writes(pace.limits.writes, stop))

        def settled(update: Update, outcome: Outcome) -> None:
            errors.count(outcome)
            record(update, outcome, budget.forecast(calls - errors.settled))

        async with _client(address, pace, dry_run=dry_run) as client:
            beaten = twins.beaten if twins else lambda _: None
            circuit = Circuit(pace.outage, stop, clock, sharing.tell)
            attempts = Attempts(client.exchange, turns, circuit, stop.pause, random.random, time.time, beaten)
            settle: Settle = pretend if dry_run else attempts.settle
            if check is not None:
                reads = reading(client.exchange, circuit, stop, clock, most_in_flight=pace.concurrency)
                settle = looking_first(settle, reads.read, check)
            work = asyncio.ensure_future(
                deliver(updates, settle, settled, workers=pace.concurrency, stop=stop, twins=twins)
            )
            deadline = Deadline(pace.limits, stop, time.time)
            with heeding(stop, work.cancel, tell=sharing.tell):
                await _ended(work)
            deadline.cancel()
        return Sent(clock() - began, _limit(budget), stop.reason, budget.forecast(calls - errors.settled))


def _client(address: Address, pace: Pace, *, dry_run: bool) -> Client:
    from bulk_sync.send.client import Client  # noqa: PLC0415  # httpx: a preview by the file need not wait for it

    return Client(address.base_url, address.key, connections=pace.concurrency, read_only=dry_run)


async def _ended(work: asyncio.Future[None]) -> None:
    """Wait for the workers. Several faults at once become the first of them; being cut off after the grace is none."""
    try:
        await work
    except asyncio.CancelledError:
        if not work.cancelled():
            raise
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


def _limit(budget: Budget | SharedBudget) -> str | None:
    if budget.limit is None:
        return None
    is_sure = budget.period is not None and budget.period >= 5  # rounding hides the length of shorter windows
    return str(Rate(budget.limit, budget.period)) if is_sure and budget.period else f"{budget.limit} in a window"
