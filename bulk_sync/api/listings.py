"""Which names of statuses and campaigns does the API know? Read, in as few reads as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_sync.api.listing import CampaignPage, read_campaign_page, read_statuses
from bulk_sync.errors import Code
from bulk_sync.model import Campaign, Content, Listed, NotHad, Unread

if TYPE_CHECKING:
    from bulk_sync.model import Read, Status

ASKED = 100
"""Campaigns on a page. How many the API gives at most is not documented; what comes back is gone by."""

MOST_PAGES = 100
"""Of campaigns: a server that gives more does not end."""

_NOT_UNDERSTOOD = "what the API answers is no list of {}"


async def statuses(read: Read) -> Listed[Status] | NotHad | Unread:
    """Every status that the API lists. Raises Stopped where the run ends first."""
    answer = await read("/contacts/statuses")
    if not isinstance(answer, Content):
        return answer
    found = read_statuses(answer.value)
    return NotHad(_NOT_UNDERSTOOD.format("statuses")) if found is None else Listed(found)


async def campaigns(read: Read) -> Listed[Campaign] | NotHad | Unread:
    """Every campaign that the API lists, each ID once. Raises Stopped where the run ends first."""
    found: dict[str, Campaign] = {}
    seen, query = 0, f"&limit={ASKED}"
    for number in range(1, MOST_PAGES + 1):
        answer = await read(f"/campaigns?page={number}{query}")
        if number == 1 and isinstance(answer, Unread) and answer.code is Code.REJECTED:
            query = ""  # so many on a page are too many for this server
            answer = await read("/campaigns?page=1")
        if not isinstance(answer, Content):
            return answer
        page = read_campaign_page(answer.value)
        if page is None:
            return NotHad(_NOT_UNDERSTOOD.format("campaigns"))
        new = {campaign.id.casefold(): campaign for campaign in page.campaigns if campaign.id.casefold() not in found}
        found |= new
        seen += page.entries
        if not new or _is_last(page, number, seen):
            return Listed(tuple(found.values()), note=_missing(page, len(found)))
    return NotHad("the API lists campaigns without end")


def _is_last(page: CampaignPage, number: int, seen: int) -> bool:
    """Whether no page follows, as far as this one tells; where it tells nothing, the next one will be empty."""
    told = [number >= page.pages] if page.pages is not None else []
    if page.total is not None:
        told.append(seen >= page.total)
    if not told and page.limit:
        told.append(page.entries < page.limit)
    return bool(told) and all(told)


def _missing(page: CampaignPage, found: int) -> str:
    """A sentence where the API says that there are more than it lists."""
    if page.total is None or found >= page.total:
        return ""
    return (
        f"The API says that there are {page.total:,} campaigns and lists {found:,}. Where two have the same name, it "
        "may have shown only one of them."
    )
