"""How does a person read the API's OpenAPI document? As a page that needs no network."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Described = dict[str, Any]


def content(document: Described, host: str) -> str:
    """What `<main>` holds; `host` is what the reader's browser calls this server."""
    parts = [f"<p>{escape(document['info']['description'])}</p>"]
    parts.append('<p>As a file for tools: <a href="/openapi.json"><code>/openapi.json</code></a></p>')
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(document, method.upper(), path, operation, host))
    return "".join(parts)


def _operation(document: Described, method: str, path: str, operation: Described, host: str) -> str:
    name = f"<span class=method>{method}</span> <code>{escape(path)}</code>"
    parts = [f"<h2 id={escape(operation['operationId'])}>{name}</h2><p>{escape(operation['summary'])}</p>"]
    if "parameters" in operation:
        rows = [(each["name"], each["schema"], each.get("description", "")) for each in operation["parameters"]]
        parts.append("<h3>Parameters</h3>" + _fields(rows, ()))
    body = None
    if "requestBody" in operation:
        body = _resolved(document, operation["requestBody"]["content"]["application/json"]["schema"])
        rows = [(name, schema, "") for name, schema in body["properties"].items()]
        parts.append("<h3>Body</h3>" + _fields(rows, body.get("required", ())))
        if "anyOf" in body:
            names = ", ".join(name for choice in body["anyOf"] for name in choice["required"])
            parts.append(f"<p>At least one of {escape(names)} must be given.</p>")
    parts.append(f"<pre>{escape(_curl(method, path, host, body))}</pre><h3>Answers</h3>")
    answers = ((status, answer["description"]) for status, answer in operation["responses"].items())
    parts.append(_table(("Status", "Meaning"), [[escape(status), escape(meaning)] for status, meaning in answers]))
    return "".join(parts)


def _resolved(document: Described, schema: Described) -> Described:
    found: Described = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _fields(rows: list[tuple[str, Described, str]], required: tuple[str, ...] | list[str]) -> str:
    shown = []
    for name, schema, description in rows:
        facts = [f"{key}: {_fact(value)}" for key, value in schema.items() if key not in ("type", "description")]
        need = "required" if name in required else ""
        words = ". ".join(filter(None, (description or schema.get("description", ""), ", ".join(facts))))
        shown.append([f"<code>{escape(name)}</code>", escape(str(schema["type"])), need, escape(words)])
    return _table(("Name", "Type", "", "Meaning"), shown)


def _fact(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_fact, value))
    return value if isinstance(value, str) else json.dumps(value)


def _table(headers: tuple[str, ...], rows: list[list[str]]) -> str:
    head = "".join(f"<th scope=col>{escape(header)}</th>" for header in headers)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_EXAMPLES: Mapping[str, object] = {
    "phone": "+11234567890",
    "phoneNumber": "+11234567890",
    "status": "paused",
    "campaignId": "550e8400-e29b-41d4-a716-446655440000",
    "name": "John Doe",
    "timezone": "America/New_York",
    "customVariables": {"email": "new@example.com"},
}


def _curl(method: str, path: str, host: str, body: Described | None) -> str:
    url = f"http://{host}{path}".replace("{id}", "550e8400-e29b-41d4-a716-446655440000")
    lines = [f"curl -X {method} {url}", '  -H "X-API-Key: $KEY"']
    if body is not None:
        example = {name: _EXAMPLES[name] for name in body["properties"] if name in _EXAMPLES}
        lines += ['  -H "Content-Type: application/json"', f"  -d '{json.dumps(example)}'"]
    return " \\\n".join(lines)
