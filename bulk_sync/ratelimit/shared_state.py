"""The state that the runs of one key share: their budget, and whose the next place is. Pure, in monotonic seconds.

Each run hears of every departure and reply, in one order, and counts them as its own: so all know the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.ratelimit.buckets import Buckets
from bulk_sync.ratelimit.budget import Budget
from bulk_sync.ratelimit.rate import Rate, SlidingLog
from bulk_sync.ratelimit.window import ReplyNews

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETTLING = 5.0
"""Seconds after its departure in which a request of a run that is gone may still reach the server."""


Event = tuple[str, float, str, ReplyNews]
"""A run, its pace, and that a request of it `departed`, `arrived`, was `lost` or `withdrawn`; `sent` names it."""


@dataclass(slots=True)
class Participant:
    """A run: its `--rate` (requests, seconds), its last sign (`beat`), the methods it waits with, the places it had."""

    name: str
    ceiling: tuple[int, float] | None = None
    beat: float = -math.inf
    waits: list[str] = field(default_factory=list)
    taken: int = 0

    @property
    def pace(self) -> float:
        """Requests a second, at most."""
        return self.ceiling[0] / self.ceiling[1] if self.ceiling else math.inf


class SharedState:
    """The budget as all replies to all runs show it, as the run `me` knows it; `assumed` where the server is silent."""

    def __init__(self, me: Participant, assumed: Rate) -> None:
        self.me, self._assumed = me, assumed
        self.buckets = Buckets(lambda: Budget(ceiling=None, assumed=self._assumed, most_in_flight=10_000))
        self.others: Sequence[Participant] = ()
        self.under_way: dict[float, tuple[str, float, str]] = {}
        self._under_ceiling = SlidingLog(me.ceiling[0] if me.ceiling else 0)
        self._latest = -math.inf

    def meet(self, runs: Sequence[Participant], now: float) -> Iterator[Event]:
        """These are there now; how the requests of those end that are not any more: they may have been counted.

        Where the server is silent, whoever was told the fastest rate knows the key.
        """
        self.others = [each for each in runs if each.name != self.me.name]
        rates = (self._assumed, *(Rate(*each.ceiling) for each in self.others if each.ceiling))
        self._assumed = max(rates, key=lambda rate: rate.limit / rate.period)
        self.buckets.assume(self._assumed)
        there = {each.name for each in (self.me, *self.others)}
        for sent, (run, pace, method) in list(self.under_way.items()):
            if run not in there:
                yield run, pace, "lost", ReplyNews(sent, min(now, sent + SETTLING), method=method)

    def apply(self, run: str, pace: float, kind: str, news: ReplyNews) -> None:
        """Take into account what became of a request of any run; of one that was given up, too."""
        is_late = self.under_way.pop(news.sent, None) is None and kind != "departed"
        if is_late and kind != "arrived":
            return
        if is_late or kind == "departed":
            self.buckets.departed(news.sent, news.method)
        if kind == "departed":
            self.under_way[news.sent], self._latest = (run, pace, news.method), news.sent
        elif kind == "withdrawn":
            self.buckets.withdrawn(news.sent, news.method)
        else:
            if pace <= self.me.pace:
                self._under_ceiling.ended(news.arrived)
            if kind == "lost":
                self.buckets.lost(news.sent, news.arrived, news.method)
            else:
                self.buckets.arrived(news)

    def place(self, method: str, now: float) -> Event | None:
        """The departure of a request of this run, where one may leave and no other that waits has had much less."""
        limit = self.buckets.limit or self._assumed.limit
        waiting, me = [each.taken for each in self.others if method in each.waits], self.me
        me.taken = max(me.taken, min(waiting, default=0) - limit)  # no claim to what was had long ago
        me.waits = [each for each in me.waits if each != method]
        opens = self.opens(method, now)
        if opens > now or me.taken > min(waiting, default=math.inf) + limit // 8:
            me.waits += [method] if opens <= self.buckets.next_departure(now, method) else []  # its ceiling is its own
            return None
        at = max(now, math.nextafter(self._latest, math.inf))
        event = me.name, me.pace, "departed", ReplyNews(at, at, method=method)
        me.taken += 1
        self.apply(*event)
        return event

    def opens(self, method: str, now: float) -> float:
        """When to ask again; math.inf: a reply will tell. Runs with the same or a stricter ceiling hold it together."""
        moment = self.buckets.next_departure(now, method)
        if self.me.ceiling is None:
            return moment
        under_way = sum(pace <= self.me.pace for _, pace, _ in self.under_way.values())
        return max(moment, self._under_ceiling.opens(now, under_way, *self.me.ceiling))
