"""How often is a call tried, and with what pauses? (tenacity) And what becomes of an update in the end?

Full-jitter exponential waits: of n failed tries, the next pause is a random part of `FIRST_PAUSE * 2**(n-1)`, at most
`LONGEST_PAUSE`, and never shorter than a Retry-After. A 429 is not a try: it waits for the budget.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, assert_never

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from bulk_sync.errors import Code, RefusedEveryWindow
from bulk_sync.model import Change, Outcome
from bulk_sync.send.calls import call_for, call_to_create
from bulk_sync.send.exchange import NoReply, Reply
from bulk_sync.send.verdict import Accepted, Again, Halt, Held, Refused, is_web_page, judge

if TYPE_CHECKING:
    from bulk_sync.clearing import Creation
    from bulk_sync.model import Update
    from bulk_sync.send.circuit import Circuit
    from bulk_sync.send.exchange import Call
    from bulk_sync.send.verdict import Verdict

ACTIVE = "active"
"""The status of a contact that was just made."""

MOST_TRIES = 5
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
MOST_REFUSED_WINDOWS = 12
"""Windows in a row in which the API let nothing through: an hour lost is better seen than endured."""

Exchange = Callable[["Call"], Awaitable["Reply | NoReply"]]
V = TypeVar("V")


class Turns(Protocol):
    """Who may send when: the pacer of writes, or that of reads."""

    @property
    def refused_windows(self) -> int:
        """Windows in a row without one success."""
        ...

    async def departure(self, priority: int) -> float:
        """Wait for this call's turn; the moment of departure in monotonic seconds."""
        ...

    def arrived(self, sent: float, reply: Reply) -> None:
        """A reply came to the request that left at `sent`."""
        ...

    def lost(self, sent: float) -> None:
        """No reply came to it."""
        ...

    def withdrawn(self, sent: float) -> None:
        """It never left."""
        ...


class _BeatenError(Exception):
    """An update must not be sent any more."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


@dataclass(slots=True)
class Tries(ABC, Generic[V]):
    """Tries a call until it is known what the API says to it: a `V`, or `Again` when the tries are used up.

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
    def judge(self, reply: Reply | NoReply) -> V | Again | Held | Halt:
        """What a reply means."""

    async def verdict(
        self, call: Call, priority: int, may_leave: Callable[[], None] = lambda: None
    ) -> tuple[V | Again, int]:
        """What the API says in the end, and after how many tries.

        `may_leave` is asked when the call's turn has come, and raises where it must not leave any more. Raises that,
        and Stopped where the run ends first.
        """
        first = await self._try(call, priority, may_leave)
        if not isinstance(first, Again):
            return first, 1
        return await self._further(first, partial(self._try, call, priority, may_leave))

    async def _further(self, first: Again, another: Callable[[], Awaitable[V | Again]]) -> tuple[V | Again, int]:
        """The same where the first try was in vain; most calls need nothing of this."""
        earlier: list[V | Again] = [first]

        async def once_more() -> V | Again:
            return earlier.pop() if earlier else await another()

        # one per call: tenacity keeps its statistics in a thread-local that asyncio's tasks would share
        tries = AsyncRetrying(
            stop=stop_after_attempt(MOST_TRIES),
            retry=retry_if_result(lambda verdict: isinstance(verdict, Again)),
            wait=self._wait,
            sleep=self.pause,
            retry_error_callback=_last_verdict,
        )
        verdict: V | Again = await tries(once_more)
        return verdict, tries.statistics["attempt_number"]

    async def _try(self, call: Call, priority: int, may_leave: Callable[[], None]) -> V | Again:
        """One try: a reply other than 429, whenever the API is there and the budget allows it."""
        while True:
            probing = self.circuit.is_away and await self.circuit.admission()
            sent = await self.turns.departure(priority)
            try:
                may_leave()
            except BaseException:
                self.turns.withdrawn(sent)
                raise
            if self.circuit.is_away and not probing:
                self.turns.withdrawn(sent)
                continue
            verdict = self._heard(await self.exchange(call), sent)
            if isinstance(verdict, Held):
                self._check_windows()
            elif not (probing and isinstance(verdict, Again)):
                return verdict

    def _heard(self, reply: Reply | NoReply, sent: float) -> V | Again | Held:
        """Let the budget and the circuit hear of what came back; what it means. Raises what ends the run."""
        verdict = self.judge(reply)
        if isinstance(verdict, Halt):
            raise verdict.reason  # before the budget hears of a reply and lets the next ones leave
        if isinstance(verdict, Again):
            self.circuit.failed(_how(reply))
        else:
            self.circuit.answered()
        if isinstance(reply, NoReply):
            self.turns.lost(sent)
        else:
            self.turns.arrived(sent, reply)
        self.understood = self.understood or _is_the_apis_own(reply)
        return verdict

    def _check_windows(self) -> None:
        if self.turns.refused_windows >= MOST_REFUSED_WINDOWS:
            raise RefusedEveryWindow(
                f"The API refused {MOST_REFUSED_WINDOWS} windows in a row for their rate and let nothing through. "
                "Something else may be using the key."
            )

    def _wait(self, state: RetryCallState) -> float:
        verdict = state.outcome.result() if state.outcome else None
        least = verdict.after if isinstance(verdict, Again) else 0.0
        longest: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (state.attempt_number - 1))
        return max(least, self.jitter() * longest)


