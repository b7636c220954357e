"""Which request carries an update? (The vendor's two pages: by phone, and by ID.) And which makes one? Pure."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from bulk_sync.api.exchange import Call

if TYPE_CHECKING:
    from bulk_sync.model import Change, Update
    from bulk_sync.release import Creation


def call_for(update: Update) -> Call:
    """The request: `POST /contacts/update` for a contact known by phone, `PUT /contacts/{id}` for one known by ID."""
    if update.contact_id is not None:
        return Call("PUT", f"/contacts/{quote(update.contact_id, safe='')}", _json(_by_id(update.change)))
    rest = _by_phone(update.change.status, update.change.campaign)
    return Call("POST", "/contacts/update", f'{{"phone":{_encode(update.phone)}{rest}'.encode())


def call_to_create(creation: Creation) -> Call:
    """The request that makes a contact: `POST /contacts` (the vendor's public pages)."""
    body: dict[str, object] = {
        "phoneNumber": creation.phone,
        "campaignId": creation.campaign,
        "splitterId": creation.splitter,
        "name": creation.name,
        "timezone": creation.timezone,
        "customVariables": dict(creation.variables) if creation.variables else None,
    }
    return Call("POST", "/contacts", _json(_set(body)))


@lru_cache(maxsize=1024)  # thousands of updates ask for the same
def _by_phone(status: str | None, campaign: str | None) -> str:
    """What follows the phone in the JSON of a body, as far as its end."""
    fields = _encode(_set({"status": status, "campaignId": campaign}))[1:]
    return fields if fields == "}" else f",{fields}"


def _by_id(change: Change) -> dict[str, object]:
    return _set(
        {
            "name": change.name,
            "phoneNumber": change.phone,
            "timezone": change.timezone,
            "status": change.status,
            "campaignId": change.campaign,
            "customVariables": dict(change.variables) if change.variables is not None else None,
        }
    )


def _set(fields: dict[str, object]) -> dict[str, object]:
    """A field that is left out stays as it is; null would clear it."""
    return {name: value for name, value in fields.items() if value is not None}


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _json(body: dict[str, object]) -> bytes:
    return _encode(body).encode()
