"""`bulk-sync logout`: take the API key out of the system's keyring."""

from __future__ import annotations

import click

from bulk_sync.cli.options import asking_options
from bulk_sync.cli.output import say
from bulk_sync.cli.run import Configured


@click.command("logout", cls=Configured)
@asking_options("base_url", "profile")
def command(base_url: str, profile: str | None) -> None:
    """Remove the API key from this computer's keyring. Keys in variables and files stay where they are."""
    from bulk_sync.keys import forget_key  # noqa: PLC0415  # keeps --help quick

    place = forget_key(base_url, profile)
    say(f"The key for {place} is no longer in this computer's keyring.", err=True)
