"""The parameters of commands: what click is told of an option of each kind, and how what a person writes is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click
from click.core import ParameterSource

from bulk_sync.errors import BadConfiguration
from bulk_sync.fields import FIELDS
from bulk_sync.settings import READERS, Kind, Option, parse_tolerance
from bulk_sync.value_mapping import MappedValue, joined, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

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
