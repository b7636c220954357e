"""What does the API answer: which status, which JSON, which fields in which order?

Fields and their order are those of the vendor's two pages: the answer to an update by phone shows no custom variables,
the one to an update by ID does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.sandbox.rules import timestamp
from bulk_sync.sandbox.store import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.sandbox.limits import Ruling
    from bulk_sync.sandbox.options import RetryAfter
    from bulk_sync.sandbox.records import Campaign, Contact, TeamStatus

Headers = tuple[tuple[bytes, bytes], ...]

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready to be sent. `headers` are further ones beside the content type and length."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Headers = ()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def in_json(content: object, status: int = 200, headers: Headers = ()) -> Reply:
    """An answer in JSON."""
    return Reply(status, _ENCODER.encode(content).encode(), headers=headers)


def invalid(message: str) -> Reply:
    """400: the request cannot be understood, or asks for what the team does not have."""
    return in_json({"error": "Validation error", "message": message}, 400)


def not_found(message: str) -> Reply:
    """404."""
    return in_json({"error": "Not found", "message": message}, 404)


def unauthorized() -> Reply:
    """401, in the words of the page."""
    return in_json({"error": "Unauthorized", "message": "Invalid or missing API key"}, 401)


def wrong_method(allowed: tuple[str, ...]) -> Reply:
    """405, naming the methods that this path has."""
    allow = ", ".join(allowed)
    content = {"error": "Method not allowed", "message": f"Use {allow} here"}
    return in_json(content, 405, ((b"allow", allow.encode()),))


def too_many(ruling: Ruling, now: float, told: RetryAfter) -> Reply:
    """429, with the wait in whole seconds where `told` says."""
    wait = ruling.retry_after(now)
    content: dict[str, object] = {"error": "Rate limit exceeded", "message": "Too many requests"}
    if told in ("both", "body"):
        content["retryAfter"] = wait
    return in_json(content, 429, ((b"retry-after", b"%d" % wait),) if told in ("both", "header") else ())


def server_error() -> Reply:
    """500, as the contract shows it."""
    return in_json({"error": "Internal server error", "message": "Something went wrong"}, 500)


def unavailable() -> Reply:
    """503, as the contract shows it."""
    return in_json({"error": "Service unavailable", "message": "Try again shortly"}, 503)


def refused(trouble: Trouble) -> Reply:
    """404 for a contact, campaign or splitter that does not exist, 400 for the rest: the contract has no 409."""
    if trouble in (Trouble.CONTACT_NOT_FOUND, Trouble.CAMPAIGN_NOT_FOUND, Trouble.SPLITTER_NOT_FOUND):
        return not_found(trouble.value)
    return invalid(trouble.value)


def updated(contact: Contact, *, by_id: bool) -> Reply:
    """200 after an update."""
    shown = _by_id(contact) if by_id else _by_phone(contact)
    if contact.fulfilled_at is not None:
        shown["fulfilledAt"] = timestamp(contact.fulfilled_at)
    shown["updatedAt"] = timestamp(contact.updated_at)
    return in_json({"success": True, "message": "Contact updated successfully", "contact": shown})


def _by_phone(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "phoneNumber": contact.phone,
        "name": contact.name,
        "campaignId": contact.campaign,
        "status": contact.status,
    }


def _by_id(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "phoneNumber": contact.phone,
        "name": contact.name,
        "status": contact.status,
        "campaignId": contact.campaign,
        "customVariables": contact.variables,
    }


def listed(contact: Contact, campaigns: Mapping[str, Campaign]) -> dict[str, Any]:
    """A contact as `GET /contacts` shows it."""
    return {
        "id": contact.id,
        "name": contact.name,
        "phoneNumber": contact.phone,
        "timezone": contact.timezone,
        "status": contact.status,
        "customVariables": contact.variables,
        "createdAt": timestamp(contact.created_at),
        "fulfilledAt": _when(contact.fulfilled_at),
        "reAddedAt": _when(contact.readded_at),
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


def _when(seconds: float | None) -> str | None:
    return None if seconds is None else timestamp(seconds)
