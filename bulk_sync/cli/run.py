"""`bulk-sync FILE`: flags → settings → one call → exit code."""

from __future__ import annotations

from typing import Any

import click

from bulk_sync.cli.display import Display
from bulk_sync.cli.options import from_files, run_options


class Configured(click.Command):
    """Takes defaults from the configuration files when it is run, not when its help is shown."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """See click; reads the files first."""
        if not {"-h", "--help"} & set(args):
            extra["default_map"] = from_files(self)
        return super().make_context(info_name, args, parent, **extra)


@click.command("run", cls=Configured, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file")
@run_options
def command(file: str, map_: tuple[tuple[str, str], ...], **options: Any) -> None:
    """Sync FILE (what bulk-sync FILE does)."""
    from bulk_sync.job import run  # noqa: PLC0415  # keeps --help quick
    from bulk_sync.settings import Settings  # noqa: PLC0415

    display, options = Display.taken_from(options)
    if display.json and file == "-" and options["output"] is None:
        raise click.UsageError(
            "With FILE - the results go to standard output, and so does --json. Name a file with -o."
        )
    settings = Settings(input=file, columns=dict(map_), **options)
    display.show(lambda watch: run(settings, watch))
