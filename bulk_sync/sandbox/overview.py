"""What has the sandbox been told so far? The page that shows it, as HTML.

Everything that comes from a request or a file is escaped here, and nowhere else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from bulk_sync.sandbox.journal import BY_API, IN_APP
from bulk_sync.sandbox.rules import ACTIVE, DNC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bulk_sync.sandbox.journal import Entry
    from bulk_sync.sandbox.records import Contact, TeamStatus
    from bulk_sync.sandbox.store import Store

NEWEST = 50
"""How many contacts and how many lines of the log are shown; the totals count them all."""


def state(store: Store) -> str:
    """What `<main>` holds: totals, the contacts changed last, the action log, the counters."""
    with store.lock:
        contacts = store.newest(NEWEST)
        outreach = store.journal.outreach_of([contact.id for contact in contacts])
        rows = (_contact(store, each, outreach.get(each.id, {})) for each in contacts)
        log = map(_entry, store.journal.entries(NEWEST))
        size, logged = store.size(), store.journal.length()
        shown = _tiles(store)
        counters = _counters(store)
    return "".join(
        (
            shown,
            f"<h2>Contacts</h2>{_how_many(len(contacts), size, 'contacts, changed last first')}",
            _table(("Name", "Phone", "Status", "Campaign", "Scheduled", "Cancelled", "Updated (UTC)", ""), rows),
            f"<h2>Action log</h2>{_how_many(min(NEWEST, logged), logged, 'actions, newest first')}",
            _table(("Time (UTC)", "Phone", "What", "Source"), log),
            f"<h2>Counted as</h2><p class=soft>Actions through the API leave the in-app stats alone.</p>{counters}",
        )
    )


def _tiles(store: Store) -> str:
    statuses = store.count_by_status()
    counted = store.journal.counters()
    planned = sum(each.planned for each in counted.values())
    cancelled = sum(each.cancelled for each in counted.values())
    by_api = counted[BY_API].updates
    tiles = [("Contacts", sum(statuses.values())), ("Updates by API", by_api)]
    tiles += [("Outreach scheduled", planned - cancelled), ("Outreach cancelled", cancelled)]
    tiles += [("Deleted contacts", store.deleted_size())]
    tiles += [
        (store.statuses[name].label, count) for name, count in sorted(statuses.items(), key=lambda each: -each[1])
    ]
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd>{count:,}</dd></div>" for name, count in tiles)
    return f"<dl class=tiles>{shown}</dl>"


def _contact(store: Store, contact: Contact, outreach: Mapping[str, tuple[int, int]]) -> list[str]:
    status = store.statuses[contact.status]
    standing = {kind: count for kind, (count, _) in outreach.items() if count}
    gone = {kind: count for kind, (_, count) in outreach.items() if count}
    return [
        _free(contact.name or "—"),
        f"<span class=phone>{escape(contact.phone)}</span>",
        f'<span class="{_tone(status)}">{escape(status.label)}</span>',
        _free(store.campaigns[contact.campaign].name),
        f"<span>{escape(_kinds(standing))}</span>",
        f"<span>{escape(_kinds(gone))}</span>",
        f"<span class=when>{_when(contact.updated_at)}</span>",
        f'<button type=button data-delete="{escape(contact.id)}">Delete</button>',
    ]


def _entry(entry: Entry) -> list[str]:
    return [
        f"<span class=when>{_when(entry.at)}</span>",
        f"<span class=phone>{escape(entry.phone)}</span>",
        _free(entry.what),
        escape(entry.source),
    ]


def _tone(status: TeamStatus) -> str:
    if status.name in (ACTIVE, DNC):
        return "go" if status.name == ACTIVE else "dnc"
    return "stop" if status.terminal else "other"


def _kinds(counts: Mapping[str, int]) -> str:
    words = {
        "call": ("call", "calls"),
        "sms": ("SMS", "SMS"),
        "whatsapp": ("WhatsApp", "WhatsApp"),
        "trigger": ("trigger", "triggers"),
    }
    return ", ".join(f"{count} {words[kind][count > 1]}" for kind, count in counts.items()) or "—"


def _counters(store: Store) -> str:
    counted = store.journal.counters()
    acts = ("updates", "status_changes", "campaign_moves", "creations")
    rows = [[act, *(getattr(counted[source], act) for source in (IN_APP, BY_API))] for act in acts]
    return _table(("", IN_APP, BY_API), [[act.replace("_", " "), f"{app:,}", f"{api:,}"] for act, app, api in rows])


def _free(text: str) -> str:
    """Text of any length, which may break anywhere."""
    return f"<span class=free>{escape(text)}</span>"


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are HTML already."""
    head = "".join(f"<th scope=col>{escape(header)}</th>" for header in headers)
    body = "".join(
        "<tr>"
        + "".join(f'<td data-label="{escape(name)}">{cell}</td>' for name, cell in zip(headers, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f"<table class=cards><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _how_many(shown: int, total: int, what: str) -> str:
    return f"<p class=soft>{shown:,} of {total:,} {escape(what)}</p>"


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
