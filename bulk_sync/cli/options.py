"""The options of commands, made of the table in `settings`: which command takes which, and how its help shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

from bulk_sync.cli.display import Display
from bulk_sync.cli.parameters import of_its_kind
from bulk_sync.settings import OPTIONS, Kind, Role, named, options_of

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_DISPLAYED = options_of(Display)
ALL = OPTIONS | _DISPLAYED
"""Every option, by the name of its field."""

OF_A_RUN = tuple(name for name, option in ALL.items() if option.help is not None)
"""What a run takes from its command line, in the order of its help."""

GROUPS: dict[str, tuple[str, ...]] = {
    "What to do": ("dry_run", "only_changed", "sandbox", "offline", "fresh"),
    "How to read FILE": (
        "columns", "values", "sheet", "visible_only", "region", "phone_check", "plus_missing", "encoding", "delimiter",
    ),
    "Which contacts and what to change": (
        "on_conflict", "variables", "create_missing", "unchecked", "allow_leaving_dnc", "new_key",
    ),
    "Guard rails": ("max_stop", "max_restart", "max_move", "yes", "confirm", "no_input"),
    "How to send": (
        "order", "rate", "concurrency", "max_errors", "max_outage", "until", "max_duration", "max_writes",
        "keep_before", "base_url", "profile",
    ),
    "Output": (
        "output", "errors_only", "json_results", "report", "as_json", "quiet", "verbose", "log_format",
        "ok_with_row_errors", "notify", "notify_on", "keep_runs", "ledger",
    ),
}  # fmt: skip
"""The options of a run as its help shows them; a test holds that each has its place."""


def write_groups(command: click.Command, context: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options of a command as its help, in groups; what is in none comes last."""
    left = {param.name: param for param in command.get_params(context) if isinstance(param, click.Option)}
    groups = GROUPS | {"Other options": tuple(name for name in left if name)}
    for title, names in groups.items():
        options = [left.pop(name) for name in names if name in left]
        if records := [record for each in options if (record := each.get_help_record(context))]:
            with formatter.section(title):
                formatter.write_dl(records)


def an_option(name: str, **changed: Any) -> Decorator:
    """What gives a command one option of the table; `changed` is what click is told otherwise there."""
    option = ALL[name]
    flag = f"--{option.spelled.replace('_', '-')}"
    if option.kind is Kind.SWITCH:
        flag += f"/--no-{flag.removeprefix('--')}"
    has_default = option.default not in (None, False, (), {})
    default = {} if option.kind is Kind.FLAG or option.default in ((), {}) else {"default": option.default}
    details = {"metavar": option.metavar} | of_its_kind(option) | default | {
        "help": option.help,
        "show_default": option.shown or has_default,
        "hidden": option.hidden,
        "envvar": None if Role.FLAG_ONLY & option.role else f"BULK_SYNC_{option.spelled.upper()}",
    }  # fmt: skip
    return click.option(*filter(None, (option.short, flag, name)), **(details | changed))


def _all_of(*options: Decorator) -> Decorator:
    """What gives a command all of these options, in this order."""

    def give(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return give


def _some(names: Iterable[str], *, but: Iterable[str] = ()) -> list[Decorator]:
    """Those of a run's options that are among the names, in the order of its help."""
    wanted = set(names) - set(but)
    return [an_option(name) for name in OF_A_RUN if name in wanted]


_ANEW = {*named(Role.ANEW), *_DISPLAYED}
"""What the command that goes on with a run takes from its command line."""

run_options = _all_of(*_some(OF_A_RUN))
"""Gives a command every option of a run."""

inbox_options = _all_of(
    an_option("dry_run", hidden=True),
    *_some(OF_A_RUN, but=("output", "dry_run", "offline", "json_results", "errors_only", "confirm")),
)
"""Gives a command that syncs many files the options of a run that do not name one."""

_OF_ONE_COMPUTER = ("output", "json_results", "report", "errors_only", "base_url", "profile", *_DISPLAYED)

fleet_options = _all_of(*_some(OF_A_RUN, but=("dry_run", "offline", "sandbox", "fresh", "confirm", *_OF_ONE_COMPUTER)))
"""Gives a command that has other computers sync files the options of a run that mean something there."""

resume_options = _all_of(*_some(_ANEW))
"""Gives a command the options of a run that may be given anew when it goes on."""

list_options = _all_of(*_some((*named(Role.PEOPLE), "as_json", "quiet")))
"""Gives a command that reads a file of people the options of a run that say how."""

new_key_option = click.option("--new-key", is_flag=True, help="The key was replaced by a new one of the same account.")

_OTHERWISE_IN_AN_UNDO = ("dry_run", "confirm", "output", "concurrency")
_NOT_FOR_UNDO = ("yes", "max_stop", "max_restart", "max_move", "unchecked", "keep_before")

undo_options = _all_of(
    an_option("dry_run", help="Preview: contacts are read, nothing is sent."),
    an_option("confirm", help="At a terminal, ask before sending. Without the question it is a preview, unless --yes."),
    an_option("output", help="Results file. Its ending chooses the format.  [default: undo-RUN.csv]"),
    an_option("concurrency", default=None, show_default=False, help="Most contacts at the same time.  [default: 8]"),
    *_some(_ANEW | {"fresh"}, but=(*_OTHERWISE_IN_AN_UNDO, *_NOT_FOR_UNDO)),
)
"""Gives a command the options of a run that may be given for its undoing; some mean something of their own there."""

ledger_option = an_option("ledger", expose_value=False)
"""Gives a command that only looks at runs the place where they are recorded."""


def asking_options(*names: str) -> Decorator:
    """Give a command that only asks the API something those of these options."""
    asking = {
        "base_url": {},
        "profile": {},
        "offline": {"help": "Read nothing from the API. Show what was read in the last 24 hours."},
        "as_json": {"help": "Print JSON on standard output."},
        "quiet": {},
    }
    return _all_of(*(an_option(name, **changed) for name, changed in asking.items() if name in names))
