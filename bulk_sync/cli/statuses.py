"""`bulk-sync statuses`: the statuses that rows may name."""

from __future__ import annotations

import click

from bulk_sync.cli.display import told_unless
from bulk_sync.cli.options import asking_options
from bulk_sync.cli.output import answer
from bulk_sync.cli.run import Configured
from bulk_sync.printable import json_text


@click.command(
    "statuses",
    short_help="Show the statuses that rows may use.",
    cls=Configured,
)
@asking_options("base_url", "profile", "offline", "as_json", "quiet")
def command(base_url: str, profile: str | None, *, offline: bool, as_json: bool, quiet: bool) -> None:
    """Show the statuses that rows may name: the system's, and the team's own.

    Rows may name them by status or label, in any case, with any spaces, hyphens and accents.
    """
    from bulk_sync.catalog.query import ask, is_system  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.report.tables import show_statuses  # noqa: PLC0415

    tell = told_unless(quiet=quiet)
    asked = ask(base_url, profile, {"statuses"}, tell, offline=offline)
    for sentence in asked.sentences:
        tell(sentence)
    if not as_json:
        show_statuses(asked.statuses, is_system)
        return
    entries = [
        {"name": each.name, "labels": list(each.labels), "terminal": each.terminal, "system": is_system(each)}
        for each in asked.statuses
    ]
    answer(json_text(entries))
