"""Where a catalog's listings are from: the API, what was kept of an earlier read, the sandbox's stock, or nowhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from bulk_sync.catalog.listing_cache import ListingCache
from bulk_sync.errors import Interrupted, KeyRefused, LimitReached, Stopped
from bulk_sync.ledger import ledger_place
from bulk_sync.ledger.notes import ReadFact
from bulk_sync.model import CAMPAIGNS, Campaign, Listing, Listings, Status
from bulk_sync.send.config import Address
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bulk_sync.catalog.catalog import Catalog
    from bulk_sync.model import Read

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds in which an API must answer a preview; a real run waits as long as it would for its first call."""

GLANCE = 2.0
"""Seconds for a read that the run does well without."""


def read(catalog: Catalog, kinds: frozenset[str]) -> Listings:
    """What is known of these kinds. What a person should know of it goes into the catalog's `heard`."""
    settings = catalog.settings
    if settings.sandbox:
        return _of_the_sandbox()
    key = settings.known_key() if settings.dry_run else settings.find_key()
    if key is None:
        return _unknown(catalog, kinds, "there is no API key")
    return _kept(catalog, key, kinds) if settings.offline else _asked(catalog, key, kinds)


def glance(catalog: Catalog, kinds: frozenset[str]) -> Listings:
    """What the API lists of these kinds, where it says so at once; of what is not found nothing is said."""
    settings = catalog.settings
    if settings.sandbox:
        return _of_the_sandbox()
    key = None if settings.offline else settings.known_key()
    if key is None:
        return Listings()
    import asyncio  # noqa: PLC0415  # what only reading needs, a preview without a key does without

    from bulk_sync.catalog.listing_reader import answers, listings_in  # noqa: PLC0415
    from bulk_sync.send.reads import look_up  # noqa: PLC0415
    from bulk_sync.send.signals import run  # noqa: PLC0415

    async def at_once(read: Read) -> Listings:
        async with asyncio.timeout(GLANCE):
            return listings_in(await answers(read, kinds))

    address = Address(settings.base_url, key)
    try:
        found = run(
            lambda stop: look_up(
                stop, address, catalog.pace, at_once, lambda _: None, budget=catalog.reads, lenient=True
            )
        )
    except TimeoutError:
        catalog.broken_off(None)
        return Listings()
    except Stopped as reason:
        catalog.broken_off(reason if isinstance(reason, KeyRefused | Interrupted | LimitReached) else None)
        return Listings()
    _cache(catalog, key).keep(found, time.time())
    return found


def asked(catalog: Catalog, work: Callable[[Read], Awaitable[T]]) -> T | Stopped:
    """What comes of reads before rows are decided.

    What ends them is kept in the catalog: the run ends, or a preview goes on without an API that cannot be reached.
    """
    from bulk_sync.api.contact import read_page  # noqa: PLC0415  # as above
    from bulk_sync.send.reads import look_up  # noqa: PLC0415
    from bulk_sync.send.signals import run  # noqa: PLC0415

    settings = catalog.settings
    address, fact = Address(settings.base_url, settings.find_key()), ReadFact(settings.base_url)
    try:
        return run(lambda stop: look_up(
            stop, address, catalog.pace, lambda read: work(fact.witness(read, read_page)), catalog.tell,
            budget=catalog.reads, patience=PATIENCE if settings.dry_run else None, lenient=True,
        ))  # fmt: skip
    except Stopped as reason:
        goes_on = settings.dry_run and not isinstance(reason, KeyRefused | Interrupted)
        catalog.broken_off(None if goes_on else reason, is_away=goes_on)
        return reason


def _asked(catalog: Catalog, key: str, kinds: frozenset[str]) -> Listings:
    from bulk_sync.catalog.listing_reader import answers, listings_in  # noqa: PLC0415  # as above

    waits = not catalog.settings.dry_run
    answered = asked(catalog, lambda read: answers(read, kinds, waits=waits))
    if isinstance(answered, Stopped):
        why = str(answered).rstrip(".")
        if catalog.is_away:
            return _unknown(catalog, kinds, why[:1].lower() + why[1:])
        return _none_of(kinds, f"the run ended before they were read ({why})")
    found = listings_in(answered)
    _cache(catalog, key).keep(found, time.time())
    lists = {kind: getattr(found, kind) for kind in sorted(kinds)}
    catalog.heard.extend(listed.note for listed in lists.values() if listed.note)
    for why in dict.fromkeys(listed.why_not for listed in lists.values() if listed.why_not):
        _unknown(catalog, frozenset(kind for kind, listed in lists.items() if listed.why_not == why), why)
    return found


def _kept(catalog: Catalog, key: str, kinds: frozenset[str]) -> Listings:
    found, age = _cache(catalog, key).listings(kinds, time.time())
    lacking = found.lacking(kinds)
    if lacking != kinds:
        ago = duration(max(0.0, age))
        catalog.heard.append(f"Names of statuses and campaigns are as they were read {ago} ago (--offline).")
    if not lacking:
        return found
    return found.joined(_unknown(catalog, lacking, "none were read in the last 24 hours (--offline)"))


def _cache(catalog: Catalog, key: str) -> ListingCache:
    return ListingCache(ledger_place(), catalog.settings.base_url, key)


def _of_the_sandbox() -> Listings:
    """What a sandbox lists that nobody has stocked otherwise."""
    from bulk_sync.sandbox import seed  # noqa: PLC0415  # an extra, and only this needs it

    statuses = tuple(Status(each.name, (each.label,), terminal=each.terminal) for each in seed.STATUSES)
    campaigns = tuple(Campaign(each.id, each.name, paused=each.paused) for each in seed.CAMPAIGNS)
    return Listings(Listing(statuses), Listing(campaigns))


def _unknown(catalog: Catalog, kinds: frozenset[str], why: str) -> Listings:
    catalog.heard.append(
        f"Only system statuses and campaign IDs are known, and no names of the team's own: {why}."
        if len(kinds) > 1
        else f"Only campaign IDs are known, and no names: {why}."
        if CAMPAIGNS in kinds
        else f"Only system statuses are known, and none of the team's own: {why}."
    )
    return _none_of(kinds, why)


def _none_of(kinds: Iterable[str], why_not: str) -> Listings:
    """That these kinds are not known, and why."""
    return Listings.of({kind: Listing(why_not=why_not) for kind in kinds})
