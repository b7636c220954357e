"""The reader: asks the API for its statuses and campaigns, all kinds at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.api import listings as reading
from bulk_sync.catalog.listings import CAMPAIGNS, STATUSES, Listings
from bulk_sync.errors import AWAY, Code
from bulk_sync.model import Listing, ReadFailed, Unavailable
from bulk_sync.send.reader import PING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bulk_sync.model import Read

_READERS: dict[str, Callable[[Read], Awaitable[Any]]] = {
    STATUSES: reading.statuses,
    CAMPAIGNS: reading.campaigns,
}


Answers = dict[str, "Listing[Any] | Unavailable | ReadFailed"]


def answers(kinds: Iterable[str]) -> Callable[[Read], Awaitable[Answers]]:
    """What reads the names of these kinds, all at once; each answer by its kind. It raises Stopped as `Read` does."""

    async def read_all(read: Read) -> Answers:
        wanted = sorted(kinds)
        return dict(zip(wanted, await asyncio.gather(*(_READERS[kind](read) for kind in wanted)), strict=True))

    return read_all


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the names of some kinds. `waits`: an API that is away is waited for; else one round of tries must do."""

    kinds: Iterable[str]
    waits: bool

    async def __call__(self, read: Read) -> Listings:
        """What the API lists; what is not to be had says why. Raises Stopped where the run ends first."""
        found = await answers(self.kinds)(read)
        while self.waits and (away := [kind for kind, answer in found.items() if _is_away(answer)]):
            if not _is_away(await read(PING)):
                break  # only these reads fail
            found |= await answers(away)(read)
        return listings_in(found)


def listings_in(found: Answers) -> Listings:
    """What the answers say; where one is no list, why that kind is not known."""
    return Listings(**{kind: _listed(answer) for kind, answer in found.items()})


def _is_away(answer: object) -> bool:
    return isinstance(answer, ReadFailed) and answer.code in AWAY


def _listed(answer: Listing[Any] | Unavailable | ReadFailed) -> Listing[Any]:
    if isinstance(answer, Listing):
        return answer
    if isinstance(answer, Unavailable):
        why = answer.why.rstrip(".")
        return Listing(why_not=why[:1].lower() + why[1:])
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
