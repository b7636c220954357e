"""Cost: the cheapest way to find out how contacts stand, and whether it is worth its time. Pure.

Reads and writes have separate budgets, so what counts is time: reading may go on while writes leave, but what it takes
must be less than what it can save at best, if every row it looks at stands as asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

Seconds = Callable[[int], float]
"""What so many requests take."""

MOST_FILTERS = 12
"""Lists of one status or campaign that are asked how long they are: each question is a read."""

GRANTED = 60.0
"""Seconds."""

OFTEN_DIFFERENT = 0.1
"""Of the rows: how many are taken to differ, and so to stand on no list of what they ask for."""


class Way(Enum):
    """How contacts are read."""

    PAGES = "pages"
    FILTERS = "filters"
    SEARCHES = "searches"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Costs:
    """What requests take. `writes` is None where nothing will be sent, and reading is what is wanted."""

    reads: Seconds
    writes: Seconds | None

    def pays(self, reads: int, rows: int) -> bool:
        """Whether so many reads take less time than sending so many rows."""
        return self.writes is None or self.reads(reads) < self.writes(rows)

    def still_pays(self, reads: int, rows: int) -> bool:
        """Whether so many further reads are worth it, for so many rows of which nothing is known yet.

        A minute is granted: windows make small numbers uncertain, and what was begun had better be finished.
        """
        return self.writes is None or self.reads(reads) <= self.writes(rows) + GRANTED


def asks_filters(rows: int, pages: int | None, filters: int) -> bool:
    """Whether it is worth a read each to learn how long the lists of single statuses and campaigns are."""
    others = min(rows, rows if pages is None else pages)
    return 0 < filters <= MOST_FILTERS and others > 10 * filters


def cheapest(rows: int, pages: int | None, filtered: Collection[int] | None, costs: Costs) -> tuple[Way, int]:
    """The way to read, and its reads: for `rows` contacts, of a list of so many further `pages` (None: not known).

    `filtered`: the pages of each list of what the rows ask for; None where they were not asked.
    """
    ways = {Way.SEARCHES: rows}
    if pages is not None:
        ways[Way.PAGES] = pages
    if filtered is not None:
        ways[Way.FILTERS] = sum(filtered) + math.ceil(OFTEN_DIFFERENT * rows)
    way = min(ways, key=lambda each: ways[each])
    return (way, ways[way]) if costs.pays(ways[way], rows) else (Way.NOT, 0)
