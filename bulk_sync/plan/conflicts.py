"""Conflicts: what becomes of rows that name the same contact, as a pure function.

Rows that say the same make one call. Rows that complete each other make one call too, which carries what all of them
say; but a campaign move never travels with a DNC, for a move schedules new outreach. Rows that contradict each other
are settled by `--on-conflict`; under `safest`, DNC wins, then what means do-not-call as well, then any status that
stops outreach, then the last row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import DNC, Change, Kind

if TYPE_CHECKING:
    from bulk_sync.plan.planning import OnConflict
    from bulk_sync.plan.status import Statuses


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a row of a group: its code, and the row it depends on (that carries it, equals it or beat it)."""

    code: Code
    because_of: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A group of rows of one contact: the row that is sent (None: none), its change, and the fate of the others."""

    sent: int | None
    change: Change
    others: Mapping[int, Verdict]


Said = Mapping[str, object]
"""A change as the fields it sets."""


def settle(rows: Sequence[tuple[int, Change]], policy: OnConflict, statuses: Statuses) -> Settled:
    """Settle the rows of one contact: `rows` are (position, change) in the order of the file, two or more of them."""
    said = {row: change.said for row, change in rows}
    if policy == "error" and (apart := _contradictions(said)):
        return Settled(None, Change(), {row: Verdict(Code.CONFLICT, apart.get(row, min(apart))) for row in said})
    kept: list[int] = []
    whole: dict[str, object] = {}
    standing: dict[str, object] = {}
    beaten: list[int] = []
    for row in _ranked(rows, policy, statuses):
        if _contradict(said[row], standing) or _moves_a_dnc(said[row], whole, statuses):
            beaten.append(row)
        else:
            kept.append(row)
            whole = {**said[row], **whole}
        # what a beaten row says still stands in the way of those below it: its word on the status was the better one
        standing = {**said[row], **standing}
    sent = min(kept)
    fates = _fates(said, kept, beaten, sent, statuses)
    return Settled(sent, Change(**whole), fates)  # type: ignore[arg-type]  # status and campaign are texts


def _fates(
    said: Mapping[int, Said], kept: Sequence[int], beaten: Sequence[int], sent: int, statuses: Statuses
) -> dict[int, Verdict]:
    """What becomes of the rows that are not sent, each with the row that it should be told of."""
    fates: dict[int, Verdict] = {}
    firsts: dict[object, int] = {}
    for row in sorted(kept):
        first = firsts.setdefault(_key(said[row]), row)
        if row != sent:
            fates[row] = Verdict(Code.MERGED, sent) if first == row else Verdict(Code.DUPLICATE, first)
    for row in beaten:
        winners = (
            first
            for first in firsts.values()
            if _contradict(said[row], said[first]) or _moves_a_dnc(said[row], said[first], statuses)
        )
        fates[row] = Verdict(Code.SUPERSEDED, next(winners, sent))
    return fates


def severity(status: str | None, statuses: Statuses) -> int:
    """How far a status goes in stopping outreach: DNC itself, what means the same, what stops it, and all the rest."""
    return -1 if status == DNC else min(statuses.kind_of(status), Kind.REST)


def _ranked(rows: Sequence[tuple[int, Change]], policy: OnConflict, statuses: Statuses) -> list[int]:
    """The rows, those that win first."""
    if policy == "first":
        order = list(rows)
    elif policy == "last":
        order = list(reversed(rows))
    else:
        order = list(reversed(rows))
        order.sort(key=lambda entry: severity(entry[1].status, statuses))
    # whatever the policy, a row that only moves or names the contact does not stand in the way of a DNC; of DNC rows
    # those that name a campaign themselves go first, so that the outcome does not depend on where they stand
    status = next((change.status for _, change in order if change.status is not None), None)
    if status is not None and statuses.means_dnc(status):
        order.sort(key=lambda entry: (entry[1].status != status, entry[1].campaign is None))
    return [row for row, _ in order]


def _moves_a_dnc(said: Said, other: Said, statuses: Statuses) -> bool:
    """Whether a row asks for a campaign that a DNC does not name itself: a move schedules new outreach."""
    status = other.get("status")
    return isinstance(status, str) and statuses.means_dnc(status) and "campaign" in said and "campaign" not in other


def _contradict(said: Said, other: Said) -> bool:
    return any(
        field in other and _comparable(field, other[field]) != _comparable(field, value)
        for field, value in said.items()
    )


def _contradictions(said: Mapping[int, Said]) -> dict[int, int]:
    """The rows that contradict another, each with the first that it contradicts."""
    first_says: dict[str, dict[object, int]] = {}
    for row, values in said.items():
        for field, value in values.items():
            first_says.setdefault(field, {}).setdefault(_comparable(field, value), row)
    apart = {}
    for row, values in said.items():
        others = [
            next(first for other, first in first_says[field].items() if other != _comparable(field, value))
            for field, value in values.items()
            if len(first_says[field]) > 1
        ]
        if others:
            apart[row] = min(others)
    return apart


def _key(said: Said) -> object:
    return frozenset((field, _comparable(field, value)) for field, value in said.items())


def _comparable(field: str, value: object) -> object:
    """A value such that equal ones are the same: campaign IDs in any case, variables in any order."""
    if field == "campaign":
        return str(value).casefold()
    return frozenset(value.items()) if isinstance(value, Mapping) else value
