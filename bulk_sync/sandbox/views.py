"""Views: the HTML of what the sandbox has been told so far, and of the API's OpenAPI document.

Everything that comes from a request or a file is escaped here, and nowhere else.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from bulk_sync.sandbox.outreach_log import BY_API, IN_APP
from bulk_sync.sandbox.rules import ACTIVE, DNC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bulk_sync.sandbox.records import Contact, TeamStatus
    from bulk_sync.sandbox.store import Store

    Described = dict[str, Any]

NEWEST = 50
"""How many contacts and how many lines of the log are shown; the totals count them all."""


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, cards: bool = False) -> str:
    """A table whose cells are HTML already. As `cards`, each row is a card where the screen is narrow."""
    head = "".join(f"<th scope=col>{escape(header)}</th>" if header else "<td></td>" for header in headers)
    tags = [f'<td data-label="{escape(header)}">' if cards else "<td>" for header in headers]
    body = "".join(
        f"<tr>{''.join(f'{tag}{cell}</td>' for tag, cell in zip(tags, row, strict=True))}</tr>" for row in rows
    )
    return f"<table{' class=cards' * cards}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape(text)}</span>'


def _when(seconds: float) -> str:
    return _span("when", f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}")


def overview(store: Store) -> str:
    """What `<main>` holds: totals, the contacts changed last, the action log, the counters."""
    with store.lock:
        contacts, entries, logged = store.newest(NEWEST), store.log.entries(NEWEST), store.log.length()
        outreach = store.log.outreach_of([contact.id for contact in contacts])
        rows = [_contact(store, each, outreach.get(each.id, {})) for each in contacts]
        tiles, counted = _tiles(store), store.log.counters()
        shown = f"{len(contacts):,} of {store.size():,} contacts, changed last first"
    log = [
        [_when(each.at), _span("phone", each.phone), _span("free", each.what), escape(each.source)] for each in entries
    ]
    acts = ("updates", "status_changes", "campaign_moves", "creations")
    counters = [
        [act.replace("_", " "), *(f"{getattr(counted[source], act):,}" for source in (IN_APP, BY_API))] for act in acts
    ]
    headers = ("Name", "Phone", "Status", "Campaign", "Scheduled", "Cancelled", "Updated (UTC)", "")
    return "".join(
        (
            f"<dl class=tiles>{tiles}</dl>",
            f"<h2>Contacts</h2><p class=soft>{shown}</p>{_table(headers, rows, cards=True)}",
            f"<h2>Action log</h2><p class=soft>{len(entries):,} of {logged:,} actions, newest first</p>",
            _table(("Time (UTC)", "Phone", "What", "Source"), log, cards=True),
            "<h2>Counted as</h2><p class=soft>Actions through the API leave the in-app stats alone.</p>",
            _table(("", IN_APP, BY_API), counters, cards=True),
        )
    )


def _tiles(store: Store) -> str:
    statuses, counted = store.count_by_status(), store.log.counters()
    planned, cancelled = (sum(getattr(each, act) for each in counted.values()) for act in ("planned", "cancelled"))
    tiles = [
        ("Contacts", sum(statuses.values())),
        ("Updates by API", counted[BY_API].updates),
        ("Outreach scheduled", planned - cancelled),
        ("Outreach cancelled", cancelled),
        ("Deleted contacts", store.deleted_size()),
        *((store.statuses[name].label, count) for name, count in sorted(statuses.items(), key=lambda each: -each[1])),
    ]
    return "".join(f"<div><dt>{escape(name)}</dt><dd>{count:,}</dd></div>" for name, count in tiles)


def _contact(store: Store, contact: Contact, outreach: Mapping[str, tuple[int, int]]) -> list[str]:
    status = store.statuses[contact.status]
    return [
        _span("free", contact.name or "—"),
        _span("phone", contact.phone),
        _span(_tone(status), status.label),
        _span("free", store.campaigns[contact.campaign].name),
        _kinds({kind: standing for kind, (standing, _) in outreach.items()}),
        _kinds({kind: gone for kind, (_, gone) in outreach.items()}),
        _when(contact.updated_at),
        f'<button type=button data-delete="{escape(contact.id)}">Delete</button>',
    ]


def _tone(status: TeamStatus) -> str:
    if status.name in (ACTIVE, DNC):
        return "go" if status.name == ACTIVE else "dnc"
    return "stop" if status.terminal else "other"


_WORDS = {
    "call": ("call", "calls"),
    "sms": ("SMS", "SMS"),
    "whatsapp": ("WhatsApp", "WhatsApp"),
    "trigger": ("trigger", "triggers"),
}


def _kinds(counts: Mapping[str, int]) -> str:
    said = ", ".join(f"{count} {_WORDS[kind][count > 1]}" for kind, count in counts.items() if count)
    return f"<span>{said or '—'}</span>"


def docs(document: Described, host: str) -> str:
    """What `<main>` holds: every operation; `host` is what the reader's browser calls this server."""
    parts = [f"<p>{escape(document['info']['description'])}</p>"]
    parts.append('<p>As a file for tools: <a href="/openapi.json"><code>/openapi.json</code></a></p>')
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.extend(_operation(document["components"]["schemas"], method.upper(), path, operation, host))
    return "".join(parts)


