"""How is something looked up in the API by itself, apart from sending? With a client that cannot write."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from bulk_sync.api.responses import Response
from bulk_sync.errors import ApiAway
from bulk_sync.send.circuit import Circuit
from bulk_sync.send.limits import Deadline
from bulk_sync.send.reading import reading
from bulk_sync.send.signals import heeding
from bulk_sync.send.stopping import Stop
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bulk_sync.api.requests import Request
    from bulk_sync.api.responses import TransportFailure
    from bulk_sync.model import Read
    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.send.attempts import Exchange
    from bulk_sync.send.config import Address, Pace

T = TypeVar("T")

KNOCK = "/contacts?status=active&page=1&limit=1"
"""A read that tells whether the API is there at all, and shows nobody whom the DNC memory must keep."""


def look_up(
    address: Address,
    pace: Pace,
    work: Callable[[Read], Awaitable[T]],
    tell: Callable[[str], None],
    *,
    budget: Budget | None = None,
    patience: float | None = None,
    lenient: bool = False,
) -> T:
    """What `work` makes of what it reads. Nothing is in flight any more when this returns.

    `budget`: that of the run's reads, which go on with it afterwards (it counts in the seconds of the event loop's
    clock, which all loops share). `patience`: the seconds within which the API must give its first answer; None: as
    long as `pace` bears its being away. `lenient`: a web page in place of an answer is a read that is not to be had,
    since whether the address is wrong will show when something is sent. Raises what ends the run: KeyRefused,
    WrongAddress, ApiAway, LimitReached and Interrupted among them.
    """
    return asyncio.run(_look_up(address, pace, work, tell, budget=budget, patience=patience, lenient=lenient))


async def _look_up(
    address: Address,
    pace: Pace,
    work: Callable[[Read], Awaitable[T]],
    tell: Callable[[str], None],
    *,
    budget: Budget | None,
    patience: float | None,
    lenient: bool,
) -> T:
    from bulk_sync.api.client import Client  # noqa: PLC0415  # httpx: a preview by the file need not wait for it

    loop, stop = asyncio.get_running_loop(), Stop()
    async with Client(address.base_url, address.key, connections=pace.concurrency, read_only=True) as client:
        exchange, is_there = _noticing(client.exchange)
        circuit = Circuit(pace.outage, stop, loop.time, tell)
        reads = reading(exchange, circuit, stop, loop.time, most_in_flight=pace.concurrency, budget=budget, tell=tell)
        reads.understood = lenient
        looking: asyncio.Future[T] = asyncio.ensure_future(work(reads.read))
        stop.tell(lambda _: looking.cancel())  # a read may be broken off: nothing is lost by it
        deadline = Deadline(pace.limits, stop, time.time)
        timer = loop.call_later(patience, _give_up, stop, is_there, patience) if patience is not None else None
        try:
            with heeding(stop, looking.cancel):
                return await looking
        except asyncio.CancelledError:
            if stop.reason is None:
                raise
            raise stop.reason from None
        finally:
            deadline.cancel()
            if timer is not None:
                timer.cancel()


def _noticing(exchange: Exchange) -> tuple[Exchange, asyncio.Event]:
    """The same exchange, and whether the API has given an answer to it that does not say that it is broken."""
    is_there = asyncio.Event()

    async def noticed(call: Request) -> Response | TransportFailure:
        response = await exchange(call)
        if isinstance(response, Response) and response.status < 500:
            is_there.set()
        return response

    return noticed, is_there


def _give_up(stop: Stop, is_there: asyncio.Event, patience: float) -> None:
    if not is_there.is_set():
        stop.because(ApiAway(f"The API could not be reached within {duration(patience)}."))
