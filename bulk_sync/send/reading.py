"""How is something read from the API? With a budget of its own, and with the same tries as an update.

What the API does not offer, or not to this key, is a value: the caller falls back on something else.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from bulk_sync.age import AgeClock
from bulk_sync.api.requests import Request
from bulk_sync.api.responses import Abort, RateLimited, Rejected, Retry, classify_read
from bulk_sync.model import Content, NotHad, Unread
from bulk_sync.ratelimit.buckets import Buckets
from bulk_sync.ratelimit.scheduler import Scheduler
from bulk_sync.send.attempts import Tried, Tries
from bulk_sync.send.config import budget_of_reads
from bulk_sync.send.passage import ReadPassage

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.api.responses import Response, TransportFailure
    from bulk_sync.model import Answer
    from bulk_sync.ratelimit.budget import Budget
    from bulk_sync.send.attempts import Exchange
    from bulk_sync.send.circuit import Circuit
    from bulk_sync.send.stopping import Stop


@dataclass(slots=True)
class Reading(Tries[Content | NotHad | Rejected]):
    """Reads from the API. `turns` are those of reads, whose budget is not that of writes; `age`: seconds of age."""

    age: Callable[[], float] = field(default=lambda: 0.0, kw_only=True)

    def classify(
        self, response: Response | TransportFailure
    ) -> Content | NotHad | Rejected | Retry | RateLimited | Abort:
        """What a reply to a read means."""
        return classify_read(response, understood=self.understood)

    async def read(self, path: str, priority: int = 0) -> Answer:
        """What `GET path` gives; `path` is below the base URL, quoted, its query included.

        Raises Stopped where the run ends first: KeyRefused, WrongAddress, ApiAway, RefusedEveryWindow among them.
        """
        left = 0.0

        def leaves() -> None:
            nonlocal left
            left = self.age()

        tried = Tried()
        verdict = await self.verdict(ReadPassage(Request("GET", path), leaves), priority, tried)
        match verdict:
            case Content():
                return replace(verdict, left=left)
            case NotHad():
                return replace(verdict, left=left, is_refusal=verdict.missing is None)
            case Rejected() | Retry():
                is_outage = isinstance(verdict, Retry) and self.circuit.is_failing
                return Unread(verdict.code, verdict.why, verdict.status, tried.tries, is_outage)
            case _:
                assert_never(verdict)


def reading(
    exchange: Exchange,
    circuit: Circuit,
    stop: Stop,
    clock: Callable[[], float],
    *,
    most_in_flight: int,
    budget: Budget | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Reading:
    """Reads for one run, whose `circuit` and `stop` they share; `clock` gives the event loop's seconds.

    `budget`: that of the run's reads, where it has read something already. `tell` hears of long waits.
    """
    of_reads = budget_of_reads(most_in_flight) if budget is None else budget
    turns = Scheduler(Buckets(lambda: of_reads), clock, tell=tell)
    stop.tell(turns.close)
    return Reading(exchange, turns, circuit, stop.pause, random.random, age=AgeClock(clock))
