"""Pages: what the sandbox shows in a browser, and to whom.

The overview and its contacts need no key, so they are shown to this machine alone: to a loopback caller that asked for
a loopback name, which keeps out other machines, and web pages that point a name of their own at 127.0.0.1 (DNS
rebinding). Deleting a contact, which the API has no operation for, also takes a header that only our own page can send.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bulk_sync.sandbox import responses, views
from bulk_sync.sandbox.document import document
from bulk_sync.sandbox.responses import HTML_TYPE, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from bulk_sync.sandbox.store import Store

    Scope = MutableMapping[str, Any]


def page(store: Store, scope: Scope, now: float) -> Response | None:
    """The page at this path at the time `now`; None where the path belongs to the API."""
    if scope["path"] == "/delete":
        return _delete(store, scope, now)
    show = _PAGES.get(scope["path"])
    if show is None:
        return None
    if scope["method"] not in ("GET", "HEAD"):
        return responses.wrong_method("GET", "HEAD")
    return show(store, scope)


def _delete(store: Store, scope: Scope, now: float) -> Response:
    """Delete the contact that the query names."""
    if scope["method"] != "POST":
        return responses.wrong_method("POST")
    if not _from_here(scope) or not any(name == b"x-sandbox-page" for name, _ in scope["headers"]):
        return _NOT_HERE
    contact = parse_qs(scope["query_string"].decode("latin-1")).get("contact", [""])[0]
    if not store.delete(contact, now):
        return responses.failure(404, "Contact not found")
    return Response(204, b"", "text/plain")


def _overview(store: Store, scope: Scope) -> Response:
    if not _from_here(scope):
        return _NOT_HERE
    state = views.overview(store)
    return _html(state if scope["query_string"] == b"part=state" else _whole("Sandbox", state, refreshes=True))


def _docs(store: Store, scope: Scope) -> Response:  # noqa: ARG001 -- every page takes both
    return _html(_whole("Contacts API", views.docs(document(), _host(scope)), refreshes=False))


_NOT_HERE = Response(403, b"This page is shown only on the machine that the sandbox runs on.\n", "text/plain")

_PAGES: Mapping[str, Callable[[Store, Scope], Response]] = {
    "/": _overview,
    "/docs": _docs,
    "/openapi.json": lambda *_: responses.in_json(document()),
    "/favicon.ico": lambda *_: Response(204, b"", "image/x-icon"),
}


def _host(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")


def _from_here(scope: Scope) -> bool:
    name = _host(scope).rsplit(":", 1)[0] if not _host(scope).endswith("]") else _host(scope)
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
def _asset(name: str) -> str:
    return files("bulk_sync.sandbox").joinpath("assets", name).read_text("utf-8")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@cache
def _policy() -> bytes:
    """No script, no style and no connection but our own: what slips through escaping still cannot run."""
    rules = (
        "default-src 'none'",
        f"script-src {_hash(_asset('page.js'))}",
        f"style-src {_hash(_asset('page.css'))}",
        "connect-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(rules).encode()


def _html(text: str) -> Response:
    headers = (
        (b"content-security-policy", _policy()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    )
    return Response(200, text.encode(), HTML_TYPE, headers)


def _whole(title: str, content: str, *, refreshes: bool) -> str:
    head = f"<title>{escape(title)}</title><style>{_asset('page.css')}</style>"
    nav, script = '<a href="/">Contacts</a>', ""
    if refreshes:
        head += '<noscript><meta http-equiv="refresh" content="2"></noscript>'
        nav = "<span>No call is ever made. This page refreshes by itself.</span> <a href=/docs>Operations</a>"
        script = f"<script>{_asset('page.js')}</script>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>'
        f'<body><header><h1>{escape(title)}</h1><nav class="soft">{nav}</nav>'
        '<p class="away-note" role="status">The sandbox does not answer; it may have been stopped.</p></header>'
        f"<main>{content}</main>{script}</body></html>"
    )
