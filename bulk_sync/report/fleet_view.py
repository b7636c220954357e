"""The jobs of a fleet on a terminal, as a table. (rich, on standard output)"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from bulk_sync.report.history_view import local_time
from bulk_sync.report.screen import Screen, bare_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

_COLOURS = {"finished": "green", "running": "cyan", "waiting": "yellow", "failed": "red", "cancelled": "bright_black"}


def show_jobs(jobs: Sequence[Mapping[str, Any]], console: Console | None = None) -> None:
    """Print jobs in the order given; of those that did not end well, why."""
    console = console or Screen()
    if not jobs:
        console.print("There are no jobs.")
        return
    table = bare_table(header_style="dim")
    for header in ("job", "profile", "file", "submitted", "state", "exit", "updates"):
        table.add_column(header, justify="right" if header in {"job", "exit", "updates"} else "left")
    for job in jobs:
        code = "" if job["exit_code"] is None else str(job["exit_code"])
        file = Text(job["file"]).append(" (urgent)" if job["urgent"] else "", style="bold")
        table.add_row(
            str(job["job"]),
            Text(job["profile"]),
            file,
            local_time(job["submitted"]),
            Text(job["state"], style=_COLOURS[job["state"]]),
            code,
            f"{job['calls_settled']:,}",
        )
    console.print(table)
    for job in jobs:
        if job["reason"]:
            console.print(Text(f"Job {job['job']}: {job['reason']}"))
