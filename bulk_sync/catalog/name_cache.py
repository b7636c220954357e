"""What did an earlier read say, so that `--offline` can go by it for a day?

One file per address and key, readable by its owner only, named by a fingerprint: it holds neither.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

from bulk_sync.catalog.listings import Names
from bulk_sync.private import make_private, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LONGEST = 86_400.0
"""Seconds for which names may be gone by without asking."""

_AHEAD = 3_600.0
"""Seconds by which a file may seem to come from the future: somebody has set the clock."""


class Kept:
    """The names kept for one address and key in the state folder. `now`: seconds since the epoch."""

    def __init__(self, folder: Path, base_url: str, key: str) -> None:
        name = hashlib.sha256(f"{base_url.strip().rstrip('/')}\n{key}".encode()).hexdigest()[:16]
        self._path = folder / "names" / f"{name}.json"

    def keep(self, names: Names, now: float) -> None:
        """Keep what was read just now, beside what is kept of another kind; where that fails, nothing is kept."""
        known = {kind: entry for kind, entry in names.as_json().items() if not entry["why_not"]}
        if not known:
            return
        with contextlib.suppress(OSError):
            make_private(self._path.parent)
            whole = self._whole() | {kind: {"read": now, **entry} for kind, entry in known.items()}
            write_whole(self._path, json.dumps(whole))

    def names(self, kinds: Iterable[str], now: float) -> tuple[Names, float]:
        """What is kept of these kinds and not too old, and the age of the oldest of it in seconds."""
        fresh, ages = {}, [0.0]
        for kind, entry in self._whole().items():
            with contextlib.suppress(KeyError, TypeError, ValueError):
                age = now - float(entry["read"])
                if kind in kinds and -_AHEAD <= age <= LONGEST:
                    fresh[kind] = entry
                    ages.append(age)
        return Names.from_json(fresh), max(ages)

    def _whole(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
