"""`bulk-sync undo`: put back what a run changed."""

from __future__ import annotations

from typing import Any

import click

from bulk_sync.cli.completion import runs
from bulk_sync.cli.display import Display
from bulk_sync.cli.options import given_at_all, new_key_option, undo_options
from bulk_sync.cli.run import OfARun, given_for_a_run, taken_here


@click.command("undo", cls=OfARun, short_help="Put back what a run changed.")
@click.argument("run", shell_complete=runs)
@click.option(
    "--yes", is_flag=True, help="Do it without asking. Where nobody can be asked, it is a preview without --yes."
)
@click.option("--allow-leaving-dnc", is_flag=True, help="Allow this to take contacts out of DNC.")
@new_key_option
@undo_options
@click.pass_context
def command(context: click.Context, /, run: str, *, yes: bool, **options: Any) -> None:
    """Put back what a run changed, where nobody has changed it since.

    RUN is the run's name or a part of it that only this run has. Status and campaign are put back if the run had read
    the previous values. Each contact is read first; one that was changed after the run is not touched.
    """
    from bulk_sync.job import undo  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    flags = {name: value for name, value in given_at_all(context).items() if name != "yes"}
    given = given_for_a_run() | flags
    display.show(
        lambda observer: undo(run, given, observer, yes=yes), taken_here(context), about=f"undo {run}", given=given
    )
