"""The configuration of sending (to whom, how fast), and its report."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.ratelimit.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.errors import Stopped
    from bulk_sync.model import Outcome
    from bulk_sync.ratelimit.buckets import Buckets
    from bulk_sync.ratelimit.budget import Budget

ENOUGH_TO_JUDGE = 50
"""Rows before a percentage means something."""


@dataclass(frozen=True, slots=True)
class ErrorThreshold:
    """`--max-errors`: a number of rows, or a share (0 to 1) of those that were settled, after `ENOUGH_TO_JUDGE`."""

    rows: int | None = None
    share: float | None = None

    def exceeded(self, failed: int, settled: int) -> bool:
        """Whether so many failures are too many."""
        if self.rows is not None:
            return failed >= max(1, self.rows)
        return self.share is not None and settled >= ENOUGH_TO_JUDGE and 0 < failed >= self.share * settled


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may spend: `seconds` of sending, time until the epoch second `until`, `writes` that leave."""

    seconds: float = math.inf
    until: float = math.inf
    writes: int | None = None


ASSUMED = Rate(30, 60.0)
"""Writes, where the API says nothing: the documented limit."""


ASSUMED_READS = Rate(100, 60.0)
"""Reads, where the API says nothing: the documented limit."""


def budget_of_reads(most_in_flight: int) -> Budget:
    """A budget of reads; a run has one."""
    from bulk_sync.ratelimit.budget import Budget  # noqa: PLC0415  # a preview that goes by the file sends nothing

    return Budget(ceiling=None, assumed=ASSUMED_READS, most_in_flight=most_in_flight)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the API is, and the key to it."""

    base_url: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendConfig:
    """How fast, how long, and how many failures.

    `ceiling` is `--rate`, `concurrency` the most requests in flight, `outage` the seconds that the API may stay away.
    """

    ceiling: Rate | None = None
    concurrency: int = 32
    tolerance: ErrorThreshold = field(default_factory=lambda: ErrorThreshold(share=0.2))
    limits: Limits = field(default_factory=Limits)
    outage: float = 600.0

    @property
    def assumed(self) -> Rate:
        """What holds where the API says nothing."""
        return self.ceiling or ASSUMED

    def forecast(self, calls: int) -> float:
        """The seconds that so many writes take, as far as anybody knows before the first of them."""
        return max(self.assumed.seconds_of(calls), self.ceiling.at_most(calls) if self.ceiling else 0.0)

    def budget(self) -> Buckets:
        """A new budget of writes."""
        from bulk_sync.ratelimit.buckets import Buckets  # noqa: PLC0415  # as above
        from bulk_sync.ratelimit.budget import Budget  # noqa: PLC0415  # as above

        return Buckets(lambda: Budget(ceiling=self.ceiling, assumed=self.assumed, most_in_flight=self.concurrency))


@dataclass(frozen=True, slots=True)
class SendReport:
    """How sending went: seconds it took, the limit that the API named, and why it ended early, if it did.

    `seconds_left`: what the calls that have no outcome will take, at the rate known by now. `latency`: the seconds
    within which a part of the replies came, by the name of the part (p50, p95, p99); empty where none came. `held`: the
    outcomes, by row, of updates that did not leave and may be sent later.
    """

    seconds: float
    limit: str | None
    stopped: Stopped | None
    seconds_left: float = 0.0
    latency: Mapping[str, float] = field(default_factory=dict)
    held: Mapping[int, Outcome] = field(default_factory=dict)
