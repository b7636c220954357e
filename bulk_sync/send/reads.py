"""Reads: how something is read from the API, with a budget of its own and with the same tries as an update.

What the API does not offer, or not to this key, is a value: the caller falls back on something else.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar, assert_never

from bulk_sync.age import AgeClock
from bulk_sync.api.contact import Request
from bulk_sync.api.responses import Abort, RateLimited, Rejected, Response, Retry, classify_read
from bulk_sync.errors import ApiAway
from bulk_sync.model import ReadFailed, ReadOk, Unavailable
from bulk_sync.ratelimit.buckets import Buckets
from bulk_sync.ratelimit.scheduler import Scheduler
from bulk_sync.send.circuit import Circuit
from bulk_sync.send.config import budget_of_reads
from bulk_sync.send.signals import run
from bulk_sync.send.stop_rules import Stop, deadline
from bulk_sync.send.tries import Outgoing, RetryingCaller, Tried
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bulk_sync.api.responses import TransportFailure
    from bulk_sync.model import Answer, Read
    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.send.config import Address, SendConfig
    from bulk_sync.send.tries import Exchange


T = TypeVar("T")


class _Read(Outgoing):
    """A read on its way out. `left`: when its last try left, by the clock of `age`."""

    def __init__(self, path: str, age: Callable[[], float]) -> None:
        self._request, self._age, self.left = Request("GET", path), age, 0.0

    @property
    def request(self) -> Request:
        return self._request

    def leaves(self) -> None:
        self.left = self._age()


@dataclass(slots=True)
class Reader(RetryingCaller[ReadOk | Unavailable | Rejected]):
    """Reads from the API. `scheduler`: that of reads, whose budget is not that of writes; `age`: seconds of age."""

    age: Callable[[], float] = field(default=lambda: 0.0, kw_only=True)

    def classify(
        self, response: Response | TransportFailure
    ) -> ReadOk | Unavailable | Rejected | Retry | RateLimited | Abort:
        """What a reply to a read means."""
        return classify_read(response, understood=self.understood)

    async def read(self, path: str, priority: int = 0) -> Answer:
        """What `GET path` gives; `path` is below the base URL, quoted, its query included.

        Raises Stopped where the run ends first: KeyRefused, WrongAddress, ApiAway, RefusedEveryWindow among them.
        """
        way, tried = _Read(path, self.age), Tried()
        verdict = await self.verdict(way, priority, tried)
        match verdict:
            case ReadOk():
                return replace(verdict, left=way.left)
            case Unavailable():
                return replace(verdict, left=way.left, is_refusal=verdict.missing is None)
            case Rejected() | Retry():
                is_outage = isinstance(verdict, Retry) and self.circuit.is_failing
                return ReadFailed(verdict.code, verdict.why, verdict.status, tried.tries, is_outage)
            case _:
                assert_never(verdict)


def reader(
    exchange: Exchange,
    circuit: Circuit,
    stop: Stop,
    clock: Callable[[], float],
    budget: Budget,
    tell: Callable[[str], None] = lambda _: None,
) -> Reader:
    """Reads for one run, whose `circuit` and `stop` they share; `clock` gives the event loop's seconds.

    `budget`: that of the run's reads. `tell` hears of long waits.
    """
    scheduler = Scheduler(Buckets(lambda: budget), clock, tell=tell)
    stop.tell(scheduler.close)
    return Reader(exchange, scheduler, circuit, stop.pause, random.random, age=AgeClock(clock))


def look_up(
    address: Address,
    pace: SendConfig,
    work: Callable[[Read], Awaitable[T]],
    tell: Callable[[str], None],
    *,
    budget: Budget | None = None,
    patience: float | None = None,
    lenient: bool = False,
) -> T:
    """What `work` makes of what it reads, in an event loop of its own. Nothing is in flight any more when this returns.

    `budget`: that of the run's reads, which go on with it afterwards (it counts in the seconds of the event loop's
    clock, which all loops share). `patience`: the seconds within which the API must give its first answer; None: as
    long as `pace` bears its being away. `lenient`: a web page in place of an answer is a read that is not to be had,
    since whether the address is wrong will show when something is sent. Raises what ends the run: KeyRefused,
    WrongAddress, ApiAway, LimitReached and Interrupted among them.
    """
    from bulk_sync.api.client import Client  # noqa: PLC0415  # httpx: a preview by the file need not wait for it

    async def looked_up(stop: Stop) -> T:
        loop, timer = asyncio.get_running_loop(), None
        if patience is not None:
            away = ApiAway(f"The API could not be reached within {duration(patience)}.")
            timer = loop.call_later(patience, stop.because, away)
        async with Client(address.base_url, address.key, connections=pace.concurrency, read_only=True) as client:
            exchange = client.exchange if timer is None else _cancelling(timer, client.exchange)
            circuit = Circuit(pace.outage, stop, loop.time, tell)
            reads = reader(exchange, circuit, stop, loop.time, budget or budget_of_reads(pace.concurrency), tell)
            reads.understood = lenient
            in_time = asyncio.create_task(deadline(pace.limits, stop, time.time))
            try:
                return await _unless_stopped(work(reads.read), stop)
            finally:
                in_time.cancel()
                if timer is not None:
                    timer.cancel()

    return run(looked_up)


async def _unless_stopped(work: Awaitable[T], stop: Stop) -> T:
    """What work comes to, or the reason to stop: a read may be broken off, nothing is lost by it."""
    looking = asyncio.ensure_future(work)
    stop.tell(lambda _: looking.cancel())
    try:
        return await looking
    except asyncio.CancelledError:
        if stop.reason is None:
            raise
        raise stop.reason from None


def _cancelling(timer: asyncio.TimerHandle, exchange: Exchange) -> Exchange:
    """The same exchange, whose first answer that does not say that the API is broken cancels a timer."""

    async def noticed(request: Request) -> Response | TransportFailure:
        response = await exchange(request)
        if isinstance(response, Response) and response.status < 500:
            timer.cancel()
        return response

    return noticed