def _operation(schemas: Described, method: str, path: str, operation: Described, host: str) -> Iterator[str]:
    name = f"<span class=method>{method}</span> <code>{escape(path)}</code>"
    yield f"<h2 id={escape(operation['operationId'])}>{name}</h2><p>{escape(operation['summary'])}</p>"
    if "parameters" in operation:
        yield "<h3>Parameters</h3>"
        yield _fields((each["name"], each["schema"] | each, False) for each in operation["parameters"])
    body: Described = {}
    if "requestBody" in operation:
        body = schemas[operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]]
        required = body.get("required", ())
        yield "<h3>Body</h3>"
        yield _fields((name, schema, name in required) for name, schema in body["properties"].items())
        if "anyOf" in body:
            names = ", ".join(name for choice in body["anyOf"] for name in choice["required"])
            yield f"<p>At least one of {escape(names)} must be given.</p>"
    yield f"<pre>{escape(_curl(method, path, host, body.get('properties')))}</pre><h3>Answers</h3>"
    answers = ([escape(status), escape(each["description"])] for status, each in operation["responses"].items())
    yield _table(("Status", "Meaning"), answers)


def _fields(fields: Iterable[tuple[str, Described, bool]]) -> str:
    """Fields by name, JSON Schema (a description among it), and whether they must be given."""
    rows = []
    for name, schema, is_required in fields:
        facts = ", ".join(f"{key}: {_fact(value)}" for key, value in schema.items() if key in _FACTS)
        words = ". ".join(filter(None, (schema.get("description", ""), facts)))
        need = "required" if is_required else ""
        rows.append([f"<code>{escape(name)}</code>", escape(str(schema["type"])), need, escape(words)])
    return _table(("Name", "Type", "", "Meaning"), rows)


_FACTS = frozenset(
    {"pattern", "examples", "minLength", "maxLength", "format", "additionalProperties", "minimum", "default", "enum"}
)


def _fact(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_fact, value))
    return value if isinstance(value, str) else json.dumps(value)


_EXAMPLES: Mapping[str, object] = {
    "phone": "+11234567890",
    "phoneNumber": "+11234567890",
    "status": "paused",
    "campaignId": "550e8400-e29b-41d4-a716-446655440000",
    "name": "John Doe",
    "timezone": "America/New_York",
    "customVariables": {"email": "new@example.com"},
}


def _curl(method: str, path: str, host: str, fields: Described | None) -> str:
    url = f"http://{host}{path}".replace("{id}", "550e8400-e29b-41d4-a716-446655440000")
    lines = [f"curl -X {method} {url}", '  -H "X-API-Key: $KEY"']
    if fields is not None:
        example = {name: _EXAMPLES[name] for name in fields if name in _EXAMPLES}
        lines += ['  -H "Content-Type: application/json"', f"  -d '{json.dumps(example)}'"]
    return " \\\n".join(lines)
