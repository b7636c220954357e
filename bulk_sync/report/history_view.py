"""The history of runs on a terminal: all of them as a table, or one in detail. (rich, on standard output)"""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rich.text import Text

from bulk_sync.errors import CODES
from bulk_sync.report.screen import Screen, bare_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

_COLOURS = {
    "finished": "green",
    "running": "cyan",
    "unfinished": "yellow",
    "overtaken": "bright_black",
    "unreadable": "red",
}


_STATES = {"overtaken": "replaced by a newer run"}
"""What a person reads for a state, where that is not its own name."""


def show_all(runs: Sequence[Mapping[str, Any]], console: Console | None = None) -> None:
    """Print the runs as a table, in the order given."""
    console = console or Screen()
    if not runs:
        console.print("There are no runs on this computer yet.")
        return
    table = bare_table(header_style="dim")
    for header in ("run", "began", "file", "state", "exit", "updates"):
        table.add_column(header, justify="right" if header in {"exit", "updates"} else "left", no_wrap=header != "file")
    for run in runs:
        state = Text(_STATES.get(run["state"], run["state"]), style=_COLOURS[run["state"]])
        name = PurePath(run["input"]).name if run["input"] else ""
        table.add_row(
            run["run"],
            local_time(run["began"]),
            Text(name).append_text(_account(run)),
            state,
            _text(run["exit_code"]),
            _progress(run),
        )
    console.print(table)
    if any(run["state"] == "unfinished" and run["to_go_on"] for run in runs):
        console.print("To continue an unfinished run: bulk-sync resume RUN")


def show_one(run: Mapping[str, Any], console: Console | None = None) -> None:
    """Print all that is known of a run."""
    console = console or Screen(soft_wrap=True)
    table = bare_table(show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    run = {**run, "profile": run["options"].get("profile"), "sandbox": "yes" if run["sandbox"] else None}
    for name in (
        "run",
        "state",
        "began",
        "ended",
        "input",
        "results",
        "exit_code",
        "base_url",
        "profile",
        "sandbox",
        "version",
        "trouble",
    ):
        if run[name] not in (None, ""):
            value = local_time(run[name]) if name in {"began", "ended"} else _STATES.get(run[name], str(run[name]))
            table.add_row(name.replace("_", " "), Text(value))
    table.add_row("updates", _progress(run))
    for code, count in (run["codes"] or {}).items():
        table.add_row(Text(code), f"{count:,}  {CODES[code].meaning if code in CODES else ''}")
    options = ", ".join(f"{name}={value}" for name, value in run["options"].items() if value not in (None, False, {}))
    table.add_row("options", Text(options))
    console.print(table)
    if run["to_go_on"]:
        console.print(run["to_go_on"], style="bold")


def _account(run: Mapping[str, Any]) -> Text:
    """Where a run wrote, where that is not the usual account."""
    profile = run["options"].get("profile")
    return Text(" (sandbox)" if run["sandbox"] else f" ({profile})" if profile else "", style="dim")


def local_time(iso: str | None) -> str:
    """A moment as people here read it; "" where there is none."""
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M") if iso else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _progress(run: Mapping[str, Any]) -> str:
    return f"{run['calls_settled']:,}" + ("" if run["calls"] is None else f" of {run['calls']:,}")
