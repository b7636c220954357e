"""The options of commands, made of the table in `settings`: how what a person writes is read, and what help shows.

The kind of an option says how it is read; lists of names say which command takes which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click
from click.core import ParameterSource

from bulk_sync.cli.display import Display
from bulk_sync.errors import BadConfiguration
from bulk_sync.fields import FIELDS
from bulk_sync.settings import OPTIONS, READERS, Kind, Option, Role, named, options_of, parse_tolerance
from bulk_sync.value_mapping import MappedValue, joined, parsed

if TYPE_CHECKING:
    from bulk_sync.ratelimit.rate import Rate


class Parsed(click.ParamType[Any]):
    """What `read` makes of a text. It raises ValueError with a sentence, or an error that ends the command."""

    envvar_list_splitter: ClassVar[str | None] = ";"

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See click."""
        try:
            return self._read(str(value)) if isinstance(value, str | int) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Addresses(Parsed):
    envvar_list_splitter = None  # blanks


def checked(name: str, read: Callable[[str], object]) -> Parsed:
    """A text that `read` understands, and that stays a text."""

    def check(text: str) -> str:
        read(text)
        return text

    return Parsed(name, check)


def _column(text: str) -> tuple[str, str]:
    """`status=Outcome` as `("status", "Outcome")`, split at the first equals sign."""
    field, equals, column = text.partition("=")
    field = field.strip()
    variable = field.startswith("var.") and len(field) > 4
    if not equals or not (variable or field.lower() in FIELDS):
        raise ValueError(f"{text!r} is not FIELD=COLUMN with FIELD one of {', '.join(FIELDS)}, var.NAME.")
    return (field if variable else field.lower()), column.strip()


def _mapping(text: str) -> MappedValue:
    return parsed(text, "--value")


def _rate(text: str) -> Rate:
    from bulk_sync.ratelimit.rate import Rate  # noqa: PLC0415  # keeps --help quick

    return Rate.parse(text)


def _tolerance(text: str) -> None:
    try:
        parse_tolerance(text)
    except BadConfiguration:
        raise ValueError(f"{text!r} is neither a number of rows nor a percentage, like 10 or 20%.") from None


def _status(text: str) -> str:
    if not any(letter.isalnum() for letter in text):
        raise ValueError(f"{text!r} is not the name of a status.")
    return text.strip()


def _address(text: str) -> str:
    """Where notices go. One that is wrong is never repeated: it may hold a password."""
    from bulk_sync.notices import check  # noqa: PLC0415  # half a second, and only for who wants notices

    check(text)
    return text


def _ledger(text: str) -> str:
    """The address of a shared ledger. One that is wrong is never repeated, either."""
    from bulk_sync.ledger.place import SharedLedger  # noqa: PLC0415  # only for who shares one

    return SharedLedger.parse(text).address


def _use_ledger(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Go by this ledger as long as the command lasts. Raises BadConfiguration for a password that others can see."""
    if value is None or ctx.resilient_parsing:
        return value
    from bulk_sync.ledger.place import SharedLedger, ledgers_at  # noqa: PLC0415  # as above

    if SharedLedger(value).has_password and ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE:
        raise BadConfiguration(
            "Nothing was sent: others can see a command line, and a password stands there. Put the address into your "
            "own settings (ledger = …) or into the environment variable BULK_SYNC_LEDGER."
        )
    ctx.with_resource(ledgers_at(value))
    return value


def _with_those_of_files(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """A status that means do-not-call by any settings does so, whichever of them come first."""
    return tuple(dict.fromkeys((*_in_files(ctx, param), *value)))


def _with_those_of_all(
    ctx: click.Context, param: click.Parameter, value: tuple[MappedValue, ...]
) -> tuple[MappedValue, ...]:
    """A mapping holds wherever it is given; of two for one text a flag's, then the environment's, then a file's."""
    written = param.value_from_envvar(ctx) or ()
    is_variable = ctx.get_parameter_source(param.name or "") is ParameterSource.ENVIRONMENT
    in_environment = [replace(param.type.convert(each, param, ctx), place=str(param.envvar)) for each in written]
    return joined(_in_files(ctx, param), in_environment, () if is_variable else value)


def _in_files(ctx: click.Context, param: click.Parameter) -> tuple[Any, ...]:
    return (ctx.default_map or {}).get(param.name or "") or ()


def of_its_kind(option: Option) -> dict[str, Any]:
    """What click is told of an option because of its kind."""
    return _BY_KIND[option.kind](option)


_BY_KIND: dict[Kind, Callable[[Option], dict[str, Any]]] = {
    Kind.FLAG: lambda _: {"is_flag": True},
    Kind.SWITCH: lambda _: {},
    Kind.TEXT: lambda _: {},
    Kind.CHOICE: lambda option: {"type": click.Choice(option.choices)},
    Kind.COUNT: lambda option: {"type": click.IntRange(1, option.most), "metavar": "N"},
    # a folder named for the results gets advice
    Kind.PATH: lambda option: {"type": click.Path(path_type=Path, dir_okay=option.metavar is None)},
    Kind.TOLERANCE: lambda _: {"type": checked("N|N%", _tolerance)},
    Kind.DURATION: lambda option: {"type": checked("TIME", READERS[option.kind])},
    Kind.TIME_OF_DAY: lambda option: {"type": checked("HH:MM", READERS[option.kind])},
    Kind.RATE: lambda _: {"type": Parsed("LIMIT", _rate)},
    Kind.COLUMNS: lambda _: {"type": Parsed("FIELD=COLUMN", _column), "multiple": True},
    Kind.STATUSES: lambda _: {"type": Parsed("NAME", _status), "multiple": True, "callback": _with_those_of_files},
    Kind.VALUES: lambda _: {
        "type": Parsed("FIELD:TEXT=VALUE", _mapping),
        "multiple": True,
        "callback": _with_those_of_all,
    },
    Kind.ADDRESSES: lambda _: {"type": _Addresses("URL", _address), "multiple": True},
    Kind.LEDGER: lambda _: {"type": Parsed("URL", _ledger), "callback": _use_ledger},
}


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
    *_some(OF_A_RUN, but=("output", "dry_run", "offline", "json_results", "report", "errors_only", "confirm")),
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
