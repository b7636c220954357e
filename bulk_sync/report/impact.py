"""The impact of updates on the people they are about, counted by status and campaign, before and after. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bulk_sync.fields import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.model import Change

_RESCHEDULES = tuple(name for name, field in TEXTS.items() if field.reschedules)

Step = tuple[str | None, str]
"""From (None: nobody knows) and to."""

NEW = "new"
"""From where a contact comes that is made."""


@dataclass(slots=True)
class Impact:
    """What some updates do. `stopping`: the statuses that stop outreach.

    `transitions` and `moves` count contacts by status and by campaign before and after; `stops` and `restarts` those
    whose status changes to one that stops outreach, or to one that does not; `rescheduled` those that change campaign
    or time zone. `campaigns`: names by ID in lower case, as far as they are known.
    """

    stopping: frozenset[str]
    transitions: Counter[Step] = field(default_factory=Counter)
    moves: Counter[Step] = field(default_factory=Counter)
    stops: int = 0
    restarts: int = 0
    rescheduled: int = 0
    campaigns: Mapping[str, str] = field(default_factory=dict)

    def add(self, change: Change, status: str | None, campaign: str | None, times: int = 1) -> None:
        """Count an update (or several); `status` and `campaign` stood there before, None where nobody knows."""
        if change.status is not None and change.status != status:
            self.transitions[status, change.status] += times
            if change.status in self.stopping:
                self.stops += times
            else:
                self.restarts += times
        moves = change.campaign is not None and change.campaign.casefold() != (campaign or "").casefold()
        if change.campaign is not None and moves:
            self.moves[campaign, change.campaign] += times
        self.rescheduled += times * (moves or any(name in change.said for name in _RESCHEDULES))

    def as_json(self) -> dict[str, object]:
        """The same for machines."""
        return {
            "stop_outreach": self.stops,
            "restart_outreach": self.restarts,
            "move_or_reschedule": self.rescheduled,
            "statuses": _steps(self.transitions),
            "campaigns": _steps(self.moves),
        }

    def named(self, campaign: str | None) -> str | None:
        """A campaign's name, as far as it is known; a status is itself."""
        return None if campaign is None else self.campaigns.get(campaign.casefold(), campaign)


def by_count(counted: Mapping[Step, int]) -> list[tuple[Step, int]]:
    """Changes and how many contacts they are of, the most first."""
    return sorted(counted.items(), key=lambda item: (-item[1], item[0][1], item[0][0] or ""))


def _steps(counted: Mapping[Step, int]) -> list[dict[str, object]]:
    return [{"from": before, "to": after, "contacts": count} for (before, after), count in by_count(counted)]
