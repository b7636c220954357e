"""What do the API's answers look like, in JSON Schema? The other half of `replies`, for the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
WHOLE: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
UUID: Schema = {"type": "string", "format": "uuid"}
TIME: Schema = {"type": "string", "format": "date-time"}
MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
VARIABLES: Schema = {"type": "object", "additionalProperties": TEXT}


def _object(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": dict(properties)}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_SUCCESS: Schema = {"const": True}

ANSWERS: Mapping[str, Schema] = {
    "Contact": _object(
        {
            "id": UUID,
            "phoneNumber": TEXT,
            "name": MAYBE_TEXT,
            "status": TEXT,
            "campaignId": UUID,
            "customVariables": VARIABLES | {"description": "Only in the answer to an update by ID"},
            "fulfilledAt": TIME | {"description": "Only while the status is fulfilled"},
            "updatedAt": TIME,
        },
        optional=("customVariables", "fulfilledAt"),
    ),
    "ListedContact": _object(
        {
            "id": UUID,
            "name": MAYBE_TEXT,
            "phoneNumber": TEXT,
            "timezone": MAYBE_TEXT,
            "status": TEXT,
            "customVariables": VARIABLES,
            "createdAt": TIME,
            "fulfilledAt": MAYBE_TIME,
            "reAddedAt": MAYBE_TIME,
            "campaigns": _list(_object({"id": UUID, "name": TEXT})),
        }
    ),
    "Status": _object(
        {
            "id": UUID,
            "name": TEXT | {"description": "The value to send"},
            "label": TEXT,
            "description": MAYBE_TEXT,
            "color": TEXT,
            "isTerminal": FLAG | {"description": "Nothing is scheduled for contacts in this status"},
            "isSystem": FLAG,
            "excludeFromStats": FLAG,
            "displayOrder": WHOLE,
        }
    ),
    "Campaign": _object({"id": UUID, "name": TEXT, "status": {"type": "string", "enum": ["active", "paused"]}}),
    "Error": _object(
        {"error": TEXT, "message": TEXT, "retryAfter": WHOLE | {"description": "Seconds, on 429"}},
        optional=("retryAfter",),
    ),
    "Updated": _object({"success": _SUCCESS, "message": TEXT, "contact": _reference("Contact")}),
    "Created": _object({"success": _SUCCESS, "data": _reference("ListedContact")}),
    "Fulfilled": _object({"success": _SUCCESS, "message": TEXT}),
    "Statuses": _list(_reference("Status")),
    "ContactPage": _object(
        {
            "contacts": _list(_reference("ListedContact")),
            "pagination": _object({"total": WHOLE, "page": WHOLE, "limit": WHOLE}),
        }
    ),
    "CampaignPage": _object(
        {
            "data": _list(_reference("Campaign")),
            "pagination": _object({"total": WHOLE, "totalPages": WHOLE, "currentPage": WHOLE, "limit": WHOLE}),
        }
    ),
}
"""Every schema that answers use, by name; `operations` names those of success."""

SUCCESSES: Mapping[str, str] = {
    "Updated": "The contact as it now stands",
    "Created": "The contact, created (201) or updated (200)",
    "Fulfilled": "The contact is fulfilled",
    "Statuses": "The statuses, system ones first",
    "ContactPage": "A page of contacts",
    "CampaignPage": "A page of campaigns",
}
"""What each answer of success means, by the name of its schema."""

ERRORS: Mapping[int, str] = {
    400: "The body or a parameter is not valid",
    401: "The API key is missing or not valid",
    404: "No such contact or campaign",
    429: "The key's limit for this window is used up",
    500: "The fault is on the server's side",
    503: "Temporary; retry after a short wait",
}

RATE_HEADERS: Mapping[str, str] = {
    "X-RateLimit-Limit": "Most requests in the current window",
    "X-RateLimit-Remaining": "Requests left in the current window",
    "X-RateLimit-Reset": "Unix time, in whole seconds, at which the window resets",
}
