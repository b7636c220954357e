"""The options of a run: their flags, their names in the environment and in files, their help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from bulk_sync.errors import BadConfiguration
from bulk_sync.settings import BASE_URL, MOST_IN_FLIGHT, parse_tolerance
from bulk_sync.settings_files import configured
from bulk_sync.times import parse_duration, time_of_day

if TYPE_CHECKING:
    from bulk_sync.ratelimit.rate import Rate
    from bulk_sync.settings_files import Given

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class ColumnChoice(click.ParamType[tuple[str, str]]):
    """FIELD=COLUMN, as `("status", "Outcome")`. In the environment several are parted by a semicolon."""

    name = "FIELD=COLUMN"
    envvar_list_splitter = ";"
    fields = ("phone", "code", "id", "status", "campaign", "name", "timezone", "country")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first equals sign, and check the field."""
        if isinstance(value, tuple):
            return value
        field, equals, column = str(value).partition("=")
        field = field.strip()
        variable = field.startswith("var.") and len(field) > 4
        if not equals or not (variable or field.lower() in self.fields):
            self.fail(
                f"{value!r} is not FIELD=COLUMN with FIELD one of {', '.join(self.fields)}, var.NAME.", param, ctx
            )
        return (field if variable else field.lower()), column.strip()


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


class ErrorLimit(click.ParamType[str]):
    """A number of rows, or a percentage."""

    name = "N|N%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it; it is kept as text."""
        try:
            parse_tolerance(str(value))
        except BadConfiguration:
            self.fail(f"{value!r} is neither a number of rows nor a percentage, like 10 or 20%.", param, ctx)
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


