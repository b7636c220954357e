"""Rules: what an update does to a contact and to the outreach planned for it.

The behaviour notes of the vendor's two pages, as arithmetic on values: nothing here reads, writes or knows the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bulk_sync.sandbox.records import CALLS_AND_SMS, EVERY_KIND, Campaign, Contact, Kind, Planned, TeamStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVE = "active"
FULFILLED = "fulfilled"
DNC = "DNC"
NO_KIND: frozenset[Kind] = frozenset()


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


@dataclass(frozen=True, slots=True)
class Effect:
    """What an update does: the contact as it then stands, the kinds of action it cancels, and what it schedules."""

    contact: Contact
    cancels: frozenset[Kind] = NO_KIND
    schedules: tuple[Planned, ...] = ()


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


def effect(contact: Contact, wanted: Wanted, status: TeamStatus, campaign: Campaign, now: float) -> Effect:
    """What `wanted` does to `contact`, given the status and the campaign that it ends in.

    - Terminal statuses cancel all scheduled calls, SMS, WhatsApp messages and triggers.
    - Back to `active`: outreach is scheduled anew, from the campaign's configuration.
    - Another campaign: the old one's actions are cancelled, the new one's scheduled, unless the status is terminal.
    - Another time zone on an active contact: its calls and SMS are cancelled and scheduled anew.

    Asking for the value that already stands changes nothing but `updated_at`.
    """
    after = changed(contact, wanted, now)
    if status.terminal:
        return Effect(after, EVERY_KIND)
    reactivated = after.status == ACTIVE and contact.status != ACTIVE
    if reactivated or after.campaign != contact.campaign:
        return Effect(after, EVERY_KIND, schedule(campaign, after.timezone, now))
    if after.status == ACTIVE and after.timezone != contact.timezone:
        return Effect(after, CALLS_AND_SMS, schedule(campaign, after.timezone, now, CALLS_AND_SMS))
    return Effect(after)


def renewal(fresh: Contact) -> Wanted:
    """The update that it amounts to when the number of a contact is added a second time. It keeps its status."""
    return Wanted(campaign=fresh.campaign, name=fresh.name, timezone=fresh.timezone, variables=fresh.variables or None)


def reactivation(gone: Contact, fresh: Contact, campaign: Campaign, now: float) -> Effect:
    """What adding the number of a deleted contact does: it is active again and called again, whatever it was before."""
    wanted = replace(renewal(fresh), status=ACTIVE)
    after = replace(changed(gone, wanted, now), readded_at=now, deleted_at=None)
    return Effect(after, EVERY_KIND, schedule(campaign, after.timezone, now))


def schedule(
    campaign: Campaign, timezone: str | None, now: float, kinds: frozenset[Kind] = EVERY_KIND
) -> tuple[Planned, ...]:
    """The actions that the campaign's configuration plans from `now` on, at local hours of the contact (else UTC)."""
    if campaign.paused:
        return ()
    zone = _zone(timezone or "UTC")
    midnight = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return tuple(
        Planned(step.kind, (midnight + timedelta(days=step.day, hours=step.hour)).timestamp())
        for step in campaign.steps
        if step.kind in kinds
    )


@lru_cache(maxsize=1000)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
