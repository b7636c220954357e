"""`bulk-sync FILE`: flags → settings → one call → exit code."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from bulk_sync.cli.options import from_files, run_options


class _Run(click.Command):
    """Takes defaults from the configuration files when it is run, not when its help is shown."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if not {"-h", "--help"} & set(args):
            extra["default_map"] = from_files(self)
        return super().make_context(info_name, args, parent, **extra)


@click.command("run", cls=_Run, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file")
@run_options
def command(
    file: str,
    map_: tuple[tuple[str, str], ...],
    json_: bool,
    quiet: bool,
    verbose: bool,
    log_format: str,
    **options: Any,
) -> None:
    """Sync FILE (what bulk-sync FILE does)."""
    from bulk_sync.job import run  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.report.console import Terminal  # noqa: PLC0415
    from bulk_sync.report.log import Log, to_standard_error  # noqa: PLC0415
    from bulk_sync.settings import Settings  # noqa: PLC0415

    if json_ and file == "-" and options["output"] is None:
        raise click.UsageError(
            "With FILE - the results go to standard output, and so does --json. Name a file with -o."
        )
    settings = Settings(input=file, columns=dict(map_), **options)
    to_standard_error("json" if log_format == "json" else "text", verbose=verbose)
    terminal = Terminal(quiet=quiet)
    watch = Log() if verbose or log_format == "json" else terminal
    summary = run(settings, watch)
    if log_format != "json":
        terminal.show(summary)
    if json_:
        click.echo(json.dumps(summary.as_json(), ensure_ascii=False, indent=2))
    sys.exit(summary.exit_code)
