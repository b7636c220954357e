"""What do the stages need of the settings? The table and its columns, the rules, the pace, and where the API is."""

from __future__ import annotations

import contextlib
import itertools
import math
import re
from datetime import datetime
from typing import TYPE_CHECKING

from bulk_sync import tables
from bulk_sync.errors import BadConfiguration, BadInput, Code
from bulk_sync.ledger import state_folder
from bulk_sync.model import fold
from bulk_sync.plan.countries import has_numbers, is_calling_code, read_country
from bulk_sync.plan.fields import is_uuid
from bulk_sync.plan.phone import Phone, read_phone
from bulk_sync.plan.rejection import Rejection
from bulk_sync.plan.rules import Destination, Rules
from bulk_sync.plan.statuses import Statuses
from bulk_sync.send.terms import Address, Limits, Pace, Sharing, Tolerance
from bulk_sync.settings import BASE_URL, Settings, parse_tolerance
from bulk_sync.tables import columns as choosing
from bulk_sync.tables.synonyms import field_of
from bulk_sync.times import duration, next_occurrence, parse_duration, time_of_day

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from bulk_sync.model import Columns, Table
    from bulk_sync.naming import Known
    from bulk_sync.plan import Plan
    from bulk_sync.sandbox import SandboxContact

NO_LIMITS = Limits()

_CODE = re.compile(r"[^\d+]*(?:\+|00)?\s*(\d{1,3}|1[\s-]?\d{3})(?:\.0)?\D*")
"""44, +44, (0044), 1-684, United Kingdom (+44)."""

SAMPLE_ROWS = 1_000
"""Rows that are looked at where the headers say nothing."""


def open_input(path: Path, settings: Settings) -> tuple[Table, Columns]:
    """The table in a file, and which of its columns mean what. Raises BadInput."""
    looks = _looks(settings.region)
    named = frozenset(fold(column) for column in settings.columns.values() if len(column.strip()) > 1) - {""}
    table = tables.open_table(
        path,
        sheet=settings.sheet,
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        looks_like_header=lambda cells: choosing.looks_like_header(cells, looks),
        recognises=choosing.known_headers,
        named=lambda cells: len(named.intersection(map(fold, cells))) if named else 0,
    )
    _check_above(table, looks)
    first = next(iter(table.chunks(SAMPLE_ROWS)), None)
    if settings.columns_from is not None:
        _check_map(table.headers, settings.columns, settings.columns_from)
    sample = [[] if first is None else _without(first.cells[at], first.remarks) for at in range(len(table.headers))]
    return table, choosing.choose(
        table.headers, sample, settings.columns, looks, lambda at: _is_blank_to_its_end(table, at)
    )


def _without(cells: Sequence[str], places: Collection[int]) -> list[str]:
    return [cell for at, cell in enumerate(cells) if at not in places]


def _check_above(table: Table, looks: choosing.Looks) -> None:
    """Do nothing if nobody is named above the header. Raises BadInput: what stands there is never sent."""
    above = table.rows_above() if table.first_row - table.has_header > 1 else ()
    for number, row in enumerate(above, start=1):
        cells = [str(cell).strip().lstrip("#").strip() for cell in row]
        if any(map(looks["phone"], cells)) and any(map(looks["status"], cells)):
            raise BadInput(
                f"Row {number} holds a phone number and a status, but stands above the header in row {len(above) + 1}, "
                "where nothing is sent. Move it below the header, or delete it."
            )


def _is_blank_to_its_end(table: Table, column: int) -> bool:
    return not any(cell.strip() for chunk in table.chunks(only={column}) for cell in chunk.cells[column])


def _check_map(headers: Sequence[str], columns: Mapping[str, str], place: str) -> None:
    """Refuse a map of the working folder's file for a field that the table's own headers name. Raises BadConfiguration.

    With `map = { status = "note" }` beside a list, whoever sent it could turn DNC into active.
    """
    for field, column in columns.items():
        taken = choosing.find(headers, column, field)
        own = [at for at, header in enumerate(headers) if at != taken and (field_of(header) or ("",))[0] == field]
        if own:
            raise BadConfiguration(
                f"{place}: map takes {field} from {column!r}, but the file has a column of its own for it, "
                f"{choosing.described(headers, own[0])}. A file in the working folder may not choose another. "
                f'Nothing was sent. If you mean it, say so in the command: --map {field}="{column}"'
            )


def _looks(region: str) -> choosing.Looks:
    statuses = Statuses()
    return {
        "phone": lambda cell: _holds_numbers(cell.strip(), region),
        "status": lambda cell: statuses.knows(cell.strip()),
        "uuid": lambda cell: is_uuid(cell.strip()),
        "code": lambda cell: _is_calling_code(cell.strip()),
        "country": lambda cell: read_country(cell) is not None,
    }


def _holds_numbers(cell: str, region: str) -> bool:
    """Whether a cell holds a phone number, or several."""
    found = read_phone(cell, region)
    return isinstance(found, Phone) or found.code is Code.AMBIGUOUS_PHONE


