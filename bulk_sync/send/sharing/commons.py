"""What do the runs of one key have in common, and who gets what of it? Pure: every time is a monotonic second.

Places go to the run that has had the fewest, one by one, as long as the budget lets one more leave. A run counts as
present until the moment by which it promised to come back; who is not present, or has nothing to send, is passed over,
and so no place waits for anybody.

A run's own ceiling (`--rate`) is held over its own requests and those of all runs with the same or a stricter ceiling:
so runs with one ceiling hold it together, and none is kept from its part by a run that may do more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.send.sliding_log import SlidingLog

if TYPE_CHECKING:
    from bulk_sync.send.budget import Budget
    from bulk_sync.send.exchange import ReplyNews
    from bulk_sync.send.rate import Rate

GRACE = 0.25
"""Seconds after its promise in which a run's places are kept for it."""

GONE = 2.0
"""Seconds after its promise when a run counts as gone, and what it had in flight as used."""

SETTLING = 5.0
"""Seconds after the last sign of a run that is gone in which its requests may still have reached the server."""


OTHERS = "Another run uses the same key; they share its limit."
UNSHARED = (
    "Other runs of the same key cannot be taken into account: the file that they share does not work ({}). "
    "Start no other run now, or set BULK_SYNC_STATE_DIR to a folder on this computer's own disk."
)
"""What a person hears, once each."""


@dataclass(slots=True)
class Member:
    """One run.

    It `wants` so many places more, has `rest` calls still to make, and promised to come back by `wakes`. `taken` is
    its account: the places it has had, or what counts as such. `allotted` are moments of departure that others left
    for it; those that it took, and whose end it has not told yet, are `out`.
    """

    assumed: Rate
    ceiling: Rate | None = None
    wants: int = 0
    rest: int = 0
    taken: int = 0
    wakes: float = -math.inf
    allotted: list[float] = field(default_factory=list)
    out: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Lease:
    """The right to work in memory `until` then, for up to `reserve` requests that are not in the file."""

    owner: str
    until: float
    reserve: int


@dataclass(slots=True)
class Ceiling:
    """A `--rate`, and the ends of the requests that count against it."""

    rate: Rate
    log: SlidingLog


