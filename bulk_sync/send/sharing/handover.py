"""What still holds of what runs left behind: after a pause, a restart of the computer, a clock that was set? Pure.

Monotonic seconds are common to all processes of a computer until it restarts. Then only the ends of requests are kept,
placed by the wall clock, and in doubt later than they were: that costs a wait and no refusal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.send.sharing import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bulk_sync.send.budget import Budget
    from bulk_sync.send.rate import Rate
    from bulk_sync.send.sharing.commons import Commons

CLOCKS_AGREE = 2.0
"""Seconds by which wall clock less monotonic clock may move while a computer runs."""

RECENT = 10.0
"""Seconds. What was written so lately was written since the computer started, whatever the wall clock says."""


@dataclass(frozen=True, slots=True)
class Here:
    """A moment on this computer: the two clocks, and what names the time since it started ("" if nothing does)."""

    monotonic: float
    wall: float
    boot: str

    def as_plain(self) -> dict[str, object]:
        """For the file."""
        return {"monotonic": self.monotonic, "wall": self.wall, "boot": self.boot}

    def since(self, about: Mapping[str, object]) -> float | None:
        """The seconds since something was written here; None where its moments mean nothing any more."""
        then, wall, boot = about.get("monotonic"), about.get("wall"), about.get("boot")
        if not isinstance(then, float | int) or not isinstance(wall, float | int):
            return None
        passed = self.monotonic - then
        if passed < 0:
            return None
        if self.boot or boot:
            return passed if self.boot == boot else None
        return passed if passed < RECENT or abs(self.wall - wall - passed) < CLOCKS_AGREE else None

    def shift(self, about: Mapping[str, object]) -> float:
        """What to add to moments that were written before the computer restarted; in doubt too much."""
        then, wall = about.get("monotonic"), about.get("wall")
        if not isinstance(then, float | int) or not isinstance(wall, float | int):
            return 0.0
        return self.monotonic - max(0.0, self.wall - wall) - then


def left_behind(text: str | None, here: Here, now: float, fresh: Callable[[], Commons]) -> Commons:
    """What still holds of the file's text; `fresh` makes what there is without it."""
    commons = fresh()
    about = None if text is None else snapshot.read(text, commons)
    if about is None:
        return fresh()
    if here.since(about) is None:
        anew = fresh()
        carry_over(commons, anew, here.shift(about), now)
        return anew
    return commons


def carry_over(old: Commons, fresh: Commons, shift: float, now: float) -> None:
    """Keep of `old` only how many requests ended when; whatever was under way counts as ended now."""
    open_ends = sum(len(each.out) + len(each.allotted) for each in old.members.values())
    open_ends += old.lease.reserve if old.lease else 0
    ends = [min(now, end + shift) for end in old.budget._log.ends()] + [now] * open_ends
    for end in ends:
        fresh.budget._log.ended(end)
    fresh.heard = fresh.given = now


def begin_anew(budget: Budget, now: float) -> None:
    """Nobody is there who knows how the key stands: one request asks, but not before what is known lets one leave."""
    moment = budget.next_departure(now)
    if moment < math.inf:
        budget._held_until = max(budget._held_until, moment)
    if budget._asks_since is None:
        budget._asks_since = now


def assume(budget: Budget, rates: Sequence[Rate]) -> None:
    """Where the server says nothing, the fastest of these is assumed: the person who named it knows the key."""
    budget.assume(max(rates, key=lambda each: each.limit / each.period))
