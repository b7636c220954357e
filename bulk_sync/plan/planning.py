"""How does a table become a plan?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bulk_sync.errors import Code
from bulk_sync.model import Kind
from bulk_sync.plan.duplicates import settle
from bulk_sync.plan.order import kind_of, sequence
from bulk_sync.plan.plan import Facts, Plan, own_change
from bulk_sync.plan.rows import NUMBER, SENDABLE, Decided, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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

    leader, combined = _settle_groups(rows, change, rules, first_row)
    places = np.flatnonzero(rows.code == SENDABLE)
    kinds = _kinds(rows, places, combined, statuses, rules)
    order = sequence(np.arange(len(places)), kinds, rules.order)
    return Plan(
        rows=rows,
        first_row=first_row,
        leader=leader,
        sequence=places[order],
        kinds=kinds[order],
        combined=combined,
        statuses=statuses,
        campaigns=campaigns,
        contact_ids=tuple(reading.contacts.ids),
        facts=Facts(reading.contacts.completed, reading.contacts.shortened),
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
    arrays = {
        field.name: np.concatenate([getattr(part, field.name) for _, part in parts])
        for field in fields(Decided)
        if field.name not in {"reasons", "extras"}
    }
    reasons = {start + place: why for start, part in parts for place, why in part.reasons.items()}
    extras = {start + place: extra for start, part in parts for place, extra in part.extras.items()}
    return Decided(**arrays, reasons=reasons, extras=extras)


def _settle_groups(
    rows: Decided, change: Callable[[int], Change], rules: Rules, first_row: int
) -> tuple[NDArray[np.int64], dict[int, Change]]:
    """Settle the rows of each contact that several rows name: codes and reasons change in place."""
    leader = np.full(len(rows.code), -1, dtype=np.int64)
    combined: dict[int, Change] = {}
    for group in _groups(rows):
        settled = settle([(place, change(place)) for place in group], rules.on_conflict, rules.statuses.is_terminal)
        for place, verdict in settled.others.items():
            rows.code[place] = NUMBER[verdict.code]
            leader[place] = verdict.because_of
            if verdict.code is not Code.MERGED:
                rows.reasons[place] = _because(verdict.code, verdict.because_of + first_row)
        if settled.sent is not None and settled.change != change(settled.sent):
            combined[settled.sent] = settled.change
    return leader, combined


def _groups(rows: Decided) -> Iterable[list[int]]:
    """The sendable rows of each contact that more than one of them names, in the order of the file."""
    places = np.flatnonzero(rows.code == SENDABLE)
    contact = rows.contact[places].astype(np.int64)
    key = np.where(contact >= 0, -1 - contact, rows.phone[places])
    codes, _ = pd.factorize(key)
    repeated = (np.bincount(codes) > 1)[codes]
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for group, place in zip(codes[repeated].tolist(), places[repeated].tolist(), strict=True):
        groups[group].append(place)
    return groups.values()


def _because(code: Code, row: int) -> str:
    match code:
        case Code.DUPLICATE:
            return f"Row {row} says the same of this contact; that one counts."
        case Code.SUPERSEDED:
            return f"Row {row} says something else of this contact, and wins."
        case _:
            return (
                f"Rows of this contact contradict each other (see row {row}). Correct one of them, "
                "or pass --on-conflict safest to let the one that stops outreach win."
            )


def _kinds(
    rows: Decided, places: NDArray[np.int64], combined: dict[int, Change], statuses: tuple[str, ...], rules: Rules
) -> NDArray[np.int8]:
    by_status = np.array([kind_of(name, rules.statuses.is_terminal) for name in statuses] + [Kind.REST], dtype=np.int8)
    kinds = by_status[rows.status[places]]
    for at, place in enumerate(places):
        if int(place) in combined:
            kinds[at] = kind_of(combined[int(place)].status, rules.statuses.is_terminal)
    return kinds
