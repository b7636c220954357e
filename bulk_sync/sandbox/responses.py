"""Responses: what the API answers, in which status, with which fields in which order.

Fields and their order are those of the vendor's two pages: the answer to an update by phone shows no custom variables,
the one to an update by ID does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

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

_BY_PHONE = ("id", "phoneNumber", "name", "campaignId", "status")
_BY_ID = ("id", "phoneNumber", "name", "status", "campaignId", "customVariables")


def updated(contact: Contact, *, by_id: bool) -> Response:
    """200 after an update."""
    fields = {
        "id": contact.id,
        "phoneNumber": contact.phone,
        "name": contact.name,
        "status": contact.status,
        "campaignId": contact.campaign,
        "customVariables": contact.variables,
    }
    shown = {name: fields[name] for name in (_BY_ID if by_id else _BY_PHONE)}
    if contact.fulfilled_at is not None:
        shown["fulfilledAt"] = iso(contact.fulfilled_at)
    shown["updatedAt"] = iso(contact.updated_at)
    return in_json({"success": True, "message": "Contact updated successfully", "contact": shown})


def listed(contact: Contact, campaigns: Mapping[str, Campaign]) -> dict[str, Any]:
    """A contact as `GET /contacts` shows it."""
    return {
        "id": contact.id,
        "name": contact.name,
        "phoneNumber": contact.phone,
        "timezone": contact.timezone,
        "status": contact.status,
        "customVariables": contact.variables,
        "createdAt": iso(contact.created_at),
        "fulfilledAt": None if contact.fulfilled_at is None else iso(contact.fulfilled_at),
        "reAddedAt": None if contact.readded_at is None else iso(contact.readded_at),
        "campaigns": [{"id": contact.campaign, "name": campaigns[contact.campaign].name}],
    }


def status(each: TeamStatus, order: int) -> dict[str, Any]:
    """A status as `GET /contacts/statuses` shows it."""
    return {
        "id": each.id,
        "name": each.name,
        "label": each.label,
        "description": each.description,
        "color": each.color,
        "isTerminal": each.terminal,
        "isSystem": each.system,
        "excludeFromStats": False,
        "displayOrder": order,
    }


def campaign(each: Campaign) -> dict[str, Any]:
    """A campaign as `GET /campaigns` shows it."""
    return {"id": each.id, "name": each.name, "status": "paused" if each.paused else "active"}