class Commons:
    """What the runs have in common."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.members: dict[str, Member] = {}
        self.ceilings: list[Ceiling] = []
        self.lease: Lease | None = None
        self.given = -math.inf
        """The latest moment of departure. No two are the same, so that it names its request."""
        self.heard = -math.inf
        """The latest end of a request."""
        self.changes = 0
        """How often anything changed that others should know."""

    def present(self, now: float) -> list[Member]:
        """Who takes part."""
        return [each for each in self.members.values() if now <= each.wakes + GRACE]

    def others(self, me: Member, now: float) -> list[Member]:
        """Who takes part beside this run."""
        return [each for each in self.present(now) if each is not me]

    def join(self, name: str, member: Member, now: float) -> None:
        """Take part: from now on, and with a claim to what each of the others had in about one window before."""
        present = self.present(now)
        window = (self.budget.limit or member.assumed.limit) // max(1, len(present))
        member.taken = max(0, min((each.taken for each in present), default=0) - window)
        self.members[name] = member
        self.changes += 1
        rate = member.ceiling
        if rate is not None and all(each.rate != rate for each in self.ceilings):
            within = [each for each in self.ceilings if _is_within(each.rate, rate)]
            loosest = max(within, key=lambda each: each.rate.limit / each.rate.period, default=None)
            self.ceilings.append(Ceiling(rate, SlidingLog(rate.limit)))
            for end in loosest.log.ends() if loosest else ():
                self.ceilings[-1].log.ended(end)

    def allot(self, me: Member, now: float) -> None:
        """Give away the places that are free now. Of two with like accounts, `me`, who is here, comes first."""
        if len(self.members) == 1:
            while me.wants > 0 and self.next_for(me, now) <= now:
                self._give(me, now)
            return
        head_start = max(1, (self.budget.limit or me.assumed.limit) // 50)
        eager = self.present(now)
        while True:
            eager = [each for each in eager if each.wants > 0 and self._ceiling_opens(each, now) <= now]
            if not eager or self.budget.next_departure(now) > now:
                return
            chosen = min(eager, key=lambda each: (each.taken - head_start * (each is me), each is not me))
            self._give(chosen, now)

    def _give(self, member: Member, now: float) -> None:
        """Give a place to this run."""
        self.given = max(now, math.nextafter(self.given, math.inf))
        self.budget.departed(self.given)
        member.allotted.append(self.given)
        member.taken += 1
        member.wants -= 1
        self.changes += 1

    def next_for(self, member: Member, now: float) -> float:
        """When this run should ask again; math.inf where only a reply can tell."""
        return max(self.budget.next_departure(now), self._ceiling_opens(member, now))

    def in_flight(self) -> bool:
        """Whether anybody has anything under way."""
        return any(each.out or each.allotted for each in self.members.values())

    def pick_up(self, member: Member) -> list[float]:
        """The moments that were left for this run; it has them now."""
        mine, member.allotted = member.allotted, []
        member.out.extend(mine)
        self.changes += len(mine)
        return mine

    def arrived(self, member: Member, news: ReplyNews) -> None:
        """A reply came to a request of this run; of a request that was given up, too."""
        if news.sent in member.out:
            member.out.remove(news.sent)
        else:
            self.budget.departed(news.sent)
        told = self._ended(member.ceiling, max(news.sent, news.arrived))
        if told != news.arrived:
            news = news._replace(arrived=told, wall=news.wall + told - news.arrived)
        self.budget.arrived(news)

    def lost(self, member: Member, sent: float, now: float) -> None:
        """No reply came to a request of this run."""
        if sent in member.out:
            member.out.remove(sent)
            self.budget.lost(sent, self._ended(member.ceiling, now))

    def withdrawn(self, member: Member, sent: float) -> None:
        """A request of this run never left."""
        if sent in member.out:
            member.out.remove(sent)
            self.budget.withdrawn(sent)
            self.changes += 1

    def leave(self, name: str, now: float) -> None:
        """A run is over."""
        member = self.members.pop(name, None)
        if member is None:
            return
        self.changes += 1
        for sent in member.allotted:
            self.budget.withdrawn(sent)
        for sent in list(member.out):
            self.lost(member, sent, now)

    def tidy(self, now: float, *, but: str) -> None:
        """Wait no longer for those who broke their promise, `but` the one who is here."""
        lease = self.lease
        if lease is not None and now > lease.until:
            self._count_as_used(lease, now)
            self.lease = None
            self.changes += 1
        for name, member in list(self.members.items()):
            if name == but:
                continue
            if now > member.wakes + GRACE:
                for sent in member.allotted:
                    self.budget.withdrawn(sent)
                self.changes += len(member.allotted)
                member.allotted, member.wants = [], 0
            if now > member.wakes + GONE:
                self.leave(name, min(now, member.wakes + SETTLING))
        used = {each.ceiling for each in self.members.values()}
        self.ceilings = [each for each in self.ceilings if each.rate in used or each.log.within(now, each.rate.period)]

    def _count_as_used(self, lease: Lease, now: float) -> None:
        """The owner of a lease that ran out may have sent all it was allowed to."""
        owner = self.members.get(lease.owner)
        ceiling = owner.ceiling if owner else None
        for _ in range(lease.reserve):
            self.given = max(lease.until, math.nextafter(self.given, math.inf))
            self.budget.departed(self.given)
            self.budget.lost(self.given, self._ended(ceiling, min(now, lease.until + SETTLING)))

    def _ended(self, ceiling: Rate | None, moment: float) -> float:
        """A request of a run with this ceiling ended; the moment to reckon with.

        Moments are told in their order, and never before a departure that did not know of this end.
        """
        self.heard = max(self.heard, moment, self.given)
        self.changes += 1
        for each in self.ceilings:
            if _is_within(ceiling, each.rate):
                each.log.ended(self.heard)
        return self.heard

    def _ceiling_opens(self, member: Member, now: float) -> float:
        """When this run's own ceiling lets it send one more."""
        rate = member.ceiling
        if rate is None:
            return now
        within = [each for each in self.members.values() if _is_within(each.ceiling, rate)]
        under_way = sum(len(each.out) + len(each.allotted) for each in within)
        [log] = [each.log for each in self.ceilings if each.rate == rate]
        return log.opens(now, under_way, rate.limit, rate.period)


Event = tuple[float, Callable[[Commons, Member], None]]
"""What became of the request that left at this moment."""


def _is_within(ceiling: Rate | None, rate: Rate) -> bool:
    """Whether a run with this ceiling counts against that rate: it may do no more."""
    return ceiling is not None and ceiling.limit / ceiling.period <= rate.limit / rate.period
