"""Whether a contact that the API refuses to make, as it is there already, was made by an earlier try of the same call.

A first try whose reply was lost may have made it; the second is then refused (409). It was ours if it is in the
campaign that was asked for, was made or added again not before our first try by the API's own clock, and if nobody has
put it on a do-not-call status since.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from bulk_sync.api.contact import read_contact
from bulk_sync.errors import Code
from bulk_sync.model import Outcome, ReadOk

if TYPE_CHECKING:
    from bulk_sync.model import Read
    from bulk_sync.release import Creation

MeansDnc = Callable[[str | None], bool]


async def made_since(means_dnc: MeansDnc, read: Read, creation: Creation, since: float) -> Outcome | None:
    """The outcome of a creation that succeeded since that second of the API's clock; None: it did not, or who knows.

    `means_dnc` tells the statuses that mean do-not-call. Raises Stopped where the run ends first.
    """
    answer = await read(f"/contacts?search={quote(creation.phone, safe='')}&searchBy=phone&page=1&limit=25")
    listed = answer.value.get("contacts") if isinstance(answer, ReadOk) and isinstance(answer.value, Mapping) else None
    if not isinstance(listed, list):
        return None
    found = [(each, contact) for each in listed if (contact := read_contact(each)) and contact.phone == creation.phone]
    if len(found) != 1:
        return None
    [(entry, contact)] = found
    campaigns = {each.casefold() for each in contact.campaigns or ()}
    is_there = creation.campaign.casefold() in campaigns if creation.campaign else bool(campaigns)
    is_callable = contact.status is not None and not means_dnc(contact.status)
    is_new = any(_is_since(entry.get(name), since) for name in ("createdAt", "reAddedAt"))
    if not (is_there and is_callable and is_new):
        return None
    return Outcome(Code.CREATED, contact_id=contact.id, phone=contact.phone)


def _is_since(text: object, since: float) -> bool:
    """Whether a moment in ISO 8601 is not before `since`; one in whole seconds may have been rounded down."""
    try:
        when = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return False
    if when is None:
        return False
    at = when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    return at >= (math.floor(since) if at.is_integer() else since)
