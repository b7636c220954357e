"""The store: where the sandbox keeps its contacts, and an update is carried out all at once or not at all.

One SQLite database, one connection, one transaction per update. What an update does is decided in `rules`; here it is
looked up, checked against what the team has, and written down.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from bulk_sync.sandbox import rules, sql
from bulk_sync.sandbox.outreach_log import BY_API, IN_APP, OutreachLog, Tally, sentence, tally
from bulk_sync.sandbox.records import EVERY_KIND, Campaign, Contact, Splitter, TeamStatus
from bulk_sync.sandbox.rules import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bulk_sync.sandbox.rules import Effect, Wanted

_DELETED = f"{sql.select(Contact)} WHERE deleted_at IS NOT NULL"


class Store:
    """The sandbox's state. Safe to look into from other threads while a server uses it.

    `path` is a file, or ":memory:". Statuses, campaigns and splitters are those of the team: given when the store is
    opened and, in a file, kept beside the contacts. `is_new`: it was made now, and held nothing. Contacts that the team
    deleted are kept, and shown to nobody.
    Raises NotASandboxDatabase.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self.lock = threading.RLock()
        self.db = sql.opened(path)
        self.statuses = {each.name: each for each in self.records(f"{sql.select(TeamStatus)} ORDER BY seq", TeamStatus)}
        self.campaigns = {each.id: each for each in self.records(f"{sql.select(Campaign)} ORDER BY seq", Campaign)}
        self.splitters = {each.id: each for each in self.records(f"{sql.select(Splitter)} ORDER BY seq", Splitter)}
        self.log = OutreachLog(self.db, self.lock)
        self.is_new = not self.statuses

    def close(self) -> None:
        """Let go of the database."""
        with self.lock:
            self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing."""
        with self.lock, self.db:
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
                self._learn(self.statuses, status.name, status)
            for campaign in campaigns:
                self._learn(self.campaigns, campaign.id, campaign)
            for splitter in splitters:
                self._learn(self.splitters, splitter.id, splitter)

    def _learn(self, known: dict[str, sql.Record], name: str, record: sql.Record) -> None:
        if name not in known:
            self.db.execute(sql.insert(type(record)), sql.values(record))
            known[name] = record

    def records(self, query: str, kind: type[sql.Record], *values: object) -> list[sql.Record]:
        """The records of this kind that a query (see `sql.select`) gives."""
        with self.lock:
            return [sql.record(kind, row) for row in self.db.execute(query, values).fetchall()]

    def count(self, where: str, *values: object) -> int:
        """How many rows there are, in a table or view and under a condition that are given as SQL."""
        with self.lock:
            return int(self.db.execute(f"SELECT count(*) FROM {where}", values).fetchone()[0])  # noqa: S608 -- SQL of ours

    def newest(self, count: int) -> list[Contact]:
        """The contacts changed last, the newest change first."""
        return self.records(f"{sql.PRESENT} ORDER BY updated_at DESC, seq LIMIT ?", Contact, count)

    def count_by_status(self) -> dict[str, int]:
        """How many contacts are in each status that any is in."""
        with self.lock:
            return dict(self.db.execute("SELECT status, count(*) FROM present GROUP BY status").fetchall())

    def size(self) -> int:
        """How many contacts there are."""
        return self.count("present")

    def deleted_size(self) -> int:
        """How many contacts were deleted."""
        return self.count("contacts WHERE deleted_at IS NOT NULL")

    def by_phone(self, phone: str) -> Contact | None:
        """The contact with this number (E.164)."""
        return self._one(f"{sql.PRESENT} WHERE phone = ?", phone)

    def by_id(self, contact_id: str) -> Contact | None:
        """The contact with this ID."""
        return self._one(f"{sql.PRESENT} WHERE id = ?", contact_id.lower())

    def contacts(self) -> list[Contact]:
        """Every contact that was not deleted, in the order of their making."""
        return self.records(f"{sql.PRESENT} ORDER BY seq", Contact)

    def _one(self, query: str, value: str) -> Contact | None:
        return next(iter(self.records(query, Contact, value)), None)

    def update(self, wanted: Wanted, now: float, *, phone: str = "", contact_id: str = "") -> Contact:
        """Carry out an update of the contact with this number or ID. Raises Refused, and changes nothing then.

        Checked in the order contact, status, campaign, number.
        """
        with self.transaction():
            before = self.by_phone(phone) if phone else self.by_id(contact_id)
            if before is None:
                raise Refused("Contact not found", 404)
            status = self.statuses.get(wanted.status or before.status)
            if status is None:
                raise Refused("Invalid status. Use List Statuses to retrieve valid values")
            campaign = self._campaign(wanted.campaign or before.campaign)
            if wanted.phone is not None and wanted.phone != before.phone and self.by_phone(wanted.phone) is not None:
                raise Refused("A contact with this phone number already exists")
            return self._write(before, rules.effect(before, wanted, status, campaign, now), now)

    def create(self, fresh: Contact, now: float, splitter: str = "") -> tuple[Contact, bool]:
        """Add a contact, or update the one that has its number. Returns it, and whether it is new. Raises Refused.

        A deleted one comes back and is active, whatever it was before. One that was not deleted keeps its status: what
        the API does to one that is not active is not documented. Where `fresh` names no campaign, the `splitter` (an
        ID) deals one to a contact that has none.
        """
        with self.transaction():
            before = self.by_phone(fresh.phone)
            if not fresh.campaign:
                dealt = self._dealt(splitter, is_taken=before is None)
                fresh = replace(fresh, campaign=before.campaign if before else dealt)
            campaign = self._campaign(fresh.campaign)
            if campaign.appointments and not fresh.variables.get("email"):
                raise Refused("customVariables.email is required: this campaign schedules appointments")
            if before is not None:
                status = self.statuses[before.status]
                effect = rules.effect(before, rules.renewal(fresh), status, campaign, now)
                return self._write(before, effect, now), False
            gone = self._one(f"{_DELETED} AND phone = ? ORDER BY deleted_at DESC", fresh.phone)
            if gone is not None:
                return self._write(gone, rules.reactivation(gone, fresh, campaign, now), now), False
            self.add(fresh, now, BY_API)
            return fresh, True

    def _dealt(self, splitter: str, *, is_taken: bool) -> str:
        """The campaign whose turn it is; the next time it is another one's, where it `is_taken`."""
        if splitter not in self.splitters:
            raise Refused("Splitter not found", 404)
        campaigns = self.splitters[splitter].campaigns
        [dealt] = self.db.execute("SELECT dealt FROM splitters WHERE id = ?", (splitter,)).fetchone()
        if is_taken:
            self.db.execute("UPDATE splitters SET dealt = dealt + 1 WHERE id = ?", (splitter,))
        return campaigns[int(dealt) % len(campaigns)]

    def _campaign(self, campaign_id: str) -> Campaign:
        if campaign_id not in self.campaigns:
            raise Refused("Campaign not found", 404)
        return self.campaigns[campaign_id]

    def delete(self, contact_id: str, now: float) -> bool:
        """Delete a contact as the team does in the app, and cancel its outreach; False where there is none."""
        with self.transaction():
            contact = self.by_id(contact_id)
            if contact is None:
                return False
            self._store(replace(contact, deleted_at=now))
            cancelled = self.log.cancel(contact, EVERY_KIND, now)
            self.log.write(IN_APP, contact, f"deleted; {cancelled} cancelled", Tally(cancelled=cancelled), now)
            return True

    def load(self, contacts: Sequence[Contact], now: float) -> None:
        """Insert many contacts and the outreach of those that are active, unlogged. For use inside a transaction."""
        self.log.count(IN_APP, Tally(planned=self._insert(contacts, now)))

    def add(self, fresh: Contact, now: float, source: str) -> None:
        """Insert a contact and, where it is active, the outreach of its campaign. For use inside a transaction."""
        self.log.write(source, fresh, "created", Tally(creations=1, planned=self._insert([fresh], now)), now)

    def _insert(self, contacts: Sequence[Contact], now: float) -> int:
        """How many actions are planned for them."""
        self.db.executemany(sql.insert(Contact), map(sql.values, contacts))
        called = [each for each in contacts if each.status == rules.ACTIVE and each.deleted_at is None]
        schedules = {
            (campaign, zone): rules.schedule(self.campaigns[campaign], zone, now)
            for campaign, zone in {(each.campaign, each.timezone) for each in called}
        }
        return self.log.plan(((it, action) for it in called for action in schedules[it.campaign, it.timezone]), now)

    def _write(self, before: Contact, effect: Effect, now: float) -> Contact:
        after = effect.contact
        self._store(after)
        cancelled = self.log.cancel(after, effect.cancels, now) if effect.cancels else 0
        planned = self.log.plan([(after, action) for action in effect.schedules], now)
        what = sentence(before, after, self.campaigns, cancelled, planned)
        self.log.write(BY_API, after, what, tally(before, after, cancelled, planned), now)
        return after

    def _store(self, contact: Contact) -> None:
        self.db.execute(sql.UPDATE, (*sql.values(contact)[1:], contact.id))
