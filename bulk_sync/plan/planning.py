"""The plan of a table: its rows are read, then decided by the names that are known, those of one contact together.

Planning calls nobody: who makes a plan finds out what the names in it mean between reading and deciding. In the order
`safest`, DNC and what means the same is sent first, then other rows that stop outreach, then the rest, then rows that
restart it: what a run did not get to do because it was stopped should never be a "do not call".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bulk_sync.errors import Code
from bulk_sync.model import Kind
from bulk_sync.plan.campaign import Campaigns
from bulk_sync.plan.column_parser import BLANK, ColumnParser, ValueTable
from bulk_sync.plan.conflicts import held_back, settle_groups
from bulk_sync.plan.plan import Plan, own_change
from bulk_sync.plan.row_decisions import COMMENTED_OUT, NUMBER, REMARK, SENDABLE, ReadRows, commented_out, meant
from bulk_sync.plan.status import Statuses
from bulk_sync.plan.values import RowErrors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bulk_sync.model import Change, Columns, Table
    from bulk_sync.plan.phone import Check
    from bulk_sync.plan.row_decisions import RowDecisions
    from bulk_sync.value_mapping import NotUnderstood

OnConflict = Literal["safest", "last", "first", "error"]
Order = Literal["safest", "file"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where new contacts go: the ID of their campaign, or of a splitter that deals them to several."""

    campaign: str | None = None
    splitter: str | None = None


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The options that decide about rows, by the same names.

    `region`: the ISO code of numbers written without a country code; `plus_missing`: how digits are read that are two
    numbers, None: not decided; `create_in`: where contacts go that are made since the CRM has none. `only_contacts`:
    rows may ask for nothing, since only whom they name matters. `visible_only`: rows that are hidden in the workbook
    are skipped. `values`: what texts mean by a person's own word. `unlearned`: what becomes of rows with a name that
    nobody knows, where the run ended before names were read.
    """

    region: str = "US"
    phone_check: Check = "valid"
    on_conflict: OnConflict = "safest"
    order: Order = "safest"
    plus_missing: bool | None = None
    create_in: Destination | None = None
    only_contacts: bool = False
    visible_only: bool = False
    statuses: Statuses = field(default_factory=Statuses)
    campaigns: Campaigns = field(default_factory=Campaigns)
    values: ValueTable = field(default_factory=ValueTable)
    unlearned: tuple[Code, str] | None = None


_UNNAMED = frozenset({Code.UNKNOWN_STATUS, Code.UNKNOWN_CAMPAIGN})

_WAITS = (
    "Row {} of this contact asks that calls stop, and it cannot be used as it stands. "
    "Correct that row, or take it out, then send this one again."
)


def make_plan(table: Table, columns: Columns, options: PlanOptions) -> Plan:
    """Plan a table by the names that are known already."""
    return decide(ReadRows(table, columns, options), options)


def decide(read: ReadRows, options: PlanOptions) -> Plan:
    """Decide what becomes of every row, by the names in `options`."""
    by_status = ColumnParser(options.values.reading("status", options.statuses.read), same=lambda status: status.name)
    by_campaign = ColumnParser(options.values.reading("campaign", options.campaigns.read), same=str.casefold)
    rows, not_understood = _decided(read, options, by_status, by_campaign)
    statuses, campaigns = tuple(status.name for status in by_status.values), tuple(by_campaign.values)

    def change(place: int) -> Change:
        return own_change(rows, place, statuses, campaigns)

    held = _refuse_starts(read, rows, statuses, options)
    leader, combined = settle_groups(rows, change, statuses, options)
    leader[list(held)] = list(held.values())
    places = np.flatnonzero(rows.code == SENDABLE)
    kinds = _kinds(rows, places, combined, statuses, options)
    order = np.argsort(kinds, kind="stable") if options.order == "safest" else np.arange(len(kinds))
    return Plan(
        rows=rows,
        first_row=read.first_row,
        leader=leader,
        sequence=places[order],
        kinds=kinds[order],
        combined=combined,
        statuses=statuses,
        campaigns=campaigns,
        contact_ids=tuple(read.contacts.ids),
        facts=read.facts,
        stops={name: _stops(name, options) for name in statuses},
        dnc=frozenset(name for name in statuses if options.statuses.means_dnc(name)),
        create_in=options.create_in,
        not_understood=not_understood,
    )


def _decided(
    read: ReadRows, options: PlanOptions, by_status: ColumnParser[Any], by_campaign: ColumnParser[Any]
) -> tuple[RowDecisions, tuple[NotUnderstood, ...]]:
    """What becomes of each row by itself, and the texts that say nothing known."""
    errors = RowErrors()
    errors.take_in(read.errors, 0)
    status = meant(read.rows.status, read.statuses, by_status, "status", errors)
    campaign = meant(read.rows.campaign, read.campaigns, by_campaign, "campaign", errors)
    code, reasons = read.rows.code.copy(), dict(read.rows.reasons)
    read_status = options.values.reading("status", options.statuses.read)
    for place, row in read.remarks.items():
        if place not in reasons:
            said = commented_out(row, read.columns.fields, read_status)
            code[place] = NUMBER[Code.UNREADABLE_ROW if said else Code.BLANK]
            reasons[place] = f"Row {read.first_row + place}: {COMMENTED_OUT.format(said)}" if said else REMARK
    for place, why, sentence in errors.told(read.columns, read.first_row):
        fate = options.unlearned if options.unlearned and why in _UNNAMED else (why, sentence)
        code[place], reasons[place] = NUMBER[fate[0]], fate[1]
    rows = replace(read.rows, code=code, status=status, campaign=campaign, reasons=reasons)
    return rows, () if options.unlearned else errors.not_understood()


def _refuse_starts(
    read: ReadRows, rows: RowDecisions, statuses: tuple[str, ...], options: PlanOptions
) -> dict[int, int]:
    """Refuse the rows that start outreach for a contact whom another row, which cannot be used, wants left alone.

    Gives their places, each with that of the other row. A status in words ("never call again") is no status to send,
    and yet it says what somebody wants.
    """
    known = options.statuses
    stops = np.array([known.is_terminal(name) for name in statuses] + [False])[rows.status]
    starts = np.array([known.may_restart(name) for name in statuses] + [False])[rows.status]
    unknown = np.flatnonzero((rows.code == NUMBER[Code.UNKNOWN_STATUS]) & (read.rows.status > BLANK))
    texts, which = np.unique(read.rows.status[unknown], return_inverse=True)
    stops[unknown] = np.array([known.says_never(read.statuses[at]) for at in texts.tolist()], dtype=np.bool_)[which]
    held = held_back(rows, stops, starts | ((rows.campaign > BLANK) & ~stops), options.on_conflict)
    for place, stop in held.items():
        rows.code[place] = NUMBER[Code.CONFLICT]
        rows.reasons[place] = _WAITS.format(read.first_row + stop)
    return held


def _kinds(
    rows: RowDecisions,
    places: NDArray[np.int64],
    combined: dict[int, Change],
    statuses: tuple[str, ...],
    options: PlanOptions,
) -> NDArray[np.int8]:
    by_status = np.array([options.statuses.kind_of(name) for name in statuses] + [Kind.REST], dtype=np.int8)
    kinds = by_status[rows.status[places]]
    at = np.searchsorted(places, np.fromiter(combined, dtype=np.int64, count=len(combined)))
    kinds[at] = [options.statuses.kind_of(change.status) for change in combined.values()]
    return kinds


def _stops(status: str, options: PlanOptions) -> bool | None:
    """Whether a status stops outreach; None: nobody knows."""
    if options.statuses.is_terminal(status):
        return None if options.statuses.may_restart(status) else True
    return False
