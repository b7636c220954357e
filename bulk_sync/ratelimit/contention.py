"""How do we share a limit with somebody we cannot talk to? What `rivalry` has noticed, turned into moments. Pure.

A window is taken in slices, so that each reply can tell what a rival took meanwhile; not where replies take much of the
window, as that would cost more than it saves. Once all is taken we ask again when most of our own places are free, not
for each place: a rival may take one first. A token bucket is never emptied: what stays in it is not lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_sync.ratelimit.rivalry import Rivalry

if TYPE_CHECKING:
    from bulk_sync.ratelimit.rate import Rate
    from bulk_sync.ratelimit.sliding_log import SlidingLog
    from bulk_sync.ratelimit.window import WindowShape

OVERDUE = 4
"""Latencies: after so long without a reply, nobody waits for it any more before the next one leaves."""

PATIENCE = 0.02
"""Of a window: so long it waits for more of our places to be free."""


class Beside:
    """What may leave although somebody else may use the key. Times are monotonic seconds."""

    def __init__(self, assumed: Rate, shape: WindowShape, log: SlidingLog) -> None:
        self.rivalry = Rivalry()
        self.limit: int | None = None
        self.assumed, self._shape, self._log = assumed, shape, log
        self._known_span: float | None = None

    def saw(self) -> None:
        """A reply told of its window."""
        self._known_span = self._shape.period or self._known_span

    @property
    def span(self) -> float:
        """Seconds in which the limit comes back, as far as anybody knows."""
        if self.limit == self.assumed.limit or self._known_span is None:
            return self._shape.length or self.assumed.period
        if self.rivalry.sees_drips and self.rivalry.refill and self.limit:
            return self.limit / self.rivalry.refill
        return self._known_span

    @property
    def _is_bucket(self) -> bool:
        return self._shape.token is not None or self.rivalry.sees_drips

    def spare(self, left: int | None) -> int:
        """How many of those that are left are for us."""
        places = max(0, left or 0)
        return self.rivalry.spare(places, is_bucket=self._is_bucket) if self.rivalry.is_near else places

    def opens(self, now: float, in_flight: int, spare: int, latency: float, last_step: float) -> float:
        """When the next of `spare` may leave; `last_step`: when one left or ended. What is overdue holds nobody."""
        if self.rivalry.is_at_ease and 2 * (in_flight + 1) <= spare:
            return now  # less than half of it is never too much then
        if in_flight < self.rivalry.slice_of(spare, self.span / max(latency, 1e-6)):
            return now
        return max(now, last_step + OVERDUE * latency)

    def asks(self, opens: float, since: float, left: int | None) -> float:
        """When to ask again, where a place is free at `opens`; `since`: when the last one was taken."""
        if not self.rivalry.is_near:
            return opens
        span = self.span
        if self._is_bucket:
            missing = self.rivalry.left_alone(is_bucket=True) - (left or 0)
            opens += max(0, missing) * span / (self.limit or 1)
        elif 4 * self._log.within(since, span) >= (self.limit or 0):
            return self._log.frees(since, span, max(self.rivalry.spacing, PATIENCE * span)) or opens
        return max(opens, since + self.rivalry.spacing)

    def refused(self, now: float, until: float, windows: int) -> float:
        """When to ask after a refusal that holds `until`, the first after so many `windows` that were refused.

        Where places come back one by one, a rival may take the next one too. By the time that a quarter of ours is free
        again, one more will hardly be refused. If it was, all of them.
        """
        span = self.span
        if self._known_span is None and self.limit != self.assumed.limit:
            span = 2 * (until - now)  # nothing is known of these windows but what the refusal says
        self.rivalry.refused(until - now, span / 6)
        if until - now >= span / 4:
            return until
        if windows:
            return now + span
        return max(until, self._log.quarter(now, span) or now + span)
