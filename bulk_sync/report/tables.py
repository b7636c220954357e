"""Tables that commands print on standard output: statuses, campaigns, findings, people in the DNC memory. (rich)"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from bulk_sync.report.log import masked
from bulk_sync.report.screen import Screen, bare_table
from bulk_sync.times import clock, iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.table import Table

    from bulk_sync.model import Campaign, Status

EFFECTS = {True: "stops outreach", False: "goes on", None: "not known"}
"""What a status does to outreach, in words."""

_COLOURS = {True: "green", False: "red", None: "yellow"}
_SIGNS = {True: "ok", False: "wrong", None: "look"}


def show_statuses(statuses: Sequence[Status], is_system: Callable[[Status], bool]) -> None:
    """Print the statuses, in the order given."""
    table = _table("status", "label", "outreach", "kind")
    for status in statuses:
        kind = "system" if is_system(status) else "team"
        table.add_row(*map(Text, (status.name, ", ".join(status.labels), EFFECTS[status.terminal], kind)))
    _console().print(table)


def show_campaigns(campaigns: Sequence[Campaign]) -> None:
    """Print the campaigns, in the order given."""
    table = _table("campaign", "ID", "state")
    for campaign in campaigns:
        state = Text("paused", style="yellow") if campaign.paused else Text("active")
        table.add_row(Text(campaign.name), Text(campaign.id), state)
    _console().print(table if campaigns else "The API lists no campaign.")


def show_findings(findings: Sequence[tuple[str, bool | None, str]]) -> None:
    """Print what was found out: of what, whether it is well (None: look at it), and a sentence."""
    table = _table("", "what", "found")
    for what, is_well, says in findings:
        table.add_row(Text(_SIGNS[is_well], style=_COLOURS[is_well]), Text(what), Text(says))
    _console().print(table)


def _table(*headers: str) -> Table:
    table = bare_table(header_style="dim")
    for header in headers:
        table.add_column(header, no_wrap=header in {"ID", "status", "state", "kind"}, overflow="fold")
    return table


def _console(**options: bool) -> Screen:
    return Screen(**options)


CSV_COLUMNS = ("phone", "id", "since", "source")
"""Of an export. `bulk-sync dnc add` reads the first two."""


@dataclass(frozen=True, slots=True)
class Line:
    """One who must not be called: number (E.164), ID, since when (seconds since the epoch), and where from.

    `row`: where a file was asked about, the number of the row that names him.
    """

    phone: str | None
    contact_id: str | None
    since: float
    source: str
    row: int | None = None

    def as_json(self, *, show_phones: bool) -> dict[str, object]:
        """The same for machines, with the moment in UTC."""
        phone = self.phone if show_phones else masked(self.phone) or None
        row = {} if self.row is None else {"row": self.row}
        return {**row, "phone": phone, "id": self.contact_id, "since": iso(self.since), "source": self.source}


def show_lines(lines: Sequence[Line], *, show_phones: bool) -> None:
    """Print a table of people, in the order given."""
    table = bare_table(header_style="dim")
    has_rows = any(line.row is not None for line in lines)
    for header in (*(["row"] if has_rows else []), "number", "contact ID", "since", "from"):
        table.add_column(header, justify="right" if header == "row" else "left", no_wrap=header != "from")
    for line in lines:
        phone = line.phone or ""
        cells = (phone if show_phones else masked(phone), line.contact_id or "", clock(line.since), line.source)
        table.add_row(*([str(line.row)] if has_rows else []), *map(Text, cells))
    if lines:
        _console().print(table)


def show_removals(removals: Iterable[tuple[float, str, int]]) -> None:
    """Print what was removed: when, why, and how many people."""
    console = _console(markup=False)
    for at, reason, people in removals:
        console.print(f"Removed at {clock(at)}: {people:,} ({reason})")


def as_csv(lines: Iterable[Line]) -> str:
    """Everybody as CSV, numbers and all."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    rows.writerows((line.phone or "", line.contact_id or "", iso(line.since), line.source) for line in lines)
    return text.getvalue()
