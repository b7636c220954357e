"""What the API lists of statuses and campaigns: as a run holds it, as its ledger notes it, and as a file keeps it.

The file is there for `--offline`, for a day: one per address and key, for its owner only, named by a fingerprint. It
holds neither.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.model import Campaign, Listing, Status
from bulk_sync.private import make_private, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

STATUSES, CAMPAIGNS = "statuses", "campaigns"

LONGEST = 86_400.0
"""Seconds for which names may be gone by without asking."""

_AHEAD = 3_600.0
"""Seconds by which a file may seem to come from the future: somebody has set the clock."""


@dataclass(frozen=True, slots=True)
class Listings:
    """What the API lists, of each kind; None: it was not asked for."""

    statuses: Listing[Status] | None = None
    campaigns: Listing[Campaign] | None = None

    def lacking(self, kinds: Iterable[str]) -> frozenset[str]:
        """Those of these kinds that were not asked for."""
        return frozenset(kind for kind in kinds if getattr(self, kind) is None)

    def joined(self, other: Listings) -> Listings:
        """These, and the others where these were not asked for."""
        return Listings(self.statuses or other.statuses, self.campaigns or other.campaigns)

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
    def from_json(cls, found: Mapping[str, Any]) -> Listings:
        """What `as_json` wrote; what is damaged, or was written by another version, is as if it were not there."""
        try:
            return cls._read(found)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    @classmethod
    def _read(cls, found: Mapping[str, Any]) -> Listings:
        return cls(
            _listed(found.get(STATUSES), lambda name, labels, terminal: Status(name, tuple(labels), terminal=terminal)),
            _listed(found.get(CAMPAIGNS), lambda campaign_id, name, paused: Campaign(campaign_id, name, paused=paused)),
        )


def none_of(kinds: Iterable[str], why_not: str) -> Listings:
    """That these kinds are not known, and why."""
    return Listings(
        Listing(why_not=why_not) if STATUSES in kinds else None,
        Listing(why_not=why_not) if CAMPAIGNS in kinds else None,
    )


def _listed(found: Mapping[str, Any] | None, entry: Callable[..., Any]) -> Listing[Any] | None:
    if found is None:
        return None
    return Listing(tuple(entry(*each) for each in found["entries"]), why_not=str(found["why_not"]))


class ListingCache:
    """What is kept for one address and key in the state folder. `now`: seconds since the epoch."""

    def __init__(self, folder: Path, base_url: str, key: str) -> None:
        name = hashlib.sha256(f"{base_url.strip().rstrip('/')}\n{key}".encode()).hexdigest()[:16]
        self._path = folder / "names" / f"{name}.json"

    def keep(self, listings: Listings, now: float) -> None:
        """Keep what was read just now, beside what is kept of another kind; where that fails, nothing is kept."""
        known = {kind: entry for kind, entry in listings.as_json().items() if not entry["why_not"]}
        if not known:
            return
        with contextlib.suppress(OSError):
            make_private(self._path.parent)
            whole = self._whole() | {kind: {"read": now, **entry} for kind, entry in known.items()}
            write_whole(self._path, json.dumps(whole))

    def listings(self, kinds: Iterable[str], now: float) -> tuple[Listings, float]:
        """What is kept of these kinds and not too old, and the age of the oldest of it in seconds."""
        fresh, ages = {}, [0.0]
        for kind, entry in self._whole().items():
            with contextlib.suppress(KeyError, TypeError, ValueError):
                age = now - float(entry["read"])
                if kind in kinds and -_AHEAD <= age <= LONGEST:
                    fresh[kind] = entry
                    ages.append(age)
        return Listings.from_json(fresh), max(ages)

    def _whole(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
