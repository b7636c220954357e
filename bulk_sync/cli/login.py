"""`bulk-sync login`: keep the API key in the system's keyring."""

from __future__ import annotations

import sys

import click

from bulk_sync.cli.options import asking_options
from bulk_sync.cli.output import say
from bulk_sync.cli.run import Configured


@click.command(
    "login",
    short_help="Keep the API key in this computer's keyring.",
    cls=Configured,
)
@asking_options("base_url", "profile")
def command(base_url: str, profile: str | None) -> None:
    """Keep the API key in this computer's keyring, where every run finds it.

    The key is asked for and not shown. Without a terminal it is read from standard input, never from the command line,
    which others can see.
    """
    from bulk_sync.keys import keep_key  # noqa: PLC0415  # keeps --help quick

    typed = click.prompt("API key", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    place = keep_key(base_url, profile, typed)
    again = f"bulk-sync check --profile {profile}" if profile else "bulk-sync check"
    say(f"The key for {place} is kept in this computer's keyring. To test it: {again}", err=True)
