"""Where a run takes its catalog from: the API, what was kept of an earlier read, the sandbox's stock, or nowhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.catalog.catalog import Catalog
from bulk_sync.catalog.listings import CAMPAIGNS, ListingCache, Listings, none_of
from bulk_sync.errors import Interrupted, KeyRefused, LimitReached, Stopped
from bulk_sync.ledger import state_folder
from bulk_sync.ledger.read_fact import ReadFact
from bulk_sync.model import Campaign, Listing, Status
from bulk_sync.send.config import Address
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.model import Read
    from bulk_sync.send.config import SendConfig
    from bulk_sync.settings import Settings

PATIENCE = 5.0
"""Seconds in which an API must answer a preview; a real run waits as long as it would for its first call."""

GLANCE = 2.0
"""Seconds for a read that the run does well without."""


def catalog_for(
    settings: Settings, pace: SendConfig, tell: Callable[[str], None], noted: Mapping[str, Any] | None = None
) -> Catalog:
    """What a run of these settings goes by. `noted`: the names in the ledger of the run that it goes on with.

    What ends the run while names are read is not raised, but in `stopped`: its results are still to be written.
    """
    return Catalog(Source(settings, pace, tell), pace.concurrency, noted, settings.dnc_statuses)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the catalog of a run of these settings is from. What a person should know goes into the catalog's `heard`.

    That holds for `read`; of what `glance` finds nothing is said.
    """

    settings: Settings
    pace: SendConfig
    tell: Callable[[str], None]

    def read(self, kinds: frozenset[str], catalog: Catalog) -> Listings:
        """What is known of these kinds."""
        settings = self.settings
        if settings.sandbox:
            return _of_the_sandbox()
        key = settings.known_key() if settings.dry_run else settings.find_key()
        if key is None:
            return _unknown(kinds, "there is no API key", catalog)
        return self._kept(key, kinds, catalog) if settings.offline else self._asked(key, kinds, catalog)

    def glance(self, kinds: frozenset[str], catalog: Catalog) -> Listings:
        """What the API lists of these kinds, where it says so at once: the run does well without."""
        if self.settings.sandbox:
            return _of_the_sandbox()
        key = None if self.settings.offline else self.settings.known_key()
        if key is None:
            return Listings()
        import asyncio  # noqa: PLC0415  # what only reading needs, a preview without a key does without

        from bulk_sync.catalog.reader import Reader  # noqa: PLC0415
        from bulk_sync.send.reader import look_up  # noqa: PLC0415

        async def at_once(read: Read) -> Listings:
            async with asyncio.timeout(GLANCE):
                return await Reader(sorted(kinds), waits=False)(read)

        address = Address(self.settings.base_url, key)
        try:
            found = look_up(address, self.pace, at_once, lambda _: None, budget=catalog.reads, lenient=True)
        except TimeoutError:
            catalog.broken_off(None)
            return Listings()
        except Stopped as reason:
            catalog.broken_off(reason if isinstance(reason, KeyRefused | Interrupted | LimitReached) else None)
            return Listings()
        self._cache(key).keep(found, time.time())
        return found

    def _asked(self, key: str, kinds: frozenset[str], catalog: Catalog) -> Listings:
        from bulk_sync.api.contact import read_page  # noqa: PLC0415  # as above
        from bulk_sync.catalog.reader import Reader  # noqa: PLC0415
        from bulk_sync.send.reader import look_up  # noqa: PLC0415

        is_preview = self.settings.dry_run
        reader, fact = Reader(sorted(kinds), waits=not is_preview), ReadFact(self.settings.base_url)
        try:
            found = look_up(
                Address(self.settings.base_url, key), self.pace, lambda read: reader(fact.witness(read, read_page)),
                self.tell, budget=catalog.reads, patience=PATIENCE if is_preview else None, lenient=True,
            )  # fmt: skip
        except Stopped as reason:
            why = str(reason).rstrip(".")
            goes_on = is_preview and not isinstance(reason, KeyRefused | Interrupted)
            catalog.broken_off(None if goes_on else reason, is_away=goes_on)
            if goes_on:
                return _unknown(kinds, why[:1].lower() + why[1:], catalog)
            return none_of(kinds, f"the run ended before they were read ({why})")
        self._cache(key).keep(found, time.time())
        lists = {kind: getattr(found, kind) for kind in kinds}
        catalog.heard.extend(listed.note for listed in lists.values() if listed.note)
        for why in dict.fromkeys(listed.why_not for listed in lists.values() if listed.why_not):
            _unknown(frozenset(kind for kind, listed in lists.items() if listed.why_not == why), why, catalog)
        return found

    def _kept(self, key: str, kinds: frozenset[str], catalog: Catalog) -> Listings:
        found, age = self._cache(key).listings(kinds, time.time())
        lacking = found.lacking(kinds)
        if lacking != kinds:
            ago = duration(max(0.0, age))
            catalog.heard.append(f"Names of statuses and campaigns are as they were read {ago} ago (--offline).")
        if not lacking:
            return found
        return found.joined(_unknown(lacking, "none were read in the last 24 hours (--offline)", catalog))

    def _cache(self, key: str) -> ListingCache:
        return ListingCache(state_folder(), self.settings.base_url, key)


def _of_the_sandbox() -> Listings:
    """What a sandbox lists that nobody has stocked otherwise."""
    from bulk_sync.sandbox import seed  # noqa: PLC0415  # an extra, and only this needs it

    statuses = tuple(Status(each.name, (each.label,), terminal=each.terminal) for each in seed.STATUSES)
    campaigns = tuple(Campaign(each.id, each.name, paused=each.paused) for each in seed.CAMPAIGNS)
    return Listings(Listing(statuses), Listing(campaigns))


def _unknown(kinds: frozenset[str], why: str, catalog: Catalog) -> Listings:
    catalog.heard.append(
        f"Only system statuses and campaign IDs are known, and no names of the team's own: {why}."
        if len(kinds) > 1
        else f"Only campaign IDs are known, and no names: {why}."
        if CAMPAIGNS in kinds
        else f"Only system statuses are known, and none of the team's own: {why}."
    )
    return none_of(kinds, why)
