"""What the numbers of a file have in common, and what a person should know of them before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, fields

MOST_PAIRS = 20
"""Numbers with two readings that are kept of each part of a file, for the CRM to be asked about."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts of numbers, to be added up.

    `completed` from `--region`; `coded`: completed with the code column; `contradicted`: their own country code is not
    that of the country, or the code, which their row names; `shortened`: an extension was dropped; `labelled`: a word
    like "mobile" was. `twofold`: digits that are two numbers, read as was decided for the file; `undecided`: those
    for which nothing was, `pairs` some of them from everywhere: as they stand, and with the missing plus (digits of
    E.164).
    """

    completed: int = 0
    coded: int = 0
    contradicted: int = 0
    shortened: int = 0
    labelled: int = 0
    twofold: int = 0
    undecided: int = 0
    pairs: tuple[tuple[int, int], ...] = ()

    def counts(self) -> dict[str, int]:
        """The counts, by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "pairs"}

    def __add__(self, other: Facts) -> Facts:
        return Facts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def spread_out(pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """At most `MOST_PAIRS` different ones, from everywhere in the list."""
    distinct = list(dict.fromkeys(pairs))
    step = max(1.0, len(distinct) / MOST_PAIRS)
    return tuple(distinct[int(at * step)] for at in range(min(MOST_PAIRS, len(distinct))))
