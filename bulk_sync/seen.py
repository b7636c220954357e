"""What did a look at the contacts show, and what would a run do to them by that?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.errors import Code, KeyRefused, WrongAddress
from bulk_sync.preflight.findings import Findings
from bulk_sync.report.effects import NEW, Effects
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from bulk_sync.errors import Stopped
    from bulk_sync.model import Outcome
    from bulk_sync.plan import Plan


@dataclass(slots=True)
class Seen:
    """What a look at the contacts showed, by the row of their update.

    `settled`: updates that would not be sent; `would_send`: those that would, with what stood there before. `stopped`:
    why the look ended early; `findings`: what it could not find out; `seconds_of_looks`: what it takes to look at so
    many contacts before their updates leave.
    """

    settled: dict[int, Outcome] = field(default_factory=dict)
    would_send: dict[int, Outcome] = field(default_factory=dict)
    stopped: Stopped | None = None
    findings: Findings = field(default_factory=Findings)
    seconds_of_looks: Callable[[int], float] = lambda _: 0.0


def slower_in_words(looks: float, writes: float) -> str:
    """That looking takes longer than sending, if it does; both in seconds."""
    if looks <= writes:
        return ""
    return (
        f"Reading whether contacts are in DNC takes up to {duration(looks)} here, longer than sending "
        f"({duration(writes)}): updates wait for it."
    )


def is_refusal(stopped: Stopped | None) -> bool:
    """Whether what ended a look would end a run as well: nobody should plan on it."""
    return isinstance(stopped, KeyRefused | WrongAddress)


def effects_of(plan: Plan, places: NDArray[np.int64], seen: Mapping[int, Outcome]) -> Effects:
    """What the calls of the rows at these places do, as far as the file tells, and by what was `seen` of contacts."""
    effects = Effects(plan.stopping)
    usual, others = plan.parted(places, seen)
    for change, count in plan.tallied(usual):
        effects.add(change, None, None, count)
    for place in others:
        change, before = plan.change(place), seen.get(place)
        if before is not None and before.code is Code.CREATED:
            effects.add(change, NEW, NEW)
        else:
            effects.add(change, *((before.previous_status, before.previous_campaign) if before else (None, None)))
    return effects
