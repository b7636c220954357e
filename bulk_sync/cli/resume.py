"""`bulk-sync resume`: go on with a run that was interrupted."""

from __future__ import annotations

from typing import Any

import click

from bulk_sync.cli.completion import runs
from bulk_sync.cli.display import Display
from bulk_sync.cli.options import given_on_the_command_line, new_key_option, resume_options
from bulk_sync.cli.run import OfARun, given_for_a_run, taken_here


@click.command("resume", cls=OfARun)
@click.argument("run", required=False, shell_complete=runs)
@resume_options
@new_key_option
@click.pass_context
def command(context: click.Context, /, run: str | None, **options: Any) -> None:
    """Continue a run that was interrupted.

    RUN is the run's name or a part of it that only this run has. Without it, the newest unfinished run continues. Rows
    that are done are not sent again. The file is read as it was when the run started. Limits may be given again.
    """
    from bulk_sync.job import resume  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    given = given_for_a_run() | given_on_the_command_line(context)
    about = f"resume {run or ''}".strip()
    display.show(lambda observer: resume(run, given, observer), taken_here(context), about=about, given=given)
