"""The chart of a run's progress: how many updates were done by when, and what the API's limit allowed. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 200
"""Steps of a timeline. Past that, two and two become one."""

WIDTH, HEIGHT = 720, 230
"""Of the chart, in its own units."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 20, 14, 40
_NICE = [n * ten for ten in (0.01, 0.1, 1.0) for n in (1, 2, 5)] + [10.0, 15.0, 30.0]
_NICE += [n * unit for unit in (60.0, 3600.0) for n in (1, 2, 5, 10, 15, 30)]
_NICE += [n * 86_400.0 for n in (2, 5, 10, 50, 365)]
"""Seconds between the marks of a scale."""


@dataclass(slots=True)
class Timeline:
    """Counts moments, in any order, in steps of `step` seconds, which grow as needed."""

    step: float = 1 / 64
    _counts: Counter[int] = field(default_factory=Counter)

    def add(self, at: float) -> None:
        """Count an update that was done at a second of the epoch."""
        self._counts[int(at / self.step)] += 1
        while len(self._counts) > MOST:
            self.step *= 2
            halved: Counter[int] = Counter()
            for place, count in self._counts.items():
                halved[place // 2] += count
            self._counts = halved

    def points(self) -> list[tuple[float, int]]:
        """The end of each step in which something was done, and how many updates were done by then."""
        done, found = 0, []
        for place, count in sorted(self._counts.items()):
            done += count
            found.append(((place + 1) * self.step, done))
        return found


def chart(
    progress: Sequence[tuple[float, int]],
    *,
    began: float | None,
    to_come: int,
    resumed: Sequence[float],
    allowance: tuple[int, float] | None,
) -> dict[str, Any]:
    """The lines of the chart, in its own units.

    `progress`: the points of a timeline, one at least; `to_come`: updates that have no outcome; `allowance`: so many
    updates may leave in so many seconds.
    """
    first = min(progress[0][0], began or progress[0][0])
    span = max(progress[-1][0] - first, 0.01)
    done = progress[-1][1]
    total = done + to_come

    def x(at: float) -> str:
        return f"{_LEFT + (WIDTH - _LEFT - _RIGHT) * max(0.0, at - first) / span:.1f}"

    def y(count: float) -> str:
        return f"{HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * count / total:.1f}"

    in_time = next((step for step in _NICE if span / step <= 6), span)
    in_count = next(n * 10**power for power in range(12) for n in (1, 2, 5) if total / (n * 10**power) <= 4)
    limit = ""
    if allowance is not None:
        count, period = allowance
        ends = min(span, max(0.0, (total - count) * period / count))
        limit = f"{x(first)},{y(min(count, total))} {x(first + ends)},{y(min(total, count * (1 + ends / period)))}"
    return {
        "line": " ".join(f"{x(at)},{y(count)}" for at, count in ((first, 0), *progress)),
        "limit": limit,
        "times": [(x(first + n * in_time), briefly(n * in_time)) for n in range(int(span / in_time) + 1)],
        "counts": [(y(n), _shortly(n)) for n in range(0, total + 1, in_count)],
        "resumed": [x(at) for at in resumed if first < at < first + span],
        "done": done,
        "took": span,
    }


def briefly(seconds: float) -> str:
    """A length of time as a scale says it."""
    return f"{seconds:.3g} s" if seconds < 60 else duration(seconds)


def _shortly(count: int) -> str:
    word, unit = next((each for each in (("M", 10**6), ("k", 10**3)) if count and count % each[1] == 0), ("", 1))
    return f"{count // unit:,}{word}"
