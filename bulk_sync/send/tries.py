"""Tries: how often a request is sent, and with what pauses (tenacity).

Full-jitter exponential waits: of n failed tries, the next pause is a random part of `FIRST_PAUSE * 2**(n-1)`, at most
`LONGEST_PAUSE`, and never shorter than a Retry-After. A 429 is not a try: it waits for the budget.
"""

from __future__ import annotations

import asyncio
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from bulk_sync.api.error_text import is_web_page
from bulk_sync.api.responses import (
    Abort,
    FailureReason,
    RateLimited,
    Response,
    Retry,
    TransportFailure,
    headers_with_wait,
)
from bulk_sync.errors import RefusedEveryWindow

if TYPE_CHECKING:
    from bulk_sync.api.contact import Request
    from bulk_sync.ratelimit.scheduler import Departure, Scheduler
    from bulk_sync.send.circuit import Circuit

MOST_TRIES = 5
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
MOST_REFUSED_WINDOWS = 12
"""Windows in a row in which the API let nothing through: an hour lost is better seen than endured."""

LOGGER = logging.getLogger("bulk_sync.send")

_NUMBER = re.compile(r"(?:%2B|\+)\d{7,15}")

Exchange = Callable[["Request"], Awaitable["Response | TransportFailure"]]
V = TypeVar("V")


class Outgoing(ABC):
    """What leaves, and when it may: an update (`Passage`), or a read, which may whenever its turn has come."""

    @property
    @abstractmethod
    def request(self) -> Request:
        """The request, as it may leave now."""

    async def be_ready(self) -> None:  # noqa: B027 -- a read waits for nothing
        """Wait until it may leave as far as its contact goes. Raises what ends its way, or the run."""

    def may_leave(self) -> bool:
        """Whether it still may, at this very moment."""
        return True

    @abstractmethod
    def leaves(self) -> None:
        """It leaves."""


@dataclass(slots=True)
class Tried:
    """A call's tries so far.

    `clock`: seconds since the epoch; `began`: when the first one left. `failure`: what the last one that failed came
    to. `may_have_landed`: one of them may have been carried out all the same. `is_out`: one is under way.
    """

    clock: Callable[[], float] = lambda: 0.0
    tries: int = 0
    began: float | None = None
    failure: Retry | None = None
    may_have_landed: bool = False
    is_out: bool = False

    def leaves(self) -> None:
        """Another try is under way."""
        self.began = self.clock() if self.began is None else self.began
        self.is_out = True

    def failed(self, failure: Retry) -> None:
        """Another try failed."""
        self.failure = failure
        self.may_have_landed = self.may_have_landed or failure.may_have_landed


