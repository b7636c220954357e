"""Rules: what the sandbox keeps of a team, and what an update does to a contact and the outreach planned for it.

The behaviour notes of the vendor's two pages, as arithmetic on values: nothing here reads, writes or knows the time.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVE = "active"
FULFILLED = "fulfilled"
DNC = "DNC"

Kind = Literal["call", "sms", "whatsapp", "trigger"]
"""The four kinds of outreach that both vendor pages name."""

EVERY_KIND: frozenset[Kind] = frozenset({"call", "sms", "whatsapp", "trigger"})
CALLS_AND_SMS: frozenset[Kind] = frozenset({"call", "sms"})

NAMESPACE = uuid.UUID("6a1f0c52-4c0e-5f0e-9d5b-3c1f6b0a7d11")
"""What every ID is derived in that nobody named: the same number gets the same ID on every machine."""


def id_of_campaign(name: str) -> str:
    """The ID of a campaign that is known by its name alone, whatever the case."""
    return str(uuid.uuid5(NAMESPACE, f"campaign named {name.strip().casefold()}"))


def id_for(phone: str) -> str:
    """The contact ID of a number that was given none."""
    return str(uuid.uuid5(NAMESPACE, f"contact {phone}"))


@dataclass(frozen=True, slots=True)
class SandboxContact:
    """A contact to start with. `phone` is E.164. Left out, `id` is derived from it, and `campaign` is the first one.

    `deleted`: the team deleted it; nobody sees it, and adding its number again brings it back.
    """

    phone: str
    id: str = ""
    name: str | None = None
    status: str = ACTIVE
    campaign: str = ""
    timezone: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    campaign_name: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it stands. Times are seconds since the epoch; `fulfilled_at` only while it is `fulfilled`."""

    id: str
    phone: str
    name: str | None
    status: str
    campaign: str
    timezone: str | None
    variables: Mapping[str, str]
    created_at: float
    updated_at: float
    fulfilled_at: float | None = None
    readded_at: float | None = None
    deleted_at: float | None = None


@dataclass(frozen=True, slots=True)
class TeamStatus:
    """A contact status. `terminal`: nothing is scheduled for contacts in it. `system`: every team has it."""

    name: str
    label: str
    terminal: bool
    system: bool = False
    description: str | None = None
    color: str = "#6b7280"

    @property
    def id(self) -> str:
        """Derived from the name."""
        return str(uuid.uuid5(NAMESPACE, f"status {self.name}"))


class Step(NamedTuple):
    """One action of a campaign's configuration: so many days after a contact enters it, at an hour of their own day."""

    kind: Kind
    day: int
    hour: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and its configuration. While it is paused it schedules nothing.

    `appointments`: it schedules appointments, so new contacts need an email among their custom variables.
    """

    id: str
    name: str
    paused: bool = False
    steps: tuple[Step, ...] = (
        Step("call", 1, 10),
        Step("sms", 1, 12),
        Step("call", 3, 16),
        Step("whatsapp", 4, 11),
        Step("trigger", 7, 9),
    )
    appointments: bool = False


@dataclass(frozen=True, slots=True)
class Splitter:
    """What deals new contacts to its `campaigns` (IDs) in turn."""

    id: str
    name: str
    campaigns: tuple[str, ...]


class Refused(Exception):
    """A request that is not carried out; `status` is HTTP's (the contract has no 409), the sentence is the message."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for. None means: leave as it is. `added_variables` join those that there are."""

    status: str | None = None
    campaign: str | None = None
    phone: str | None = None
    name: str | None = None
    timezone: str | None = None
    variables: Mapping[str, str] | None = None
    added_variables: Mapping[str, str] = field(default_factory=dict)


def changed(contact: Contact, wanted: Wanted, now: float) -> Contact:
    """The contact's fields after the update. `fulfilled_at` is kept while the contact stays fulfilled."""
    status = wanted.status or contact.status
    variables = contact.variables if wanted.variables is None else wanted.variables
    return replace(
        contact,
        phone=wanted.phone or contact.phone,
        name=contact.name if wanted.name is None else wanted.name,
        status=status,
        campaign=wanted.campaign or contact.campaign,
        timezone=wanted.timezone or contact.timezone,
        variables={**variables, **wanted.added_variables},
        updated_at=now,
        fulfilled_at=(contact.fulfilled_at or now) if status == FULFILLED else None,
    )


def rescheduled(before: Contact, after: Contact, *, is_terminal: bool) -> tuple[frozenset[Kind], frozenset[Kind]]:
    """The kinds of outreach that an update cancels, and those that it schedules anew.

    - Terminal statuses cancel all scheduled calls, SMS, WhatsApp messages and triggers.
    - Back to `active`, or from the deleted: outreach is scheduled anew, from the campaign's configuration.
    - Another campaign: the old one's actions are cancelled, the new one's scheduled, unless the status is terminal.
    - Another time zone on an active contact: its calls and SMS are cancelled and scheduled anew.

    Asking for the value that already stands changes nothing but `updated_at`.
    """
    if is_terminal:
        return EVERY_KIND, frozenset()
    is_back = after.status == ACTIVE and (before.status != ACTIVE or before.deleted_at is not None)
    if is_back or after.campaign != before.campaign:
        return EVERY_KIND, EVERY_KIND
    if after.status == ACTIVE and after.timezone != before.timezone:
        return CALLS_AND_SMS, CALLS_AND_SMS
    return frozenset(), frozenset()


def schedule(
    campaign: Campaign, timezone: str | None, now: float, kinds: frozenset[Kind] = EVERY_KIND
) -> list[tuple[Kind, float]]:
    """The actions that the campaign's configuration plans from `now` on, at local hours of the contact (else UTC).

    Each with the moment at which it is due, in seconds since the epoch.
    """
    if campaign.paused:
        return []
    today = datetime.fromtimestamp(now, ZoneInfo(timezone or "UTC"))
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        (step.kind, (midnight + timedelta(days=step.day, hours=step.hour)).timestamp())
        for step in campaign.steps
        if step.kind in kinds
    ]
