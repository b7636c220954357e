"""The timeline of a run: how many updates were done by when, in some hundred steps however many there were. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 200
"""Steps. Past that, two and two become one."""


@dataclass(slots=True)
class Timeline:
    """Counts moments, in any order, in steps of `step` seconds, which grow as needed."""

    step: float = 1 / 64
    _counts: dict[int, int] = field(default_factory=dict)

    def add(self, at: float) -> None:
        """Count an update that was done at a second of the epoch."""
        place = int(at / self.step)
        self._counts[place] = self._counts.get(place, 0) + 1
        while len(self._counts) > MOST:
            self.step *= 2
            halved: dict[int, int] = {}
            for old, count in self._counts.items():
                halved[old // 2] = halved.get(old // 2, 0) + count
            self._counts = halved

    def points(self) -> list[tuple[float, int]]:
        """The end of each step in which something was done, and how many updates were done by then."""
        done, found = 0, []
        for place in sorted(self._counts):
            done += self._counts[place]
            found.append(((place + 1) * self.step, done))
        return found
