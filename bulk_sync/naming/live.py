"""How does a run come by the names that the API knows?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import Code
from bulk_sync.live import names as reading
from bulk_sync.model import Listed, NotHad, Unread
from bulk_sync.naming.names import CAMPAIGNS, STATUSES, Names

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bulk_sync.model import Read

_READERS: dict[str, Callable[[Read], Awaitable[Any]]] = {
    STATUSES: reading.statuses,
    CAMPAIGNS: reading.campaigns,
}

_SOMETHING_ELSE = "/contacts?page=1&limit=1"
"""A read that tells whether the API is there at all."""

_AWAY = frozenset({Code.NETWORK_ERROR, Code.SERVER_ERROR})


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the names of some kinds. `waits`: an API that is away is waited for; else one round of tries must do."""

    kinds: Iterable[str]
    waits: bool

    async def __call__(self, read: Read) -> Names:
        """What the API lists; what is not to be had says why. Raises Stopped where the run ends first."""
        found = dict(zip(self.kinds, await asyncio.gather(*(_READERS[kind](read) for kind in self.kinds)), strict=True))
        while self.waits and (away := [kind for kind, answer in found.items() if _is_away(answer)]):
            if not _is_away(await read(_SOMETHING_ELSE)):
                break  # only these reads fail
            again = await asyncio.gather(*(_READERS[kind](read) for kind in away))
            found |= dict(zip(away, again, strict=True))
        return Names(**{kind: _listed(answer) for kind, answer in found.items()})


def _is_away(answer: object) -> bool:
    return isinstance(answer, Unread) and answer.code in _AWAY


def _listed(answer: Listed[Any] | NotHad | Unread) -> Listed[Any]:
    if isinstance(answer, Listed):
        return answer
    if isinstance(answer, NotHad):
        why = answer.why.rstrip(".")
        return Listed(why_not=why[:1].lower() + why[1:])
    return Listed(why_not=_failed(answer))


def _failed(answer: Unread) -> str:
    match answer.code:
        case Code.NETWORK_ERROR:
            return "no answer came from the API"
        case Code.SERVER_ERROR:
            return f"the API failed ({answer.http_status}) when it was asked for them"
        case Code.BAD_REPLY:
            return "what the API answered could not be understood"
        case _:
            return f"the API refused to list them ({answer.http_status})"