@dataclass(slots=True)
class Attempts(Tries[Accepted | Refused]):
    """Tries an update until its fate is known.

    `clock`: seconds since the epoch, for the outcome's time; `beaten`: the outcome of an update that must not be tried
    again, since another row of its contact has won in the meantime.
    """

    clock: Callable[[], float]
    beaten: Callable[[Update], Outcome | None] = lambda _: None

    def judge(self, reply: Reply | NoReply) -> Verdict:
        """What a reply to a write means."""
        return judge(reply, understood=self.understood)

    def settle(self, update: Update, priority: int) -> Coroutine[None, None, Outcome]:
        """The outcome of an update. Raises Stopped where the run ends before it has one."""
        return self._settle(update, call_for(update), priority, Code.UPDATED)

    async def create(self, update: Update, creation: Creation, priority: int) -> Outcome:
        """The outcome of making an update's contact, which the CRM does not have. Raises as `settle` does.

        A contact that is made is active, so a row that asks for another status takes a second call.
        """
        made = await self._settle(update, call_to_create(creation), priority, Code.CREATED)
        if made.code is not Code.CREATED or update.change.status in {None, ACTIVE}:
            return made
        outcome = await self.settle(replace(update, change=Change(status=update.change.status)), priority)
        tries = made.attempts + outcome.attempts
        return replace(outcome, code=Code.CREATED if outcome.code is Code.UPDATED else outcome.code, attempts=tries)

    async def _settle(self, update: Update, call: Call, priority: int, success: Code) -> Outcome:
        def may_leave() -> None:
            if beaten := self.beaten(update):
                raise _BeatenError(beaten)

        try:
            verdict, tries = await self.verdict(call, priority, may_leave)
        except _BeatenError as beaten:
            return beaten.outcome
        at = self.clock()
        match verdict:
            case Accepted(contact_id=contact_id, phone=phone, contact_status=status):
                return Outcome(success, "", verdict.status, tries, at, contact_id, phone, status=status)
            case Refused(code=code, why=why) | Again(code=code, why=why):
                return Outcome(code, why, verdict.status, tries, at)
            case _:
                assert_never(verdict)


def _is_the_apis_own(reply: Reply | NoReply) -> bool:
    """Whether a reply shows that the address is right: the API has said something. A gateway, too, says 429 and 5xx."""
    return isinstance(reply, Reply) and reply.status < 500 and reply.status != 429 and not is_web_page(reply)


def _how(reply: Reply | NoReply) -> str:
    """How a try failed, in a few words."""
    return reply.silence.value if isinstance(reply, NoReply) else f"it answered {reply.status}"


def _last_verdict(state: RetryCallState) -> object:
    return state.outcome.result()  # type: ignore[union-attr]  # tenacity calls this with an outcome
