"""Which rows name the same contact, and what becomes of them?

`duplicates.settle` has the word. It is asked once for each shape of a group, not for each group: what it decides
depends only on what the rows' statuses do to outreach, and on which rows name the same status or campaign. And of the
rows of a group that say the same it is shown only the first and the last; those between share the last one's fate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.model import Change
from bulk_sync.plan.duplicates import settle, severity
from bulk_sync.plan.rows import NUMBER, SENDABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from bulk_sync.plan.rows import Decided
    from bulk_sync.plan.rules import Rules

MANY = 100_000
"""Rows from which on pandas finds those of a contact by its hash tables; its import is lost time for fewer."""

_SEVERITIES = 5
"""How many kinds of status the shape of a group tells apart, none among them."""

_MOST_OF_A_SHAPE = 7
"""Rows; larger groups are seldom alike, and the numbers of their shapes would not fit into 63 bits."""


@dataclass(slots=True)
class Groups:
    """What became of the rows that name a contact together with others.

    `leader`: as in `Plan`. `combined`: what the rows' calls carry, where that is not what the row itself says.
    """

    leader: NDArray[np.int64]
    combined: dict[int, Change] = field(default_factory=dict)


def settle_groups(rows: Decided, change: Callable[[int], Change], statuses: Sequence[str], rules: Rules) -> Groups:
    """Settle the rows of each contact that several rows name: `rows.code` changes in place.

    `change` says what a row asks for, `statuses` are the texts behind `rows.status`.
    """
    found = Groups(np.full(len(rows.code), -1, dtype=np.int64))
    places, group = _repeated(rows)
    if len(places):
        instruction, special = _instructions(rows, places)
        shown, standing_for = _firsts_and_lasts(group, instruction)
        settling = _Settling(rows, change, statuses, rules, found)
        settling.settle(places[shown], group[shown], special[shown])
        rows.code[places] = rows.code[places[standing_for]]
        found.leader[places] = found.leader[places[standing_for]]
    return found


def _repeated(rows: Decided) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sendable rows of each contact that more than one of them names, group by group in the order of the file.

    Returns their places and, for each, the number of its group, ascending.
    """
    places = np.flatnonzero(rows.code == SENDABLE)
    contact = rows.contact[places]
    key = np.where(contact >= 0, -1 - contact, rows.phone[places])
    # sorting takes half the memory of a table of all keys, and no more time
    in_order = np.sort(key)
    again = in_order[1:][in_order[1:] == in_order[:-1]]
    if not len(again):
        return places[:0], key[:0]
    repeated = _among(key, again)
    places, key = places[repeated], key[repeated]
    _, group = np.unique(key, return_inverse=True)
    order = np.argsort(group, kind="stable")
    return places[order], group[order].astype(np.int64)


