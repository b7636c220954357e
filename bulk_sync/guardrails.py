"""The guard rails (`--max-stop`, `--max-restart`, `--max-move`): how many contacts a run may change at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import Code, PastGuardRail
from bulk_sync.report.summary import NEW, Impact, plural
from bulk_sync.settings import parse_tolerance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from bulk_sync.model import Outcome
    from bulk_sync.plan import Plan
    from bulk_sync.settings import Settings

TINY = 1e-6
"""Of a row: 29 % of 100 rows are 29, whatever a computer makes of 0.29."""


def are_set(settings: Settings) -> bool:
    """Whether anything has to be counted before the first write."""
    return any(limit is not None for limit in (settings.max_stop, settings.max_restart, settings.max_move))


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A guard rail that a file would pass: its option, how many contacts, and what would become of them, in words."""

    option: str
    count: int
    what: str

    @property
    def advice(self) -> str:
        """What to do where it is meant."""
        return f"Check it with --dry-run. If it is correct, add --yes, or {self.option} {self.count}."


def check(settings: Settings, impact: Impact, rows: int, confirm: Callable[[str, str, int], bool]) -> None:
    """Let a run of `rows` rows go on within its guard rails, or past them where a person says so.

    `confirm(option, question, count)`: whether somebody has confirmed it by typing the count. Raises PastGuardRail.
    """
    for each in exceeded(settings, impact, rows):
        if not confirm(each.option, f"This file {each.what}.", each.count):
            raise PastGuardRail(f"Nothing was sent: this file {each.what}. {each.advice}")


def exceeded(settings: Settings, impact: Impact, rows: int) -> Iterator[Exceeded]:
    """The guard rails that a file of so many rows would pass; none, where it may."""
    if settings.yes:
        return
    held = (
        ("--max-stop", settings.max_stop, impact.stops, "stop outreach to {}"),
        ("--max-restart", settings.max_restart, impact.restarts, "restart outreach to {}"),
        ("--max-move", settings.max_move, impact.rescheduled, "move {} to another campaign or time zone"),
    )
    for option, given, count, what in held:
        if given is None:
            continue
        number, share = parse_tolerance(given)
        limit = number if number is not None else math.floor((share or 0.0) * rows + TINY)
        if count > limit:
            yield Exceeded(
                option, count, f"would {what.format(plural(count, 'contact'))}, and {option} allows {limit:,}"
            )


def impact_of(plan: Plan, places: NDArray[np.int64], seen: Mapping[int, Outcome]) -> Impact:
    """What the calls of the rows at these places do, as far as the file tells, and by what was `seen` of contacts."""
    impact = Impact(plan.stopping)
    usual, others = plan.parted(places, seen)
    for change, count in plan.tallied(usual):
        impact.add(change, None, None, count)
    for place in others:
        change, before = plan.change(place), seen.get(place)
        if before is not None and before.code is Code.CREATED:
            impact.add(change, NEW, NEW)
        else:
            impact.add(change, *((before.previous_status, before.previous_campaign) if before else (None, None)))
    return impact
