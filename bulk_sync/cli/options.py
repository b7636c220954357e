"""The options of commands: click's flags and variables, and what files give, made of the table in `settings`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from bulk_sync.cli.addresses import Address, LedgerAddress, use_ledger
from bulk_sync.cli.display import Display
from bulk_sync.errors import BadConfiguration
from bulk_sync.fields import FIELDS
from bulk_sync.settings import OPTIONS, READERS, Kind, Option, Role, named, options_of, parse_tolerance
from bulk_sync.settings_files import configured
from bulk_sync.value_mapping import MappedValue, joined, of_table, parsed

if TYPE_CHECKING:
    from bulk_sync.ratelimit.rate import Rate
    from bulk_sync.toml_files import Given

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_DISPLAYED = options_of(Display)
_ALL = OPTIONS | _DISPLAYED


class ColumnChoice(click.ParamType[tuple[str, str]]):
    """FIELD=COLUMN, as `("status", "Outcome")`. In the environment several are parted by a semicolon."""

    name = "FIELD=COLUMN"
    envvar_list_splitter = ";"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first equals sign, and check the field."""
        if isinstance(value, tuple):
            return value
        field, equals, column = str(value).partition("=")
        field = field.strip()
        variable = field.startswith("var.") and len(field) > 4
        if not equals or not (variable or field.lower() in FIELDS):
            self.fail(f"{value!r} is not FIELD=COLUMN with FIELD one of {', '.join(FIELDS)}, var.NAME.", param, ctx)
        return (field if variable else field.lower()), column.strip()


class ValueChoice(click.ParamType[MappedValue]):
    """FIELD:TEXT=VALUE. In the environment several are parted by a semicolon."""

    name = "FIELD:TEXT=VALUE"
    envvar_list_splitter = ";"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> MappedValue:
        """Split it; what is none is refused in words."""
        if isinstance(value, MappedValue):
            return value
        try:
            return parsed(str(value), "--value")
        except ValueError as error:
            return self.fail(str(error), param, ctx)


class RateLimit(click.ParamType["Rate"]):
    """A rate like 30/min."""

    name = "LIMIT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Rate:
        """Read it; what is no rate is refused in words."""
        from bulk_sync.ratelimit.rate import Rate  # noqa: PLC0415  # keeps --help quick

        if isinstance(value, Rate):
            return value
        try:
            return Rate.parse(str(value))
        except ValueError as error:
            return self.fail(str(error), param, ctx)


