"""Options: how a sandbox behaves, its limits, its faults, its clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bulk_sync.sandbox.limits import LimiterName, Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

REAL_WRITES = Rate(30, 60.0)
REAL_READS = Rate(100, 60.0)
"""What the vendor allows a key."""

DEMO_WRITES = Rate(30, 1.0)
DEMO_READS = Rate(100, 1.0)
"""The real limits per second instead of per minute, so that a demo does not wait."""


RetryAfter = Literal["both", "header", "body", "none"]
RETRY_AFTER: tuple[RetryAfter, ...] = ("both", "header", "body", "none")
"""Where a 429 says how long to wait: in `Retry-After`, in the body's `retryAfter`, in both or nowhere."""

PutBucket = Literal["shared", "own"]
PUT_BUCKET: tuple[PutBucket, ...] = ("shared", "own")
"""What PUT is counted with: the other writes, or by itself. The vendor's table of limits does not name PUT."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What `bulk-sync sandbox` can be told. Lengths of time are in seconds.

    `faults` maps names of `faults.FAULTS` to shares from 0 to 1. `key` is made up where it is None. `db` is a file that
    keeps the state; None keeps it in memory. `revoke_after` and `down_after` are numbers of requests. `reset_skew` is
    how far the clock of the rate limit's reset is ahead of the clock of `Date`.
    """

    key: str | None = field(default=None, repr=False)
    db: str | None = None
    limiter: LimiterName = "fixed"
    writes: Rate = DEMO_WRITES
    reads: Rate = DEMO_READS
    put_bucket: PutBucket = "shared"
    retry_after: RetryAfter = "both"
    reset_skew: float = 0.0
    faults: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    revoke_after: int | None = None
    down_after: int | None = None
    clock_skew: float = 0.0
    seed: int | None = None
