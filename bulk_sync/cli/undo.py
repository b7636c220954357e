"""`bulk-sync undo`: put back what a run changed."""

from __future__ import annotations

from typing import Any

import click

from bulk_sync.cli.display import Display
from bulk_sync.cli.options import given_at_all, new_key_option, undo_options
from bulk_sync.cli.run import Configured, given_for_a_run, taken_here


@click.command("undo", cls=Configured, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do it. Without this it is a preview: contacts are read, nothing is sent.")
@click.option("--allow-leaving-dnc", is_flag=True, help="Let this take contacts out of DNC.")
@new_key_option
@undo_options
@click.pass_context
def command(context: click.Context, /, run: str, *, yes: bool, **options: Any) -> None:
    """Put back what a run changed, where it still stands as the run left it.

    RUN is the run's name, or as much of it as no other has. Status and campaign are put back where the run had read
    what stood there before; each contact is read again first, and one that somebody has changed since is left alone.
    """
    from bulk_sync.job import undo  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    flags = {name: value for name, value in given_at_all(context).items() if name != "yes"}
    given = given_for_a_run() | flags
    display.show(
        lambda observer: undo(run, given, observer, yes=yes), taken_here(context), about=f"undo {run}", given=given
    )