def _among(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the keys are among those wanted."""
    if len(keys) < MANY:
        return np.isin(keys, wanted)
    import pandas as pd  # noqa: PLC0415  # a third of a second that only long files earn back

    return pd.Series(keys).isin(wanted).to_numpy()


def _instructions(rows: Decided, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """A number for what each row says, the same where they say the same; and which say more than status and campaign.

    The latter have a number each, below 0.
    """
    special = (rows.contact[places] >= 0) & (rows.phone[places] > 0)
    if rows.extras:
        special |= np.isin(places, np.fromiter(rows.extras, dtype=np.int64))
    campaign = rows.campaign[places].astype(np.int64) + 1
    said = (rows.status[places].astype(np.int64) + 1) * (int(campaign.max()) + 1) + campaign
    return np.where(special, -1 - places, said), special


def _firsts_and_lasts(
    group: NDArray[np.int64], instruction: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which rows are the first or the last of a group to say what they say.

    And for each row, given one behind the other by group, one of them: itself, or the last that says the same.
    """
    order = np.lexsort((instruction, group))
    new = np.ones(len(order) + 1, dtype=np.bool_)
    new[1:-1] = (group[order][1:] != group[order][:-1]) | (instruction[order][1:] != instruction[order][:-1])
    first, last = order[new[:-1]], order[new[1:]]
    shown = np.zeros(len(order), dtype=np.bool_)
    shown[first] = shown[last] = True
    standing_for = np.empty(len(order), dtype=np.int64)
    standing_for[order] = np.repeat(last, np.diff(np.flatnonzero(new)))
    standing_for[shown] = np.flatnonzero(shown)
    return shown, standing_for


class _Settling:
    """Groups on their way: those of a common shape together, others one by one."""

    def __init__(
        self, rows: Decided, change: Callable[[int], Change], statuses: Sequence[str], rules: Rules, found: Groups
    ) -> None:
        self._rows, self._change, self._rules, self._found = rows, change, rules, found
        self._effects = rules.statuses.is_terminal, rules.statuses.means_dnc
        # 4: no status; a shape must tell it from one that restarts outreach
        self._severities = np.array([*(severity(name, *self._effects) for name in statuses), 4], dtype=np.int64)

    def settle(self, places: NDArray[np.int64], group: NDArray[np.int64], special: NDArray[np.bool_]) -> None:
        """Settle groups of rows, given one behind the other."""
        begins = np.flatnonzero(np.diff(group, prepend=-1))
        sizes = np.diff(begins, append=len(group))
        alone = (sizes > _MOST_OF_A_SHAPE) | np.logical_or.reduceat(special, begins)
        for size in np.flatnonzero(np.bincount(sizes[~alone])).tolist():
            members = places[begins[(sizes == size) & ~alone][:, None] + np.arange(size)]
            self._settle_alike(members, self._shapes(members))
        for begin, size in zip(begins[alone].tolist(), sizes[alone].tolist(), strict=True):
            self._settle_alone(places[begin : begin + size].tolist())

    def _shapes(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """A number for the shape of each group (a row of places)."""
        status, campaign = self._rows.status[members], self._rows.campaign[members]
        labels = members.shape[1] + 1
        shape = np.zeros(len(members), dtype=np.int64)
        for at in range(members.shape[1]):
            kind = self._severities.take(status[:, at])
            said = (kind * labels + _first_alike(status, at)) * labels + _first_alike(campaign, at)
            shape = shape * (_SEVERITIES * labels**2) + said
        return np.unique(shape, return_inverse=True)[1].astype(np.int64)

    def _settle_alike(self, members: NDArray[np.int64], shape: NDArray[np.int64]) -> None:
        """Settle groups of one size, an example of each shape for all of it."""
        _, examples = np.unique(shape, return_index=True)
        code = np.full((len(examples), members.shape[1]), SENDABLE, dtype=np.int8)
        leader = np.full(code.shape, -1, dtype=np.int64)
        merged: dict[int, tuple[int, int, int]] = {}
        for number, example in enumerate(members[examples].tolist()):
            changes = [self._change(place) for place in example]
            settled = settle(list(enumerate(changes)), self._rules.on_conflict, *self._effects)
            for at, verdict in settled.others.items():
                code[number, at], leader[number, at] = NUMBER[verdict.code], verdict.because_of
            if settled.sent is not None and settled.change != changes[settled.sent]:
                status = [change.status for change in changes].index(settled.change.status)
                campaign = [change.campaign for change in changes].index(settled.change.campaign)
                merged[number] = settled.sent, status, campaign
        self._rows.code[members] = code[shape]
        behind = leader[shape]
        self._found.leader[members] = np.where(behind >= 0, np.take_along_axis(members, np.maximum(behind, 0), 1), -1)
        self._merge(members, shape, merged)

    def _merge(
        self, members: NDArray[np.int64], shape: NDArray[np.int64], merged: Mapping[int, tuple[int, int, int]]
    ) -> None:
        """Note what the calls carry that carry more than their own row: which member it is that says so."""
        change = cache(lambda status, campaign: Change(status=status, campaign=campaign))
        for at in np.flatnonzero(np.isin(shape, list(merged))).tolist():
            sent, *saying = members[at, merged[int(shape[at])]].tolist()
            status, campaign = map(self._change, saying)
            self._found.combined[sent] = change(status.status, campaign.campaign)

    def _settle_alone(self, places: list[int]) -> None:
        changes = [(place, self._change(place)) for place in places]
        settled = settle(changes, self._rules.on_conflict, *self._effects)
        for place, verdict in settled.others.items():
            self._rows.code[place] = NUMBER[verdict.code]
            self._found.leader[place] = verdict.because_of
        if settled.sent is not None and settled.change != self._change(settled.sent):
            self._found.combined[settled.sent] = settled.change


def _first_alike(numbers: NDArray[np.integer], at: int) -> NDArray[np.int64]:
    """For each row of numbers, which is the first that equals the one at `at`, counted from 1; 0 where that is none."""
    first: NDArray[np.int64] = (numbers[:, : at + 1] == numbers[:, at : at + 1]).argmax(axis=1) + 1
    return np.where(numbers[:, at] >= 0, first, 0)
