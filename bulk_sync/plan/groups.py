"""Groups: the rows of one contact, found and settled together.

Where all of them say the same, the first is sent. Else `conflicts.settle` has the word. It is asked once for each
shape of a group: what it decides depends only on what the rows' statuses do to outreach, and on which rows name the
same status or campaign. And of the rows of a group that say the same it is shown only the first and the last; those
between share the last one's fate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from bulk_sync.errors import Code
from bulk_sync.model import Change
from bulk_sync.plan.conflicts import settle, severity
from bulk_sync.plan.row_decisions import NUMBER, SENDABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.plan.planning import PlanOptions
    from bulk_sync.plan.row_decisions import RowDecisions


@dataclass(slots=True)
class Groups:
    """What became of the rows that name a contact together with others.

    `leader`: as in `Plan`. `combined`: what the rows' calls carry, where that is not what the row itself says.
    """

    leader: np.ndarray[tuple[int], np.dtype[np.int64]]
    combined: dict[int, Change] = field(default_factory=dict)


def settle_groups(
    rows: RowDecisions, change: Callable[[int], Change], statuses: Sequence[str], options: PlanOptions
) -> Groups:
    """Settle the rows of each contact that several rows name: `rows.code` changes in place.

    `change` says what a row asks for, `statuses` are the texts behind `rows.status`.
    """
    found = Groups(np.full(len(rows.code), -1, dtype=np.int64))
    repeated = _repeated(rows)
    if repeated.empty:
        return found
    said = _compared(rows, repeated)
    of_contact = said.groupby("contact", sort=False)["first"]
    are_alike = of_contact.transform("min") == of_contact.transform("max")
    again = said[are_alike & (said["place"] != said["first"])]
    rows.code[again["place"]] = NUMBER[Code.DUPLICATE]
    found.leader[again["place"]] = again["first"]
    differing = said[~are_alike]
    is_shown = (differing["place"] == differing["first"]) | (differing["place"] == differing["last"])
    _Settling(rows, change, statuses, options, found).settle(differing[is_shown])
    between = differing[~is_shown]
    rows.code[between["place"]] = rows.code[between["last"]]
    found.leader[between["place"]] = found.leader[between["last"]]
    return found


def _repeated(rows: RowDecisions) -> pd.DataFrame:
    """The sendable rows of each contact that more than one of them names, in the order of the file, by `place`."""
    places = np.flatnonzero(rows.code == SENDABLE)
    contact = rows.contact[places]
    said = pd.DataFrame({"place": places, "contact": np.where(contact >= 0, -1 - contact, rows.phone[places])})
    return said[said.duplicated("contact", keep=False)]


def _compared(rows: RowDecisions, repeated: pd.DataFrame) -> pd.DataFrame:
    """What such rows say, and which of them say the same.

    `first` and `last` are the places of those of the contact's rows that say the same; `is_special`: it says more than
    a status and a campaign, and is like none.
    """
    said = repeated.copy()
    at = said["place"].to_numpy()
    said["status"], said["campaign"] = rows.status[at], rows.campaign[at]
    said["is_special"] = ((rows.contact[at] >= 0) & (rows.phone[at] > 0)) | said["place"].isin(rows.extras)
    said["like"] = said["place"].where(said["is_special"], -1)
    alike = said.groupby(["contact", "status", "campaign", "like"], sort=False)["place"]
    return said.assign(first=alike.transform("first"), last=alike.transform("last"))


class _Fate(NamedTuple):
    """What becomes of the rows of a group: their codes as numbers, and whom each depends on, by position; -1: nobody.

    `sent`: who is sent with another change than its own, and who says the status and the campaign of that.
    """

    codes: list[int]
    leaders: list[int]
    sent: tuple[int, int, int] | None


class _Settling:
    """Groups on their way, those of a shape by the example of the first."""

    def __init__(
        self,
        rows: RowDecisions,
        change: Callable[[int], Change],
        statuses: Sequence[str],
        options: PlanOptions,
        found: Groups,
    ) -> None:
        self._rows, self._change, self._options, self._found = rows, change, options, found
        self._severities = [severity(name, options.statuses) for name in statuses]
        self._fates: dict[tuple[tuple[int, int, int], ...], _Fate] = {}

    def settle(self, said: pd.DataFrame) -> None:
        """Settle the groups of these rows."""
        said = said.sort_values("contact", kind="stable")
        ends = np.flatnonzero(np.diff(said["contact"], append=0)) + 1
        columns = ("place", "status", "campaign", "is_special")
        places, statuses, campaigns, specials = (said[name].tolist() for name in columns)
        codes: list[int] = []
        leaders: list[int] = []
        begin = 0
        for end in ends.tolist():
            members = places[begin:end]
            if any(specials[begin:end]):
                fate = self._settled(members)
            else:
                fate = self._like_others(members, statuses[begin:end], campaigns[begin:end])
            codes += fate.codes
            leaders += [members[at] if at >= 0 else -1 for at in fate.leaders]
            begin = end
        self._rows.code[places], self._found.leader[places] = codes, leaders

    def _like_others(self, members: list[int], statuses: list[int], campaigns: list[int]) -> _Fate:
        """The fate of a group whose rows say a status and a campaign and no more."""
        shape = tuple(
            (self._severities[status], statuses.index(status), campaigns.index(campaign) if campaign >= 0 else -1)
            if status >= 0
            else (-1, -1, campaigns.index(campaign) if campaign >= 0 else -1)
            for status, campaign in zip(statuses, campaigns, strict=True)
        )
        fate = self._fates.get(shape)
        if fate is None:
            fate = self._fates[shape] = self._settled(members)
        if fate.sent is not None:
            sent, *saying = (members[at] for at in fate.sent)
            status, campaign = map(self._change, saying)
            self._found.combined[sent] = Change(status=status.status, campaign=campaign.campaign)
        return fate

    def _settled(self, members: list[int]) -> _Fate:
        """The fate of a group by itself."""
        changes = [self._change(place) for place in members]
        settled = settle(list(zip(members, changes, strict=True)), self._options.on_conflict, self._options.statuses)
        position = {place: at for at, place in enumerate(members)}
        verdicts = [settled.others.get(place) for place in members]
        sent = None
        if settled.sent is not None and settled.change != changes[position[settled.sent]]:
            self._found.combined[settled.sent] = settled.change
            status = [change.status for change in changes].index(settled.change.status)
            campaign = [change.campaign for change in changes].index(settled.change.campaign)
            sent = position[settled.sent], status, campaign
        return _Fate(
            [NUMBER[verdict.code] if verdict else SENDABLE for verdict in verdicts],
            [position[verdict.because_of] if verdict else -1 for verdict in verdicts],
            sent,
        )