class Checked(click.ParamType[str]):
    """Text that `read` understands; it is kept as text. `read` raises ValueError with a sentence for any other."""

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        try:
            self._read(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


class StatusNames(click.ParamType[str]):
    """A status by name or label. In the environment several are parted by a semicolon."""

    name = "NAME"
    envvar_list_splitter = ";"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        if not any(letter.isalnum() for letter in str(value)):
            self.fail(f"{value!r} is not the name of a status.", param, ctx)
        return str(value).strip()


def _tolerance(text: str) -> None:
    try:
        parse_tolerance(text)
    except BadConfiguration:
        raise ValueError(f"{text!r} is neither a number of rows nor a percentage, like 10 or 20%.") from None


def _with_those_of_files(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """A status that means do-not-call by any settings does so, whichever of them come first."""
    in_files = (ctx.default_map or {}).get(param.name or "") or ()
    return tuple(dict.fromkeys((*in_files, *value)))


def _with_those_of_all(
    ctx: click.Context, param: click.Parameter, value: tuple[MappedValue, ...]
) -> tuple[MappedValue, ...]:
    """A mapping holds wherever it is given; of two for one text a flag's, then the environment's, then a file's."""
    variable = str(param.envvar)
    written = param.value_from_envvar(ctx) or ()
    in_files = (ctx.default_map or {}).get(param.name or "") or ()
    is_variable = ctx.get_parameter_source(param.name or "") is ParameterSource.ENVIRONMENT
    in_environment = [replace(param.type.convert(each, param, ctx), place=variable) for each in written]
    return joined(in_files, in_environment, () if is_variable else value)


_DETAILS: dict[Kind, Callable[[Option], dict[str, Any]]] = {
    Kind.FLAG: lambda _: {"is_flag": True},
    Kind.CHOICE: lambda option: {"type": click.Choice(option.choices)},
    Kind.COUNT: lambda option: {"type": click.IntRange(1, option.most), "metavar": "N"},
    Kind.PATH: lambda option: {"type": click.Path(path_type=Path, dir_okay=option.metavar is None)},
    Kind.TOLERANCE: lambda _: {"type": Checked("N|N%", _tolerance)},
    Kind.DURATION: lambda option: {"type": Checked("TIME", READERS[option.kind])},
    Kind.TIME_OF_DAY: lambda option: {"type": Checked("HH:MM", READERS[option.kind])},
    Kind.RATE: lambda _: {"type": RateLimit()},
    Kind.COLUMNS: lambda _: {"type": ColumnChoice(), "multiple": True},
    Kind.VALUES: lambda _: {"type": ValueChoice(), "multiple": True, "callback": _with_those_of_all},
    Kind.ADDRESSES: lambda _: {"type": Address(), "multiple": True},
    Kind.LEDGER: lambda option: {"type": LedgerAddress(), "metavar": option.metavar, "callback": use_ledger},
    Kind.STATUSES: lambda _: {"type": StatusNames(), "multiple": True, "callback": _with_those_of_files},
}
"""What click is told of an option of a kind; of the others, nothing. A folder named for the results gets advice."""


def an_option(name: str, **changed: Any) -> Decorator:
    """What gives a command one option of the table; `changed` is what click is told otherwise there."""
    option = _ALL[name]
    spelled = option.spelled or name
    flag = f"--{spelled.replace('_', '-')}"
    if option.kind is Kind.SWITCH:
        flag += f"/--no-{flag.removeprefix('--')}"
    has_default = option.default not in (None, False, (), {})
    default = {} if option.kind is Kind.FLAG or option.default in ((), {}) else {"default": option.default}
    of_its_kind = _DETAILS[option.kind](option) if option.kind in _DETAILS else {}
    details = {"metavar": option.metavar} | of_its_kind | default | {
        "help": option.help,
        "show_default": option.shown or has_default,
        "hidden": option.hidden,
        "envvar": None if Role.FLAG_ONLY & option.role else f"BULK_SYNC_{spelled.upper()}",
    }  # fmt: skip
    return click.option(*filter(None, (option.short, flag, name)), **(details | changed))


def _all_of(*options: Decorator) -> Decorator:
    """What gives a command all of these options, in this order."""

    def give(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return give


_OF_A_RUN = tuple(name for name, option in _ALL.items() if option.help is not None)
"""What a run takes from its command line, in the order of its help."""

_ANEW = frozenset(named(Role.ANEW)) | set(_DISPLAYED)
"""What the command that goes on with a run takes from its command line."""

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


run_options = _all_of(*map(an_option, _OF_A_RUN))
"""Gives a command every option of a run."""

inbox_options = _all_of(
    an_option("dry_run", hidden=True),
    *(
        an_option(name)
        for name in _OF_A_RUN
        if name not in {"output", "dry_run", "offline", "json_results", "errors_only", "confirm"}
    ),
)
"""Gives a command that syncs many files the options of a run that do not name one."""

_OF_ONE_COMPUTER = {"output", "json_results", "report", "errors_only", "base_url", "profile"}

fleet_options = _all_of(
    *(
        an_option(name)
        for name in _OF_A_RUN
        if name not in {"dry_run", "offline", "sandbox", "fresh", "confirm", *_OF_ONE_COMPUTER, *_DISPLAYED}
    )
)
"""Gives a command that has other computers sync files the options of a run that mean something there."""

resume_options = _all_of(*(an_option(name) for name in _OF_A_RUN if name in _ANEW))
"""Gives a command the options of a run that may be given anew when it goes on."""

list_options = _all_of(*(an_option(name) for name in _OF_A_RUN if name in {*named(Role.PEOPLE), "as_json", "quiet"}))
"""Gives a command that reads a file of people the options of a run that say how."""

_NOT_FOR_UNDO = frozenset(
    (
        "dry_run", "confirm", "output", "concurrency", "yes", "max_stop", "max_restart", "max_move", "unchecked",
        "keep_before",
    )
)  # fmt: skip

new_key_option = click.option("--new-key", is_flag=True, help="The key was replaced by a new one of the same account.")

undo_options = _all_of(
    an_option("dry_run", help="Preview: contacts are read, nothing is sent."),
    an_option("confirm", help="At a terminal, ask before sending. Without the question it is a preview, unless --yes."),
    an_option("output", help="Results file. Its ending chooses the format.  [default: undo-RUN.csv]"),
    an_option("concurrency", default=None, show_default=False, help="Most contacts at the same time.  [default: 8]"),
    *(an_option(name) for name in _OF_A_RUN if name in (_ANEW | {"fresh"}) - _NOT_FOR_UNDO),
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


def given_on_the_command_line(context: click.Context) -> dict[str, Any]:
    """The settings that were given as flags."""
    return _given_by(context, lambda source: source is ParameterSource.COMMANDLINE)


def given_at_all(context: click.Context) -> dict[str, Any]:
    """The settings that were given as flags, in the environment or in a file."""
    return _given_by(context, lambda source: source is not ParameterSource.DEFAULT)


def _given_by(context: click.Context, counts: Callable[[ParameterSource | None], bool]) -> dict[str, Any]:
    found = {
        name: value
        for name, value in context.params.items()
        if name in OPTIONS and counts(context.get_parameter_source(name))
    }
    return found | {"columns": dict(found["columns"])} if "columns" in found else found


def from_files(command: click.Command) -> tuple[dict[str, object], dict[str, Given]]:
    """What the settings files say, as defaults for `command`, and what of it the working folder's file gives.

    A file may give every option of a run, whatever the command. Raises BadConfiguration.
    """
    options = {param.name: param for param in command.params if isinstance(param, click.Option) and param.name}
    names = {_in_files(name): name for name in _for_files(options)}
    found = configured(frozenset(names) | {_in_files(name) for name in _for_files(_OF_A_RUN)})
    defaults = {
        names[name]: _checked(options[names[name]], name, given)
        for name, given in found.options.items()
        if name in names
    }
    return defaults, {names[name]: given for name, given in found.here.items() if name in names}


def spelled(name: str) -> str:
    """What people write for an option."""
    return (name in _ALL and _ALL[name].spelled) or name


def _in_files(name: str) -> str:
    """What people write for an option in a settings file."""
    return (name in _ALL and _ALL[name].in_files) or spelled(name)


def _for_files(names: Iterable[str]) -> list[str]:
    """What files may say: every option but those that are flags only."""
    return [name for name in names if not (name in _ALL and Role.FLAG_ONLY & _ALL[name].role)]


def for_the_environment() -> tuple[list[str], list[str]]:
    """The options that variables may give, as people write them, and those that are flags only."""
    flags_only = {name for name, option in _ALL.items() if Role.FLAG_ONLY & option.role}
    return [spelled(name) for name in _OF_A_RUN if name not in flags_only], sorted(map(spelled, flags_only))


def _checked(option: click.Option, name: str, given: Given) -> object:
    """The value that a settings file gives, as click takes it. Raises BadConfiguration, which names the place."""
    if isinstance(option.type, ValueChoice):
        return _mappings(given)
    value = given.value
    if option.multiple and isinstance(value, dict) and all(isinstance(column, str) for column in value.values()):
        value = [f"{field}={column}" for field, column in value.items()]
    is_secret = isinstance(option.type, Address | LedgerAddress)
    value = [value] if option.multiple and is_secret and isinstance(value, str) else value
    wanted, fits = _kind_of(option)
    if not fits(value):
        shown = "" if is_secret else f", not {given.value!r}"
        raise BadConfiguration(f"{given.place}: {name} must be {wanted}{shown}.")
    try:
        option.type_cast_value(click.Context(click.Command(name)), value)
    except (click.BadParameter, BadConfiguration) as error:
        said = error.message if isinstance(error, click.BadParameter) else error
        raise BadConfiguration(f"{given.place}: {name}: {said}") from None
    return value


def _mappings(given: Given) -> tuple[MappedValue, ...]:
    """The mappings of a settings file, each with its line. Raises BadConfiguration."""
    try:
        return of_table(given.value, lambda field, text: given.place_of(f"values.{field}", text))
    except ValueError as error:
        raise BadConfiguration(f"{given.place}: values: {error}") from None


def _kind_of(option: click.Option) -> tuple[str, Callable[[object], bool]]:
    """What TOML must give for an option, in words, and whether a value is that."""

    def is_text(value: object) -> bool:
        return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))

    if option.is_flag:
        return "true or false", lambda value: isinstance(value, bool)
    if option.multiple:
        return "a list or table of texts in quotes", lambda value: isinstance(value, list) and all(map(is_text, value))
    if isinstance(option.type, click.IntRange):
        return "a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)
    return "a text in quotes", is_text
