"""The API in OpenAPI 3.1: made from the tables that requests are routed and read by, and the schemas of answers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bulk_sync.sandbox.responses import CAMPAIGN, CONTACT, LISTED, STATUS, TEXT, UUID, WHOLE
from bulk_sync.sandbox.routes import BY_ID, operations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.sandbox.responses import Schema, Shown
    from bulk_sync.sandbox.routes import Operation


def _object(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": dict(properties)}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _shown(fields: Shown, more: Mapping[str, Schema] | None = None, optional: tuple[str, ...] = ()) -> Schema:
    return _object({name: schema for name, (schema, _) in fields.items()} | dict(more or {}), optional)


_SUCCESS: Schema = {"const": True}

_ANSWERS: Mapping[str, Schema] = {
    "Contact": _shown(CONTACT, optional=("customVariables", "fulfilledAt")),
    "ListedContact": _shown(LISTED, {"campaigns": _list(_object({"id": UUID, "name": TEXT}))}),
    "Status": _shown(STATUS, {"displayOrder": WHOLE}),
    "Campaign": _shown(CAMPAIGN),
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
"""Every schema that answers use, by name; operations name those of success."""

_SUCCESSES: Mapping[str, str] = {
    "Updated": "The contact as it now stands",
    "Created": "The contact, created (201) or updated (200)",
    "Fulfilled": "The contact is fulfilled",
    "Statuses": "The statuses, system ones first",
    "ContactPage": "A page of contacts",
    "CampaignPage": "A page of campaigns",
}
"""What each answer of success means, by the name of its schema."""

_ERRORS: Mapping[int, str] = {
    400: "The body or a parameter is not valid",
    401: "The API key is missing or not valid",
    404: "No such contact or campaign",
    429: "The key's limit for this window is used up",
    500: "The fault is on the server's side",
    503: "Temporary; retry after a short wait",
}

_RATE_HEADERS: Mapping[str, str] = {
    "X-RateLimit-Limit": "Most requests in the current window",
    "X-RateLimit-Remaining": "Requests left in the current window",
    "X-RateLimit-Reset": "Unix time, in whole seconds, at which the window resets",
}

_ABOUT = (
    "A local stand-in for the contacts API, for trying things out. It does what the vendor documents: one API key in "
    "the X-API-Key header, limits per key for reads (GET) and writes (POST, PUT), three X-RateLimit headers on every "
    "answer to a good key, and Retry-After on 429. Fields that no operation names become custom variables."
)


@cache
def document() -> dict[str, Any]:
    """The whole OpenAPI document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    bodies = {each.body.title: each.body.schema() for each in operations() if each.body is not None}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Contacts API (sandbox)", "version": "2026-11", "description": _ABOUT},
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
            "schemas": {**bodies, **_ANSWERS},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.path.split("/")[1]],
        "summary": operation.summary,
        "responses": _responses(operation),
    }
    parameters: list[Schema] = [
        {"name": name, "in": "query", "schema": field.schema}
        | ({"description": field.description} if field.description else {})
        for name, field in operation.parameters.items()
    ]
    if operation.path == BY_ID:
        parameters.append({"name": "id", "in": "path", "required": True, "schema": UUID})
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _json(operation.body.title)}
    return described


def _responses(operation: Operation) -> dict[str, Any]:
    """What may come back: a GET finds nothing missing, and where nothing is asked for nothing is wrong with it."""
    headers, shown = _headers(_RATE_HEADERS), operation.shows
    found: dict[str, Any] = {
        str(status): {"description": _SUCCESSES[shown], "headers": headers, "content": _json(shown)}
        for status in operation.succeeds
    }
    for status, meaning in _ERRORS.items():
        if (status == 400 and not (operation.body or operation.parameters)) or (status == 404 and not operation.body):
            continue
        found[str(status)] = {"description": meaning, "content": _json("Error")}
        if status in (400, 404, 429):
            found[str(status)]["headers"] = headers
    found["429"]["headers"] = headers | _headers({"Retry-After": "Seconds to wait"})
    return found


def _headers(described: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "integer"}} for name, text in described.items()}


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