@dataclass(slots=True)
class RetryingCaller(ABC, Generic[V]):
    """Tries a request until it is known what the API says to it: a `V`, or `Retry` when the tries are used up.

    `exchange`: the wire; `scheduler`: the budget; `circuit`: whether the API is there; `pause`: sleeps, and raises when
    the run stops; `jitter`: a random part (0 to 1).
    """

    exchange: Exchange
    scheduler: Scheduler
    circuit: Circuit
    pause: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    understood: bool = field(default=False, kw_only=True)

    @abstractmethod
    def classify(self, response: Response | TransportFailure) -> V | Retry | RateLimited | Abort:
        """What a reply means."""

    async def verdict(self, way: Outgoing, priority: int, tried: Tried) -> V | Retry:
        """What the API says in the end to what goes this way; `tried` is kept up to date meanwhile.

        Raises what `way` raises where nothing must leave any more, and Stopped where the run ends first.
        """
        # one per call: tenacity keeps its statistics in a thread-local that asyncio's tasks would share
        tries = AsyncRetrying(
            stop=stop_after_attempt(MOST_TRIES),
            retry=retry_if_result(lambda verdict: isinstance(verdict, Retry)),
            wait=self._wait,
            sleep=self.pause,
            retry_error_callback=_last_verdict,
        )
        verdict: V | Retry = await tries(self._try, way, priority, tried)
        return verdict

    async def _try(self, way: Outgoing, priority: int, tried: Tried) -> V | Retry:
        """One try: a reply other than 429, whenever the API is there and the budget allows it."""
        tried.tries += 1
        while True:
            probing = self.circuit.is_away and await self.circuit.admission()
            await way.be_ready()
            request = way.request
            sent = await self.scheduler.departure(priority, request.method)
            if not way.may_leave() or (self.circuit.is_away and not probing):
                self.scheduler.withdrawn(sent)
                continue
            way.leaves()
            tried.leaves()
            try:
                response = await self.exchange(request)
            except asyncio.CancelledError:
                self.scheduler.lost(sent)
                raise
            if isinstance(response, TransportFailure) and response.reason is FailureReason.HELD_BACK:
                tried.is_out = False
                self.scheduler.withdrawn(sent)
                continue
            verdict = self._heard(request, response, sent)
            tried.is_out = False
            if isinstance(verdict, Abort):
                raise verdict.reason
            if isinstance(verdict, Retry):
                tried.failed(verdict)
            if isinstance(verdict, RateLimited):
                self._check_windows()
            elif not (probing and isinstance(verdict, Retry)):
                return verdict

    def _heard(
        self, request: Request, response: Response | TransportFailure, sent: Departure
    ) -> V | Retry | RateLimited | Abort:
        """Let the budget and the circuit hear of what came back; what it means."""
        verdict = self.classify(response)
        _log(request, response, failed=isinstance(verdict, Retry | RateLimited | Abort))
        if isinstance(verdict, Abort):
            return verdict  # the budget must not hear of it, and let the next ones leave
        if isinstance(verdict, Retry):
            self.circuit.failed(_how(response))
        else:
            self.circuit.answered()
        if isinstance(response, TransportFailure):
            self.scheduler.lost(sent)
        else:
            self.scheduler.arrived(sent, response.status, headers_with_wait(response))
        self.understood = self.understood or _is_the_apis_own(response)
        return verdict

    def _check_windows(self) -> None:
        if self.scheduler.refused_windows >= MOST_REFUSED_WINDOWS:
            raise RefusedEveryWindow(
                f"The API refused {MOST_REFUSED_WINDOWS} windows in a row for their rate and let nothing through. "
                "Something else may be using the key."
            )

    def _wait(self, state: RetryCallState) -> float:
        verdict = state.outcome.result() if state.outcome else None
        least = verdict.after if isinstance(verdict, Retry) else 0.0
        longest: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (state.attempt_number - 1))
        return max(least, self.jitter() * longest)


def _log(request: Request, response: Response | TransportFailure, *, failed: bool) -> None:
    """Log a read, or a try that `failed` (it is to be tried again, or was the last one), at level INFO.

    Numbers are masked and bodies left out; what became of an update in the end has a line of its own (`report.log`).
    """
    if not (failed or request.method == "GET") or not LOGGER.isEnabledFor(logging.INFO):
        return
    path = _NUMBER.sub(lambda found: f"…{found[0][-3:]}", request.path)
    status = response.status if isinstance(response, Response) else None
    how = "no reply" if isinstance(response, TransportFailure) else str(status)
    fields = {"event": "request", "method": request.method, "path": path, "http_status": status, "failed": failed}
    LOGGER.info("%s %s: %s%s", request.method, path, how, ", failed" if failed else "", extra={"fields": fields})


def _is_the_apis_own(response: Response | TransportFailure) -> bool:
    """Whether a reply shows that the address is right: the API has said something. A gateway, too, says 429 and 5xx."""
    return (
        isinstance(response, Response)
        and response.status < 500
        and response.status != 429
        and not is_web_page(response)
    )


def _how(response: Response | TransportFailure) -> str:
    """How a try failed, in a few words."""
    if isinstance(response, TransportFailure):
        return response.reason.value
    if response.status < 500 and is_web_page(response):
        return f"a web page came instead of its answer ({response.status}); this network may ask you to sign in"
    return f"it answered {response.status}" + (", but not that it was done" if response.status < 300 else "")


def _last_verdict(state: RetryCallState) -> object:
    return state.outcome.result()  # type: ignore[union-attr]  # tenacity calls this with an outcome
