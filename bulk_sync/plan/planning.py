"""How does a table become a plan?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.model import Kind
from bulk_sync.plan.groups import settle_groups
from bulk_sync.plan.hands import Hand, Joined
from bulk_sync.plan.order import kind_of, sequence
from bulk_sync.plan.plan import Plan, own_change
from bulk_sync.plan.reasons import Reasons
from bulk_sync.plan.rows import SENDABLE, Decided

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from bulk_sync.model import Change, Chunk, Columns
    from bulk_sync.plan.hands import Part
    from bulk_sync.plan.rules import Rules


def make_plan(chunks: Iterable[Chunk], columns: Columns, rules: Rules, *, first_row: int) -> Plan:
    """Plan a table: every row gets its fate. `first_row` is the number that a spreadsheet shows beside the first."""
    hand = Hand(columns, rules, first_row)
    return plan_of(map(hand.decide, chunks), hand, rules, first_row=first_row)


def plan_of(parts: Iterable[Part], hand: Hand, rules: Rules, *, first_row: int) -> Plan:
    """The plan of the rows that were decided, part by part in the order of the file, by `hand` and hands like it."""
    decided = Joined()
    for part in parts:
        decided.add(part)
    rows, reading = decided.rows(), hand.reading
    statuses, campaigns = tuple(decided.statuses.texts), tuple(decided.campaigns.texts)

    def change(place: int) -> Change:
        return own_change(rows, place, statuses, campaigns)

    groups = settle_groups(rows, change, statuses, rules)
    places = np.flatnonzero(rows.code == SENDABLE)
    kinds = _kinds(rows, places, groups.combined, statuses, rules)
    order = sequence(np.arange(len(places)), kinds, rules.order)
    return Plan(
        rows=rows,
        first_row=first_row,
        reasons=Reasons(rows.reasons, rows.code, groups.leader, first_row),
        leader=groups.leader,
        sequence=places[order],
        kinds=kinds[order],
        combined=groups.combined,
        statuses=statuses,
        campaigns=campaigns,
        contact_ids=tuple(reading.contacts.ids),
        facts=decided.facts,
        stops={name: _stops(name, rules) for name in statuses},
        dnc=frozenset(name for name in statuses if rules.statuses.means_dnc(name)),
        create_in=rules.create_in,
    )


def _kinds(
    rows: Decided, places: NDArray[np.int64], combined: dict[int, Change], statuses: tuple[str, ...], rules: Rules
) -> NDArray[np.int8]:
    effects = rules.statuses.is_terminal, rules.statuses.means_dnc
    by_status = np.array([kind_of(name, *effects) for name in statuses] + [Kind.REST], dtype=np.int8)
    kinds = by_status[rows.status[places]]
    at = np.searchsorted(places, np.fromiter(combined, dtype=np.int64, count=len(combined)))
    kinds[at] = [kind_of(change.status, *effects) for change in combined.values()]
    return kinds


def _stops(status: str, rules: Rules) -> bool | None:
    """Whether a status stops outreach; None: nobody knows."""
    if rules.statuses.is_terminal(status):
        return None if rules.statuses.may_restart(status) else True
    return False
