"""Responses: what the API answers, in which status, with which fields in which order, and its JSON Schema.

Fields and their order are those of the vendor's two pages: the answer to an update by phone shows no custom variables,
the one to an update by ID does. What is shown of a thing is a table of fields, each with its schema and where it comes
from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from bulk_sync.times import iso

if TYPE_CHECKING:
    from bulk_sync.sandbox.records import Campaign, Contact, TeamStatus

Headers = tuple[tuple[bytes, bytes], ...]

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, ready to be sent. `headers` are further ones beside the content type and length."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Headers = ()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_ERRORS: Mapping[int, str] = {
    400: "Validation error",
    401: "Unauthorized",
    404: "Not found",
    405: "Method not allowed",
    429: "Rate limit exceeded",
    500: "Internal server error",
    503: "Service unavailable",
}
"""What `error` says beside the message, by status."""


def in_json(content: object, status: int = 200, headers: Headers = ()) -> Response:
    """An answer in JSON."""
    return Response(status, _ENCODER.encode(content).encode(), headers=headers)


def failure(status: int, message: str, headers: Headers = (), **more: object) -> Response:
    """An error as the contract shows it."""
    return in_json({"error": _ERRORS[status], "message": message, **more}, status, headers)


def wrong_method(*allowed: str) -> Response:
    """405, naming the methods that this path has."""
    allow = ", ".join(sorted(allowed))
    return failure(405, f"Use {allow} here", ((b"allow", allow.encode()),))


UNAUTHORIZED = failure(401, "Invalid or missing API key")
TOO_MANY = "Too many requests"
SERVER_ERROR = failure(500, "Something went wrong")
UNAVAILABLE = failure(503, "Try again shortly")

Schema = dict[str, Any]
Shown = Mapping[str, tuple[Schema, Callable[[Any], object]]]
"""The fields of an object in an answer: JSON Schema, and what makes the value of what is shown."""

TEXT: Schema = {"type": "string"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
WHOLE: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
UUID: Schema = {"type": "string", "format": "uuid"}
TIME: Schema = {"type": "string", "format": "date-time"}
MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
VARIABLES: Schema = {"type": "object", "additionalProperties": TEXT}


def _when(name: str) -> Callable[[Contact], str | None]:
    """A moment of a contact as the pages show it: `2026-04-22T15:30:00.000Z`."""
    return lambda contact: None if getattr(contact, name) is None else iso(getattr(contact, name))


CONTACT: Shown = {
    "id": (UUID, attrgetter("id")),
    "phoneNumber": (TEXT, attrgetter("phone")),
    "name": (MAYBE_TEXT, attrgetter("name")),
    "status": (TEXT, attrgetter("status")),
    "campaignId": (UUID, attrgetter("campaign")),
    "customVariables": (
        VARIABLES | {"description": "Only in the answer to an update by ID"},
        attrgetter("variables"),
    ),
    "fulfilledAt": (TIME | {"description": "Only while the status is fulfilled"}, _when("fulfilled_at")),
    "updatedAt": (TIME, _when("updated_at")),
}
"""A contact after an update."""

_BY_PHONE = ("id", "phoneNumber", "name", "campaignId", "status", "fulfilledAt", "updatedAt")

LISTED: Shown = {
    "id": (UUID, attrgetter("id")),
    "name": (MAYBE_TEXT, attrgetter("name")),
    "phoneNumber": (TEXT, attrgetter("phone")),
    "timezone": (MAYBE_TEXT, attrgetter("timezone")),
    "status": (TEXT, attrgetter("status")),
    "customVariables": (VARIABLES, attrgetter("variables")),
    "createdAt": (TIME, _when("created_at")),
    "fulfilledAt": (MAYBE_TIME, _when("fulfilled_at")),
    "reAddedAt": (MAYBE_TIME, _when("readded_at")),
}
"""A contact as `GET /contacts` shows it, beside its campaigns."""

STATUS: Shown = {
    "id": (UUID, attrgetter("id")),
    "name": (TEXT | {"description": "The value to send"}, attrgetter("name")),
    "label": (TEXT, attrgetter("label")),
    "description": (MAYBE_TEXT, attrgetter("description")),
    "color": (TEXT, attrgetter("color")),
    "isTerminal": (
        FLAG | {"description": "Nothing is scheduled for contacts in this status"},
        attrgetter("terminal"),
    ),
    "isSystem": (FLAG, attrgetter("system")),
    "excludeFromStats": (FLAG, lambda _: False),
}
"""A status as `GET /contacts/statuses` shows it, beside its place in the order."""

CAMPAIGN: Shown = {
    "id": (UUID, attrgetter("id")),
    "name": (TEXT, attrgetter("name")),
    "status": (
        {"type": "string", "enum": ["active", "paused"]},
        lambda campaign: "paused" if campaign.paused else "active",
    ),
}
"""A campaign as `GET /campaigns` shows it."""


def shown(fields: Shown, what: Contact | TeamStatus | Campaign) -> dict[str, Any]:
    """What an answer shows of something."""
    return {name: value(what) for name, (_, value) in fields.items()}


def updated(contact: Contact, *, by_id: bool) -> Response:
    """200 after an update."""
    fields = shown(CONTACT, contact)
    if contact.fulfilled_at is None:
        del fields["fulfilledAt"]
    in_order = {name: fields[name] for name in (fields if by_id else _BY_PHONE) if name in fields}
    return in_json({"success": True, "message": "Contact updated successfully", "contact": in_order})


def listed(contact: Contact, campaigns: Mapping[str, Campaign]) -> dict[str, Any]:
    """A contact as `GET /contacts` shows it."""
    campaign = {"id": contact.campaign, "name": campaigns[contact.campaign].name}
    return {**shown(LISTED, contact), "campaigns": [campaign]}
