"""The plan of a table: its rows are decided chunk by chunk, then those of one contact together, then put in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.model import Kind
from bulk_sync.plan.groups import settle_groups
from bulk_sync.plan.order import kind_of, sequence
from bulk_sync.plan.plan import Plan, own_change
from bulk_sync.plan.reasons import Reasons
from bulk_sync.plan.rows import SENDABLE, Decided, Rows, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bulk_sync.model import Change, Columns, Table
    from bulk_sync.plan.rules import Rules


def make_plan(table: Table, columns: Columns, rules: Rules) -> Plan:
    """Plan a table: every row gets its fate."""
    reading = Rows(columns, rules, table.first_row)
    rows = joined(map(reading.decide, table.chunks(only=columns.fields.values())))
    statuses, campaigns = tuple(reading.statuses), tuple(reading.campaigns)

    def change(place: int) -> Change:
        return own_change(rows, place, statuses, campaigns)

    groups = settle_groups(rows, change, statuses, rules)
    places = np.flatnonzero(rows.code == SENDABLE)
    kinds = _kinds(rows, places, groups.combined, statuses, rules)
    order = sequence(np.arange(len(places)), kinds, rules.order)
    return Plan(
        rows=rows,
        first_row=table.first_row,
        reasons=Reasons(rows.reasons, rows.code, groups.leader, table.first_row),
        leader=groups.leader,
        sequence=places[order],
        kinds=kinds[order],
        combined=groups.combined,
        statuses=statuses,
        campaigns=campaigns,
        contact_ids=tuple(reading.contacts.ids),
        facts=reading.contacts.facts,
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
