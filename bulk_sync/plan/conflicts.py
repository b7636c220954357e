"""Conflicts: what becomes of rows that name the same contact: of one group (`settle`), and of all groups of a table.

Rows that say the same make one call. Rows that complete each other make one call too, which carries what all of them
say; but a campaign move never travels with a DNC, for a move schedules new outreach. Rows that contradict each other
are settled by `--on-conflict`; under `safest`, DNC wins, then what means do-not-call as well, then any status that
stops outreach, then the last row. And where a row that stops outreach cannot be used as it stands, the rows of its
contact that start outreach wait until it is corrected (`held_back`).

`settle` is asked once for each shape of a group: what its rows' statuses do to outreach, and which rows name the same
status or campaign. And of the rows of a group that say the same it is shown only the first and the last; those between
share the last one's fate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bulk_sync.errors import Code, Result
from bulk_sync.model import DNC, Change, Kind
from bulk_sync.plan.row_decisions import CODES, NUMBER, SENDABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bulk_sync.plan.planning import OnConflict, PlanOptions
    from bulk_sync.plan.row_decisions import RowDecisions
    from bulk_sync.plan.status import Statuses


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a row of a group: its code, and the row it depends on (that carries it, equals it or beat it)."""

    code: Code
    because_of: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A group of rows of one contact: the row that is sent (None: none), its change, and the fate of the others.

    `is_combined`: the change is not what that row says by itself.
    """

    sent: int | None
    change: Change
    others: Mapping[int, Verdict]
    is_combined: bool = False


Said = Mapping[str, object]
"""What a row says of each field that it sets, such that equal ones are the same."""


def settle(rows: Sequence[tuple[int, Change]], policy: OnConflict, statuses: Statuses) -> Settled:
    """Settle the rows of one contact: `rows` are (position, change) in the order of the file, two or more of them."""
    changes = dict(rows)
    said = {row: _said_by(change) for row, change in rows}
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
            whole = {**changes[row].said, **whole}
        # what a beaten row says still stands in the way of those below it: its word on the status was the better one
        standing = {**said[row], **standing}
    sent = min(kept)
    change = Change(**whole)  # type: ignore[arg-type]  # status and campaign are texts
    return Settled(sent, change, _fates(said, kept, beaten, sent, statuses), is_combined=whole != changes[sent].said)


def _fates(
    said: Mapping[int, Said], kept: Sequence[int], beaten: Sequence[int], sent: int, statuses: Statuses
) -> dict[int, Verdict]:
    """What becomes of the rows that are not sent, each with the row that it should be told of."""
    fates: dict[int, Verdict] = {}
    firsts: dict[object, int] = {}
    for row in sorted(kept):
        first = firsts.setdefault(frozenset(said[row].items()), row)
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


def _severity(status: str | None, statuses: Statuses) -> int:
    """How far a status goes in stopping outreach: DNC itself, what means the same, what stops it, and all the rest."""
    return -1 if status == DNC else min(statuses.kind_of(status), Kind.REST)


def _ranked(rows: Sequence[tuple[int, Change]], policy: OnConflict, statuses: Statuses) -> list[int]:
    """The rows, those that win first."""
    order = list(rows if policy == "first" else reversed(rows))
    if policy not in {"first", "last"}:
        order.sort(key=lambda entry: _severity(entry[1].status, statuses))
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
    return any(other.get(field, value) != value for field, value in said.items())


def _contradictions(said: Mapping[int, Said]) -> dict[int, int]:
    """The rows that contradict another, each with the first that it contradicts."""
    first_says: dict[str, dict[object, int]] = {}
    for row, values in said.items():
        for field, value in values.items():
            first_says.setdefault(field, {}).setdefault(value, row)
    apart = {}
    for row, values in said.items():
        others = [
            next(first for other, first in first_says[field].items() if other != value)
            for field, value in values.items()
            if len(first_says[field]) > 1
        ]
        if others:
            apart[row] = min(others)
    return apart


def _said_by(change: Change) -> Said:
    """What a change says: campaign IDs in any case, variables in any order."""
    said = dict(change.said)
    if change.campaign is not None:
        said["campaign"] = change.campaign.casefold()
    if change.variables is not None:
        said["variables"] = frozenset(change.variables.items())
    return said


def settle_groups(
    rows: RowDecisions, change: Callable[[int], Change], statuses: Sequence[str], options: PlanOptions
) -> tuple[NDArray[np.int64], dict[int, Change]]:
    """Settle the rows of each contact that several rows name: `rows.code` changes in place.

    `change` says what a row asks for, `statuses` are the texts behind `rows.status`. Gives `leader` and `combined` as a
    `Plan` has them.
    """
    leader, combined = np.full(len(rows.code), -1, dtype=np.int64), dict[int, Change]()
    said = _said(rows)
    of_contact = said.groupby("contact", sort=False)["first"]
    are_alike = of_contact.transform("min") == of_contact.transform("max")
    again = said[are_alike & (said["place"] != said["first"])]
    rows.code[again["place"]] = NUMBER[Code.DUPLICATE]
    leader[again["place"]] = again["first"]
    differing = said[~are_alike]
    is_shown = (differing["place"] == differing["first"]) | (differing["place"] == differing["last"])
    fates: list[tuple[int, int, int]] = []
    for places, found, whole in _settled(differing[is_shown], change, statuses, options):
        fates += [(places[at], NUMBER[each.code], places[each.because_of]) for at, each in found.others.items()]
        if found.is_combined and found.sent is not None:
            combined[places[found.sent]] = whole
    at, codes, because_of = np.array(fates, dtype=np.int64).reshape(-1, 3).T
    rows.code[at], leader[at] = codes, because_of
    between = differing[~is_shown]
    rows.code[between["place"]] = rows.code[between["last"]]
    leader[between["place"]] = leader[between["last"]]
    return leader, combined


def held_back(
    rows: RowDecisions, stops: NDArray[np.bool_], starts: NDArray[np.bool_], policy: OnConflict
) -> dict[int, int]:
    """The places of rows that wait for another row of their contact, which stops outreach and has an error: its place.

    `stops`, `starts`: what the status and campaign of each row, sendable or not, do to outreach. Under `first` and
    `last` a row does not wait for one over which it would win.
    """
    unusable = np.flatnonzero(_IS_ERROR[rows.code] & stops & ((rows.contact >= 0) | (rows.phone > 0)))
    if not len(unusable):
        return {}
    waiting = np.flatnonzero((rows.code == SENDABLE) & starts)
    at = pd.Series(unusable, index=_contact(rows, unusable)).groupby(level=0).agg("max" if policy == "last" else "min")
    stop = pd.Series(_contact(rows, waiting)).map(at).to_numpy()
    waits = {"last": stop > waiting, "first": stop < waiting}.get(policy, stop >= 0)
    return dict(zip(waiting[waits].tolist(), stop[waits].astype(np.int64).tolist(), strict=True))


_IS_ERROR = np.array([code.result is Result.ERROR for code in CODES])


def _contact(rows: RowDecisions, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for the contact of each of some rows: below zero by its ID, above zero by its phone."""
    contact = rows.contact[places]
    found: NDArray[np.int64] = np.where(contact >= 0, -1 - contact, rows.phone[places])
    return found


