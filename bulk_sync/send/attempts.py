"""How often is a call tried, and with what pauses? (tenacity) And what becomes of an update in the end?

Full-jitter exponential waits: of n failed tries, the next pause is a random part of `FIRST_PAUSE * 2**(n-1)`, at most
`LONGEST_PAUSE`, and never shorter than a Retry-After. A 429 is not a try: it waits for the budget.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, assert_never

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from bulk_sync.api import exchange_log
from bulk_sync.api.error_text import is_web_page
from bulk_sync.api.responses import (
    Abort,
    Accepted,
    FailureReason,
    RateLimited,
    Rejected,
    Response,
    Retry,
    TransportFailure,
    classify,
    headers_with_wait,
)
from bulk_sync.errors import Code, RefusedEveryWindow, Stopped
from bulk_sync.http_semantics import epoch
from bulk_sync.model import Change, Outcome
from bulk_sync.send.passage import SettledError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.api.requests import Request
    from bulk_sync.api.responses import Verdict
    from bulk_sync.model import Update
    from bulk_sync.ratelimit.scheduler import Departure
    from bulk_sync.release import Creation
    from bulk_sync.send.circuit import Circuit
    from bulk_sync.send.passage import Passage

ACTIVE = "active"
"""The status of a contact that was just made."""

MOST_TRIES = 5
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
MOST_REFUSED_WINDOWS = 12
"""Windows in a row in which the API let nothing through: an hour lost is better seen than endured."""

Exchange = Callable[["Request"], Awaitable["Response | TransportFailure"]]
V = TypeVar("V")


class Turns(Protocol):
    """Who may send when: the pacer of writes, or that of reads."""

    @property
    def refused_windows(self) -> int:
        """Windows in a row without one success."""
        ...

    async def departure(self, priority: int, method: str) -> Departure:
        """Wait for this call's turn."""
        ...

    def arrived(self, departure: Departure, status: int, headers: Mapping[str, str]) -> None:
        """A reply came to the request that left so."""
        ...

    def lost(self, departure: Departure) -> None:
        """No reply came to it."""
        ...

    def withdrawn(self, departure: Departure) -> None:
        """It never left."""
        ...


class Way(Protocol):
    """What leaves, and when it may: an update (`Passage`), or a read."""

    @property
    def call(self) -> Request:
        """The request, as it may leave now."""
        ...

    async def be_ready(self) -> None:
        """Wait until it may leave as far as its contact goes. Raises what ends its way, or the run."""

    def may_leave(self) -> bool:
        """Whether it still may, at this very moment."""
        ...

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
class Tries(ABC, Generic[V]):
    """Tries a call until it is known what the API says to it: a `V`, or `Retry` when the tries are used up.

    `exchange`: the wire; `turns`: the budget; `circuit`: whether the API is there; `pause`: sleeps, and raises when the
    run stops; `jitter`: a random part (0 to 1).
    """

    exchange: Exchange
    turns: Turns
    circuit: Circuit
    pause: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    understood: bool = field(default=False, kw_only=True)

    @abstractmethod
    def classify(self, response: Response | TransportFailure) -> V | Retry | RateLimited | Abort:
        """What a reply means."""

    async def verdict(self, way: Way, priority: int, tried: Tried) -> V | Retry:
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

    async def _try(self, way: Way, priority: int, tried: Tried) -> V | Retry:
        """One try: a reply other than 429, whenever the API is there and the budget allows it."""
        tried.tries += 1
        while True:
            probing = self.circuit.is_away and await self.circuit.admission()
            await way.be_ready()
            sent = await self.turns.departure(priority, way.call.method)
            if not way.may_leave() or (self.circuit.is_away and not probing):
                self.turns.withdrawn(sent)
                continue
            way.leaves()
            tried.leaves()
            response = await self.exchange(way.call)
            if isinstance(response, TransportFailure) and response.reason is FailureReason.HELD_BACK:
                tried.is_out = False
                self.turns.withdrawn(sent)
                continue
            try:
                verdict = self._heard(way.call, response, sent)
            except Stopped:
                tried.is_out = False
                raise
            tried.is_out = False
            if isinstance(verdict, Retry):
                tried.failed(verdict)
            if isinstance(verdict, RateLimited):
                self._check_windows()
            elif not (probing and isinstance(verdict, Retry)):
                return verdict

    def _heard(self, call: Request, response: Response | TransportFailure, sent: Departure) -> V | Retry | RateLimited:
        """Let the budget and the circuit hear of what came back; what it means. Raises what ends the run."""
        verdict = self.classify(response)
        exchange_log.heard(call, response, failed=isinstance(verdict, Retry | RateLimited | Abort))
        if isinstance(verdict, Abort):
            raise verdict.reason  # before the budget hears of a reply and lets the next ones leave
        if isinstance(verdict, Retry):
            self.circuit.failed(_how(response))
        else:
            self.circuit.answered()
        if isinstance(response, TransportFailure):
            self.turns.lost(sent)
        else:
            self.turns.arrived(sent, response.status, headers_with_wait(response))
        self.understood = self.understood or _is_the_apis_own(response)
        return verdict

    def _check_windows(self) -> None:
        if self.turns.refused_windows >= MOST_REFUSED_WINDOWS:
            raise RefusedEveryWindow(
                f"The API refused {MOST_REFUSED_WINDOWS} windows in a row for their rate and let nothing through. "
                "Something else may be using the key."
            )

    def _wait(self, state: RetryCallState) -> float:
        verdict = state.outcome.result() if state.outcome else None
        least = verdict.after if isinstance(verdict, Retry) else 0.0
        longest: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (state.attempt_number - 1))
        return max(least, self.jitter() * longest)


