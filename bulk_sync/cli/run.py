"""`bulk-sync FILE`: flags → settings → one call → exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from bulk_sync.cli.display import Display
from bulk_sync.cli.options import for_the_environment, from_files, given_at_all, run_options, spelled, write_groups
from bulk_sync.cli.typos import check_file, check_variables
from bulk_sync.profiles import address_of
from bulk_sync.settings import BASE_URL

if TYPE_CHECKING:
    from bulk_sync.observer import Observer
    from bulk_sync.report.summary import Summary
    from bulk_sync.toml_files import Given

TAKEN_HERE = "bulk_sync.taken_here"


class Configured(click.Command):
    """Takes defaults from the configuration files when it is run, not when its help is shown."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # -h is the root's to say; a command that is made without it keeps the help option that it was made with
        super().__init__(*args, **({"context_settings": {"help_option_names": ["-h", "--help"]}} | options))

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """See click; reads the files first."""
        here: dict[str, Given] = {}
        if not ({"-h", "--help"} & set(args) or extra.get("resilient_parsing")):
            check_variables(*for_the_environment())
            extra["default_map"], here = from_files(self)
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.BadParameter as error:
            raise _with_its_place(error) from None
        if context.params.get("profile") and not extra.get("resilient_parsing"):
            _take_address(context)
        context.meta[TAKEN_HERE] = {
            name: given
            for name, given in here.items()
            if context.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
        }
        return context


def _take_address(context: click.Context) -> None:
    """Take the address of the profile. Raises BadConfiguration where another is given beside it."""
    if context.get_parameter_source("base_url") is ParameterSource.DEFAULT_MAP:
        context.params["base_url"] = BASE_URL  # that of the settings is for runs without a profile
    context.params["base_url"] = address_of(context.params["profile"], context.params["base_url"], BASE_URL)


class OfARun(Configured):
    """A command that takes the options of a run, which its help shows in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See click."""
        write_groups(self, ctx, formatter)


def _with_its_place(error: click.BadParameter) -> click.BadParameter:
    """The same error, naming the variable where the value stands in the environment."""
    context, option = error.ctx, error.param
    if context is None or option is None or option.name is None:
        return error
    if context.get_parameter_source(option.name) is ParameterSource.ENVIRONMENT:
        error.param_hint = f"the environment variable {option.envvar}"
    return error


def taken_here(context: click.Context) -> str:
    """Which settings of the command were taken from the working folder's file, as a sentence; "" where none were."""
    found: dict[str, Given] = context.meta.get(TAKEN_HERE, {})
    if not found:
        return ""
    listed = ", ".join(f"{spelled(name)} = {given.value!r}" for name, given in found.items())
    return f"Settings taken from {next(iter(found.values())).path}: {listed}."


def mapped_here(context: click.Context) -> str | None:
    """Where the working folder's file says which columns to take, in words; None where it does not."""
    given: Given | None = context.meta.get(TAKEN_HERE, {}).get("columns")
    return given.place if given else None


@click.command("run", cls=OfARun)
@click.argument("file", type=click.Path())
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
        check_file(file)
        return run(Settings(input=file, **options), observer)

    display.show(go, taken_here(context), about=file, given=options)


def given_for_a_run() -> dict[str, Any]:
    """The settings that the environment and the settings files give for a run, for a command that goes on with one."""
    with command.make_context("run", ["-"]) as context:
        given = given_at_all(context) | {"columns_from": mapped_here(context)}
    return {name: value for name, value in given.items() if name != "file" and (name != "columns_from" or value)}
