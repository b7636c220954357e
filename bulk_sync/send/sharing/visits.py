"""When does a run go to the file it shares with others, and when does it only look whether that has changed? Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bulk_sync.send.sharing.commons import Lease

if TYPE_CHECKING:
    from bulk_sync.send.sharing.commons import Commons, Member

LEASE = 0.25
"""Seconds for which a run that is alone works in memory, and that a run which comes meanwhile may have to wait."""

LONGEST_LEASE, BUSY_RUN = 0.75, 500
"""Seconds up to which a lease is longer in step with the requests made under the last one, above so many of them. The
file holds the end of each request of a window: the more there are, the longer it takes to write. Below `PROMISE`."""

SHORTEST = 0.002
"""Seconds: with less left of it, a lease counts as over."""

LEAST_RESERVE, MOST_RESERVE = 4, 4096
"""Requests of a lease: twice those of the last one, within these bounds."""

BUSY = 0.002
"""Seconds until the lock is tried again."""

APART = 0.004
"""Seconds between two visits beside others."""

POLL_FIRST, POLL_LAST, POLL_GROWTH = 0.005, 0.05, 1.3
"""Seconds between two looks at the file while another run's reply may change it. A look is one `stat`."""

GLANCE = 0.25
"""Seconds between two looks while a run is alone and waits."""

GLANCES = 0.005
"""Seconds between two looks whether somebody has come, while a run works in memory."""

PROMISE, LONGEST_PROMISE = 1.0, 10.0
"""Seconds by which a run beside others promises to come back, also when nothing is to come before; renewed at half."""

RENEWAL = 0.03
"""Seconds before the end of a lease when it is renewed or given back."""


def lease_for(name: str, now: float, before: int) -> Lease:
    """A lease for a run that made so many requests under the one `before`."""
    seconds = min(LONGEST_LEASE, LEASE * max(1.0, before / BUSY_RUN))
    return Lease(name, now + seconds, min(MOST_RESERVE, max(LEAST_RESERVE, 2 * before)))


class Visits:
    """One run's visits. `again`: when to take the next step at the latest, in monotonic seconds."""

    def __init__(self) -> None:
        self.again = -math.inf
        self._worth = self._not_before = self._renewal = -math.inf
        self._poll = POLL_FIRST
        self._next_glance = -math.inf

    def may_glance(self, now: float) -> bool:
        """Whether it is time to look if somebody has come; counts as done."""
        is_time = now >= self._next_glance
        if is_time:
            self._next_glance = now + GLANCES
        return is_time

    def postponed(self, now: float) -> bool:
        """Whether it is too early for another visit."""
        if now < self._not_before:
            self.again = self._not_before
        return now < self._not_before

    def found_busy(self, now: float) -> None:
        """Another run had the lock."""
        self._not_before = self.again = now + BUSY

    def is_worth_it(self, now: float, wanted: int, known: int) -> bool:
        """Whether time has come, or much more is `wanted` than the others know; the file itself may have changed."""
        return now >= min(self._worth, self._renewal) or wanted > 2 * known

    def saw_nothing(self, commons: Commons, me: Member, now: float, wanted: int) -> None:
        """The file has not changed: look again later."""
        self._poll = min(POLL_LAST, self._poll * POLL_GROWTH)
        self.again = self._next_look(commons, me, now, wanted)

    def planned(self, commons: Commons, me: Member, now: float, wanted: int) -> None:
        """A visit is over. What comes next: the end of our lease, our turn, or a look at what others did."""
        self._poll = POLL_FIRST
        self._worth = commons.next_for(me, now) if wanted else math.inf
        if commons.lease is not None:
            self.again = commons.lease.until - RENEWAL
            return
        if commons.others(me, now):
            self._not_before = now + APART
        self.again = self._next_look(commons, me, now, wanted)

    def waits_for(self, lease: Lease, now: float) -> None:
        """Another run works in memory: it must come back before its lease ends."""
        self._worth, self._poll = math.nextafter(lease.until, math.inf), POLL_FIRST
        self._not_before = self.again = min(self._worth, now + POLL_FIRST)

    def promise(self, commons: Commons, now: float) -> float:
        """By when to be back: later if nothing can happen before our turn comes."""
        is_quiet = not commons.in_flight() and commons.lease is None
        until = now + (min(LONGEST_PROMISE, max(PROMISE, self._worth - now)) if is_quiet else PROMISE)
        self._renewal = self._worth if until >= self._worth else (now + until) / 2
        return until

    def must_renew(self, now: float) -> bool:
        """Whether the promise will soon be over."""
        return now >= self._renewal

    def _next_look(self, commons: Commons, me: Member, now: float, wanted: int) -> float:
        if not commons.others(me, now):
            return min(self._worth, now + GLANCE) if wanted else math.inf
        look = GLANCE if not commons.in_flight() else self._poll if wanted else POLL_LAST
        return min(self._worth, self._renewal, now + look)