def _with_those_of_files(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """A status that means do-not-call by any settings does so, whichever of them come first."""
    in_files = (ctx.default_map or {}).get(param.name or "") or ()
    return tuple(dict.fromkeys((*in_files, *value)))


def _option(*flags: str, **details: Any) -> Decorator:
    name = max(flags, key=len).split("/")[0].removeprefix("--").replace("-", "_")
    return click.option(*flags, envvar=f"BULK_SYNC_{name.upper()}", **details)


_OPTIONS = (
    _option("-o", "--output", type=click.Path(path_type=Path), help="Results file; its suffix chooses the format.  [default: NAME.results.EXT beside FILE]"),
    _option("-n", "--dry-run", is_flag=True, help="Preview: say what would be sent, send nothing."),
    _option("--only-changed", is_flag=True, help="Read the contacts first, and leave those alone that stand as asked."),
    _option("--sandbox", is_flag=True, help="Sync against an API on this computer: no key, no network."),
    _option("--offline", is_flag=True, help="With --dry-run: read nothing from the API; go by the names of statuses and campaigns that were read in the last 24 hours."),
    _option("--region", default="US", show_default=True, metavar="XX", help="Country of numbers without a country code; a country column wins."),
    _option("--phone-check", type=click.Choice(["valid", "possible"]), default="valid", show_default=True, help="How strictly numbers are checked."),
    _option("--plus-missing/--no-plus-missing", "plus_missing", default=None, help="Read digits that are two numbers (4915112345678 in a German file) as lacking only their +, or as national numbers.  [default: the CRM decides]"),
    _option("--map", "map_", type=ColumnChoice(), multiple=True, help="Take FIELD from COLUMN (its header or letter); leave COLUMN empty to ignore FIELD. FIELD: phone, code (calling codes beside the numbers), id, status, campaign, name, timezone, country, var.NAME. Repeatable."),
    _option("--sheet", metavar="NAME", help="Sheet of a workbook.  [default: the first that is not empty]"),
    _option("--visible-only", is_flag=True, help="Skip rows that are hidden in the workbook."),
    _option("--encoding", metavar="NAME", help="Encoding of a text file.  [default: detected]"),
    _option("--delimiter", metavar="CHAR", help="Delimiter of a text file.  [default: detected]"),
    _option("--on-conflict", type=click.Choice(["safest", "last", "first", "error"]), default="safest", show_default=True, help="Which row wins where several say different things about one contact."),
    _option("--variables", type=click.Choice(["merge", "replace"]), default="merge", show_default=True, help="Keep the stored custom variables that a row does not name, or replace them all."),
    _option("--order", type=click.Choice(["safest", "file"]), default="safest", show_default=True, help="safest: DNC first, then what stops outreach, the rest, what restarts it."),
    _option("--create-missing", metavar="CAMPAIGN", help="Create contacts that the CRM does not know, in this campaign (or splitter:ID); never for a row that stops outreach."),
    _option("--max-stop", type=ErrorLimit(), help="Send nothing where more contacts than this would get no more calls."),
    _option("--max-restart", type=ErrorLimit(), help="The same where more would be called again."),
    _option("--max-move", type=ErrorLimit(), help="The same where more would change campaign or time zone."),
    click.option("--yes", is_flag=True, help="Go past these three without asking."),
    _option("--unchecked", type=click.Choice(["send", "hold"]), default="send", show_default=True, help="Rows that start outreach where the API never lets contacts be read, so that nobody can check whether they are in DNC."),
    _option("--dnc-statuses", type=StatusNames(), multiple=True, hidden=True, callback=_with_those_of_files),
    click.option("--allow-leaving-dnc", is_flag=True, help="Let rows take contacts out of DNC."),
    _option("--rate", type=RateLimit(), help="Writes that are never exceeded, like 30/min, 10/s, 30/3s.  [default: what the API says, else 30/min]"),
    _option("--concurrency", type=click.IntRange(1, MOST_IN_FLIGHT), default=32, show_default=True, metavar="N", help="Most requests in flight."),
    _option("--max-errors", type=ErrorLimit(), default="20%", show_default="20% after 50 rows", help="Stop when this many rows failed."),
    _option("--max-outage", type=Checked("TIME", parse_duration), default="10m", show_default=True, help="Stop when the API has been away for so long: 40s, 15m, 1h30m."),
    _option("--until", type=Checked("HH:MM", time_of_day), help="Stop cleanly at this time of day, its next occurrence."),
    _option("--max-duration", type=Checked("TIME", parse_duration), help="Stop cleanly after so much sending."),
    _option("--max-writes", type=click.IntRange(min=1), metavar="N", help="Stop cleanly after so many requests that write."),
    _option("--fresh", is_flag=True, help="Start over, although an unfinished run of this file could be taken up."),
    _option("--json-results", type=click.Path(path_type=Path, dir_okay=False), help="Write the summary as JSON into this file, too."),
    _option("--base-url", default=BASE_URL, show_default=True, metavar="URL", help="Address of the API."),
    _option("--json", "json_", is_flag=True, help="Print the summary as JSON on standard output."),
    _option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
    _option("-v", "--verbose", is_flag=True, help="Log every call, with phone numbers masked."),
    _option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of log lines."),
    _option("--no-input", is_flag=True, help="Never ask; what would be asked ends the run."),
)  # fmt: skip


_ALSO_FOR_RESUME = frozenset(
    {
        "output", "rate", "concurrency", "max_errors", "max_outage", "until", "max_duration", "max_writes",
        "json_results", "json_", "quiet", "verbose", "log_format", "no_input", "new_key", "yes", "max_stop",
        "max_restart", "max_move", "unchecked",
    }
)  # fmt: skip
"""Options that may be given anew, since they do not decide what is sent."""

_FLAGS_ONLY = frozenset({"yes", "allow_leaving_dnc"})
"""What must be meant each time: never from the environment, nor from a file."""

_DISPLAYED = frozenset({"json_", "quiet", "verbose", "log_format", "no_input"})


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command every option of a run."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_ASKING = (
    _option("--base-url", default=BASE_URL, show_default=True, metavar="URL", help="Address of the API."),
    _option("--offline", is_flag=True, help="Read nothing from the API; go by what was read in the last 24 hours."),
    _option("--json", "json_", is_flag=True, help="Print JSON on standard output."),
    _option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
)  # fmt: skip


def asking_options(*names: str) -> Decorator:
    """Give a command that only asks the API something those of these options."""

    def give(function: Callable[..., Any]) -> Callable[..., Any]:
        return _some_of(_ASKING, function, frozenset(names))

    return give