Confirm = Callable[["Creation", float], Awaitable["Outcome | None"]]
"""Looks up whether a contact was made since that second of the API's clock; None: no, or nobody can tell."""


@dataclass(slots=True)
class Attempts(Tries[Accepted | Rejected]):
    """Tries an update until its fate is known.

    `clock`: seconds since the epoch, for the outcome's time. `left_open` hears what is known of an update that left and
    whose fate the run did not live to learn. `confirm` looks up a creation whose reply was lost.
    """

    clock: Callable[[], float]
    left_open: Callable[[Update, Outcome], None] = field(default=lambda _update, _outcome: None, kw_only=True)
    confirm: Confirm | None = field(default=None, kw_only=True)
    _behind: float | None = field(default=None, init=False)

    def classify(self, response: Response | TransportFailure) -> Verdict:
        """What a reply to a write means."""
        if isinstance(response, Response) and (date := epoch(response.headers.get("date", ""))) is not None:
            self._behind = self.clock() - date
        return classify(response, understood=self.understood)

    async def settle(self, passage: Passage) -> Outcome:
        """The outcome of an update. Raises Stopped where the run ends before it has one."""
        return await self._settle(passage, Code.UPDATED)

    async def create(self, passage: Passage, creation: Creation) -> Outcome:
        """The outcome of making an update's contact, which the CRM does not have.

        A contact that is made is active, so a row that asks for another status takes a second call. Raises as `settle`
        does, and ThereNowError where there is such a contact by now.
        """
        status = passage.planned.change.status
        passage.creates(creation)
        made = await self._settle(passage, Code.CREATED, creation)
        if made.code is not Code.CREATED or status in {None, ACTIVE}:
            return made
        passage.carries(Change(status=status))
        try:
            outcome = await self.settle(passage)
        except BaseException:
            self.left_open(passage.planned, replace(made, code=Code.NETWORK_ERROR, error=_ONLY_MADE))
            raise
        tries = made.attempts + outcome.attempts
        if outcome.code is Code.UPDATED:
            return replace(outcome, code=Code.CREATED, attempts=tries)
        return replace(
            outcome, error=f"The contact was created, but its status was not set. {outcome.error}", attempts=tries
        )

    async def _settle(self, passage: Passage, success: Code, creation: Creation | None = None) -> Outcome:
        tried: Tried = Tried(clock=self.clock)
        try:
            verdict = await self.verdict(passage, passage.place, tried)
            if creation and isinstance(verdict, Rejected) and verdict.is_duplicate:
                made = await self._found_made(creation, tried)
                if made is not None:
                    return replace(made, http_status=verdict.status, attempts=tried.tries, at=self.clock())
                if tried.may_have_landed:
                    verdict = replace(verdict, why=f"{verdict.why} {_MAY_BE_MADE}")
        except SettledError as settled:
            return replace(settled.outcome, attempts=passage.tries)
        except BaseException:
            if tried.is_out or tried.failure is not None:
                self.left_open(passage.planned, self._so_far(tried))
            raise
        return self._outcome(verdict, tried, success)

    def _outcome(self, verdict: Accepted | Rejected | Retry, tried: Tried, success: Code) -> Outcome:
        at, tries = self.clock(), tried.tries
        match verdict:
            case Accepted(contact_id=contact_id, phone=phone, contact_status=status):
                return Outcome(success, "", verdict.status, tries, at, contact_id, phone, status=status)
            case Retry(code=Code.NETWORK_ERROR, why=why):
                landed = f" {_MAY_HAVE_LANDED}" if tried.may_have_landed else ""
                return Outcome(verdict.code, f"{why}{landed} Send the row again.", None, tries, at)
            case Rejected(code=code, why=why) | Retry(code=code, why=why):
                return Outcome(code, why, verdict.status, tries, at)
            case _:
                assert_never(verdict)

    def _so_far(self, tried: Tried) -> Outcome:
        """What is known of an update whose last try the run's end cut short."""
        failure = tried.failure
        if failure is None or tried.is_out:
            why = f"The run ended before its answer was known. {_MAY_HAVE_LANDED}"
            return Outcome(Code.NETWORK_ERROR, why, None, tried.tries, self.clock())
        return self._outcome(failure, tried, Code.UPDATED)

    async def _found_made(self, creation: Creation, tried: Tried) -> Outcome | None:
        """The outcome of a creation that is refused as there already, if an earlier try of our own made it."""
        if not tried.may_have_landed or self.confirm is None or tried.began is None or self._behind is None:
            return None
        return await self.confirm(creation, tried.began - self._behind)


_MAY_HAVE_LANDED = "The change may have landed."
_MAY_BE_MADE = "An earlier try got no answer, and may have created the contact: look in the CRM."
_ONLY_MADE = "The contact was created, but the run ended before its status was set."


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
    return response.reason.value if isinstance(response, TransportFailure) else f"it answered {response.status}"


def _last_verdict(state: RetryCallState) -> object:
    return state.outcome.result()  # type: ignore[union-attr]  # tenacity calls this with an outcome
