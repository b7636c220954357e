"""What is known of the names of statuses and campaigns, and how is it written down?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.model import Campaign, Listed, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

STATUSES, CAMPAIGNS = "statuses", "campaigns"


@dataclass(frozen=True, slots=True)
class Names:
    """What the API lists, of each kind; None: it was not asked for."""

    statuses: Listed[Status] | None = None
    campaigns: Listed[Campaign] | None = None

    def lacking(self, kinds: Iterable[str]) -> frozenset[str]:
        """Those of these kinds that were not asked for."""
        return frozenset(kind for kind in kinds if getattr(self, kind) is None)

    def joined(self, other: Names) -> Names:
        """These, and the others where these were not asked for."""
        return Names(self.statuses or other.statuses, self.campaigns or other.campaigns)

    def as_json(self) -> dict[str, Any]:
        """The same as a ledger or a file holds it."""
        found: dict[str, Any] = {}
        if self.statuses is not None:
            entries = [[each.name, list(each.labels), each.terminal] for each in self.statuses.entries]
            found[STATUSES] = {"entries": entries, "why_not": self.statuses.why_not}
        if self.campaigns is not None:
            listed = [[each.id, each.name, each.paused] for each in self.campaigns.entries]
            found[CAMPAIGNS] = {"entries": listed, "why_not": self.campaigns.why_not}
        return found

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Names:
        """What `as_json` wrote; what is damaged, or was written by another version, is as if it were not there."""
        try:
            return cls._read(found)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    @classmethod
    def _read(cls, found: Mapping[str, Any]) -> Names:
        return cls(
            _listed(found.get(STATUSES), lambda name, labels, terminal: Status(name, tuple(labels), terminal=terminal)),
            _listed(found.get(CAMPAIGNS), lambda campaign_id, name, paused: Campaign(campaign_id, name, paused=paused)),
        )


def none_of(kinds: Iterable[str], why_not: str) -> Names:
    """That these kinds are not known, and why."""
    return Names(
        Listed(why_not=why_not) if STATUSES in kinds else None, Listed(why_not=why_not) if CAMPAIGNS in kinds else None
    )


def _listed(found: Mapping[str, Any] | None, entry: Callable[..., Any]) -> Listed[Any] | None:
    if found is None:
        return None
    return Listed(tuple(entry(*each) for each in found["entries"]), why_not=str(found["why_not"]))
