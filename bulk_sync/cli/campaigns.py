"""`bulk-sync campaigns`: the campaigns that rows may name."""

from __future__ import annotations

import click

from bulk_sync.cli.display import told_unless
from bulk_sync.cli.options import asking_options
from bulk_sync.cli.output import answer
from bulk_sync.cli.run import Configured
from bulk_sync.errors import BadConfiguration
from bulk_sync.printable import json_text


@click.command(
    "campaigns",
    short_help="Show the campaigns that rows may use, with their IDs.",
    cls=Configured,
)
@asking_options("base_url", "profile", "offline", "as_json", "quiet")
def command(base_url: str, profile: str | None, *, offline: bool, as_json: bool, quiet: bool) -> None:
    """Show the campaigns that rows may name, with their IDs.

    Rows may name them by ID, or by name in any case, with any spaces, hyphens and accents.
    """
    from bulk_sync.catalog.query import ask  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.report.tables import show_campaigns  # noqa: PLC0415

    tell = told_unless(quiet=quiet)
    asked = ask(base_url, profile, {"campaigns"}, tell, offline=offline)
    if asked.campaigns is None:
        raise BadConfiguration(" ".join(asked.sentences))
    for sentence in asked.sentences:
        tell(sentence)
    if as_json:
        entries = [{"id": each.id, "name": each.name, "paused": each.paused} for each in asked.campaigns]
        answer(json_text(entries))
    else:
        show_campaigns(asked.campaigns)
