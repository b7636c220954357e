"""Commands that take from the environment and the settings files what no flag gives, and know where it stands.

The files are the user's own and the working folder's. The latter may have come with a list that a stranger sent, so
nothing is taken from it that names a path, an address or a command, loosens a guard, or changes what a cell means
(DESIGN, section 2).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from bulk_sync.cli.options import ALL, OF_A_RUN, write_groups
from bulk_sync.errors import BadConfiguration
from bulk_sync.keys import address_of
from bulk_sync.settings import BASE_URL, OPTIONS, Kind, Role, named
from bulk_sync.toml_files import CONFIG_NAME, Given, own_settings, read_toml
from bulk_sync.value_mapping import MappedValue, of_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


TAKEN_HERE = "bulk_sync.taken_here"

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}

ALIKE = 0.7
"""How much two words share (0 to 1, as difflib counts) before one is taken for the other."""

_OTHER_VARIABLES = frozenset({"API_KEY", "API_KEY_FILE", "STATE_DIR"})
"""Variables of ours that are no options, without BULK_SYNC_ before them."""

_FLAGS_ONLY = frozenset(name for name, option in ALL.items() if Role.FLAG_ONLY & option.role)


_RESERVED = {
    "no_plus_missing": OPTIONS["plus_missing"].own_only,
    "notify": "it names an address",
    "notify_on": "it decides whether somebody hears of a problem",
    "ok_with_row_errors": "it hides that rows have errors",
    "schedule": "it decides what is sent",
    "value": "it changes what a cell means",
}
"""What is no field of `Settings`, and would do harm from the working folder's file; why. Not all are options yet."""

_OWN_ONLY = _RESERVED | {name: option.own_only for name, option in OPTIONS.items() if option.own_only}
_RAILS, _ADDED = frozenset(named(Role.RAIL)), frozenset(named(Role.ADDS))


class Configured(click.Command):
    """Takes defaults from the configuration files when it is run, not when its help is shown."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # -h is the root's to say; a command that is made without it keeps the help option that it was made with
        super().__init__(*args, **({"context_settings": HELP_OPTIONS} | options))

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """See click; reads the files first."""
        here: dict[str, Given] = {}
        if not ({"-h", "--help"} & set(args) or extra.get("resilient_parsing")):
            _check_variables()
            extra["default_map"], here = _from_files(self)
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


class OfARun(Configured):
    """A command that takes the options of a run, which its help shows in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See click."""
        write_groups(self, ctx, formatter)


def given(context: click.Context, *, only_flags: bool = False) -> dict[str, Any]:
    """The settings that were given as flags, or else in the environment or in a file."""
    found = {}
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        counts = source is ParameterSource.COMMANDLINE if only_flags else source is not ParameterSource.DEFAULT
        if name in OPTIONS and counts:
            found[name] = dict(value) if name == "columns" else value
    return found


def taken_here(context: click.Context) -> str:
    """Which settings of the command were taken from the working folder's file, as a sentence; "" where none were."""
    found: dict[str, Given] = context.meta.get(TAKEN_HERE, {})
    if not found:
        return ""
    listed = ", ".join(f"{ALL[name].spelled if name in ALL else name} = {said.value!r}" for name, said in found.items())
    return f"Settings taken from {next(iter(found.values())).path}: {listed}."


def mapped_here(context: click.Context) -> str | None:
    """Where the working folder's file says which columns to take, in words; None where it does not."""
    columns: Given | None = context.meta.get(TAKEN_HERE, {}).get("columns")
    return columns.place if columns else None


def _take_address(context: click.Context) -> None:
    """Take the address of the profile. Raises BadConfiguration where another is given beside it."""
    if context.get_parameter_source("base_url") is ParameterSource.DEFAULT_MAP:
        context.params["base_url"] = BASE_URL  # that of the settings is for runs without a profile
    context.params["base_url"] = address_of(context.params["profile"], context.params["base_url"], BASE_URL)


def _with_its_place(error: click.BadParameter) -> click.BadParameter:
    """The same error, naming the variable where the value stands in the environment."""
    context, option = error.ctx, error.param
    if context is None or option is None or option.name is None:
        return error
    if context.get_parameter_source(option.name) is ParameterSource.ENVIRONMENT:
        error.param_hint = f"the environment variable {option.envvar}"
    return error


def _check_variables() -> None:
    """Do nothing if every BULK_SYNC_ variable is one that is read. Raises BadConfiguration, which lists those that are.

    A guard rail with a typing error would be none at all.
    """
    flags_only = {ALL[name].spelled.upper() for name in _FLAGS_ONLY}
    known = {ALL[name].spelled.upper() for name in OF_A_RUN} - flags_only | _OTHER_VARIABLES
    for variable in sorted(os.environ):
        name = variable.upper().removeprefix("BULK_SYNC_")
        if name == variable.upper() or (name in known and variable == variable.upper()):
            continue
        if name in flags_only:
            raise BadConfiguration(
                f"The environment variable {variable} is not read: --{name.lower().replace('_', '-')} must be given on "
                "the command line each time. Nothing was sent. Remove the variable."
            )
        near = nearest(name, sorted(known))
        meant = f" Did you mean BULK_SYNC_{near}?" if near else ""
        listed = ", ".join(f"BULK_SYNC_{each}" for each in sorted(known))
        raise BadConfiguration(
            f"The environment variable {variable} is not known.{meant} Nothing was sent. Known are: {listed}."
        )


