"""`bulk-sync resume`: go on with a run that was interrupted."""

from __future__ import annotations

from typing import Any

import click

from bulk_sync.cli.display import Display
from bulk_sync.cli.options import given_on_the_command_line, new_key_option, resume_options
from bulk_sync.cli.run import Configured, given_for_a_run, taken_here


@click.command("resume", cls=Configured, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", required=False)
@resume_options
@new_key_option
@click.pass_context
def command(context: click.Context, /, run: str | None, **options: Any) -> None:
    """Go on with a run that was interrupted.

    RUN is the run's name, or as much of it as no other has; left out, the newest that is unfinished. What decides which
    rows are sent is as it began; limits may be given anew. The file is taken as it was then, whatever became of it.
    """
    from bulk_sync.job import resume  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    given = given_for_a_run() | given_on_the_command_line(context)
    about = f"resume {run or ''}".strip()
    display.show(lambda observer: resume(run, given, observer), taken_here(context), about=about, given=given)
