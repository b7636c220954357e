"""How are the statuses and campaigns that the API knows, and the findings of a check, shown? (rich, standard output)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bulk_sync.report.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for header in headers:
        table.add_column(header, no_wrap=header in {"ID", "status", "state", "kind"}, overflow="fold")
    return table


def _console() -> Screen:
    return Screen()
