"""A sandbox that all tests of this folder share, and people of their own for each."""

import itertools
from typing import NamedTuple

import httpx
import pytest

from bulk_sync.sandbox import SandboxOptions, running
from bulk_sync.sandbox.outreach_log import IN_APP
from bulk_sync.sandbox.rules import Contact, id_for

SPRING = "d290f1ee-6c54-4b01-90e6-d701748f0851"
RENEWALS = "550e8400-e29b-41d4-a716-446655440000"
PAGES_CONTACT = "550e8400-e29b-41d4-a716-446655440000"

_numbers = itertools.count(1)


class Clock:
    """Seconds since the epoch, standing still until a test moves them."""

    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


class Action(NamedTuple):
    """A planned call, SMS, WhatsApp message or trigger."""

    kind: str
    campaign: str
    due: float
    cancelled_at: float | None


class Api:
    """The API as a client sees it, and the store behind it as only a test does."""

    def __init__(self, served):
        self.served = served
        self.store = served.store
        self.http = httpx.Client(base_url=served.url, headers={"X-API-Key": served.key})

    def by_phone(self, phone, **fields):
        return self.http.post("/contacts/update", json={"phone": phone, **fields})

    def by_id(self, contact_id, **fields):
        return self.http.put(f"/contacts/{contact_id}", json=fields)

    def someone(self, *, status="active", campaign=SPRING, timezone="America/New_York", **fields):
        """A contact that no other test touches, with the outreach of its campaign planned."""
        phone = f"+1888{next(_numbers):07d}"
        now = 1_700_000_000.0
        fulfilled_at = now if status == "fulfilled" else None
        values = {"name": "Somebody", "variables": {}} | fields
        contact = Contact(
            id=id_for(phone),
            phone=phone,
            status=status,
            campaign=campaign,
            timezone=timezone,
            created_at=now,
            updated_at=now,
            fulfilled_at=fulfilled_at,
            **values,
        )
        with self.store.transaction():
            self.store.add(contact, now, IN_APP)
        return contact

    def now(self, contact):
        return self.store.by_id(contact.id)

    def outreach(self, contact):
        """What was ever planned for a contact, in the order of planning."""
        columns = "kind, campaign, due, cancelled_at"
        found = self.store.db.execute(f"SELECT {columns} FROM outreach WHERE contact = ? ORDER BY seq", (contact.id,))
        return [Action(*row) for row in found.fetchall()]

    def standing(self, contact):
        """The kinds of the actions that are still scheduled, sorted."""
        return sorted(action.kind for action in self.outreach(contact) if action.cancelled_at is None)


@pytest.fixture(scope="session")
def shared():
    with running(options=SandboxOptions(limiter="none")) as served:
        api = Api(served)
        with api.http:
            yield api


@pytest.fixture
def api(shared):
    return shared


@pytest.fixture
def serve():
    """Start a sandbox with options of its own; it stops with the test."""
    opened = []

    def start(*, contacts=None, clock=None, **options):
        manager = running(contacts=contacts, options=SandboxOptions(**options), clock=clock)
        api = Api(manager.__enter__())
        opened.append((manager, api))
        return api

    yield start
    for manager, api in reversed(opened):
        api.http.close()
        manager.__exit__(None, None, None)


@pytest.fixture
def clock():
    return Clock()
