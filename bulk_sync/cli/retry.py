"""`bulk-sync retry`: send again what did not get through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bulk_sync.cli.display import Display
from bulk_sync.cli.options import given_at_all, run_options
from bulk_sync.cli.run import OfARun, mapped_here, taken_here
from bulk_sync.cli.typos import check_file

if TYPE_CHECKING:
    from bulk_sync.observer import Observer
    from bulk_sync.report.summary import Summary


@click.command(
    "retry",
    short_help="Send rows again that failed temporarily or were corrected.",
    cls=OfARun,
)
@click.argument("results", type=click.Path())
@run_options
@click.pass_context
def command(context: click.Context, /, results: str, **options: Any) -> None:
    """Send the rows of a results file again that failed temporarily, were not sent, or were corrected.

    RESULTS is a results file. You may correct rows in it and save it first. The new results are written into the same
    file, unless -o names another. Options that decide what a row means are those of the run that wrote it.
    """
    from bulk_sync.job import retry  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    given = given_at_all(context) | {"columns_from": mapped_here(context)}

    def go(observer: Observer) -> Summary:
        check_file(results)
        return retry(results, given, observer)

    display.show(go, taken_here(context), about=results, given=given)