def _is_calling_code(cell: str) -> bool:
    """Whether a cell holds a calling code, spelled as 44, +44, (0044) or 1-684, with its country's name beside it."""
    found = _CODE.fullmatch(cell)
    return found is not None and is_calling_code("".join(filter(str.isdigit, found[1])))


def rules(settings: Settings, known: Known) -> Rules:
    """The rules to plan by, and the names that are known. Raises BadInput for a region that has no phone numbers."""
    return Rules(
        region=region(settings),
        phone_check=settings.phone_check,
        on_conflict=settings.on_conflict,
        order=settings.order,
        statuses=known.statuses,
        campaigns=known.campaigns,
        create_in=_destination(settings, known),
    )


def region(settings: Settings) -> str:
    """The ISO code of the country of numbers without a country code. Raises BadInput where it has no numbers."""
    found = read_country(settings.region)
    if found is None or not has_numbers(found):
        raise BadInput(f"--region {settings.region} is not a country. Give its ISO code, like US, GB or MX.")
    return found


def _destination(settings: Settings, known: Known) -> Destination | None:
    """Where `--create-missing` makes contacts. Raises BadInput where that is neither a campaign nor a splitter."""
    if settings.create_missing is None:
        return None
    kind, colon, splitter = settings.create_missing.strip().partition(":")
    if colon and kind.casefold() == "splitter":
        if not is_uuid(splitter.strip()):
            raise BadInput(f"--create-missing: {splitter!r} is not a splitter's ID. Write splitter: and a UUID.")
        return Destination(splitter=splitter.strip())
    found = known.campaigns.read(settings.create_missing.strip())
    if not isinstance(found, Rejection):
        return Destination(found)
    if known.stopped is not None or (settings.dry_run and not can_read(settings)):
        return None  # the contacts are not looked at either, so nobody is seen to be missing
    raise BadInput(f"--create-missing: {found.why}")


def pace(settings: Settings) -> Pace:
    """How fast to send, how long, and how many failures to bear. A time of day means its next occurrence from now."""
    rows, share = parse_tolerance(settings.max_errors)
    seconds = parse_duration(settings.max_duration) if settings.max_duration else math.inf
    now = datetime.now()  # noqa: DTZ005 -- people read their own clock
    until = next_occurrence(time_of_day(settings.until), now).timestamp() if settings.until else math.inf
    limits = Limits(seconds, until, settings.max_writes)
    outage = parse_duration(settings.max_outage)
    return Pace(settings.rate, settings.concurrency, Tolerance(rows, share), limits, outage)


def sharing(settings: Settings, tell: Callable[[str], None]) -> Sharing:
    """With whom the budget is shared: with the other runs of the key on this computer; in a sandbox there are none."""
    return Sharing(None if settings.sandbox else state_folder(), tell)


def check_access(settings: Settings) -> None:
    """Refuse early what could not be sent anyway. Raises BadConfiguration."""
    if not settings.sandbox:
        if settings.base_url != BASE_URL:
            from bulk_sync.send.client import checked_base_url  # noqa: PLC0415  # httpx, a tenth of a second

            checked_base_url(settings.base_url)
        if not settings.dry_run:
            settings.find_key()


def can_read(settings: Settings) -> bool:
    """Whether a dry run has what it needs to look at the contacts."""
    return not settings.offline and (settings.sandbox or settings.known_key() is not None)


@contextlib.contextmanager
def api(settings: Settings, plan: Plan, tell: Callable[[str], None]) -> Iterator[Address]:
    """Where to send: the API that the settings name, or a sandbox that lasts as long as this does."""
    if not settings.sandbox:
        yield Address(settings.base_url, settings.find_key())
        return
    from bulk_sync import sandbox  # noqa: PLC0415  # an extra, and only this needs it

    writes = sandbox.Rate(20, 1.0)
    with sandbox.running(contacts=_stock(plan), options=sandbox.SandboxOptions(writes=writes)) as running:
        real = duration(Pace().forecast(len(plan.sequence)))
        tell(
            f"Sandbox: a contacts API on this computer, gone when this ends. It allows {writes.limit} writes a second; "
            f"the real one allows 30 a minute, and would take {real} for this file."
        )
        yield Address(running.url, running.key)


def _stock(plan: Plan) -> list[SandboxContact]:
    """The sandbox's own contacts, which match the samples; for a file with none of them, the file's contacts too."""
    from bulk_sync.sandbox import SandboxContact, stock  # noqa: PLC0415  # see above

    built_in = list(stock.contacts())
    known = {contact.phone for contact in built_in} | {contact.id for contact in built_in}
    updates = list(plan.updates())
    if any((update.phone or (update.contact_id or "").lower()) in known for update in updates):
        return built_in
    unlisted = (f"+1999{number:07d}" for number in itertools.count())
    return built_in + [
        SandboxContact(phone=update.phone or next(unlisted), id=update.contact_id or "", name=None)
        for update in updates
    ]
