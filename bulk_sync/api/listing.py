"""Which statuses and campaigns does the API show? Pure.

The documented forms are read, and those that differ from them in nothing but the wrapping. An entry without what is
sent for it (a status's name, a campaign's ID) is left out; what has another type than documented counts as not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bulk_sync.api.contact import pagination
from bulk_sync.model import Campaign, Status

_PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """A page of campaigns: how many entries it has, those that could be read, and what it says of the whole list.

    `total` (campaigns), `pages`, `limit` (the most entries on a page) are None where the API did not say.
    """

    entries: int
    campaigns: tuple[Campaign, ...]
    total: int | None
    pages: int | None
    limit: int | None


def read_statuses(value: object) -> tuple[Status, ...] | None:
    """The statuses in what the API gave; None where it gave something else, or nothing in it could be read."""
    entries = _entries(value, "data", "statuses")
    if entries is None:
        return None
    found = tuple(status for entry in entries if (status := _status(entry)) is not None)
    return found if found or not entries else None


def read_campaign_page(value: object) -> CampaignPage | None:
    """A page of campaigns; None where the API gave something else, or nothing on it could be read."""
    entries = _entries(value, "data", "campaigns")
    if entries is None:
        return None
    found = tuple(campaign for entry in entries if (campaign := _campaign(entry)) is not None)
    if entries and not found:
        return None
    total, pages, limit = pagination(value, "total", "totalPages", "limit")
    return CampaignPage(len(entries), found, total, pages, limit)


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
    """Text that can be sent and shown; what is blank or holds half characters is none."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value if value.isprintable() else " ".join(value.split()) if _is_whole(value) else None


def _is_whole(value: str) -> bool:
    return all(letter.isprintable() or letter.isspace() for letter in value)
