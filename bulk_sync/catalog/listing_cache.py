"""The cache of what the API lists of statuses and campaigns, for `--offline` and for a day; and the same as JSON.

One note per address and key where ledgers are (in the state folder a file), named by a fingerprint. It holds neither.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

from bulk_sync.ledger.notes import Note
from bulk_sync.model import CAMPAIGNS, STATUSES, Campaign, Listing, Listings, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bulk_sync.ledger.place import Place

LONGEST = 86_400.0
"""Seconds for which names may be gone by without asking."""

_AHEAD = 3_600.0
"""Seconds by which a file may seem to come from the future: somebody has set the clock."""


def as_json(listings: Listings) -> dict[str, Any]:
    """Listings as a ledger or a file holds them."""
    found: dict[str, Any] = {}
    if listings.statuses is not None:
        entries = [[each.name, list(each.labels), each.terminal] for each in listings.statuses.entries]
        found[STATUSES] = {"entries": entries, "why_not": listings.statuses.why_not}
    if listings.campaigns is not None:
        listed = [[each.id, each.name, each.paused] for each in listings.campaigns.entries]
        found[CAMPAIGNS] = {"entries": listed, "why_not": listings.campaigns.why_not}
    return found


def from_json(found: Mapping[str, Any]) -> Listings:
    """What `as_json` wrote; what is damaged, or was written by another version, is as if it were not there."""
    try:
        return Listings(
            _listed(found.get(STATUSES), lambda name, labels, terminal: Status(name, tuple(labels), terminal=terminal)),
            _listed(found.get(CAMPAIGNS), lambda campaign_id, name, paused: Campaign(campaign_id, name, paused=paused)),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return Listings()


def _listed(found: Mapping[str, Any] | None, entry: Callable[..., Any]) -> Listing[Any] | None:
    if found is None:
        return None
    return Listing(tuple(entry(*each) for each in found["entries"]), why_not=str(found["why_not"]))


class ListingCache:
    """What is kept for one address and key. `now`: seconds since the epoch."""

    def __init__(self, place: Place, base_url: str, key: str) -> None:
        name = hashlib.sha256(f"{base_url.strip().rstrip('/')}\n{key}".encode()).hexdigest()[:16]
        self._note = Note(place, "names", f"{name}.json")

    def keep(self, listings: Listings, now: float) -> None:
        """Keep what was read just now, beside what is kept of another kind; where that fails, nothing is kept."""
        known = {kind: entry for kind, entry in as_json(listings).items() if not entry["why_not"]}
        if not known:
            return
        whole = self._whole() | {kind: {"read": now, **entry} for kind, entry in known.items()}
        self._note.write(json.dumps(whole))

    def listings(self, kinds: Iterable[str], now: float) -> tuple[Listings, float]:
        """What is kept of these kinds and not too old, and the age of the oldest of it in seconds."""
        fresh, ages = {}, [0.0]
        for kind, entry in self._whole().items():
            with contextlib.suppress(KeyError, TypeError, ValueError):
                age = now - float(entry["read"])
                if kind in kinds and -_AHEAD <= age <= LONGEST:
                    fresh[kind] = entry
                    ages.append(age)
        return from_json(fresh), max(ages)

    def _whole(self) -> dict[str, Any]:
        try:
            found = json.loads(self._note.read() or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
