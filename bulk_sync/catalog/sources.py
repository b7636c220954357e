"""Where does a run take names from? The API, what was kept of an earlier read, the sandbox's stock, or nowhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bulk_sync.catalog.catalog import Catalog
from bulk_sync.catalog.listings import CAMPAIGNS, Names, none_of
from bulk_sync.catalog.name_cache import Kept
from bulk_sync.errors import Interrupted, KeyRefused, LimitReached, Stopped
from bulk_sync.ledger import state_folder
from bulk_sync.model import Campaign, Listed, Status
from bulk_sync.send.terms import Address
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.model import Read
    from bulk_sync.send.terms import Pace
    from bulk_sync.settings import Settings

PATIENCE = 5.0
"""Seconds in which an API must answer a preview; a real run waits as long as it would for its first call."""

GLANCE = 2.0
"""Seconds for a read that the run does well without."""


def catalog_for(
    settings: Settings, pace: Pace, tell: Callable[[str], None], noted: Mapping[str, Any] | None = None
) -> Catalog:
    """What a run of these settings goes by. `noted`: the names in the ledger of the run that it goes on with.

    What ends the run while names are read is not raised, but in `stopped`: its results are still to be written.
    """

    def learn(kinds: frozenset[str], so_far: Catalog, *, brief: bool = False) -> Names:
        if settings.sandbox:
            return _of_the_sandbox()
        if brief and settings.offline:
            return Names()
        key = settings.known_key() if settings.dry_run or brief else settings.find_key()
        if brief:
            return Names() if key is None else _glanced(settings, pace, key, kinds, so_far)
        if key is None:
            return _unknown(kinds, "there is no API key", so_far)
        if settings.offline:
            return _kept(settings, key, kinds, so_far)
        return _read(settings, pace, key, kinds, so_far, tell)

    return Catalog(learn, pace.concurrency, noted, settings.dnc_statuses)


def _glanced(settings: Settings, pace: Pace, key: str, kinds: frozenset[str], so_far: Catalog) -> Names:
    """What the API lists, where it says so at once."""
    import asyncio  # noqa: PLC0415  # what only reading needs, a preview without a key does without

    from bulk_sync.catalog.reader import Reader  # noqa: PLC0415
    from bulk_sync.send.lookup import look_up  # noqa: PLC0415

    async def glance(read: Read) -> Names:
        async with asyncio.timeout(GLANCE):
            return await Reader(sorted(kinds), waits=False)(read)

    try:
        found = look_up(
            Address(settings.base_url, key), pace, glance, lambda _: None, budget=so_far.reads, lenient=True
        )
    except TimeoutError:
        so_far.broken_off(None)
        return Names()
    except Stopped as reason:
        so_far.broken_off(reason if isinstance(reason, KeyRefused | Interrupted | LimitReached) else None)
        return Names()
    Kept(state_folder(), settings.base_url, key).keep(found, time.time())
    return found


def _of_the_sandbox() -> Names:
    """What a sandbox lists that nobody has stocked otherwise."""
    from bulk_sync.sandbox import stock  # noqa: PLC0415  # an extra, and only this needs it

    statuses = tuple(Status(each.name, (each.label,), terminal=each.terminal) for each in stock.STATUSES)
    campaigns = tuple(Campaign(each.id, each.name, paused=each.paused) for each in stock.CAMPAIGNS)
    return Names(Listed(statuses), Listed(campaigns))


def _unknown(kinds: frozenset[str], why: str, so_far: Catalog) -> Names:
    so_far.heard.append(
        f"Only system statuses and campaign IDs are known, and no names of the team's own: {why}."
        if len(kinds) > 1
        else f"Only campaign IDs are known, and no names: {why}."
        if CAMPAIGNS in kinds
        else f"Only system statuses are known, and none of the team's own: {why}."
    )
    return none_of(kinds, why)


def _kept(settings: Settings, key: str, kinds: frozenset[str], so_far: Catalog) -> Names:
    found, age = Kept(state_folder(), settings.base_url, key).names(kinds, time.time())
    lacking = found.lacking(kinds)
    if lacking != kinds:
        ago = duration(max(0.0, age))
        so_far.heard.append(f"Names of statuses and campaigns are as they were read {ago} ago (--offline).")
    if not lacking:
        return found
    return found.joined(_unknown(lacking, "none were read in the last 24 hours (--offline)", so_far))


def _read(
    settings: Settings, pace: Pace, key: str, kinds: frozenset[str], so_far: Catalog, tell: Callable[[str], None]
) -> Names:
    from bulk_sync.catalog.reader import Reader  # noqa: PLC0415  # as above
    from bulk_sync.send.lookup import look_up  # noqa: PLC0415

    is_preview = settings.dry_run
    try:
        found = look_up(
            Address(settings.base_url, key),
            pace,
            Reader(sorted(kinds), waits=not is_preview),
            tell,
            budget=so_far.reads,
            patience=PATIENCE if is_preview else None,
            lenient=True,
        )
    except Stopped as reason:
        why = str(reason).rstrip(".")
        goes_on = is_preview and not isinstance(reason, KeyRefused | Interrupted)
        so_far.broken_off(None if goes_on else reason, is_away=goes_on)
        if goes_on:
            return _unknown(kinds, why[:1].lower() + why[1:], so_far)
        return none_of(kinds, f"the run ended before they were read ({why})")
    Kept(state_folder(), settings.base_url, key).keep(found, time.time())
    lists = {kind: getattr(found, kind) for kind in kinds}
    so_far.heard.extend(listed.note for listed in lists.values() if listed.note)
    for why in dict.fromkeys(listed.why_not for listed in lists.values() if listed.why_not):
        _unknown(frozenset(kind for kind, listed in lists.items() if listed.why_not == why), why, so_far)
    return found
