"""Where a catalog's listings are from: the API, what was kept of an earlier read, the sandbox's stock, or nowhere."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from typing import TYPE_CHECKING, Any, TypeVar

from bulk_sync.errors import Code, Interrupted, KeyRefused, LimitReached, Stopped
from bulk_sync.ledger.notes import Note, ReadFact
from bulk_sync.model import CAMPAIGNS, STATUSES, Campaign, Listing, Listings, ReadFailed, Status, Unavailable
from bulk_sync.send.config import Address
from bulk_sync.times import duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from bulk_sync.catalog.catalog import Catalog
    from bulk_sync.model import Read


T = TypeVar("T")

Answers = dict[str, "Listing[Any] | Unavailable | ReadFailed"]

PATIENCE = 5.0
"""Seconds in which an API must answer a preview; a real run waits as long as it would for its first call."""

GLANCE = 2.0
"""Seconds for a read that the run does well without."""

LONGEST = 86_400.0
"""Seconds for which names may be gone by without asking."""

_AHEAD = 3_600.0
"""Seconds by which a file may seem to come from the future: somebody has set the clock."""


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

    from bulk_sync.send.reads import look_up  # noqa: PLC0415

    async def at_once(read: Read) -> Listings:
        async with asyncio.timeout(GLANCE):
            return listings_in(await answers(read, kinds))

    address = Address(settings.base_url, key)
    try:
        found = look_up(address, catalog.pace, at_once, lambda _: None, budget=catalog.reads, lenient=True)
    except TimeoutError:
        catalog.broken_off(None)
        return Listings()
    except Stopped as reason:
        catalog.broken_off(reason if isinstance(reason, KeyRefused | Interrupted | LimitReached) else None)
        return Listings()
    ListingCache(catalog.settings.base_url, key).keep(found, time.time())
    return found


def asked(catalog: Catalog, work: Callable[[Read], Awaitable[T]]) -> T | Stopped:
    """What comes of reads before rows are decided.

    What ends them is kept in the catalog: the run ends, or a preview goes on without an API that cannot be reached.
    """
    from bulk_sync.api.contact import read_page  # noqa: PLC0415  # as above
    from bulk_sync.send.reads import look_up  # noqa: PLC0415

    settings = catalog.settings
    address, fact = Address(settings.base_url, settings.find_key()), ReadFact(settings.base_url, settings.profile)
    try:
        return look_up(
            address, catalog.pace, lambda read: work(fact.witness(read, read_page)), catalog.tell,
            budget=catalog.reads, patience=PATIENCE if settings.dry_run else None, lenient=True,
        )  # fmt: skip
    except Stopped as reason:
        goes_on = settings.dry_run and not isinstance(reason, KeyRefused | Interrupted)
        catalog.broken_off(None if goes_on else reason, is_away=goes_on)
        return reason


def _asked(catalog: Catalog, key: str, kinds: frozenset[str]) -> Listings:
    waits = not catalog.settings.dry_run
    answered = asked(catalog, lambda read: answers(read, kinds, waits=waits))
    if isinstance(answered, Stopped):
        if catalog.is_away:
            return _unknown(catalog, kinds, _clause(str(answered)))
        return _none_of(kinds, f"the run ended before they were read ({str(answered).rstrip('.')})")
    found = listings_in(answered)
    ListingCache(catalog.settings.base_url, key).keep(found, time.time())
    lists = {kind: getattr(found, kind) for kind in sorted(kinds)}
    catalog.heard.extend(listed.note for listed in lists.values() if listed.note)
    for why in dict.fromkeys(listed.why_not for listed in lists.values() if listed.why_not):
        _unknown(catalog, frozenset(kind for kind, listed in lists.items() if listed.why_not == why), why)
    return found


def _kept(catalog: Catalog, key: str, kinds: frozenset[str]) -> Listings:
    found, age = ListingCache(catalog.settings.base_url, key).listings(kinds, time.time())
    lacking = found.lacking(kinds)
    if lacking != kinds:
        ago = duration(max(0.0, age))
        catalog.heard.append(f"Names of statuses and campaigns are as they were read {ago} ago (--offline).")
    if not lacking:
        return found
    return found.joined(_unknown(catalog, lacking, "none were read in the last 24 hours (--offline)"))


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


async def answers(read: Read, kinds: Iterable[str], *, waits: bool = False) -> Answers:
    """What the API answers of these kinds. `waits`: an API that is away is waited for; else one round of tries must do.

    Raises Stopped where the run ends first.
    """
    from bulk_sync.api.contact import PING, is_away  # noqa: PLC0415  # as above

    found = await _answers(read, kinds)
    while waits and (away := [kind for kind, answer in found.items() if is_away(answer)]):
        if not is_away(await read(PING)):
            break  # only these reads fail
        found |= await _answers(read, away)
    return found


async def _answers(read: Read, kinds: Iterable[str]) -> Answers:
    import asyncio  # noqa: PLC0415  # as above

    from bulk_sync.api import listings  # noqa: PLC0415  # as above

    readers = {STATUSES: listings.statuses, CAMPAIGNS: listings.campaigns}
    wanted = sorted(kinds)
    return dict(zip(wanted, await asyncio.gather(*(readers[kind](read) for kind in wanted)), strict=True))


def listings_in(found: Answers) -> Listings:
    """What the answers say; where one is no list, why that kind is not known."""
    return Listings.of({kind: _listed(answer) for kind, answer in found.items()})


def _listed(answer: Listing[Any] | Unavailable | ReadFailed) -> Listing[Any]:
    match answer:
        case Listing():
            return answer
        case Unavailable():
            return Listing(why_not=_clause(answer.why))
        case ReadFailed(Code.NETWORK_ERROR):
            return Listing(why_not="no answer came from the API")
        case ReadFailed(Code.SERVER_ERROR):
            return Listing(why_not=f"the API failed ({answer.http_status}) when it was asked for them")
        case ReadFailed(Code.BAD_REPLY):
            return Listing(why_not="what the API answered could not be understood")
        case _:
            return Listing(why_not=f"the API refused to list them ({answer.http_status})")


def _clause(sentence: str) -> str:
    """A sentence as part of another."""
    why = sentence.rstrip(".")
    return why[:1].lower() + why[1:]


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
            _noted(found.get(STATUSES), lambda name, labels, terminal: Status(name, tuple(labels), terminal=terminal)),
            _noted(found.get(CAMPAIGNS), lambda campaign_id, name, paused: Campaign(campaign_id, name, paused=paused)),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return Listings()


def _noted(found: Mapping[str, Any] | None, entry: Callable[..., Any]) -> Listing[Any] | None:
    if found is None:
        return None
    return Listing(tuple(entry(*each) for each in found["entries"]), why_not=str(found["why_not"]))


class ListingCache:
    """What is kept of listings for one address and key, for `--offline` and for a day. `now`: seconds since the epoch.

    It is a note where ledgers are (in the state folder a file), named by a fingerprint. It holds neither.
    """

    def __init__(self, base_url: str, key: str) -> None:
        name = hashlib.sha256(f"{base_url.strip().rstrip('/')}\n{key}".encode()).hexdigest()[:16]
        self._note = Note("names", f"{name}.json")

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
