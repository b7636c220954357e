"""The circuit breaker: whether the API is there at all.

After `MOST_FAILURES` failed tries in a row it counts as away. Then nothing leaves but one update now and then, to see
whether it is back; such a probe's failure is no try of its update, so that an outage costs no row its tries. The first
answer lets everybody go on. Where none comes for too long, the run stops.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from bulk_sync.errors import ApiAway
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.send.stop_rules import Stop

MOST_FAILURES = 20
FIRST_PAUSE = 1.0
"""Seconds before the first probe; each further pause is twice as long, up to `LONGEST_PAUSE`."""
LONGEST_PAUSE = 30.0
PATIENCE = 60.0
"""Seconds."""


class Circuit:
    """Knows whether the API answers. `longest`: how many seconds it may stay away. `clock`: the event loop's seconds.

    `tell` hears, in a sentence, that the API is away and that it is back.
    """

    def __init__(
        self, longest: float, stop: Stop, clock: Callable[[], float], tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._longest, self._stop, self._clock, self._tell = longest, stop, clock, tell
        self._failures = 0
        self._away_since: float | None = None
        self._pause = FIRST_PAUSE
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: deque[asyncio.Future[bool]] = deque()
        stop.tell(self._stopped)

    @property
    def is_away(self) -> bool:
        """Whether the API does not answer."""
        return self._away_since is not None

    @property
    def is_failing(self) -> bool:
        """Whether it counts as away, or did, and has not answered since."""
        return self.is_away

    async def admission(self) -> bool:
        """Wait while the API is away; whether the caller is the probe that looks for it. Raises what stops the run."""
        if not self.is_away:
            return False
        self._stop.check()
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        return await turn

    def answered(self) -> None:
        """The API said something of its own."""
        self._failures = 0
        if self._away_since is None:
            return
        self._stop_timer()
        self._tell(f"The API is back after {duration(self._clock() - self._away_since)}.")
        self._away_since = None
        self._let_go(lambda turn: turn.set_result(False))

    def failed(self, how: str) -> None:
        """A try failed: no answer, or one that says the server is broken; `how`, in a few words."""
        self._failures += 1
        if self._failures < MOST_FAILURES or self.is_away:
            return
        self._away_since, self._pause = self._clock(), FIRST_PAUSE
        self._tell(
            f"The API is away: {self._failures} tries in a row failed (the last one: {how}). "
            f"Waiting for it to come back, for {duration(self._longest)} at most (--max-outage)."
        )
        self._look_after_a_while(self._longest)

    def _look_after_a_while(self, left: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(min(self._pause, left), self._look, self._clock() + left)
        self._pause = min(LONGEST_PAUSE, 2 * self._pause)

    def _look(self, end: float) -> None:
        """Send the next of those who wait as a probe, until `end`."""
        left = end - self._clock()
        if left <= 0:
            self._ended()
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # its worker was not cancelled
                turn.set_result(True)
                break
        self._look_after_a_while(left)

    def _ended(self) -> None:
        """The API has stayed away for too long."""
        self._stop.because(
            ApiAway(f"Stopped: the API did not come back within {duration(self._longest)} (--max-outage).")
        )

    def _stopped(self, reason: BaseException) -> None:
        self._stop_timer()
        self._let_go(lambda turn: turn.set_exception(reason))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _let_go(self, settle: Callable[[asyncio.Future[bool]], None]) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                settle(turn)


class CircuitOfReads(Circuit):
    """The same for the reads of a run that writes, so that reads that fail (of a list, of a search) hold up no write.

    While `writes` get through, reads are waited for `PATIENCE` seconds at a time, and then fail, one try after the
    other: whoever wanted them falls back on something else. Where none succeeds for `longest` seconds, the run stops.
    """

    def __init__(
        self, writes: Circuit, longest: float, stop: Stop, clock: Callable[[], float], tell: Callable[[str], None]
    ) -> None:
        super().__init__(min(PATIENCE, longest), stop, clock)
        self._writes, self._outage, self._say = writes, longest, tell
        self._failing_since: float | None = None
        self._was_away = self._has_said = False

    @property
    def is_failing(self) -> bool:
        """See Circuit."""
        return self.is_away or self._was_away

    def answered(self) -> None:
        """See Circuit."""
        if self._has_said and self._failing_since is not None:
            self._say(f"The API answers reads again, after {duration(self._clock() - self._failing_since)}.")
        self._failing_since, self._was_away, self._has_said = None, False, False
        super().answered()

    def failed(self, how: str) -> None:
        """See Circuit."""
        self._failing_since = self._clock() if self._failing_since is None else self._failing_since
        super().failed(how)
        if self.is_away and not self._has_said:
            self._has_said = True
            self._say(
                f"The API answers no reads: {self._failures} tries in a row failed (the last one: {how}). Rows whose "
                f"contacts must be read first wait, for {duration(self._outage)} at most (--max-outage)."
            )

    def _ended(self) -> None:
        if self._writes.is_away:  # then it is the API, not its reads
            self._look_after_a_while(self._longest)
        elif self._failing_since is not None and self._clock() - self._failing_since < self._outage:
            self._away_since, self._failures, self._was_away = None, 0, True
            self._let_go(lambda turn: turn.set_result(False))
        else:
            self._stop.because(
                ApiAway(f"Stopped: the API answered no read within {duration(self._outage)} (--max-outage).")
            )
