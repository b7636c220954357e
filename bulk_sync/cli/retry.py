"""`bulk-sync retry`: send again what did not get through."""

from __future__ import annotations

from typing import Any

import click

from bulk_sync.cli.display import Display
from bulk_sync.cli.options import given_at_all, run_options
from bulk_sync.cli.run import Configured, mapped_here, taken_here


@click.command("retry", cls=Configured, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("results")
@run_options
@click.pass_context
def command(context: click.Context, /, results: str, **options: Any) -> None:
    """Send again the rows of a results file that were not sent, failed in passing, or were corrected since.

    RESULTS is a results file, also one that a person has edited and saved; the outcomes are written back into it,
    unless -o names another. Options that decide what a row means are those of the run that wrote it, unless they are
    given anew.
    """
    from bulk_sync.job import retry  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    given = given_at_all(context) | {"columns_from": mapped_here(context)}
    display.show(lambda observer: retry(results, given, observer), taken_here(context), about=results, given=given)
