"""The catalog for a person or a program that asks just for that (`statuses`, `campaigns`, `template`)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.api.contact import is_away
from bulk_sync.catalog.catalog import Catalog
from bulk_sync.catalog.sources import PATIENCE, ListingCache, answers, listings_in
from bulk_sync.errors import ApiAway
from bulk_sync.model import Listing
from bulk_sync.plan.campaign import Campaigns
from bulk_sync.plan.status import SYSTEM_STATUSES, Statuses
from bulk_sync.send.config import Address, SendConfig
from bulk_sync.send.reads import look_up
from bulk_sync.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bulk_sync.model import Campaign, Listings, Status


@dataclass(frozen=True, slots=True)
class CatalogAnswer:
    """What is known of the kinds that were asked for, and what a person should know of it, in sentences."""

    listings: Listings
    sentences: tuple[str, ...] = ()

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The system statuses, with the labels that the API adds, and the team's own."""
        return Statuses(self.listings.statuses).known

    @property
    def campaigns(self) -> tuple[Campaign, ...] | None:
        """The team's campaigns; None where they are not known."""
        listed = self.listings.campaigns
        return None if listed is None or listed.why_not else listed.entries

    def words_for_campaigns(self) -> tuple[str, ...]:
        """What a cell may say for each campaign: its name, or its ID where the name would not lead to it."""
        listed = self.listings.campaigns or Listing()
        read = Campaigns(listed).read
        named = [each.name.strip() if read(each.name.strip()) == each.id else each.id for each in listed.entries]
        return tuple(sorted(named, key=str.casefold))


def is_system(status: Status) -> bool:
    """Whether every team has this status."""
    return status.name in {each.name for each in SYSTEM_STATUSES}


def ask(
    base_url: str,
    profile: str | None,
    kinds: Collection[str],
    tell: Callable[[str], None],
    *,
    offline: bool = False,
    key_needed: bool = True,
) -> CatalogAnswer:
    """What the API lists of these kinds; what is not to be had says why, and `offline` what was read before is given.

    Raises BadConfiguration where there is no key (unless none is needed), and Stopped where the API refuses it or
    cannot be reached.
    """
    settings = Settings(input="", dry_run=True, base_url=base_url, profile=profile, offline=offline)
    key = settings.find_key() if key_needed else settings.known_key()
    if offline or key is None:
        so_far = Catalog(settings, SendConfig(), tell)
        so_far.learn(kinds)
        return CatalogAnswer(so_far.listings, tuple(so_far.heard))
    address = Address(base_url, key)
    ask_all = partial(answers, kinds=kinds)
    found = look_up(address, SendConfig(), ask_all, tell, patience=PATIENCE)
    listings = listings_in(found)
    for kind, answer in found.items():
        if is_away(answer):
            why = getattr(listings, kind).why_not
            raise ApiAway(f"The {kind} could not be read: {why}. To see what is wrong: bulk-sync check")
    ListingCache(base_url, key).keep(listings, time.time())
    return CatalogAnswer(listings, tuple(_sentences(listings)))


def _sentences(listings: Listings) -> list[str]:
    statuses, campaigns = listings.statuses or Listing(), listings.campaigns or Listing()
    found = [campaigns.note] if campaigns.note else []
    if statuses.why_not:
        found.append(f"The team's own statuses are not known: {statuses.why_not}.")
    if campaigns.why_not:
        found.append(f"The campaigns are not known: {campaigns.why_not}.")
    return found