def _from_files(command: click.Command) -> tuple[dict[str, object], dict[str, Given]]:
    """What the settings files say, as defaults for `command`, and what of it the working folder's file gives.

    A file may give every option of a run, whatever the command. Raises BadConfiguration.
    """
    options = {param.name: param for param in command.params if isinstance(param, click.Option) and param.name}
    names = {_in_files(name): name for name in options if name not in _FLAGS_ONLY}
    found, here = settings_in_files({*names, *(_in_files(name) for name in OF_A_RUN if name not in _FLAGS_ONLY)})
    defaults = {
        names[name]: _checked(options[names[name]], name, said) for name, said in found.items() if name in names
    }
    return defaults, {names[name]: said for name, said in here.items() if name in names}


def settings_in_files(known: Collection[str]) -> tuple[dict[str, Given], dict[str, Given]]:
    """What the user's own file gives, and over it the working folder's; and what was taken from the latter.

    `known`: the options, with underscores; a file may write them with hyphens. Raises BadConfiguration, which names the
    file and the line, for a file that cannot be read, an option that there is not, and what the working folder's file
    may not give.
    """
    own_path = own_settings()
    own, here = read_toml(own_path), read_toml(Path.cwd() / CONFIG_NAME)
    for table in ("profile", "schedule"):  # whoever needs them reads them
        if table in own and isinstance(own[table].value, dict | list):
            own.pop(table)
    for name, said in here.items():
        _check_here(name, said, own, own_path)
    for name, said in (*own.items(), *here.items()):
        if name not in known:
            near = nearest(name, known)
            meant = f" Did you mean {near}?" if near else ""
            listed = ", ".join(sorted(known))
            raise BadConfiguration(f"{said.place}: {name} is not an option.{meant} Options: {listed}.")
    added = {name: _joined(own[name], here[name]) for name in _ADDED & set(own) & set(here)}
    return {**own, **here, **added}, here


def _check_here(name: str, said: Given, own: Mapping[str, Given], own_path: Path) -> None:
    """Refuse what the working folder's file may not give. Raises BadConfiguration."""
    why = _OWN_ONLY.get(name)
    if name in _RAILS and name in own:
        why = f"{own[name].place} gives this guard rail already"
    if why:
        raise BadConfiguration(
            f"{said.place}: {name} is not taken from a file in the working folder: {why}. Nothing was sent. "
            f"If it is yours, move the line to {own_path}; if not, delete it."
        )


def _joined(own: Given, here: Given) -> Given:
    if not isinstance(own.value, list) or not isinstance(here.value, list):
        return own if isinstance(here.value, list) else here  # whoever checks the values names the one that is no list
    return Given([*own.value, *here.value], here.path, here.line)


def _in_files(name: str) -> str:
    """What people write for an option in a settings file."""
    return ALL[name].in_files if name in ALL else name


def _checked(option: click.Option, name: str, said: Given) -> object:
    """The value that a settings file gives, as click takes it. Raises BadConfiguration, which names the place."""
    kind = ALL[option.name].kind if option.name in ALL else None
    if kind is Kind.VALUES:
        return _mappings(said)
    value, is_secret = said.value, kind in {Kind.ADDRESSES, Kind.LEDGER}
    if option.multiple and isinstance(value, dict) and all(isinstance(column, str) for column in value.values()):
        value = [f"{field}={column}" for field, column in value.items()]
    if kind is Kind.ADDRESSES and isinstance(value, str):
        value = [value]
    wanted, fits = _wanted(option, value)
    if not fits:
        shown = "" if is_secret else f", not {said.value!r}"
        raise BadConfiguration(f"{said.place}: {name} must be {wanted}{shown}.")
    try:
        option.type_cast_value(click.Context(click.Command(name)), value)
    except (click.BadParameter, BadConfiguration) as error:
        why = error.message if isinstance(error, click.BadParameter) else error
        raise BadConfiguration(f"{said.place}: {name}: {why}") from None
    return value


def _mappings(said: Given) -> tuple[MappedValue, ...]:
    """The mappings of a settings file, each with its line. Raises BadConfiguration."""
    try:
        return of_table(said.value, lambda field, text: said.place_of(f"values.{field}", text))
    except ValueError as error:
        raise BadConfiguration(f"{said.place}: values: {error}") from None


def _wanted(option: click.Option, value: object) -> tuple[str, bool]:
    """What TOML must give for an option, in words, and whether a value is that."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if option.is_flag:
        return "true or false", isinstance(value, bool)
    if option.multiple:
        fits = isinstance(value, list) and all(type(each) in {str, int} for each in value)
        return "a list or table of texts in quotes", fits
    if isinstance(option.type, click.IntRange):
        return "a whole number", is_number
    return "a text in quotes", is_number or isinstance(value, str)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of the known words that was probably meant, whatever the case; None where none is much like it."""
    from difflib import get_close_matches  # noqa: PLC0415  # only a wrong word needs it

    by_lower = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), by_lower, n=1, cutoff=ALIKE)
    return by_lower[found[0]] if found else None
