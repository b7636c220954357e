"""How can a reader look ahead in a file, and take it back?"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Lines:
    """The lines of a file, which can be given back, and which a csv.reader can be let at for some way.

    `drawn` counts the lines that came from the file.
    """

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.drawn = 0
        self._allowed = 0

    @property
    def waiting(self) -> int:
        """How many lines were given back and not taken again."""
        return len(self._waiting)

    def take(self, most: int) -> list[str]:
        """The next lines; fewer than `most` only where the file ends."""
        lines = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        again = len(lines)
        lines.extend(islice(self._source, most - again))
        self.drawn += len(lines) - again
        return lines

    def give_back(self, lines: list[str]) -> None:
        """Put lines back, to be the next again."""
        self._waiting.extendleft(reversed(lines))

    def allow(self, characters: int) -> None:
        """Start a record: its first line, and more of them while they hold no more characters than this."""
        self.taken = []
        self._allowed = characters

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        if self.taken and self._allowed <= 0:
            raise StopIteration
        line = self._waiting.popleft() if self._waiting else self._draw()
        if self.taken:
            self._allowed -= len(line)
        self.taken.append(line)
        return line

    def _draw(self) -> str:
        line = next(self._source)
        self.drawn += 1
        return line
