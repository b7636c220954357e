"""What the sandbox keeps: contacts, statuses, campaigns, splitters, and the outreach planned for each contact. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = uuid.UUID("6a1f0c52-4c0e-5f0e-9d5b-3c1f6b0a7d11")
"""What every ID is derived in that nobody named: the same number gets the same ID on every machine."""


class Kind(StrEnum):
    """The four kinds of outreach that both vendor pages name."""

    CALL = "call"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    TRIGGER = "trigger"


EVERY_KIND = frozenset(Kind)
CALLS_AND_SMS = frozenset({Kind.CALL, Kind.SMS})


@dataclass(frozen=True, slots=True)
class SandboxContact:
    """A contact to start with. `phone` is E.164. Left out, `id` is derived from it, and `campaign` is the first one.

    `deleted`: the team deleted it; nobody sees it, and adding its number again brings it back.
    """

    phone: str
    id: str = ""
    name: str | None = None
    status: str = "active"
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


DEFAULT_STEPS = (
    Step(Kind.CALL, 1, 10),
    Step(Kind.SMS, 1, 12),
    Step(Kind.CALL, 3, 16),
    Step(Kind.WHATSAPP, 4, 11),
    Step(Kind.TRIGGER, 7, 9),
)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and its configuration. While it is paused it schedules nothing.

    `appointments`: it schedules appointments, so new contacts need an email among their custom variables.
    """

    id: str
    name: str
    paused: bool = False
    steps: tuple[Step, ...] = DEFAULT_STEPS
    appointments: bool = False


@dataclass(frozen=True, slots=True)
class Splitter:
    """What deals new contacts to its `campaigns` (IDs) in turn."""

    id: str
    name: str
    campaigns: tuple[str, ...]


class Planned(NamedTuple):
    """One action to come. `due` is in seconds since the epoch."""

    kind: Kind
    due: float


def id_of_campaign(name: str) -> str:
    """The ID of a campaign that is known by its name alone, whatever the case."""
    return str(uuid.uuid5(NAMESPACE, f"campaign named {name.strip().casefold()}"))


def id_for(phone: str) -> str:
    """The contact ID of a number that was given none."""
    return str(uuid.uuid5(NAMESPACE, f"contact {phone}"))
