"""Requests: that which carries an update (by phone, or by ID), and that which makes a contact. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from bulk_sync.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.model import Change, Update
    from bulk_sync.release import Creation


@dataclass(frozen=True, slots=True)
class Request:
    """A request to come: `path` is below the base URL, `body` is JSON in UTF-8.

    `may_leave` is asked once more when a connection is there for it, which may take its time.
    """

    method: str
    path: str
    body: bytes = b""
    may_leave: Callable[[], bool] | None = field(default=None, compare=False, repr=False)


def request_for(update: Update) -> Request:
    """The request: `POST /contacts/update` for a contact known by phone, `PUT /contacts/{id}` for one known by ID."""
    change = update.change
    if update.contact_id is None:
        asked = {"phone": update.phone, "status": change.status, "campaignId": change.campaign}
        return Request("POST", "/contacts/update", _json(asked))
    return Request("PUT", f"/contacts/{quote(update.contact_id, safe='')}", _json(_by_id(change)))


def creation_request(creation: Creation) -> Request:
    """The request that makes a contact: `POST /contacts` (the vendor's public pages)."""
    body = {
        "phoneNumber": creation.phone,
        "campaignId": creation.campaign,
        "splitterId": creation.splitter,
        **_named(creation.texts),
        "customVariables": dict(creation.variables) if creation.variables else None,
    }
    return Request("POST", "/contacts", _json(body))


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _by_id(change: Change) -> dict[str, object]:
    variables = {} if change.variables is None else {"customVariables": dict(change.variables)}
    return _named({name: value for name, value in change.said.items() if name in FIELDS}) | variables


def _named(said: Mapping[str, object]) -> dict[str, object]:
    """Values by the names that the API has for their fields."""
    return {str(FIELDS[name].api_name): value for name, value in said.items()}


def _json(fields: Mapping[str, object]) -> bytes:
    """A field that is left out stays as it is; null would clear it."""
    return _ENCODER.encode({name: value for name, value in fields.items() if value is not None}).encode()
