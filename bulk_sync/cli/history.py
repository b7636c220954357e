"""`bulk-sync history` and `bulk-sync report`: which runs there were, and one of them in detail or as a page."""

from __future__ import annotations

import time
from pathlib import Path

import click

from bulk_sync.cli.display import told_unless
from bulk_sync.cli.options import asking_options, checked, ledger_option
from bulk_sync.cli.output import answer, tell
from bulk_sync.cli.run import run_names
from bulk_sync.times import parse_duration


@click.command("history", short_help="Show the runs made on this computer, or one in detail.")
@click.argument("run", required=False, shell_complete=run_names)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--prune",
    metavar="TIME",
    type=checked("TIME", parse_duration),
    help="Delete the records of runs older than this, like 90d.",
)
@ledger_option
def history(run: str | None, prune: str | None, *, as_json: bool) -> None:
    """Show the runs made on this computer, the newest first, or one RUN in detail.

    RUN is the run's name or a part of it that only this run has. If the run ended before its results file was written,
    the file is written now.
    """
    from bulk_sync.ledger import Runs  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.report.screen import show_run, show_runs  # noqa: PLC0415
    from bulk_sync.report.summary import plural  # noqa: PLC0415

    runs = Runs()
    if prune is not None:
        if run is not None:
            raise click.UsageError("--prune is about all runs. Leave out RUN.")
        forgotten = runs.prune(time.time() - parse_duration(prune))
        tell(f"Deleted the records of {plural(len(forgotten), 'run')}.")
        return
    if run is not None:
        named = runs.find(run)
        if named.lacks_results:
            _write_results(named.name)
        found = runs.find(run).as_json()
        answer(found) if as_json else show_run(found)
        return
    all_runs = [each.as_json() for each in runs.all()]
    answer(all_runs) if as_json else show_runs(all_runs)


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
def report(run: str, output: Path | None, *, show_phones: bool, quiet: bool) -> None:
    """Write a report of RUN: one HTML page to open in a browser, to share and to print.

    RUN is the run's name, or as much of it as no other has. The page loads nothing from the network. Phone numbers are
    masked.
    """
    from bulk_sync.ledger import Runs  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.run_report import write  # noqa: PLC0415

    found = Runs().find(run)
    if found.lacks_results:
        _write_results(found.name)
    place = output or Path(f"report-{found.name}.html")
    write(found.name, place, show_phones=show_phones)
    told_unless(quiet=quiet)(f"Report of run {found.name}: {place}. It holds data about people: share it with care.")


def _write_results(run: str) -> None:
    """Write the results of a run that ended before it did; what is known of it is shown even where that fails."""
    from bulk_sync.errors import BulkSyncError  # noqa: PLC0415  # few runs end so
    from bulk_sync.job import write_missing_results  # noqa: PLC0415
    from bulk_sync.report.console import Terminal  # noqa: PLC0415

    try:
        write_missing_results(run, Terminal())
    except (BulkSyncError, OSError) as error:
        tell(f"The results of run {run} could not be written: {error}")
