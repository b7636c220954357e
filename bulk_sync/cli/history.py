"""`bulk-sync history`: which runs there were."""

from __future__ import annotations

import time

import click

from bulk_sync.cli.options import Checked
from bulk_sync.cli.output import say
from bulk_sync.printable import json_text
from bulk_sync.times import parse_duration


@click.command("history", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", required=False)
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
@click.option(
    "--prune",
    metavar="TIME",
    type=Checked("TIME", parse_duration),
    help="Forget the runs that began longer ago than this, like 90d.",
)
def command(run: str | None, prune: str | None, *, json_: bool) -> None:
    """Show the runs that this computer has made, the newest first, or one RUN in detail.

    RUN is the run's name, or as much of it as no other has.
    """
    from bulk_sync.ledger import Runs, state_folder  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.report import past  # noqa: PLC0415
    from bulk_sync.report.summary import plural  # noqa: PLC0415

    runs = Runs(state_folder())
    if prune is not None:
        if run is not None:
            raise click.UsageError("--prune is about all runs. Leave out RUN.")
        forgotten = runs.prune(time.time() - parse_duration(prune))
        say(f"Forgot {plural(len(forgotten), 'run')}.", err=True)
        return
    if run is not None:
        found = runs.find(run).as_json()
        say(json_text(found)) if json_ else past.show_one(found)
        return
    all_runs = [each.as_json() for each in runs.all()]
    say(json_text(all_runs)) if json_ else past.show_all(all_runs)
