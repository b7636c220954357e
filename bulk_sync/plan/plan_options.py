"""The options of a run that decide about rows, and the names that are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bulk_sync.plan.campaign import Campaigns
from bulk_sync.plan.status import Statuses

if TYPE_CHECKING:
    from bulk_sync.errors import Code
    from bulk_sync.plan.phone import Check

OnConflict = Literal["safest", "last", "first", "error"]
Order = Literal["safest", "file"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where new contacts go: the ID of their campaign, or of a splitter that deals them to several."""

    campaign: str | None = None
    splitter: str | None = None


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The options that decide about rows, by the same names.

    `region`: the ISO code of numbers written without a country code; `plus_missing`: how digits are read that are two
    numbers, None: not decided; `create_in`: where contacts go that are made since the CRM has none. `only_contacts`:
    rows may ask for nothing, since only whom they name matters. `visible_only`: rows that are hidden in the workbook
    are skipped. `unlearned`: what becomes of rows with a name that nobody knows, where the run ended before names were
    read.
    """

    region: str = "US"
    phone_check: Check = "valid"
    on_conflict: OnConflict = "safest"
    order: Order = "safest"
    plus_missing: bool | None = None
    create_in: Destination | None = None
    only_contacts: bool = False
    visible_only: bool = False
    statuses: Statuses = field(default_factory=Statuses)
    campaigns: Campaigns = field(default_factory=Campaigns)
    unlearned: tuple[Code, str] | None = None
