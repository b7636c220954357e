"""Where does the sandbox keep its contacts, and how is an update carried out all at once or not at all?

One SQLite database, one connection, one transaction per update. What an update does is decided in `rules`; here it is
looked up, checked against what the team has, and written down.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from bulk_sync.sandbox import database, rows, rules
from bulk_sync.sandbox.journal import BY_API, IN_APP, Journal, Tally, sentence, tally
from bulk_sync.sandbox.records import EVERY_KIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bulk_sync.sandbox.records import Campaign, Contact, Splitter, TeamStatus
    from bulk_sync.sandbox.rules import Effect, Wanted


class Trouble(Enum):
    """Why an update was refused although its body was well formed."""

    CONTACT_NOT_FOUND = "Contact not found"
    CAMPAIGN_NOT_FOUND = "Campaign not found"
    UNKNOWN_STATUS = "Invalid status. Use List Statuses to retrieve valid values"
    PHONE_TAKEN = "A contact with this phone number already exists"
    SPLITTER_NOT_FOUND = "Splitter not found"
    EMAIL_WANTED = "customVariables.email is required: this campaign schedules appointments"


class Store:
    """The sandbox's state. Safe to look into from other threads while a server uses it.

    `path` is a file, or ":memory:". Statuses, campaigns and splitters are those of the team: given when the store is
    opened and, in a file, kept beside the contacts. `is_new`: it was made now, and held nothing. Contacts that the team
    deleted are kept, and shown to nobody.
    Raises NotASandboxDatabase.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self.lock = threading.RLock()
        self.db = database.opened(path)
        self.statuses = {status.name: status for status in map(rows.status, self.db.execute(rows.SELECT_STATUSES))}
        self.campaigns = {each.id: each for each in map(rows.campaign, self.db.execute(rows.SELECT_CAMPAIGNS))}
        self.splitters = {each.id: each for each in map(rows.splitter, self.db.execute(rows.SELECT_SPLITTERS))}
        self.journal = Journal(self.db, self.lock)
        self.is_new = not self.statuses

    def close(self) -> None:
        """Let go of the database."""
        with self.lock:
            self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing."""
        with self.lock, database.transaction(self.db):
            yield

    def know(
        self,
        statuses: Iterable[TeamStatus] = (),
        campaigns: Iterable[Campaign] = (),
        splitters: Iterable[Splitter] = (),
    ) -> None:
        """Add statuses, campaigns and splitters to the team's; those that it has stay as they are."""
        with self.transaction():
            for status in statuses:
                self.db.execute(rows.INSERT_STATUS, rows.status_values(status))
                self.statuses.setdefault(status.name, status)
            for campaign in campaigns:
                self.db.execute(rows.INSERT_CAMPAIGN, rows.campaign_values(campaign))
                self.campaigns.setdefault(campaign.id, campaign)
            for splitter in splitters:
                self.db.execute(rows.INSERT_SPLITTER, rows.splitter_values(splitter))
                self.splitters.setdefault(splitter.id, splitter)

    def newest(self, count: int) -> list[Contact]:
        """The contacts changed last, the newest change first."""
        with self.lock:
            found = self.db.execute(f"{rows.SELECT} ORDER BY updated_at DESC, seq LIMIT ?", (count,))
            return [rows.contact(row) for row in found]

    def count_by_status(self) -> dict[str, int]:
        """How many contacts are in each status that any is in."""
        with self.lock:
            return dict(self.db.execute("SELECT status, count(*) FROM present GROUP BY status").fetchall())

    def size(self) -> int:
        """How many contacts there are."""
        with self.lock:
            return int(self.db.execute("SELECT count(*) FROM present").fetchone()[0])

    def deleted_size(self) -> int:
        """How many contacts were deleted."""
        with self.lock:
            return int(self.db.execute("SELECT count(*) FROM contacts WHERE deleted_at IS NOT NULL").fetchone()[0])

    def by_phone(self, phone: str) -> Contact | None:
        """The contact with this number (E.164)."""
        return self._one(f"{rows.SELECT} WHERE phone = ?", phone)

    def by_id(self, contact_id: str) -> Contact | None:
        """The contact with this ID."""
        return self._one(f"{rows.SELECT} WHERE id = ?", contact_id.lower())

    def contacts(self) -> list[Contact]:
        """Every contact that was not deleted, in the order of their making."""
        with self.lock:
            return [rows.contact(row) for row in self.db.execute(f"{rows.SELECT} ORDER BY seq")]

    def _one(self, sql: str, value: str) -> Contact | None:
        with self.lock:
            row = self.db.execute(sql, (value,)).fetchone()
        return rows.contact(row) if row else None

    def update(self, wanted: Wanted, now: float, *, phone: str = "", contact_id: str = "") -> Contact | Trouble:
        """Carry out an update of the contact with this number or ID. Checked in the order contact, status, campaign."""
        with self.transaction():
            before = self.by_phone(phone) if phone else self.by_id(contact_id)
            if before is None:
                return Trouble.CONTACT_NOT_FOUND
            trouble = self._trouble(wanted, before)
            if trouble is not None:
                return trouble
            status = self.statuses[wanted.status or before.status]
            campaign = self.campaigns[wanted.campaign or before.campaign]
            effect = rules.effect(before, wanted, status, campaign, now)
            self._write(before, effect, now)
            return effect.contact

    def create(self, fresh: Contact, now: float, splitter: str = "") -> tuple[Contact, bool] | Trouble:
        """Add a contact, or update the one that has its number. Returns it, and whether it is new.

        A deleted one comes back and is active, whatever it was before. One that was not deleted keeps its status: what
        the API does to one that is not active is not documented. Where `fresh` names no campaign, the `splitter` (an
        ID) deals one to a contact that has none.
        """
        with self.transaction():
            before = self.by_phone(fresh.phone)
            splitter = "" if fresh.campaign else splitter
            if not fresh.campaign:
                fresh = replace(fresh, campaign=before.campaign if before else self._next_of(splitter))
            trouble = self._creation_trouble(fresh, splitter)
            if trouble is not None:
                return trouble
            if before is None:
                self.db.execute("UPDATE splitters SET dealt = dealt + 1 WHERE id = ?", (splitter,))
            campaign = self.campaigns[fresh.campaign]
            gone = self._one(f"{rows.SELECT_DELETED} AND phone = ? ORDER BY deleted_at DESC", fresh.phone)
            if before is not None:
                status = self.statuses[before.status]
                effect = rules.effect(before, rules.renewal(fresh), status, campaign, now)
            elif gone is not None:
                before, effect = gone, rules.reactivation(gone, fresh, campaign, now)
            else:
                self.add(fresh, now, BY_API)
                return fresh, True
            self._write(before, effect, now)
            return effect.contact, False

    def delete(self, contact_id: str, now: float) -> bool:
        """Delete a contact as the team does in the app, and cancel its outreach; False where there is none."""
        with self.transaction():
            contact = self.by_id(contact_id)
            if contact is None:
                return False
            self.db.execute(rows.UPDATE, (*rows.values(replace(contact, deleted_at=now))[1:], contact.id))
            cancelled = self.journal.cancel(contact, EVERY_KIND, now)
            self.journal.log(IN_APP, contact, f"deleted; {cancelled} cancelled", Tally(cancelled=cancelled), now)
            return True

    def _next_of(self, splitter: str) -> str:
        """The campaign that is the next contact's turn; "" where there is no such splitter."""
        found = self.db.execute("SELECT dealt FROM splitters WHERE id = ?", (splitter,)).fetchone()
        campaigns = self.splitters[splitter].campaigns if found else ()
        return campaigns[found[0] % len(campaigns)] if campaigns else ""

    def _creation_trouble(self, fresh: Contact, splitter: str) -> Trouble | None:
        if splitter and splitter not in self.splitters:
            return Trouble.SPLITTER_NOT_FOUND
        if fresh.campaign not in self.campaigns:
            return Trouble.CAMPAIGN_NOT_FOUND
        if self.campaigns[fresh.campaign].appointments and not fresh.variables.get("email"):
            return Trouble.EMAIL_WANTED
        return None

    def load(self, contacts: Sequence[Contact], now: float) -> None:
        """Insert many contacts and the outreach of those that are active, unlogged. For use inside a transaction."""

        def is_called(contact: Contact) -> bool:
            return contact.status == rules.ACTIVE and contact.deleted_at is None

        self.db.executemany(rows.INSERT, map(rows.values, contacts))
        schedules = {}
        for contact in contacts:
            place = contact.campaign, contact.timezone
            if is_called(contact) and place not in schedules:
                schedules[place] = rules.schedule(self.campaigns[contact.campaign], contact.timezone, now)
        active = (contact for contact in contacts if is_called(contact))
        planned = ((each, action) for each in active for action in schedules[each.campaign, each.timezone])
        self.journal.count(IN_APP, Tally(planned=self.journal.plan(planned, now)))

    def add(self, fresh: Contact, now: float, source: str) -> None:
        """Insert a contact and, where it is active, the outreach of its campaign. For use inside a transaction."""
        self.db.execute(rows.INSERT, rows.values(fresh))
        planned = 0
        if fresh.status == rules.ACTIVE:
            actions = rules.schedule(self.campaigns[fresh.campaign], fresh.timezone, now)
            planned = self.journal.plan(((fresh, action) for action in actions), now)
        self.journal.log(source, fresh, "created", Tally(creations=1, planned=planned), now)

    def _trouble(self, wanted: Wanted, before: Contact) -> Trouble | None:
        if wanted.status is not None and wanted.status not in self.statuses:
            return Trouble.UNKNOWN_STATUS
        if wanted.campaign is not None and wanted.campaign not in self.campaigns:
            return Trouble.CAMPAIGN_NOT_FOUND
        if wanted.phone is not None and wanted.phone != before.phone and self.by_phone(wanted.phone) is not None:
            return Trouble.PHONE_TAKEN
        return None

    def _write(self, before: Contact, effect: Effect, now: float) -> None:
        after = effect.contact
        self.db.execute(rows.UPDATE, (*rows.values(after)[1:], after.id))
        cancelled = self.journal.cancel(after, effect.cancels, now) if effect.cancels else 0
        planned = self.journal.plan([(after, action) for action in effect.schedules], now)
        what = sentence(before, after, self.campaigns, cancelled, planned)
        self.journal.log(BY_API, after, what, tally(before, after, cancelled, planned), now)
