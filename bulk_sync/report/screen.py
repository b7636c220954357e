"""The one console of the program, and the tables that commands print on it. (rich)

Whatever is shown is printable, whoever wrote it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bulk_sync.errors import CODES
from bulk_sync.printable import printable
from bulk_sync.report.log import masked
from bulk_sync.times import clock, iso

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rich.console import ConsoleOptions, JustifyMethod, OverflowMethod, RenderableType

    from bulk_sync.model import Campaign, Status

_WHOLE = ("ID", "status", "state", "kind")
"""Columns whose cells are words of a vocabulary."""

EFFECTS = {True: "stops outreach", False: "goes on", None: "not known"}
"""What a status does to outreach, in words."""

_SIGNS = {True: Text("ok", "green"), False: Text("wrong", "red"), None: Text("look", "yellow")}

_STATES = {
    "finished": "green",
    "running": "cyan",
    "waiting": "yellow",
    "unfinished": "yellow",
    "failed": "red",
    "unreadable": "red",
    "cancelled": "bright_black",
    "overtaken": "bright_black",
}
"""The colour of each state of a run or a job."""

_FACTS = (
    "run", "state", "began", "ended", "input", "results", "exit_code", "base_url", "profile", "sandbox", "version",
    "trouble",
)  # fmt: skip
"""What is told of one run, where it is known."""

_WIDE = 120
"""Columns that a table may take even where the screen has less."""

NARROWEST = 20
"""Columns of a screen on which anything can be read."""


class Screen(Console):
    """rich's console without highlighting and emoji: text that it renders is cleaned, its own controls are left."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 -- rich's options
        super().__init__(highlight=False, emoji=False, **options)
        self.width = max(self.width, NARROWEST)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See `Console.render`."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or (text.isascii() and text.isprintable()):
                yield segment
            else:
                yield Segment(printable(text, lines=True), segment.style)


