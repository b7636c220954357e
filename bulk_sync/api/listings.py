"""Listings of the team's statuses and campaigns, read in as few reads as it takes.

The documented forms are read, and those that differ from them in nothing but the wrapping. An entry without what is
sent for it (a status's name, a campaign's ID) is left out; what has another type than documented counts as not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

from bulk_sync.api.contact import ListPage, pagination
from bulk_sync.api.paginator import Lists, Reading, Source
from bulk_sync.errors import Code
from bulk_sync.model import Campaign, Listing, ReadFailed, ReadOk, Status, Unavailable

if TYPE_CHECKING:
    from bulk_sync.model import Read

ASKED = 100
"""Campaigns on a page. How many the API gives at most is not documented; what comes back is gone by."""

MOST_PAGES = 100
"""Of campaigns: a server that gives more does not end."""

_NOT_UNDERSTOOD = "what the API answers is not a list of {}"


async def statuses(read: Read) -> Listing[Status] | Unavailable | ReadFailed:
    """Every status that the API lists. Raises Stopped where the run ends first."""
    answer = await read("/contacts/statuses")
    if not isinstance(answer, ReadOk):
        return answer
    found = read_statuses(answer.value)
    return Unavailable(_NOT_UNDERSTOOD.format("statuses")) if found is None else Listing(found)


async def campaigns(read: Read) -> Listing[Campaign] | Unavailable | ReadFailed:
    """Every campaign that the API lists, each ID once. Raises Stopped where the run ends first."""
    lists = Lists(lambda path, _: read(path), source=CAMPAIGNS)
    reading = await lists.begin()
    if not isinstance(reading, Reading):
        return reading
    pages: list[ListPage[Campaign]] = [reading.first]
    if reading.first.entries:
        await lists.go_on(reading, pages.append)
    if reading.pages is not None and reading.is_full:  # its total may count too few, one page even
        await lists.one_by_one(reading, pages.append)
    if reading.hindrance is not None:
        return reading.hindrance
    if len(pages) >= MOST_PAGES != reading.pages:
        return Unavailable("the API's list of campaigns does not end")
    found: dict[str, Campaign] = {}
    for campaign in chain.from_iterable(page.items for page in pages):
        found.setdefault(campaign.id.casefold(), campaign)
    return Listing(tuple(found.values()), note=_missing(reading.first.total, len(found)))


def _missing(total: int | None, found: int) -> str:
    """A sentence where the API says that there are more than it lists."""
    if total is None or found >= total:
        return ""
    return (
        f"The API says that there are {total:,} campaigns and lists {found:,}. Where two have the same name, it "
        "may have shown only one of them."
    )


_PAUSED = "paused"


def read_statuses(value: object) -> tuple[Status, ...] | None:
    """The statuses in what the API gave; None where it gave something else, or nothing in it could be read."""
    entries = _entries(value, "data", "statuses")
    if entries is None:
        return None
    found = tuple(status for entry in entries if (status := _status(entry)) is not None)
    return found if found or not entries else None


def read_campaign_page(value: object) -> ListPage[Campaign] | None:
    """A page of campaigns; None where the API gave something else, or nothing on it could be read."""
    entries = _entries(value, "data", "campaigns")
    if entries is None:
        return None
    found = tuple(campaign for entry in entries if (campaign := _campaign(entry)) is not None)
    if entries and not found:
        return None
    return ListPage(len(entries), found, *pagination(value, "total", "limit", "totalPages"))


def _entries(value: object, *names: str) -> list[object] | None:
    """The list itself, or the one that an object holds under one of these names."""
    if isinstance(value, Mapping):
        found = next((value[name] for name in names if isinstance(value.get(name), list | Mapping)), None)
        return _entries(found, *names) if found is not None else None
    return value if isinstance(value, list) else None


def _status(entry: object) -> Status | None:
    if not isinstance(entry, Mapping) or (name := _text(entry.get("name"))) is None:
        return None
    label, terminal = _text(entry.get("label")), entry.get("isTerminal")
    labels = (label.strip(),) if label else ()
    return Status(name, labels, terminal=terminal if isinstance(terminal, bool) else None)


def _campaign(entry: object) -> Campaign | None:
    if not isinstance(entry, Mapping):
        return None
    campaign_id, name = _text(entry.get("id")), _text(entry.get("name"))
    if campaign_id is None or name is None:
        return None
    status = entry.get("status")
    return Campaign(campaign_id, name, paused=isinstance(status, str) and status.strip().casefold() == _PAUSED)


def _text(value: object) -> str | None:
    """Text that can be sent and shown, on one line; what is blank or holds half characters is none."""
    if not isinstance(value, str) or value.isprintable():
        return value if isinstance(value, str) and value.strip() else None
    line = " ".join(value.split())
    return line if line and line.isprintable() else None


CAMPAIGNS = Source(
    "/campaigns",
    read_campaign_page,
    Unavailable(_NOT_UNDERSTOOD.format("campaigns")),
    sizes=(ASKED, None),  # so many on a page may be too many for this server
    smaller_on=(Code.REJECTED,),
    most=MOST_PAGES,
)
