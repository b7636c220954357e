"""How do a contact, a status and a campaign stand in the database?"""

from __future__ import annotations

import json
from typing import Any

from bulk_sync.sandbox.records import Campaign, Contact, Kind, Splitter, Step, TeamStatus

_COLUMNS = (
    "id, phone, name, status, campaign, timezone, variables, created_at, updated_at, fulfilled_at, readded_at,"
    " deleted_at"
)
SELECT = f"SELECT {_COLUMNS} FROM present"  # noqa: S608 -- constants
"""Contacts that the team has not deleted."""

SELECT_DELETED = f"SELECT {_COLUMNS} FROM contacts WHERE deleted_at IS NOT NULL"  # noqa: S608 -- constants
INSERT = f"INSERT INTO contacts ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 -- constants
UPDATE = (
    "UPDATE contacts SET phone=?, name=?, status=?, campaign=?, timezone=?, variables=?, created_at=?, updated_at=?,"
    " fulfilled_at=?, readded_at=?, deleted_at=? WHERE id=?"
)


def contact(row: tuple[Any, ...]) -> Contact:
    """A contact from its row, in the order of `SELECT`."""
    contact_id, phone, name, status, campaign, timezone, variables, *times = row
    return Contact(contact_id, phone, name, status, campaign, timezone, json.loads(variables), *times)


def values(contact: Contact) -> tuple[object, ...]:
    """The row of a contact, in the order of `INSERT`; that of `UPDATE` has the ID at the end."""
    variables = json.dumps(contact.variables, ensure_ascii=False)
    identity = (contact.id, contact.phone, contact.name, contact.status, contact.campaign, contact.timezone, variables)
    times = (contact.created_at, contact.updated_at, contact.fulfilled_at, contact.readded_at, contact.deleted_at)
    return (*identity, *times)


SELECT_STATUSES = "SELECT name, label, terminal, system, description, color FROM statuses ORDER BY seq"
INSERT_STATUS = (
    "INSERT OR IGNORE INTO statuses (name, label, terminal, system, description, color) VALUES (?,?,?,?,?,?)"
)
SELECT_CAMPAIGNS = "SELECT id, name, paused, steps, appointments FROM campaigns ORDER BY seq"
INSERT_CAMPAIGN = "INSERT OR IGNORE INTO campaigns (id, name, paused, steps, appointments) VALUES (?,?,?,?,?)"
SELECT_SPLITTERS = "SELECT id, name, campaigns FROM splitters ORDER BY seq"
INSERT_SPLITTER = "INSERT OR IGNORE INTO splitters (id, name, campaigns) VALUES (?,?,?)"


def status(row: tuple[Any, ...]) -> TeamStatus:
    """A status from its row, in the order of `SELECT_STATUSES`."""
    name, label, terminal, system, description, color = row
    return TeamStatus(name, label, bool(terminal), bool(system), description, color)


def status_values(status: TeamStatus) -> tuple[object, ...]:
    """The row of a status, in the order of `INSERT_STATUS`."""
    return status.name, status.label, status.terminal, status.system, status.description, status.color


def campaign(row: tuple[Any, ...]) -> Campaign:
    """A campaign from its row, in the order of `SELECT_CAMPAIGNS`."""
    campaign_id, name, paused, steps, appointments = row
    planned = tuple(Step(Kind(kind), day, hour) for kind, day, hour in json.loads(steps))
    return Campaign(campaign_id, name, bool(paused), planned, bool(appointments))


def campaign_values(campaign: Campaign) -> tuple[object, ...]:
    """The row of a campaign, in the order of `INSERT_CAMPAIGN`."""
    steps = json.dumps([(step.kind.value, step.day, step.hour) for step in campaign.steps])
    return campaign.id, campaign.name, campaign.paused, steps, campaign.appointments


def splitter(row: tuple[Any, ...]) -> Splitter:
    """A splitter from its row, in the order of `SELECT_SPLITTERS`."""
    splitter_id, name, campaigns = row
    return Splitter(splitter_id, name, tuple(json.loads(campaigns)))


def splitter_values(splitter: Splitter) -> tuple[object, ...]:
    """The row of a splitter, in the order of `INSERT_SPLITTER`."""
    return splitter.id, splitter.name, json.dumps(splitter.campaigns)
