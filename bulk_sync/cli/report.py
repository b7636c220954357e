"""`bulk-sync report`: a run as one HTML page, to share."""

from __future__ import annotations

from pathlib import Path

import click

from bulk_sync.cli.display import told_unless
from bulk_sync.cli.options import asking_options, ledger_option


@click.command("report")
@click.argument("run")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, for its owner only.  [default: report-RUN.html]",
)
@click.option("--show-phones", is_flag=True, help="Show whole phone numbers.")
@asking_options("quiet")
@ledger_option
def command(run: str, output: Path | None, *, show_phones: bool, quiet: bool) -> None:
    """Write a report of RUN: one HTML page to open in a browser, to share and to print.

    RUN is the run's name, or as much of it as no other has. The page loads nothing from the network. Phone numbers are
    masked.
    """
    from bulk_sync.cli.history import write_results  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.run_report import find, write  # noqa: PLC0415

    found = find(run)
    if found.lacks_results:
        write_results(found.name)
    place = output or Path(f"report-{found.name}.html")
    write(found.name, place, show_phones=show_phones)
    told_unless(quiet=quiet)(f"Report of run {found.name}: {place}. It holds data about people: share it with care.")