def bare_table(
    *headers: str, right: Collection[str] = (), whole: Collection[str] = (), overflow: OverflowMethod = "ellipsis"
) -> Table:
    """A table without lines. `right`: columns of figures; `whole`: those whose cells are never broken into lines."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for header in headers:
        justify: JustifyMethod = "right" if header in right else "left"
        table.add_column(header, justify=justify, no_wrap=header in whole, overflow=overflow)
    return table


def _show(table: Table | str) -> None:
    """Print a table, or a sentence in its place.

    On a screen that is too narrow for it, the terminal breaks its lines; a name that is cut off is of no use.
    """
    console = Screen()
    if isinstance(table, Table):
        console.width = max(console.width, console.measure(table, options=console.options.update(width=_WIDE)).maximum)
    console.print(table)


def show_statuses(statuses: Sequence[Status], is_system: Callable[[Status], bool]) -> None:
    """Print the statuses, in the order given."""
    table = bare_table("status", "label", "outreach", "kind", whole=_WHOLE, overflow="fold")
    for status in statuses:
        kind = "system" if is_system(status) else "team"
        table.add_row(*map(Text, (status.name, ", ".join(status.labels), EFFECTS[status.terminal], kind)))
    _show(table)


def show_campaigns(campaigns: Sequence[Campaign]) -> None:
    """Print the campaigns, in the order given."""
    table = bare_table("campaign", "ID", "state", whole=_WHOLE, overflow="fold")
    for campaign in campaigns:
        state = Text("paused", style="yellow") if campaign.paused else Text("active")
        table.add_row(Text(campaign.name), Text(campaign.id), state)
    _show(table if campaigns else "The API lists no campaign.")


def show_findings(findings: Sequence[tuple[str, bool | None, str]]) -> None:
    """Print what was found out: of what, whether it is well (None: look at it), and a sentence."""
    table = bare_table("", "what", "found", overflow="fold")
    for what, is_well, says in findings:
        table.add_row(_SIGNS[is_well], Text(what), Text(says))
    console = Screen()
    console.print(table)


def show_runs(runs: Sequence[Mapping[str, Any]]) -> None:
    """Print the runs of this computer, in the order given."""
    headers = ("run", "began", "file", "state", "exit", "updates")
    table = bare_table(*headers, right=("exit", "updates"), whole=set(headers) - {"file"})
    for run in runs:
        file = Text(PurePath(run["input"] or "").name).append_text(_account(run))
        code = "" if run["exit_code"] is None else str(run["exit_code"])
        table.add_row(run["run"], _local_time(run["began"]), file, _state(run["state"]), code, _progress(run))
    _show(table if runs else "There are no runs on this computer yet.")
    if any(run["state"] == "unfinished" and run["to_go_on"] for run in runs):
        _show("To continue an unfinished run: bulk-sync resume RUN")


def show_run(run: Mapping[str, Any]) -> None:
    """Print all that is known of a run."""
    table = bare_table()
    table.show_header = False
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    moments = {name: _local_time(run[name]) for name in ("began", "ended")}
    words = {"state": _state(run["state"]).plain, "profile": _profile(run), "sandbox": "yes" if run["sandbox"] else ""}
    shown = {**run, **moments, **words}
    for name in _FACTS:
        if shown[name] not in (None, ""):
            table.add_row(name.replace("_", " "), Text(str(shown[name])))
    table.add_row("updates", _progress(run))
    for code, count in (run["codes"] or {}).items():
        table.add_row(Text(code), f"{count:,}  {CODES[code].meaning if code in CODES else ''}")
    options = ", ".join(f"{name}={value}" for name, value in run["options"].items() if value not in (None, False, {}))
    table.add_row("options", Text(options))
    console = Screen(soft_wrap=True)
    console.print(table)
    if run["to_go_on"]:
        console.print(run["to_go_on"], style="bold")


def show_jobs(jobs: Sequence[Mapping[str, Any]]) -> None:
    """Print jobs of a fleet in the order given; of those that did not end well, why."""
    headers = ("job", "profile", "file", "submitted", "state", "exit", "updates")
    table = bare_table(*headers, right=("job", "exit", "updates"))
    for job in jobs:
        code = "" if job["exit_code"] is None else str(job["exit_code"])
        file = Text(job["file"]).append(" (urgent)" if job["urgent"] else "", style="bold")
        words = (str(job["job"]), Text(job["profile"]), file, _local_time(job["submitted"]), _state(job["state"]))
        table.add_row(*words, code, f"{job['calls_settled']:,}")
    console = Screen()
    console.print(table if jobs else "There are no jobs.")
    for job in jobs:
        if job["reason"]:
            console.print(Text(f"Job {job['job']}: {job['reason']}"))


def _state(name: str) -> Text:
    return Text("replaced by a newer run" if name == "overtaken" else name, style=_STATES[name])


def _profile(run: Mapping[str, Any]) -> str | None:
    profile: str | None = run["options"].get("profile")
    return profile


def _account(run: Mapping[str, Any]) -> Text:
    """Where a run wrote, where that is not the usual account."""
    name = "sandbox" if run["sandbox"] else _profile(run)
    return Text(f" ({name})" if name else "", style="dim")


def _local_time(moment: str | None) -> str:
    """A moment as people here read it; "" where there is none."""
    return clock(datetime.fromisoformat(moment).timestamp()) if moment else ""


def _progress(run: Mapping[str, Any]) -> str:
    return f"{run['calls_settled']:,}" + ("" if run["calls"] is None else f" of {run['calls']:,}")


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
    """Print a table of people, in the order given; nothing where there are none."""
    has_rows = any(line.row is not None for line in lines)
    headers = (*(["row"] if has_rows else []), "number", "contact ID", "since", "from")
    table = bare_table(*headers, right=("row",), whole=set(headers) - {"from"})
    for line in lines:
        phone = (line.phone or "") if show_phones else masked(line.phone)
        cells = (phone, line.contact_id or "", clock(line.since), line.source)
        table.add_row(*([str(line.row)] if has_rows else []), *map(Text, cells))
    if lines:
        _show(table)


def show_removals(removals: Iterable[tuple[float, str, int]]) -> None:
    """Print what was removed: when, why, and how many people."""
    console = Screen(markup=False)
    for at, reason, people in removals:
        console.print(f"Removed at {clock(at)}: {people:,} ({reason})")


def as_csv(lines: Iterable[Line]) -> str:
    """Everybody as CSV, numbers and all. `bulk-sync dnc add` reads the first two columns."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("phone", "id", "since", "source"))
    rows.writerows((line.phone or "", line.contact_id or "", iso(line.since), line.source) for line in lines)
    return text.getvalue()
