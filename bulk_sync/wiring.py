"""What the stages take from the settings: the options to plan by, the pace, the budget, and where the API is."""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.ledger import state_folder
from bulk_sync.model import CAMPAIGNS
from bulk_sync.plan.column_parser import ValueTable, Vocabulary, faults
from bulk_sync.plan.country import has_numbers, read_country, read_place
from bulk_sync.plan.planning import Destination, PlanOptions
from bulk_sync.plan.values import Rejection, is_uuid, read_timezone
from bulk_sync.send.config import Address, ErrorThreshold, Limits, SendConfig
from bulk_sync.settings import BASE_URL, Settings, parse_tolerance
from bulk_sync.times import duration, next_moment, parse_duration, time_of_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bulk_sync.catalog import Catalog
    from bulk_sync.model import Columns, Table
    from bulk_sync.plan import Plan
    from bulk_sync.report.console import Observer
    from bulk_sync.sandbox import SandboxContact


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run whose table is open and whose rows are planned. `out`: where its results go; None is standard output."""

    settings: Settings
    observer: Observer
    table: Table
    plan: Plan
    catalog: Catalog
    out: Path | None

    @property
    def pace(self) -> SendConfig:
        """How fast it sends, how long, and how many failures it bears. A time of day is the next after it began."""
        return self.catalog.pace


def plan_options(settings: Settings, catalog: Catalog, columns: Columns) -> PlanOptions:
    """The options to plan by, but for names. Raises BadInput for a region that has no phone numbers."""
    return PlanOptions(
        region=region(settings),
        phone_check=settings.phone_check,
        plus_missing=settings.plus_missing if settings.plus_missing is not None else catalog.plus_missing,
        visible_only=settings.visible_only,
        on_conflict=settings.on_conflict,
        order=settings.order,
        create_in=_destination(settings, catalog, columns),
        values=ValueTable(settings.values),
    )


def check_values(settings: Settings, catalog: Catalog) -> None:
    """Refuse a mapping that leads to nothing known, or takes away what a text means. Raises BadConfiguration."""
    statuses, campaigns = catalog.statuses, catalog.campaigns
    known = {
        "status": Vocabulary(statuses.names, statuses.read, is_complete=catalog.lists_statuses),
        "campaign": Vocabulary(campaigns.meant, campaigns.read, is_complete=catalog.lists_campaigns),
        "country": Vocabulary.of(read_place),
        "code": Vocabulary.of(read_place),
        "timezone": Vocabulary.of(read_timezone),
    }
    fault = next(faults(settings.values, known, statuses), None)
    if fault is not None:
        raise BadConfiguration(f"{fault} Nothing was sent.")


def region(settings: Settings) -> str:
    """The ISO code of the country of numbers without a country code. Raises BadInput where it has no numbers."""
    found = read_country(settings.region)
    if found is None or not has_numbers(found):
        raise BadInput(f"--region {settings.region} is not a country. Give its ISO code, like US, GB or MX.")
    return found


def _destination(settings: Settings, catalog: Catalog, columns: Columns) -> Destination | None:
    """Where `--create-missing` makes contacts. Raises BadInput where that is neither a campaign nor a splitter."""
    if settings.create_missing is None:
        return None
    kind, colon, splitter = settings.create_missing.strip().partition(":")
    if colon and kind.casefold() == "splitter":
        if not is_uuid(splitter.strip()):
            raise BadInput(f"--create-missing: {splitter!r} is not a splitter's ID. Write splitter: and a UUID.")
        return Destination(splitter=splitter.strip())
    campaign = settings.create_missing.strip()
    if not is_uuid(campaign):
        catalog.learn({CAMPAIGNS}, columns)
    found = catalog.campaigns.read(campaign)
    if not isinstance(found, Rejection):
        return Destination(found)
    if catalog.stopped is not None or (settings.dry_run and not can_read(settings)):
        return None  # the contacts are not looked at either, so nobody is seen to be missing
    raise BadInput(f"--create-missing: {found.why}")


def pace(settings: Settings) -> SendConfig:
    """How fast to send, how long, and how many failures to bear. A time of day means its next occurrence from now."""
    rows, share = parse_tolerance(settings.max_errors)
    seconds = parse_duration(settings.max_duration) if settings.max_duration else math.inf
    until = next_moment(time_of_day(settings.until), time.time()) if settings.until else math.inf
    limits = Limits(seconds, until, settings.max_writes)
    outage = parse_duration(settings.max_outage)
    return SendConfig(settings.rate, settings.concurrency, ErrorThreshold(rows, share), limits, outage)


def shared_in(settings: Settings) -> Path | None:
    """The folder by which the runs of a key on this computer share its budget; None: to a sandbox there is one run."""
    return None if settings.sandbox else state_folder()


def check_access(settings: Settings) -> None:
    """Refuse early what could not be sent anyway. Raises BadConfiguration."""
    if not settings.sandbox:
        if settings.base_url != BASE_URL:
            from bulk_sync.api.client import checked_base_url  # noqa: PLC0415  # httpx, a tenth of a second

            checked_base_url(settings.base_url)
        if not settings.dry_run:
            settings.find_key()


def can_read(settings: Settings) -> bool:
    """Whether a dry run has what it needs to look at the contacts."""
    return not settings.offline and (settings.sandbox or settings.known_key() is not None)


@contextlib.contextmanager
def api(run: PlannedRun) -> Iterator[Address]:
    """Where to send: the API that the settings name, or a sandbox that lasts as long as this does."""
    if not run.settings.sandbox:
        yield Address(run.settings.base_url, run.settings.find_key())
        return
    from bulk_sync import sandbox  # noqa: PLC0415  # an extra, and only this needs it

    writes = sandbox.Rate(20, 1.0)
    with sandbox.running(contacts=_stock(run.plan), options=sandbox.SandboxOptions(writes=writes)) as running:
        real = duration(SendConfig().forecast(len(run.plan.sequence)))
        run.observer.message(
            f"Sandbox: a contacts API on this computer, gone when this ends. It allows {writes.limit} writes a second; "
            f"the real one allows 30 a minute, and would take {real} for this file."
        )
        yield Address(running.url, running.key)


def _stock(plan: Plan) -> list[SandboxContact]:
    """The sandbox's own contacts, which match the samples; for a file with none of them, the file's contacts too."""
    from bulk_sync.sandbox import SandboxContact, seed  # noqa: PLC0415  # see above

    built_in = list(seed.contacts())
    known = {contact.phone for contact in built_in} | {contact.id for contact in built_in}
    updates = list(plan.updates())
    if any((update.phone or (update.contact_id or "").lower()) in known for update in updates):
        return built_in
    unlisted = (f"+1999{number:07d}" for number in itertools.count())
    return built_in + [
        SandboxContact(phone=update.phone or next(unlisted), id=update.contact_id or "", name=None)
        for update in updates
    ]
