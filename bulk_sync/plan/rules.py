"""By which rules is a file planned? The options of a run that decide about rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bulk_sync.plan.campaigns import Campaigns
from bulk_sync.plan.statuses import Statuses

if TYPE_CHECKING:
    from bulk_sync.plan.phone import Check

OnConflict = Literal["safest", "last", "first", "error"]
Order = Literal["safest", "file"]
Variables = Literal["merge", "replace"]


@dataclass(frozen=True, slots=True)
class Rules:
    """`region`: the ISO code of numbers written without a country code. The rest as the options of the same name."""

    region: str = "US"
    phone_check: Check = "valid"
    on_conflict: OnConflict = "safest"
    order: Order = "safest"
    variables: Variables = "merge"
    statuses: Statuses = field(default_factory=Statuses)
    campaigns: Campaigns = field(default_factory=Campaigns)
