"""How does a run take part? Its dealings with the file: when to go there, what to take from it, what to leave.

Alone, a run takes a lease and works in memory; beside others, it goes to the file whenever something happened. It never
waits for the lock: it comes back a little later. Where the file or its lock fails, the run goes on by itself and says
so once.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from bulk_sync.send.budget import Budget
from bulk_sync.send.sharing import handover, snapshot
from bulk_sync.send.sharing.commons import OTHERS, UNSHARED, Commons, Event, Lease, Member
from bulk_sync.send.sharing.visits import RENEWAL, SHORTEST, Visits, lease_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.send.rate import Rate
    from bulk_sync.send.sharing.common_file import Shared
    from bulk_sync.send.sharing.handover import Here

MOST_IN_FLIGHT = 10_000
"""Of all runs together; each has its own `--concurrency` besides."""


class Part:
    """One run's part, by its `name`; `tell` hears sentences, `here` gives the moment, `rest` calls are to come."""

    def __init__(
        self,
        file: Shared,
        name: str,
        here: Callable[[], Here],
        tell: Callable[[str], None],
        *,
        ceiling: Rate | None,
        assumed: Rate,
    ) -> None:
        self.commons: Commons | None = None
        self.rest = 0
        self.refused_before = 0
        self._file: Shared | None = file
        self._name, self._here, self._tell = name, here, tell
        self._ceiling, self._assumed = ceiling, assumed
        self._events: list[Event] = []
        self._mine: set[float] = set()
        self._lease: Lease | None = None
        self._since, self._is_active = 0, False
        self._visits = Visits()
        self._written: tuple[int, Lease | None] = (-1, None)
        self._written_wants = 0
        self._has_told_others = self._has_been_in = False

    @property
    def again(self) -> float:
        """When to take the next step at the latest."""
        return self._visits.again if self._file else math.inf

    @property
    def me(self) -> Member:
        """How the others see this run, once it has been to the file."""
        known = self.commons.members.get(self._name) if self.commons else None
        return known or Member(self._assumed, self._ceiling)

    def happened(self, sent: float, event: Callable[[Commons, Member], None]) -> None:
        """Keep for the next step what became of the request that was given the moment `sent`."""
        self._mine.discard(sent)
        self._events.append((sent, event))

    def caught_up(self, now: float) -> Commons | None:
        """What is common, as this run knows it; None before it has been to the file."""
        if self.commons is not None and self._events and self.leased(now):
            self._apply(self.commons)
        return self.commons

    def step(self, now: float, wanted: int) -> list[float]:
        """Tell what happened, and take places for up to `wanted` requests: their moments of departure."""
        somebody_came = bool(self._lease and self._file and self._visits.may_glance(now) and self._file.changed())
        is_alone = self.leased(now) and not somebody_came
        picked = self._in_memory(self.commons, now, wanted) if self.commons and is_alone else []
        if self._is_visit_due(now, wanted - len(picked), somebody_came=somebody_came):
            picked += self._visit(now, wanted - len(picked)) or []
        return picked

    def leave(self, now: float) -> bool:
        """Take part no more; False if the lock was not to be had."""
        return self._visit(now, 0, leaving=True) is not None

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def leased(self, now: float) -> bool:
        """Whether this run may go on in memory."""
        lease = self._lease
        return lease is not None and now < lease.until - SHORTEST and self._since < lease.reserve

    def _in_memory(self, commons: Commons, now: float, wanted: int) -> list[float]:
        self._apply(commons)
        if wanted <= 0:
            return []
        picked = self._take(commons, now, min(wanted, (self._lease.reserve if self._lease else 0) - self._since))
        self._since += len(picked)
        return picked

    def _apply(self, commons: Commons) -> None:
        if not self._events:
            return
        me = self.me
        for _, event in self._events:
            event(commons, me)
        self._is_active, self._events = True, []

    def _take(self, commons: Commons, now: float, wanted: int) -> list[float]:
        me = self.me
        me.wants, me.rest, me.wakes = wanted, self.rest, max(me.wakes, now)
        commons.allot(me, now)
        picked = commons.pick_up(me)
        self._mine.update(picked)
        return picked

    def _is_visit_due(self, now: float, wanted: int, *, somebody_came: bool) -> bool:
        """Whether going to the file may change anything."""
        if self._file is None or self._visits.postponed(now):
            return False
        if self.commons is None:
            return True
        if self._lease is not None:
            is_spent = not self.leased(now) and (wanted > 0 or bool(self._events))
            return is_spent or now >= self._lease.until - RENEWAL or somebody_came
        if self._events or self._visits.is_worth_it(now, wanted, self.me.wants) or self._file.changed():
            return True
        self._visits.saw_nothing(self.commons, self.me, now, wanted)
        return False

    def _visit(self, now: float, wanted: int, *, leaving: bool = False) -> list[float] | None:
        """Go to the file: what was taken there; None if the lock was not to be had."""
        file = self._file
        if file is None:
            return []
        try:
            if not file.acquire():
                self._visits.found_busy(now)
                return None
            try:
                return self._deal(file, now, wanted, leaving=leaving)
            finally:
                file.release()
        except (OSError, NotImplementedError) as error:
            self._go_on_alone(error, now)
            return []

    def _deal(self, file: Shared, now: float, wanted: int, *, leaving: bool) -> list[float] | None:
        """Read, tell what happened, take, write."""
        commons = self._come_in(file, now)
        if commons.lease is not None:
            self._visits.waits_for(commons.lease, now)
            if self._has_news(commons, now):
                self._save(file, commons, now)  # so that its owner finds us
            return None
        events, active, picked = self._events, self._is_active or self._since > 0, []
        self._apply(commons)
        if leaving:
            commons.leave(self._name, now)
        else:
            picked = self._take(commons, now, wanted)
            self._plan(commons, now, wanted - len(picked), active=active or bool(events or picked))
        if self._has_news(commons, now) and not self._save(file, commons, now):
            self._mine.difference_update(picked)
            self.commons, self._lease, self._events = None, None, events
            return None
        return picked

    def _has_news(self, commons: Commons, now: float) -> bool:
        """Whether there is anything to write that the others should know."""
        if (commons.changes, commons.lease) != self._written:
            return True
        me = self.me
        is_other = (me.wants > 0) != (self._written_wants > 0) or me.wants > 2 * self._written_wants
        return bool(commons.others(me, now)) and (is_other or self._visits.must_renew(now))

    def _save(self, file: Shared, commons: Commons, now: float) -> bool:
        me = self.me
        me.wakes = self._visits.promise(commons, now)
        self._written, self._written_wants = (commons.changes, commons.lease), me.wants
        return file.save(snapshot.written(commons, self._here().as_plain()))

    def _plan(self, commons: Commons, now: float, wanted: int, *, active: bool) -> None:
        """What comes next: a lease if nobody else is there, a promise otherwise; and when to come back."""
        others = commons.others(self.me, now)
        if others and not self._has_told_others:
            self._has_told_others = True
            self._tell(OTHERS)
        if not others and active:
            commons.lease = self._lease = lease_for(self._name, now, self._since)
        self._since, self._is_active = 0, False
        self._visits.planned(commons, self.me, now, wanted)

    def _come_in(self, file: Shared, now: float) -> Commons:
        """What is common now, this run included, without those who are gone."""
        held, self._lease = self._lease, None
        if self.commons is None or file.changed():
            self.commons = self._read(file, now, held)
        commons = self.commons
        if commons.lease is not None and commons.lease.owner == self._name:
            if commons.lease == held:
                commons.lease = None
            else:  # what was done under it is forgotten
                commons.lease.until = -math.inf
        commons.tidy(now, but=self._name)
        if self._name not in commons.members:
            is_first = not commons.present(now)
            commons.join(self._name, Member(self._assumed, self._ceiling), now)
            if is_first and not self._has_been_in:
                handover.begin_anew(commons.budget, now)
            self._has_been_in, self.refused_before = True, commons.budget.refused_windows
        assumed = [self._assumed, *(each.assumed for each in commons.present(now))]
        handover.assume(commons.budget, assumed)
        return commons

    def _read(self, file: Shared, now: float, held: Lease | None) -> Commons:
        loaded = handover.left_behind(file.load(), self._here(), now, self._fresh)
        me = loaded.members.get(self._name)
        self._written, self._written_wants = (loaded.changes, loaded.lease), me.wants if me else 0
        if held is not None and loaded.lease == held and self.commons is not None:
            for name in loaded.members.keys() - self.commons.members.keys():  # all that others do while a lease lasts
                self.commons.join(name, loaded.members[name], now)
            return self.commons
        if me is not None:
            for sent in set(me.out) - self._mine - {sent for sent, _ in self._events}:
                loaded.lost(me, sent, now)
        return loaded

    def _fresh(self) -> Commons:
        return Commons(Budget(ceiling=None, assumed=self._assumed, most_in_flight=MOST_IN_FLIGHT))

    def _go_on_alone(self, error: Exception, now: float) -> None:
        """The file or its lock has failed: a budget of our own, for good."""
        fresh = self._fresh()
        if self.commons is not None:
            handover.carry_over(self.commons, fresh, 0.0, now)
        fresh.join(self._name, Member(self._assumed, self._ceiling, wakes=math.inf), now)
        self.commons, self._file = fresh, None
        self._lease, self._since = Lease(self._name, math.inf, sys.maxsize), 0
        self._tell(UNSHARED.format(error))
