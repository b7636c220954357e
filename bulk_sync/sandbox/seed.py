"""The seed: what a sandbox holds before anybody has sent it anything.

The system statuses of the vendor's page, two of a team's own, five campaigns, and the contacts of `contacts.csv`, which
match the project's samples. Phone numbers are of ranges reserved for fiction where a country has them.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.model import E164
from bulk_sync.sandbox.contacts_file import from_csv
from bulk_sync.sandbox.outreach_log import IN_APP, Tally
from bulk_sync.sandbox.records import (
    NAMESPACE,
    Campaign,
    Contact,
    Kind,
    SandboxContact,
    Splitter,
    Step,
    TeamStatus,
    id_for,
    id_of_campaign,
)
from bulk_sync.sandbox.rules import FULFILLED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulk_sync.sandbox.contacts_file import Stock
    from bulk_sync.sandbox.store import Store

SYSTEM_STATUSES = tuple(
    # the vendor's own example shows `paused` so, whatever that means
    TeamStatus(name, label, terminal, system=name != "paused", description=description, color=color)
    for name, label, terminal, description, color in (
        ("active", "Active", False, "Outreach is scheduled", "#16a34a"),
        ("paused", "Paused", True, "Outreach is on hold", "#ca8a04"),
        ("fulfilled", "Fulfilled", True, "The goal of the campaign is reached", "#2563eb"),
        ("DNC", "Do Not Call", True, "Asked never to be called again", "#dc2626"),
        ("not-qualifies", "Not Qualifies", True, None, "#9333ea"),
        ("not-interested", "Not Interested", True, None, "#ea580c"),
        ("not-answering", "Not Answering", True, None, "#64748b"),
        ("wrong-number", "Wrong Number", True, None, "#be123c"),
        ("talk-to-human", "Talk To Human", False, "Wants to talk to a person", "#0891b2"),
    )
)
TEAM_STATUSES = (
    TeamStatus("callback-requested", "Callback Requested", terminal=False, description="Asked to be called back"),
    TeamStatus("already-customer", "Already Customer", terminal=True, description="Bought by another way"),
)
STATUSES = SYSTEM_STATUSES + TEAM_STATUSES

CAMPAIGNS = (
    Campaign("d290f1ee-6c54-4b01-90e6-d701748f0851", "Spring Outreach"),
    Campaign("550e8400-e29b-41d4-a716-446655440000", "Renewals", steps=(Step(Kind.CALL, 1, 9), Step(Kind.SMS, 2, 12))),
    Campaign(
        str(uuid.uuid5(NAMESPACE, "campaign Welcome Calls")),
        "Welcome Calls",
        steps=(Step(Kind.SMS, 0, 18), Step(Kind.CALL, 1, 11), Step(Kind.TRIGGER, 3, 9)),
    ),
    Campaign(
        str(uuid.uuid5(NAMESPACE, "campaign Win-back")),
        "Win-back",
        steps=(Step(Kind.WHATSAPP, 1, 10), Step(Kind.CALL, 2, 17), Step(Kind.CALL, 5, 17)),
    ),
    Campaign(str(uuid.uuid5(NAMESPACE, "campaign Trade Fair Leads")), "Trade Fair Leads", paused=True),
)
"""The first one is where contacts go that name no campaign."""

SPLITTERS = (
    Splitter(
        str(uuid.uuid5(NAMESPACE, "splitter New Leads")), "New Leads", tuple(campaign.id for campaign in CAMPAIGNS[:2])
    ),
)

_IN_APP = Tally(updates=61, status_changes=48, campaign_moves=9, creations=46)
"""What the team did in the app before: numbers that a sync must leave alone."""


@cache
def contacts() -> tuple[SandboxContact, ...]:
    """The built-in contacts."""
    text = files("bulk_sync.sandbox").joinpath("contacts.csv").read_text("utf-8")
    return tuple(from_csv(text, "the built-in contacts", STATUSES))


def fill(store: Store, brought: Stock, now: float) -> None:
    """Put the built-in statuses, campaigns and splitter, and what was brought, into a new store.

    A campaign that only contacts name becomes known. Raises BadInput.
    """
    _check(brought)
    store.know((*STATUSES, *brought.statuses), (*CAMPAIGNS, *brought.campaigns), (*SPLITTERS, *brought.splitters))
    named = {id_of_campaign(each.name): each.id for each in store.campaigns.values()}
    people = [replace(each, campaign=named.get(each.campaign, each.campaign)) for each in brought.contacts]
    store.know(campaigns=_campaigns_of(people, store))
    with store.transaction():
        store.load([_contact(person, now - 86_400) for person in people], now)
        store.log.count(IN_APP, _IN_APP)


def _check(brought: Stock) -> None:
    """Before anything is written: a database that is half filled would count as filled."""
    statuses = {status.name for status in (*STATUSES, *brought.statuses)}
    seen: set[str] = set()
    for person in brought.contacts:
        if E164.fullmatch(person.phone) is None or person.status not in statuses:
            raise BadInput(f"The contact {person.phone!r} has no E.164 number or an unknown status: {person.status!r}.")
        if not seen.isdisjoint({person.phone, person.id or id_for(person.phone)}):
            raise BadInput(f"The contact {person.phone!r} has the number or the ID of another; give each its own.")
        seen |= {person.phone, person.id or id_for(person.phone)}


def _campaigns_of(people: Iterable[SandboxContact], store: Store) -> list[Campaign]:
    names = {person.campaign.lower(): person.campaign_name for person in people if person.campaign}
    unknown = {each: name for each, name in names.items() if each not in store.campaigns}
    return [Campaign(each, name or f"Campaign {each[:8]}") for each, name in unknown.items()]


def _contact(person: SandboxContact, created_at: float) -> Contact:
    return Contact(
        id=(person.id or id_for(person.phone)).lower(),
        phone=person.phone,
        name=person.name,
        status=person.status,
        campaign=(person.campaign or CAMPAIGNS[0].id).lower(),
        timezone=person.timezone,
        variables=dict(person.variables),
        created_at=created_at,
        updated_at=created_at,
        fulfilled_at=created_at if person.status == FULFILLED else None,
        deleted_at=created_at if person.deleted else None,
    )
