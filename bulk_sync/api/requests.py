"""Requests: that which carries an update (by phone, or by ID), and that which makes a contact. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from bulk_sync.fields import FIELDS, VARIABLE
from bulk_sync.model import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_sync.model import Update
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
    if update.contact_id is not None:
        return Request("PUT", f"/contacts/{quote(update.contact_id, safe='')}", _json(_body(change)))
    asked = {"phone": update.phone} | _body(Change(change.status, change.campaign))
    return Request("POST", "/contacts/update", _json(asked))


def creation_request(creation: Creation) -> Request:
    """The request that makes a contact: `POST /contacts` (the vendor's public pages)."""
    made = Change(campaign=creation.campaign, phone=creation.phone, variables=creation.variables or None)
    splitter = {"splitterId": creation.splitter} if creation.splitter is not None else {}
    return Request("POST", "/contacts", _json(_body(made) | _named(creation.texts) | splitter))


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _body(change: Change) -> dict[str, object]:
    """What a change sets; a field that is left out stays as it is, and null would clear it."""
    variables = {} if change.variables is None else {str(VARIABLE.api_name): dict(change.variables)}
    return _named({name: value for name, value in change.said.items() if name in FIELDS}) | variables


def _named(said: Mapping[str, object]) -> dict[str, object]:
    """Values by the names that the API has for their fields."""
    return {str(FIELDS[name].api_name): value for name, value in said.items()}


def _json(fields: Mapping[str, object]) -> bytes:
    return _ENCODER.encode(fields).encode()
