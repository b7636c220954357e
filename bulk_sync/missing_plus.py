"""How digits are read that are two numbers: one if only their + is missing, another as they stand.

Every German mobile number written 4915… is such a pair. The option decides, else what the run has noted, else the CRM:
where some of them are contacts by one reading and none by the other, the whole file is read so.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync.catalog import sources
from bulk_sync.errors import Stopped
from bulk_sync.model import ReadFailed, Unavailable
from bulk_sync.plan.contacts import spread_out
from bulk_sync.report.summary import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.catalog import Catalog
    from bulk_sync.model import Read
    from bulk_sync.plan.planning import PlanOptions
    from bulk_sync.plan.row_decisions import ReadRows
    from bulk_sync.preflight.lookup import Found

    Pair = tuple[int, int]

ENOUGH = 3
"""Contacts by one reading, and none by the other, that decide for a file."""


def settled(
    rows: ReadRows, read: Callable[[PlanOptions], ReadRows], options: PlanOptions, catalog: Catalog
) -> ReadRows:
    """The rows of a table. Where some have numbers with two readings, contacts are looked up, and all are read again.

    What the CRM decides is kept in `catalog`, which a run notes. Raises BadConfiguration where there is no key.
    """
    found = rows.facts
    if options.plus_missing is None and found.undecided >= ENOUGH and _can_ask(catalog):
        pairs = spread_out(list(found.pairs))
        hits = _hits(pairs, catalog)
        catalog.plus_missing = _decided(*hits) if hits else None
        catalog.heard.append(f"{_such(found.undecided)}. {_in_words(pairs, hits, catalog.plus_missing)}")
        if catalog.plus_missing is not None:
            return read(replace(options, plus_missing=catalog.plus_missing))
    elif found.twofold:
        how = "with the + that is missing" if options.plus_missing else "as national numbers"
        catalog.heard.append(f"{_such(found.twofold)}; read {how}.")
    return rows


def _can_ask(catalog: Catalog) -> bool:
    settings = catalog.settings
    if settings.sandbox or settings.offline or catalog.stopped or catalog.is_away:
        return False
    return not settings.dry_run or settings.known_key() is not None


def _decided(plus: int, national: int) -> bool | None:
    if plus >= ENOUGH and not national:
        return True
    return False if national >= ENOUGH and not plus else None


def _hits(pairs: Sequence[Pair], catalog: Catalog) -> tuple[int, int] | None:
    """How many of some pairs are contacts with a + before them, and how many as they stand; None: nobody can tell."""
    found = sources.asked(catalog, partial(_search, pairs))
    if isinstance(found, Stopped) or any(isinstance(each, Unavailable | ReadFailed) for each in found):
        return None
    from bulk_sync.api.contact import Contact  # noqa: PLC0415  # with all that reads
    from bulk_sync.preflight.lookup import Several  # noqa: PLC0415

    are_contacts = [isinstance(each, Contact | Several) for each in found]
    return sum(are_contacts[::2]), sum(are_contacts[1::2])


async def _search(pairs: Sequence[Pair], read: Read) -> list[Found]:
    """Who has the numbers of some pairs: each with a + before it, and as it stands."""
    import asyncio  # noqa: PLC0415  # as above

    from bulk_sync.preflight.lookup import Finder  # noqa: PLC0415

    finder = Finder()
    numbers = [f"+{number}" for national, plus in pairs for number in (plus, national)]
    return [each.found for each in await asyncio.gather(*(finder.by_phone(read, number) for number in numbers))]


def _such(count: int) -> str:
    begin = "begins" if count == 1 else "begin"
    return f"{plural(count, 'number')} {begin} with the country code, but without +, and could be another number, too"


def _in_words(pairs: Sequence[Pair], hits: tuple[int, int] | None, decided: bool | None) -> str:
    if hits is None:
        return "The contacts could not be read, so the CRM does not show which is meant."
    plus, national = hits
    looked = f"Of {len(pairs)} of them, {plus} are contacts with the + and {national} without it"
    if decided is None:
        return f"{looked}, so the CRM does not show which is meant."
    example = pairs[0][1 if decided else 0]
    other = "--no-plus-missing" if decided else "--plus-missing"
    return f"{looked}, so all are read like +{example} ({other} reads them the other way)."
