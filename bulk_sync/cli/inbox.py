"""`bulk-sync inbox`: sync each new file of a folder."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulk_sync.cli.configured import OfARun, mapped_here, taken_here
from bulk_sync.cli.display import Display
from bulk_sync.cli.options import inbox_options
from bulk_sync.cli.output import end, problem, reason_of
from bulk_sync.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.notices import Ending
    from bulk_sync.report.console import Observer


@click.command("inbox", cls=OfARun)
@click.argument("folder", metavar="DIR")
@click.option("--once", is_flag=True, help="Sync the files that are there, then end.")
@click.option("--watch", is_flag=True, help="Sync each file that comes, until this is stopped.")
@inbox_options
@click.pass_context
def command(context: click.Context, /, folder: str, columns: Any, *, once: bool, watch: bool, **options: Any) -> None:
    """Sync each new file of a folder, then move it to done/ or failed/.

    DIR is the folder. A file is taken when its size and time have not changed for 2 seconds, synced as by bulk-sync
    FILE, and moved with its results to DIR/done/DATE (exit codes 0 and 1) or DIR/failed/DATE. Where no file could be
    synced (the key, the API, a limit) it stays, and the next start goes on with it. With --once, the exit code is the
    worst of all.
    """
    from bulk_sync.inbox import Inbox, owner  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.job import run  # noqa: PLC0415
    from bulk_sync.ledger import state_folder  # noqa: PLC0415

    if once == watch:
        raise click.UsageError("Add --once (sync what is there, then end) or --watch (until it is stopped).")
    display, options = Display.taken_from(options)
    if options["dry_run"]:
        raise click.UsageError("inbox moves files, so it has no preview. Preview one: bulk-sync FILE --dry-run")
    settings = Settings(input=folder, columns=dict(columns), columns_from=mapped_here(context), **options)
    observer, terminal = display.observers(never_ask=True)
    observer.message(taken_here(context))

    def sync(path: Path) -> Ending:
        try:
            summary = run(replace(settings, input=str(path)), observer)
            return display.shown(path.name, replace(summary, correctable=None), terminal)  # the results will be moved
        except Exception as error:  # noqa: BLE001 -- the next file may be well
            problem(f"{path.name}: {reason_of(error)}")
            return display.failed(path.name, error)

    report = partial(_report, display, observer, options)
    try:
        inbox = Inbox(Path(folder), owner(state_folder()), sync, report, observer.message, _end_of(settings.until))
        observer.message("" if once else f"Watching {folder}. Press Ctrl-C to stop.")
        exit_code = inbox.run(once=once)
    except Exception as error:
        display.notify_of(display.failed(folder, error), folder, options)
        raise
    end(display.exit_code(exit_code), None)


def _report(display: Display, observer: Observer, given: Mapping[str, Any], path: Path, ending: Ending) -> None:
    """Say what became of a file, here and where notices go."""
    ending = replace(ending, exit_code=display.exit_code(ending.exit_code))
    said = " ".join(filter(None, (f"{path.name}: exit code {ending.exit_code}.", ending.what, ending.where)))
    (problem if ending.exit_code else observer.message)(said)
    display.notify_of(ending, str(path), given)


def _end_of(until: str | None) -> float:
    """The second of the epoch at which `--until` ends the inbox."""
    from bulk_sync.times import next_moment, time_of_day  # noqa: PLC0415  # keeps --help quick

    return next_moment(time_of_day(until), time.time()) if until else math.inf
