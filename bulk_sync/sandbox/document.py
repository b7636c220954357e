"""How is the API described in OpenAPI 3.1? Made from the same tables that requests are checked by."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bulk_sync.sandbox.operations import BY_ID, OPERATIONS
from bulk_sync.sandbox.schemas import ANSWERS, ERRORS, RATE_HEADERS, SUCCESSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.sandbox.operations import Operation

_ABOUT = (
    "A local stand-in for the contacts API, for trying things out. It does what the vendor documents: one API key in "
    "the X-API-Key header, limits per key for reads (GET) and writes (POST, PUT), three X-RateLimit headers on every "
    "answer to a good key, and Retry-After on 429. Fields that no operation names become custom variables."
)


@cache
def document() -> dict[str, Any]:
    """The whole OpenAPI document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    bodies = {each.body.title: each.body.schema() for each in OPERATIONS if each.body is not None}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Contacts API (sandbox)", "version": "2026-11", "description": _ABOUT},
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
            "schemas": {**bodies, **ANSWERS},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.path.split("/")[1]],
        "summary": operation.summary,
        "responses": _responses(operation),
    }
    parameters = [_parameter(each.name, each.schema(), each.description) for each in operation.parameters]
    if operation.path == BY_ID:
        parameters.append(
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        )
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _json(operation.body.title)}
    return described


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
    if description:
        described["description"] = description
    return described


def _responses(operation: Operation) -> dict[str, Any]:
    found = {
        str(status): {"description": SUCCESSES[schema], "headers": _headers(RATE_HEADERS), "content": _json(schema)}
        for status, schema in operation.succeeds
    }
    absent = {400} if not operation.may_be_invalid else set()
    absent |= {404} if not operation.may_not_be_found else set()
    for status, meaning in ERRORS.items():
        if status in absent:
            continue
        found[str(status)] = {"description": meaning, "content": _json("Error")}
        if status in (400, 404):
            found[str(status)]["headers"] = _headers(RATE_HEADERS)
        if status == 429:
            found[str(status)]["headers"] = _headers({**RATE_HEADERS, "Retry-After": "Seconds to wait"})
    return found


def _headers(described: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "integer"}} for name, text in described.items()}


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
