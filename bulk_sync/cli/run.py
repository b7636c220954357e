"""The commands that carry out a run: `bulk-sync FILE`, `retry`, `resume` and `undo`; and mistyped names of FILE."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulk_sync.cli.configured import OfARun, given, mapped_here, nearest, taken_here
from bulk_sync.cli.display import Display
from bulk_sync.cli.options import new_key_option, resume_options, run_options, undo_options
from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from click.shell_completion import CompletionItem

    from bulk_sync.report.console import Observer
    from bulk_sync.report.summary import Summary


MOST_FILES = 10_000
"""Names in a folder that are compared with a mistyped one."""


def run_names(_context: click.Context, _parameter: click.Parameter, unfinished: str) -> list[CompletionItem]:
    """The names of runs that begin so, the newest first, with their files: what a shell may complete."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415  # only a shell asks

    from bulk_sync.ledger import Runs  # noqa: PLC0415

    return [
        CompletionItem(each.name, help=each.as_json()["input"])
        for each in Runs().all()
        if each.name.startswith(unfinished)
    ]


@click.command("run", cls=OfARun)
@click.argument("file", type=click.Path(readable=False))
@run_options
@click.pass_context
def command(context: click.Context, /, file: str, columns: tuple[tuple[str, str], ...], **options: Any) -> None:
    """Update contacts from FILE (the same as bulk-sync FILE)."""
    from bulk_sync.job import run  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.settings import Settings  # noqa: PLC0415

    display, options = Display.taken_from(options)
    if display.as_json and file == "-" and options["output"] is None:
        raise click.UsageError(
            "With FILE - the results go to standard output, and so does --json. Name a file with -o."
        )
    options |= {"columns": dict(columns), "columns_from": mapped_here(context)}

    def go(observer: Observer) -> Summary:
        check_file(file, "To sync every file of a folder: bulk-sync inbox DIR")
        return run(Settings(input=file, **options), observer)

    display.show(go, taken_here(context), about=file, given=options)


@click.command("retry", short_help="Send rows again that failed temporarily or were corrected.", cls=OfARun)
@click.argument("results", type=click.Path(readable=False))
@run_options
@click.pass_context
def retry(context: click.Context, /, results: str, **options: Any) -> None:
    """Send the rows of a results file again that failed temporarily, were not sent, or were corrected.

    RESULTS is a results file. You may correct rows in it and save it first. The new results are written into the same
    file, unless -o names another. Options that decide what a row means are those of the run that wrote it.
    """
    from bulk_sync import job  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    asked = given(context) | {"columns_from": mapped_here(context)}

    def go(observer: Observer) -> Summary:
        check_file(results)
        return job.retry(results, asked, observer)

    display.show(go, taken_here(context), about=results, given=asked)


@click.command("resume", cls=OfARun)
@click.argument("run", required=False, shell_complete=run_names)
@resume_options
@new_key_option
@click.pass_context
def resume(context: click.Context, /, run: str | None, **options: Any) -> None:
    """Continue a run that was interrupted.

    RUN is the run's name or a part of it that only this run has. Without it, the newest unfinished run continues. Rows
    that are done are not sent again. The file is read as it was when the run started. Limits may be given again.
    """
    from bulk_sync import job  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    asked = _given_for_a_run() | given(context, only_flags=True)
    about = f"resume {run or ''}".strip()
    display.show(lambda observer: job.resume(run, asked, observer), taken_here(context), about=about, given=asked)


@click.command("undo", cls=OfARun, short_help="Put back what a run changed.")
@click.argument("run", shell_complete=run_names)
@click.option(
    "--yes", is_flag=True, help="Do it without asking. Where nobody can be asked, it is a preview without --yes."
)
@click.option("--allow-leaving-dnc", is_flag=True, help="Allow this to take contacts out of DNC.")
@new_key_option
@undo_options
@click.pass_context
def undo(context: click.Context, /, run: str, *, yes: bool, **options: Any) -> None:
    """Put back what a run changed, where nobody has changed it since.

    RUN is the run's name or a part of it that only this run has. Status and campaign are put back if the run had read
    the previous values. Each contact is read first; one that was changed after the run is not touched.
    """
    from bulk_sync import job  # noqa: PLC0415  # keeps --help quick

    display, _ = Display.taken_from(options)
    asked = _given_for_a_run() | given(context)
    asked.pop("yes", None)
    display.show(
        lambda observer: job.undo(run, asked, observer, yes=yes), taken_here(context), about=f"undo {run}", given=asked
    )


def _given_for_a_run() -> dict[str, Any]:
    """The settings that the environment and the settings files give for a run, for a command that goes on with one."""
    with command.make_context("run", ["-"]) as context:
        asked = given(context)
        place = mapped_here(context)
    return asked | ({"columns_from": place} if place else {})


def check_first_word(words: Sequence[str], commands: Collection[str]) -> None:
    """Do nothing where the first word may be a file. Raises BadInput for a mistyped command."""
    word = words[0]
    if word == "-" or os.path.lexists(word):
        return
    command = nearest(word, commands)
    if command is not None and (len(words) > 1 or not _near_file(word)):
        meant = shlex.join(["bulk-sync", command, *words[1:]])
        raise BadInput(f"{word} is not a command, and there is no file with that name. Did you mean: {meant}")


def check_file(name: str, every_file: str = "") -> None:
    """Do nothing where there is a file of that name. Raises BadInput, with the name that was probably meant.

    `every_file`: what to do about all files of a folder.
    """
    if os.path.isdir(name):  # noqa: PTH112 -- false for a name that no system takes
        raise BadInput(f"{name} is a folder. Name a file in it. {every_file}".rstrip())
    if name == "-" or os.path.lexists(name):
        return
    near = _near_file(name)
    advice = f"Did you mean {near}?" if near else f"Check the name and the folder ({Path(name).absolute().parent})."
    raise BadInput(f"There is no file {name}. {advice}")


def _near_file(name: str) -> str | None:
    """A file beside it with a name much like it."""
    path = Path(name)
    try:
        with os.scandir(path.parent) as found:
            names = [each.name for _, each in zip(range(MOST_FILES), found, strict=False) if each.is_file()]
    except (OSError, ValueError):
        return None
    near = nearest(path.name, names)
    return None if near is None else str(path.parent / near)