_OF_A_LIST = frozenset(
    {
        "region", "phone_check", "plus_missing", "map_", "sheet", "encoding", "delimiter", "base_url", "json_", "quiet",
    }
)  # fmt: skip
"""Options of a run that say how a file of people is read, and whose memory it is for."""


def list_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that reads a file of people the options of a run that say how."""
    return _some_options(function, _OF_A_LIST)


def resume_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run that may be given anew when it goes on."""
    return _some_options(function, _ALSO_FOR_RESUME)


def undo_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run that may be given for its undoing; two of them have other defaults there."""
    own = (
        _option("-o", "--output", type=click.Path(path_type=Path), help="Results file; its suffix chooses the format.  [default: undo-RUN.csv]"),
        _option("--concurrency", type=click.IntRange(1, MOST_IN_FLIGHT), metavar="N", help="Most contacts in work at once.  [default: 8]"),
    )  # fmt: skip
    not_here = {"output", "concurrency", "yes", "max_stop", "max_restart", "max_move", "unchecked"}
    names = (_ALSO_FOR_RESUME | {"fresh"}) - not_here
    output, concurrency = own
    return output(concurrency(_some_options(function, names)))


def _some_options(function: Callable[..., Any], names: frozenset[str]) -> Callable[..., Any]:
    return _some_of(_OPTIONS, function, names)


def _some_of(options: Iterable[Decorator], function: Callable[..., Any], names: frozenset[str]) -> Callable[..., Any]:
    for option in reversed(tuple(options)):
        taken: list[click.Option] = getattr(option(lambda: None), "__click_params__", [])
        if taken[0].name in names:
            function = option(function)
    return function


def given_on_the_command_line(context: click.Context) -> dict[str, Any]:
    """The settings that were given as flags."""
    return _given(context, lambda source: source is ParameterSource.COMMANDLINE)


def given_at_all(context: click.Context) -> dict[str, Any]:
    """The settings that were given as flags, in the environment or in a file."""
    return _given(context, lambda source: source is not ParameterSource.DEFAULT)


def _given(context: click.Context, counts: Callable[[ParameterSource | None], bool]) -> dict[str, Any]:
    found = {
        param.name: context.params[param.name]
        for param in context.command.params
        if isinstance(param, click.Option) and param.name and counts(context.get_parameter_source(param.name))
    }
    if "map_" in found:
        found["columns"] = dict(found.pop("map_"))
    return {name: value for name, value in found.items() if name not in _DISPLAYED and name != "help"}


def from_files(command: click.Command) -> tuple[dict[str, object], dict[str, Given]]:
    """What the settings files say, as defaults for `command`, and what of it the working folder's file gives.

    A file may give every option of a run, whatever the command. Raises BadConfiguration.
    """
    options = {param.name: param for param in command.params if isinstance(param, click.Option) and param.name}
    names = {name.rstrip("_"): name for name in _names(command.params)}
    of_a_run = {name.rstrip("_") for name in _names(run_options(lambda: None).__click_params__)}  # type: ignore[attr-defined]  # click keeps them there
    found = configured(frozenset(names) | of_a_run)
    defaults = {
        names[name]: _checked(options[names[name]], name, given)
        for name, given in found.options.items()
        if name in names
    }
    return defaults, {names[name]: given for name, given in found.here.items() if name in names}


def _checked(option: click.Option, name: str, given: Given) -> object:
    """The value that a settings file gives, as click takes it. Raises BadConfiguration, which names the place."""
    value = given.value
    if option.multiple and isinstance(value, dict) and all(isinstance(column, str) for column in value.values()):
        value = [f"{field}={column}" for field, column in value.items()]
    wanted, fits = _kind_of(option)
    if not fits(value):
        raise BadConfiguration(f"{given.place}: {name} must be {wanted}, not {given.value!r}.")
    try:
        option.type_cast_value(click.Context(click.Command(name)), value)
    except click.BadParameter as error:
        raise BadConfiguration(f"{given.place}: {name}: {error.message}") from None
    return value


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


def _names(params: Iterable[click.Parameter]) -> list[str]:
    """What files may say: every option but those that are flags only."""
    named = [param.name for param in params if isinstance(param, click.Option) and param.name]
    return [name for name in named if name not in _FLAGS_ONLY]
