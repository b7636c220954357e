"""The reader of listings: asks the API for its statuses and campaigns, all kinds at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bulk_sync.api import listings
from bulk_sync.errors import AWAY, Code
from bulk_sync.model import CAMPAIGNS, STATUSES, Listing, Listings, ReadFailed, Unavailable
from bulk_sync.send.reads import PING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bulk_sync.model import Read

_READERS: dict[str, Callable[[Read], Awaitable[Any]]] = {STATUSES: listings.statuses, CAMPAIGNS: listings.campaigns}

Answers = dict[str, "Listing[Any] | Unavailable | ReadFailed"]


async def answers(read: Read, kinds: Iterable[str], *, waits: bool = False) -> Answers:
    """What the API answers of these kinds. `waits`: an API that is away is waited for; else one round of tries must do.

    Raises Stopped where the run ends first.
    """
    found = await _asked(read, kinds)
    while waits and (away := [kind for kind, answer in found.items() if is_away(answer)]):
        if not is_away(await read(PING)):
            break  # only these reads fail
        found |= await _asked(read, away)
    return found


async def _asked(read: Read, kinds: Iterable[str]) -> Answers:
    wanted = sorted(kinds)
    return dict(zip(wanted, await asyncio.gather(*(_READERS[kind](read) for kind in wanted)), strict=True))


def listings_in(found: Answers) -> Listings:
    """What the answers say; where one is no list, why that kind is not known."""
    return Listings.of({kind: _listed(answer) for kind, answer in found.items()})


def is_away(answer: object) -> bool:
    """Whether an answer shows that the API may be away altogether."""
    return isinstance(answer, ReadFailed) and answer.code in AWAY


def _listed(answer: Listing[Any] | Unavailable | ReadFailed) -> Listing[Any]:
    match answer:
        case Listing():
            return answer
        case Unavailable():
            why = answer.why.rstrip(".")
            return Listing(why_not=why[:1].lower() + why[1:])
        case ReadFailed():
            return Listing(why_not=_failed(answer))


def _failed(answer: ReadFailed) -> str:
    match answer.code:
        case Code.NETWORK_ERROR:
            return "no answer came from the API"
        case Code.SERVER_ERROR:
            return f"the API failed ({answer.http_status}) when it was asked for them"
        case Code.BAD_REPLY:
            return "what the API answered could not be understood"
        case _:
            return f"the API refused to list them ({answer.http_status})"
