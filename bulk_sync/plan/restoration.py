"""The restoration of contacts: what would put back what a run has changed.

A run's ledger knows what each call wrote and, where the run had read it, what stood there before. Of each contact, only
the status and the campaign can be put back, and only where both are known. Whether it still stands as the run left it,
only the API can tell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.fields import FIELDS
from bulk_sync.model import Change, Kind
from bulk_sync.plan.plan import Plan
from bulk_sync.plan.row_decisions import NUMBER, SENDABLE, RowDecisions
from bulk_sync.plan.status import Statuses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from bulk_sync.model import Outcome, Update

_SUCCESSES = frozenset({Code.UPDATED, Code.CREATED})

_NOT_LEARNED = "{}: previous value unknown, as the run did not read it"
_NOT_KEPT = "{}: previous value not recorded"
_STAYS = "campaign: it stays, as moving a contact that goes back to DNC would schedule new outreach"
_REST = (*FIELDS, "variables")
_CREATED = "the run created this contact, and the API cannot take it away"


@dataclass(frozen=True, slots=True)
class Restoration:
    """One contact that a run has changed.

    `rows`: the rows that did, as a spreadsheet numbers them; `phone` (E.164) and `contact_id`: what it is known by.
    `wrote`: what the run left there; `back`: what is to be put back, nothing where that is not known or would change
    nothing. `note`: what cannot be put back, and why.
    """

    rows: tuple[int, ...]
    phone: str | None
    contact_id: str | None
    wrote: Change
    back: Change
    note: str


def restorations(settled: Iterable[tuple[Update, Outcome]], first_row: int) -> list[Restoration]:
    """The contacts that a run has changed, in the order of its rows; several calls to one contact become one.

    `settled`: the updates that were settled, by row. Those that failed, or that an earlier run had sent, are left out.
    """
    groups: list[list[tuple[Update, Outcome]]] = []
    by_name: dict[str, list[tuple[Update, Outcome]]] = {}
    for update, outcome in settled:
        if outcome.code not in _SUCCESSES or outcome.run is not None:
            continue
        names = [name.casefold() for name in (_id(update, outcome), _phone(update, outcome)) if name]
        group = next((by_name[name] for name in names if name in by_name), None)
        if group is None:
            groups.append(group := [])
        group.append((update, outcome))
        by_name |= dict.fromkeys(names, group)
    return [_restoration(group, first_row) for group in groups]


def plan_of(rows: Sequence[Restoration], first_row: int) -> Plan:
    """The calls that put back, a place for each of `rows`; those with nothing to put back say why.

    A contact is named by its number where that is known: whose it is, is checked before anything is sent.
    """
    status, statuses = _numbered(row.back.status for row in rows)
    campaign, campaigns = _numbered(row.back.campaign for row in rows)
    contact, ids = _numbered(None if row.phone else row.contact_id for row in rows)
    decided = RowDecisions(
        code=np.array([SENDABLE if row.back else _left(row)[0] for row in rows], dtype=np.int8),
        phone=np.array([int((row.phone or "0").lstrip("+")) for row in rows], dtype=np.int64),
        contact=contact,
        status=status,
        campaign=campaign,
        twofold=np.zeros(len(rows), dtype=np.bool_),
        reasons={place: _left(row)[1] for place, row in enumerate(rows) if not row.back},
    )
    places = np.flatnonzero(decided.code == SENDABLE)
    kinds = np.array([_kind(rows[place].back.status) for place in places.tolist()], dtype=np.int8)
    order = np.argsort(kinds, kind="stable")
    return Plan(
        rows=decided,
        first_row=first_row,
        leader=np.full(len(rows), -1, dtype=np.int64),
        sequence=places[order],
        kinds=kinds[order],
        combined={},
        statuses=statuses,
        campaigns=campaigns,
        contact_ids=ids,
    )


def starts_outreach(back: Change, dnc: DncStatuses) -> bool:
    """Whether putting this back could have somebody called: a move, or a status that may not stop outreach."""
    if back.campaign is not None:
        return True
    return back.status is not None and back.status not in dnc and _kind(back.status) is Kind.RESTARTS


def without(plan: Plan, settled: Mapping[int, tuple[Code, str]]) -> Plan:
    """The same plan, in which the rows at these places are not sent: each has its code and its sentence already."""
    code, reasons = plan.rows.code.copy(), dict(plan.rows.reasons)
    for place, (why, sentence) in settled.items():
        code[place], reasons[place] = NUMBER[why], sentence
    stays = code[plan.sequence] == SENDABLE
    rows = replace(plan.rows, code=code, reasons=reasons)
    return replace(plan, rows=rows, sequence=plan.sequence[stays], kinds=plan.kinds[stays])


def _numbered(texts: Iterable[str | None]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """A number for each text, -1 for none, and the distinct texts behind the numbers."""
    numbers, distinct = pd.factorize(np.array(list(texts), dtype=object))
    return numbers.astype(np.int32), tuple(distinct)


def _kind(status: str | None) -> Kind:
    """What putting a status back does; one of the team's own, of which nobody knows, goes last as if it restarted."""
    known = Statuses()
    return Kind.RESTARTS if status is not None and known.may_restart(status) else known.kind_of(status)


def _left(row: Restoration) -> tuple[int, str]:
    """Why nothing is put back for this contact: a code's number, and a sentence."""
    if not row.note:
        return NUMBER[Code.UNCHANGED], "The run left this contact as it was."
    return NUMBER[Code.UNKNOWN_PREVIOUS], f"Nothing can be put back here: {row.note}."


def _restoration(group: list[tuple[Update, Outcome]], first_row: int) -> Restoration:
    """One contact's: back to what stood before the first of the calls, from what the last of them wrote."""
    calls = sorted(group, key=lambda call: (call[1].at or 0.0, call[0].row))
    wrote, before, notes = {}, {}, []
    for name in ("status", "campaign"):
        written = [
            (getattr(update.change, name), getattr(outcome, f"previous_{name}"))
            for update, outcome in calls
            if getattr(update.change, name) is not None
        ]
        if not written:
            continue
        wrote[name], previous = written[-1][0], written[0][1]
        if previous is None:
            notes.append(_NOT_LEARNED.format(name))
        elif previous.casefold() != wrote[name].casefold():
            before[name] = previous
    if before.get("status") in DncStatuses() and before.pop("campaign", None):
        notes.append(_STAYS)
    if rest := _rest([update.change for update, _ in calls]):
        notes.append(_NOT_KEPT.format(", ".join(rest)))
    if any(outcome.code is Code.CREATED for _, outcome in calls):
        notes.append(_CREATED)
    return Restoration(
        tuple(sorted(update.row + first_row for update, _ in calls)),
        next((phone for call in reversed(calls) if (phone := _phone(*call))), None),
        next((contact_id for call in reversed(calls) if (contact_id := _id(*call))), None),
        Change(**wrote),
        Change(**before),
        "; ".join(notes),
    )


def _rest(changes: Collection[Change]) -> list[str]:
    """What else was set, in the words of a sheet."""
    said = {name for change in changes for name in change.said} - {"status", "campaign"}
    return [f"the {FIELDS[name].noun}" if name in FIELDS else "the variables" for name in _REST if name in said]


def _phone(update: Update, outcome: Outcome) -> str | None:
    """The number by which the contact is known since: a run may have given it a new one."""
    return update.change.phone or outcome.phone or update.phone


def _id(update: Update, outcome: Outcome) -> str | None:
    return update.contact_id or outcome.contact_id
