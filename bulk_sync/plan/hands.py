"""How do several hands decide the rows of one table, and how does their work become one?

A hand numbers the statuses and campaigns it meets by itself, as it meets them. Put together in the order of the file,
each text gets the number and the spelling that one hand alone would have given it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bulk_sync.plan.facts import Facts
from bulk_sync.plan.rows import Decided, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bulk_sync.model import Chunk, Columns
    from bulk_sync.plan.extras import Extra
    from bulk_sync.plan.rules import Rules

_COLUMNS = ("code", "phone", "contact", "status", "campaign", "twofold")


class Cut(Protocol):
    """Some rows whose text is yet to be made."""

    def chunk(self) -> Chunk:
        """The rows."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a hand decided about some rows, from the position `start` on.

    The numbers in `rows` are the hand's own; `statuses` and `campaigns` are the texts that it has met since its last
    part. `facts` are those of these rows.
    """

    hand: int
    start: int
    rows: Decided
    statuses: Sequence[str]
    campaigns: Sequence[str]
    facts: Facts


class Hand:
    """Decides chunk after chunk. Its copy in another process is another hand, with the next number.

    A chunk that stands before one it has decided already (it came back undone from elsewhere) is given to a new hand:
    numbers and spellings are those of the order in which texts are met.
    """

    def __init__(self, columns: Columns, rules: Rules, first_row: int, number: int = 0) -> None:
        self._given = (columns, rules, first_row)
        self._number = number
        self.reading = Rows(columns, rules, first_row)
        self._statuses = self._campaigns = self._reached = 0

    def __reduce__(self) -> tuple[type[Hand], tuple[object, ...]]:
        return Hand, (*self._given, self._number + 1)

    def decide_cut(self, cut: Cut) -> Part:
        """`decide` for rows whose cells are yet to be made."""
        return self.decide(cut.chunk())

    def decide(self, chunk: Chunk) -> Part:
        """What each row of a chunk asks for."""
        if chunk.start < self._reached:
            return Hand(*self._given, number=-chunk.start - 1).decide(chunk)
        reading, contacts = self.reading, self.reading.contacts
        contacts.facts = Facts()
        part = Part(
            hand=self._number,
            start=chunk.start,
            rows=reading.decide(chunk),
            statuses=reading.statuses[self._statuses :],
            campaigns=reading.campaigns[self._campaigns :],
            facts=contacts.facts,
        )
        self._statuses, self._campaigns = len(reading.statuses), len(reading.campaigns)
        self._reached = chunk.start
        return part


class Texts:
    """The distinct texts of one field. `same` says what is equal in those that mean the same."""

    def __init__(self, same: Callable[[str], str]) -> None:
        self.texts: list[str] = []
        self._same = same
        self._numbers: dict[str, int] = {}
        self._of_hand: dict[int, list[int]] = {}

    def numbers(self, hand: int, new: Sequence[str], its_own: NDArray[np.signedinteger]) -> NDArray[np.signedinteger]:
        """The numbers that stand here for a hand's own; -1 stays -1. `new` are the texts it has met since last time."""
        known = self._of_hand.setdefault(hand, [])
        for text in new:
            number = self._numbers.setdefault(self._same(text), len(self.texts))
            if number == len(self.texts):
                self.texts.append(text)
            known.append(number)
        here: NDArray[np.signedinteger] = np.array([*known, -1], dtype=its_own.dtype)[its_own]
        return here


@dataclass(slots=True)
class Joined:
    """Parts put together, in the order of the file."""

    statuses: Texts = field(default_factory=lambda: Texts(str))
    campaigns: Texts = field(default_factory=lambda: Texts(str.casefold))
    facts: Facts = field(default_factory=Facts)
    _rows: list[Decided] = field(default_factory=list)
    _reasons: dict[int, str] = field(default_factory=dict)
    _extras: dict[int, Extra] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """The next part."""
        rows = part.rows
        rows.status = self.statuses.numbers(part.hand, part.statuses, rows.status)
        rows.campaign = self.campaigns.numbers(part.hand, part.campaigns, rows.campaign)
        self._reasons.update({part.start + place: why for place, why in rows.reasons.items()})
        self._extras.update({part.start + place: extra for place, extra in rows.extras.items()})
        rows.reasons, rows.extras = {}, {}
        self._rows.append(rows)
        self.facts += part.facts

    def rows(self) -> Decided:
        """The decisions about all rows. To be asked once: what was joined is forgotten."""
        arrays = {}
        for name in _COLUMNS:
            arrays[name] = np.concatenate([getattr(each, name) for each in (_nothing(), *self._rows)])
            for each in self._rows:  # twice in memory is only one column at a time
                setattr(each, name, arrays[name][:0])
        return Decided(**arrays, reasons=self._reasons, extras=self._extras)


def _nothing() -> Decided:
    """The decisions about no rows."""
    none = np.zeros(0, dtype=np.int64)
    return Decided(
        none.astype(np.int8),
        none,
        none.astype(np.int32),
        none.astype(np.int16),
        none.astype(np.int32),
        none.astype(np.bool_),
    )
