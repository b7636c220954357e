"""When may the next request of this run leave, if other runs use the same key? What a pacer talks to.

The same methods as `Budget`, and what it takes to be woken: where another run's doings decide, no moment can be named.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bulk_sync.send.sharing.taking_part import Part
from bulk_sync.send.sharing.visits import BUSY

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.send.exchange import ReplyNews
    from bulk_sync.send.rate import Rate
    from bulk_sync.send.sharing.common_file import Shared
    from bulk_sync.send.sharing.commons import Commons
    from bulk_sync.send.sharing.handover import Here

STALE = 0.2
"""Seconds after which a place that was given is given back: this run was stopped, and others may have it by now."""

MOST_GOODBYES = 250
"""How often a run that ends tries to get the lock: half a second."""


class Timer(Protocol):
    """What can be called off."""

    def cancel(self) -> None:
        """Call it off."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a shared budget needs of the world: `here`, the moment; `call_at`, a timer in monotonic seconds; `tell`."""

    here: Callable[[], Here]
    call_at: Callable[[float, Callable[[], None]], Timer]
    tell: Callable[[str], None]


class SharedBudget:
    """The requests of one kind that one key may make, shared with whoever has the same `file`. `name`: this run's.

    `ceiling`, `assumed` and `most_in_flight` are this run's own, as in Budget. `attach` it, and `close` it at the end.
    """

    def __init__(
        self,
        file: Shared,
        name: str,
        around: Surroundings,
        *,
        ceiling: Rate | None,
        assumed: Rate,
        most_in_flight: int,
    ) -> None:
        self._part = Part(file, name, around.here, around.tell, ceiling=ceiling, assumed=assumed)
        self._around, self._ceiling, self._most = around, ceiling, most_in_flight
        self._waiting: Callable[[], int] = int
        self._wake: Callable[[], object] = int
        self._ready: deque[float] = deque()
        self._left: dict[float, list[float]] = {}
        self._under_way = 0
        self._timer: Timer | None = None
        self._timer_at = math.inf

    def attach(self, waiting: Callable[[], int], wake: Callable[[], None]) -> None:
        """Know how many wait for their turn, and how to wake them."""
        self._waiting, self._wake = waiting, wake

    @property
    def limit(self) -> int | None:
        """The limit that the server named; None if it named none."""
        commons = self._known()
        return commons.budget.limit if commons else None

    @property
    def period(self) -> float | None:
        """Seconds in which that limit comes back, as well as it is known."""
        commons = self._known()
        return commons.budget.period if commons else None

    @property
    def refused_windows(self) -> int:
        """Windows in a row without one success of any run, since this one takes part."""
        commons = self._known()
        total = commons.budget.refused_windows if commons else 0
        self._part.refused_before = min(self._part.refused_before, total)
        return total - self._part.refused_before

    def next_departure(self, now: float) -> float:
        """When the next request may leave: `now`, later, or math.inf: then those who wait will be woken."""
        if self._under_way >= self._most:
            return math.inf
        while self._ready and now - self._ready[0] > STALE:
            self._give_back(self._ready.popleft())
        if not self._ready:
            self._step(now)
        if self._ready:
            return now
        if self._part.commons is not None and self._part.leased(now):
            return self._part.commons.next_for(self._part.me, now)
        return math.inf

    def departed(self, now: float) -> None:
        """A request left."""
        self._left.setdefault(now, []).append(self._ready.popleft())
        self._under_way += 1

    def withdrawn(self, sent: float) -> None:
        """The request that was to leave at `sent` never did."""
        self._give_back(self._came_back(sent))
        self._step(self._around.here().monotonic)

    def arrived(self, news: ReplyNews) -> None:
        """A reply came."""
        given = self._came_back(news.sent)
        known = news if given == news.sent else news._replace(sent=given)
        self._part.happened(known.sent, lambda commons, me: commons.arrived(me, known))
        self._may_step(news.arrived)

    def lost(self, sent: float, now: float) -> None:
        """No reply came; the server may have counted the request all the same."""
        given = self._came_back(sent)
        self._part.happened(given, lambda commons, me: commons.lost(me, given, now))
        self._may_step(now)

    def forecast(self, calls: int) -> float:
        """The seconds that so many further calls will take, beside those of the other runs."""
        self._part.rest = calls
        commons = self._known()
        if commons is None:
            return 0.0
        others = commons.others(self._part.me, self._around.here().monotonic)
        seconds = commons.budget.forecast(calls + sum(min(calls, each.rest) for each in others))
        if self._ceiling:
            seconds = max(seconds, max(0, calls - 1) // self._ceiling.limit * self._ceiling.period)
        return seconds

    def close(self, pause: Callable[[float], None]) -> None:
        """The run is over: leave the rest to the others. `pause` sleeps, for the case that one of them has the lock."""
        self._arm(math.inf)
        for given in self._ready:
            self._give_back(given)
        self._ready.clear()
        for _ in range(MOST_GOODBYES):
            if self._part.leave(self._around.here().monotonic):
                break
            pause(BUSY)
        self._part.close()

    def _known(self) -> Commons | None:
        return self._part.caught_up(self._around.here().monotonic)

    def _may_step(self, now: float) -> None:
        """Tell what happened, unless nobody waits to hear it: then the next one who wants to leave does that, too."""
        if self._waiting() or not self._part.leased(now):
            self._step(now)

    def _step(self, now: float) -> None:
        wanted = min(self._waiting(), self._most - self._under_way) - len(self._ready)
        self._ready.extend(self._part.step(now, max(0, wanted)))
        self._arm(self._part.again)

    def _arm(self, moment: float) -> None:
        """Set the timer for the next step that has to be taken, whoever waits."""
        if moment == self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = moment
        self._timer = self._around.call_at(moment, self._tick) if moment < math.inf else None

    def _tick(self) -> None:
        self._timer, self._timer_at = None, math.inf
        self._step(self._around.here().monotonic)
        if self._ready:
            self._wake()

    def _came_back(self, sent: float) -> float:
        """The moment that the others know a request by."""
        given = self._left[sent].pop()
        if not self._left[sent]:
            del self._left[sent]
        self._under_way -= 1
        return given

    def _give_back(self, given: float) -> None:
        self._part.happened(given, lambda commons, me: commons.withdrawn(me, given))
