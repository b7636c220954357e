"""How does a table become a plan?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.model import Kind
from bulk_sync.plan.groups import settle_groups
from bulk_sync.plan.order import kind_of, sequence
from bulk_sync.plan.plan import Facts, Plan, own_change
from bulk_sync.plan.reasons import Reasons
from bulk_sync.plan.rows import SENDABLE, Decided, Rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from bulk_sync.model import Change, Chunk, Columns
    from bulk_sync.plan.rules import Rules


def make_plan(chunks: Iterable[Chunk], columns: Columns, rules: Rules, *, first_row: int) -> Plan:
    """Plan a table: every row gets its fate. `first_row` is the number that a spreadsheet shows beside the first."""
    reading = Rows(columns, rules, first_row)
    rows = _joined([(chunk.start, reading.decide(chunk)) for chunk in chunks])
    statuses, campaigns = tuple(reading.statuses), tuple(reading.campaigns)

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
        facts=Facts(reading.contacts.completed, reading.contacts.shortened),
        stops={name: _stops(name, rules) for name in statuses},
        create_in=rules.create_in,
    )


def _joined(parts: list[tuple[int, Decided]]) -> Decided:
    """The decisions of all chunks as one."""
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Decided(
            nothing.astype(np.int8),
            nothing,
            nothing.astype(np.int32),
            nothing.astype(np.int16),
            nothing.astype(np.int32),
        )
    arrays = {}
    for name in ("code", "phone", "contact", "status", "campaign"):
        arrays[name] = np.concatenate([getattr(part, name) for _, part in parts])
        for _, part in parts:  # twice in memory is only one column at a time
            setattr(part, name, arrays[name][:0])
    reasons = {start + place: why for start, part in parts for place, why in part.reasons.items()}
    extras = {start + place: extra for start, part in parts for place, extra in part.extras.items()}
    return Decided(**arrays, reasons=reasons, extras=extras)


def _kinds(
    rows: Decided, places: NDArray[np.int64], combined: dict[int, Change], statuses: tuple[str, ...], rules: Rules
) -> NDArray[np.int8]:
    by_status = np.array([kind_of(name, rules.statuses.is_terminal) for name in statuses] + [Kind.REST], dtype=np.int8)
    kinds = by_status[rows.status[places]]
    at = np.searchsorted(places, np.fromiter(combined, dtype=np.int64, count=len(combined)))
    kinds[at] = [kind_of(change.status, rules.statuses.is_terminal) for change in combined.values()]
    return kinds


def _stops(status: str, rules: Rules) -> bool | None:
    """Whether a status stops outreach; None: nobody knows."""
    if rules.statuses.is_terminal(status):
        return None if rules.statuses.may_restart(status) else True
    return False
