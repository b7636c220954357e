"""The lines of a file, which can be given back: for a reader that looks ahead."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Lines:
    """Lines that come from a source, or come again."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._waiting: deque[str] = deque()
        self._drawn = 0

    @property
    def position(self) -> int:
        """How many lines of the source stand before the next one."""
        return self._drawn - len(self._waiting)

    def take(self, most: int) -> list[str]:
        """The next lines; fewer than `most` only where the file ends."""
        lines = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        again = len(lines)
        lines.extend(islice(self._source, most - again))
        self._drawn += len(lines) - again
        return lines

    def give_back(self, lines: list[str]) -> None:
        """Put lines back, to be the next again."""
        self._waiting.extendleft(reversed(lines))
