"""The outreach log: what is planned for a contact, what was cancelled, and who did what.

The vendor's page on updates by phone: actions through the API are logged as `contacts-actions-by-api` and do not
inflate the in-app action stats. Both are counted here, each under its source, so that this can be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from bulk_sync.sandbox.rules import Campaign, Contact, Kind

BY_API = "contacts-actions-by-api"
IN_APP = "in-app"


class Tally(NamedTuple):
    """How many of each act. `planned` and `cancelled` are planned and cancelled actions of outreach."""

    updates: int = 0
    status_changes: int = 0
    campaign_moves: int = 0
    creations: int = 0
    planned: int = 0
    cancelled: int = 0


class Entry(NamedTuple):
    """One line of the action log. `at` is in seconds since the epoch."""

    at: float
    source: str
    contact_id: str
    phone: str
    what: str


class OutreachLog:
    """Outreach and action log of a store, whose lock the caller holds; what writes is for inside a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def plan(self, contact: Contact, actions: Iterable[tuple[Kind, float]], now: float) -> int:
        """Schedule a contact's actions, each due at its moment; how many there were."""
        added = [(contact.id, contact.campaign, kind, due, now) for kind, due in actions]
        sql = "INSERT INTO outreach (contact, campaign, kind, due, planned_at) VALUES (?,?,?,?,?)"
        self._db.executemany(sql, added)
        return len(added)

    def cancel(self, contact: Contact, kinds: frozenset[Kind], now: float) -> int:
        """Cancel the contact's scheduled actions of these kinds; how many there were."""
        marks = ",".join("?" * len(kinds))
        sql = f"UPDATE outreach SET cancelled_at=? WHERE contact=? AND cancelled_at IS NULL AND kind IN ({marks})"  # noqa: S608 -- no values
        return self._db.execute(sql, (now, contact.id, *kinds)).rowcount

    def write(self, source: str, contact: Contact, what: str, tally: Tally, now: float) -> None:
        """Write a line of the action log, and count what was done under its source."""
        sql = "INSERT INTO log (at, source, contact, phone, what) VALUES (?,?,?,?,?)"
        self._db.execute(sql, (now, source, contact.id, contact.phone, what))
        self.count(source, tally)

    def count(self, source: str, tally: Tally) -> None:
        """Add to the counters of a source."""
        added = ", ".join(f"{name} = {name} + ?" for name in Tally._fields)
        self._db.execute(f"UPDATE counters SET {added} WHERE source = ?", (*tally, source))  # noqa: S608 -- names

    def counters(self) -> Mapping[str, Tally]:
        """How many of each act, by source: `in-app` and `contacts-actions-by-api`."""
        sql = f"SELECT source, {', '.join(Tally._fields)} FROM counters"  # noqa: S608 -- names
        return {source: Tally(*counts) for source, *counts in self._db.execute(sql)}

    def outreach_of(self, contact_ids: Sequence[str]) -> dict[str, dict[str, tuple[int, int]]]:
        """Scheduled and cancelled actions by contact and kind: `{id: {"call": (2, 0)}}`."""
        marks = ",".join("?" * len(contact_ids))
        what = "contact, kind, sum(cancelled_at IS NULL), sum(cancelled_at IS NOT NULL)"
        sql = f"SELECT {what} FROM outreach WHERE contact IN ({marks}) GROUP BY contact, kind ORDER BY kind"  # noqa: S608 -- no values
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for contact, kind, standing, gone in self._db.execute(sql, tuple(contact_ids)):
            found.setdefault(contact, {})[kind] = (standing, gone)
        return found

    def entries(self, newest: int = 100) -> list[Entry]:
        """The newest lines of the action log, newest first."""
        sql = "SELECT at, source, contact, phone, what FROM log ORDER BY seq DESC LIMIT ?"
        return [Entry(*row) for row in self._db.execute(sql, (newest,))]

    def length(self) -> int:
        """How many lines the action log has."""
        return int(self._db.execute("SELECT max(seq) FROM log").fetchone()[0] or 0)


def sentence(before: Contact, after: Contact, campaigns: Mapping[str, Campaign], tally: Tally) -> str:
    """What an update did, in words: `status active → DNC; 5 cancelled`."""
    parts = [
        f"{name} {was or 'none'} → {now or 'none'}"
        for name in ("status", "phone", "name", "timezone")
        if (was := getattr(before, name)) != (now := getattr(after, name))
    ]
    if before.campaign != after.campaign:
        parts.append(f"campaign {campaigns[before.campaign].name} → {campaigns[after.campaign].name}")
    if before.variables != after.variables:
        parts.append(f"custom variables replaced: {', '.join(after.variables) or 'none left'}")
    if tally.cancelled:
        parts.append(f"{tally.cancelled} cancelled")
    if tally.planned:
        parts.append(f"{tally.planned} scheduled")
    return "; ".join(parts) or "nothing changed"
