"""Pages: what the sandbox shows in a browser, and to whom. (jinja2)

The overview and its contacts need no key, so they are shown to this machine alone: to a loopback caller that asked for
a loopback name, which keeps out other machines, and web pages that point a name of their own at 127.0.0.1 (DNS
rebinding). Deleting a contact, which the API has no operation for, also takes a header that only our own page can send.

Everything that comes from a request or a file is escaped by the templates.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bulk_sync.sandbox.outreach_log import BY_API, IN_APP
from bulk_sync.sandbox.requests import body_schema, document, resolved
from bulk_sync.sandbox.responses import Response, failure, in_json, wrong_method
from bulk_sync.sandbox.rules import ACTIVE, DNC

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from jinja2 import Environment

    from bulk_sync.sandbox.requests import Described
    from bulk_sync.sandbox.rules import TeamStatus
    from bulk_sync.sandbox.store import Store

    Scope = MutableMapping[str, Any]

NEWEST = 50
"""How many contacts and how many lines of the log are shown; the totals count them all."""

_NOT_HERE = Response(403, b"This page is shown only on the machine that the sandbox runs on.\n", "text/plain")


def page(store: Store, scope: Scope, now: float) -> Response | None:
    """The page at this path at the time `now`; None where the path belongs to the API."""
    match scope["path"], scope["method"]:
        case "/delete", "POST":
            return _delete(store, scope, now)
        case "/delete", _:
            return wrong_method("POST")
        case "/" | "/docs" | "/openapi.json" | "/favicon.ico", method if method not in ("GET", "HEAD"):
            return wrong_method("GET", "HEAD")
        case "/", _:
            return _overview(store, scope)
        case "/docs", _:
            return _html("Contacts API", docs(_host(scope)))
        case "/openapi.json", _:
            return in_json(document())
        case "/favicon.ico", _:
            return Response(204, b"", "image/x-icon")
    return None


def _delete(store: Store, scope: Scope, now: float) -> Response:
    """Delete the contact that the query names."""
    if not _is_from_here(scope) or not any(name == b"x-sandbox-page" for name, _ in scope["headers"]):
        return _NOT_HERE
    contact = parse_qs(scope["query_string"].decode("latin-1")).get("contact", [""])[0]
    if not store.delete(contact, now):
        return failure(404, "Contact not found")
    return Response(204, b"", "text/plain")


def _overview(store: Store, scope: Scope) -> Response:
    if not _is_from_here(scope):
        return _NOT_HERE
    return _html("" if scope["query_string"] == b"part=state" else "Sandbox", overview(store), _asset("page.js"))


def _host(scope: Scope) -> str:
    """What the reader's browser calls this server."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")


def _is_from_here(scope: Scope) -> bool:
    host = _host(scope)
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    local = (scope.get("server") or ("",))[0]
    caller = (scope.get("client") or ("",))[0]
    named_here = name.lower() == "localhost" or name.strip("[]") == local or _is_loopback(name.strip("[]"))
    return named_here and (caller == local or _is_loopback(caller))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  # only who opens a page waits for it

    loader = PackageLoader("bulk_sync.sandbox", "assets")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _asset(name: str) -> str:
    return files("bulk_sync.sandbox").joinpath("assets", name).read_text("utf-8")


def _rendered(name: str, **facts: object) -> str:
    return _templates().get_template(name).render(facts)


def _html(title: str, content: str, script: str = "") -> Response:
    """A page around its content, which is sent bare where there is no title; one with a script refreshes by itself.

    It runs no script, no style and no connection but our own, even if something slips through escaping.
    """
    style = _asset("page.css")
    if title:
        content = _rendered("page.html", title=title, content=content, style=style, script=script)
    policy = (
        "default-src 'none'",
        f"script-src {_hash(_asset('page.js'))}",
        f"style-src {_hash(style)}",
        "connect-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    headers = (
        (b"content-security-policy", "; ".join(policy).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    )
    return Response(200, content.encode(), "text/html; charset=utf-8", headers)


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def overview(store: Store) -> str:
    """What `<main>` holds: totals, the contacts changed last, the action log, the counters."""
    with store.lock:
        contacts = store.newest(NEWEST)
        counted = store.log.counters()
        planned, cancelled = (sum(getattr(each, act) for each in counted.values()) for act in ("planned", "cancelled"))
        by_status = sorted(store.count_by_status().items(), key=lambda each: -each[1])
        tiles = [
            ("Contacts", store.size()),
            ("Updates by API", counted[BY_API].updates),
            ("Outreach scheduled", planned - cancelled),
            ("Outreach cancelled", cancelled),
            ("Deleted contacts", store.count("contacts WHERE deleted_at IS NOT NULL")),
            *((store.statuses[name].label, count) for name, count in by_status),
        ]
        return _rendered(
            "overview.html",
            tiles=tiles,
            contacts=contacts,
            size=store.size(),
            statuses=store.statuses,
            campaigns=store.campaigns,
            outreach=store.log.outreach_of([contact.id for contact in contacts]),
            entries=store.log.entries(NEWEST),
            logged=store.log.length(),
            counters={source: counted[source]._asdict() for source in (IN_APP, BY_API)},
            moment=lambda seconds: f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}",
            tone=_tone,
            kinds=_kinds,
        )


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


def _kinds(outreach: Mapping[str, tuple[int, int]], place: int) -> str:
    """The scheduled (`place` 0) or cancelled (1) actions of a contact, in words."""
    counts = {kind: each[place] for kind, each in outreach.items() if each[place]}
    return ", ".join(f"{count} {_WORDS[kind][count > 1]}" for kind, count in counts.items()) or "—"


def docs(host: str) -> str:
    """What `<main>` holds: every operation of the API's document."""
    tools = {"body_schema": body_schema, "resolved": resolved, "meaning": _meaning, "curl": _curl}
    return _rendered("docs.html", document=document(), host=host, **tools)


_FACTS = frozenset(
    {"pattern", "examples", "minLength", "maxLength", "format", "additionalProperties", "minimum", "default", "enum"}
)


def _meaning(schema: Described) -> str:
    """A field or a parameter in words, from its JSON Schema."""
    facts = ", ".join(f"{key}: {_fact(value)}" for key, value in schema.items() if key in _FACTS)
    return ". ".join(filter(None, (schema.get("description", ""), facts)))


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


def _curl(method: str, path: str, host: str, body: Described | None) -> str:
    """A command that works as it stands, once `$KEY` is set."""
    url = f"http://{host}{path}".replace("{id}", "550e8400-e29b-41d4-a716-446655440000")
    lines = [f"curl -X {method} {url}", '  -H "X-API-Key: $KEY"']
    if body is not None:
        example = {name: _EXAMPLES[name] for name in body["properties"] if name in _EXAMPLES}
        lines += ['  -H "Content-Type: application/json"', f"  -d '{json.dumps(example)}'"]
    return " \\\n".join(lines)