def _said(rows: RowDecisions) -> pd.DataFrame:
    """What the sendable rows of each contact say that more than one of them names, in the order of the file.

    `first` and `last` are the places of those of the contact's rows that say the same; `is_special`: it says more than
    a status and a campaign, and is like none.
    """
    places = np.flatnonzero(rows.code == SENDABLE)
    said = pd.DataFrame({"place": places, "contact": _contact(rows, places)})
    said = said[said.duplicated("contact", keep=False)]
    at = said["place"].to_numpy()
    is_special = ((rows.contact[at] >= 0) & (rows.phone[at] > 0)) | np.isin(at, list(rows.extras))
    said = said.assign(status=rows.status[at], campaign=rows.campaign[at], is_special=is_special)
    said["like"] = said["place"].where(is_special, -1)
    alike = said.groupby(["contact", "status", "campaign", "like"], sort=False)["place"]
    return said.assign(first=alike.transform("first"), last=alike.transform("last"))


def _settled(
    said: pd.DataFrame, change: Callable[[int], Change], statuses: Sequence[str], options: PlanOptions
) -> Iterator[tuple[list[int], Settled, Change]]:
    """The places of each group of some rows, what becomes of the rows by their positions there, and what is sent."""
    severities = [*(_severity(name, options.statuses) for name in statuses), len(Kind)]  # the last: no status
    known: dict[tuple[tuple[int, int, int], ...], Settled] = {}
    said = said.sort_values("contact", kind="stable")
    columns = [said[name].tolist() for name in ("place", "status", "campaign", "is_special")]
    ends = np.flatnonzero(np.diff(said["contact"], append=0)) + 1
    for begin, end in pairwise([0, *ends.tolist()]):
        places, named, campaigns, are_special = (values[begin:end] for values in columns)
        if any(are_special):
            found = settle(list(enumerate(map(change, places))), options.on_conflict, options.statuses)
            yield places, found, found.change
            continue
        shape = tuple(
            (severities[status], named.index(status), campaigns.index(campaign) if campaign >= 0 else -1)
            for status, campaign in zip(named, campaigns, strict=True)
        )
        if shape not in known:
            known[shape] = settle(list(enumerate(map(change, places))), options.on_conflict, options.statuses)
        found = known[shape]
        yield places, found, _together(found, places, change) if found.is_combined else found.change


def _together(found: Settled, places: Sequence[int], change: Callable[[int], Change]) -> Change:
    """What the rows of a group say together that are not beaten: they agree."""
    beaten = {at for at, each in found.others.items() if each.code is Code.SUPERSEDED}
    said: dict[str, Any] = {}
    for at in set(range(len(places))) - beaten:
        said |= change(places[at]).said
    return Change(**said)
