"""The settings of a run: ONE table of its options. Flags, variables, settings files and ledgers' notes follow from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum, Flag, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.fields import in_words
from bulk_sync.keys import address_of, checked_key, find_key, sought_key
from bulk_sync.model import fold
from bulk_sync.times import parse_duration, time_of_day
from bulk_sync.value_mapping import MAPPABLE, MappedValue, joined, of_table, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.ratelimit.rate import Rate

BASE_URL = "https://api.guayaba.ai"
STANDARD_INPUT = "-"

MOST_IN_FLIGHT = 1_000
"""Requests: more are no use against any limit, and each takes a connection."""

PhoneCheck = Literal["valid", "possible"]
OnConflict = Literal["safest", "last", "first", "error"]
Variables = Literal["merge", "replace"]
Order = Literal["safest", "file"]
Unchecked = Literal["send", "hold"]


class Kind(Enum):
    """What a person writes for an option."""

    FLAG = auto()
    SWITCH = auto()
    """A flag and its opposite, `--no-…`; unset, neither holds."""
    TEXT = auto()
    CHOICE = auto()
    COUNT = auto()
    PATH = auto()
    TOLERANCE = auto()
    """"10" or "20%": a number or a share of the rows."""
    DURATION = auto()
    """A length of time, like "1h30m"."""
    TIME_OF_DAY = auto()
    RATE = auto()
    COLUMNS = auto()
    STATUSES = auto()
    VALUES = auto()
    """What texts in a column mean."""
    ADDRESSES = auto()
    """Where notices go. They hold passwords, and are never shown."""
    LEDGER = auto()
    """The address of a database. It may hold a password, and is never shown."""


class Role(Flag):
    """What else follows from an option being what it is."""

    NONE = 0
    PLANS = auto()
    """It decides what is sent: a run under another value is another run."""
    ACCOUNT = auto()
    """It says which account is written to. A run keeps that, too."""
    ANEW = auto()
    """It limits, stops or says where to write: what is given to the command that goes on with a run holds."""
    REREAD = auto()
    """A retry takes it from the run that wrote the results file: spreadsheets save text in encodings of their own."""
    FIXED = auto()
    """A retry may not be given another value. A sheet or column may have been renamed; what was open may be said now."""
    PEOPLE = auto()
    """It says how a file of people is read, also one for the DNC memory, and whose memory that is."""
    RAIL = auto()
    """A guard rail: the working folder's file may add one, and may not replace one of the user's own file."""
    ADDS = auto()
    """A list to which the working folder's file only adds."""
    FLAG_ONLY = auto()
    """It must be meant each time: it is never taken from the environment, nor from a file."""
    UNNOTED = auto()
    """A ledger does not note it."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option, as flags, files and ledgers need it.

    `help` is None where it has no flag of its own. `spelled`: what people write, the field's name if nothing else is
    given, and `in_files`: the same in files; `shown`: the default as the help says it, where that is not the value;
    `own_only`: why a file in the working folder may not give it.
    """

    kind: Kind
    default: Any
    help: str | None = None
    role: Role = Role.NONE
    metavar: str | None = None
    short: str | None = None
    spelled: str = ""
    in_files: str = ""
    shown: str | None = None
    choices: tuple[str, ...] = ()
    most: int | None = None
    own_only: str = ""
    hidden: bool = False


def option(
    kind: Kind,
    default: Any,  # noqa: ANN401 -- a field of any type
    help: str | None = None,  # noqa: A002 -- its name for click, too
    role: Role = Role.NONE,
    *,
    is_secret: bool = False,
    **more: Any,  # noqa: ANN401 -- as above
) -> Any:  # noqa: ANN401 -- as above
    """A field that is an option; the arguments are those of `Option`. `choices` may be a Literal type."""
    more["choices"] = get_args(more.get("choices", ()))
    made = Option(kind, default, help, role, **more)
    given: dict[str, Any] = {"default_factory": dict} if default == {} else {"default": default}
    return field(**given, repr=not is_secret, metadata={"option": made})


def options_of(settings: type) -> dict[str, Option]:
    """The options among the fields of a class, in their order."""
    found: dict[str, Option] = {}
    for each in fields(settings):
        if given := each.metadata.get("option"):
            spelled = given.spelled or each.name
            found[each.name] = replace(given, spelled=spelled, in_files=given.in_files or spelled)
    return found


_FILE = "it names a file that would be written"
_WHOSE = "it decides whose number a cell is"


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a run, in the order of the help. `input` is a path, or "-" for CSV on standard input.

    `plus_missing`: digits that are two numbers are read with a + before them, or as they stand; None: the CRM decides.
    `max_errors`, `max_stop`, `max_restart`, `max_move` are "N" or "N%" of the rows, and `yes` goes past the last three.
    `confirm`: whether a person who can be asked is asked first; `yes` goes past that, too.
    `dnc_statuses`: names or labels of statuses that mean do-not-call besides those that say so. `unchecked`: what
    becomes of rows that start outreach where contacts can never be read. `create_missing`: the campaign, by name or ID,
    of contacts to be created; or `splitter:` and the ID of a splitter. `values`: what texts in a column mean.
    `retry`: the input is a results file, of which only some rows are sent again. `undo`: the run that this one puts
    back; the input is the table of what it changed. `new_key`: the key may be another one than that of the run that is
    taken up or put back. `job`: the job of a fleet that the input is of. `columns_from`: where the working folder's file gives `columns`, in words; None where they
    were given otherwise. `key` is never printed.
    """

    # fmt: off
    input: str
    output: Path | None = option(Kind.PATH, None, "Results file. Its ending chooses the format.  [default: NAME.results.EXT beside FILE; of a preview, NAME.preview.EXT]", Role.ANEW, short="-o", own_only=_FILE)
    dry_run: bool = option(Kind.FLAG, False, "Preview: show what would be updated. Nothing is sent.", Role.ANEW, short="-n")
    only_changed: bool = option(Kind.FLAG, False, "Read the contacts first, and skip those that already have these values.")
    sandbox: bool = option(Kind.FLAG, False, "Try it with an API on this computer: no key, no network.", Role.ACCOUNT)
    offline: bool = option(Kind.FLAG, False, "With --dry-run: read nothing from the API. Names of statuses and campaigns are those read in the last 24 hours.")
    region: str = option(Kind.TEXT, "US", "Country of numbers without a country code. A country column in FILE comes first.", Role.PLANS | Role.REREAD | Role.FIXED | Role.PEOPLE, metavar="XX")
    phone_check: PhoneCheck = option(Kind.CHOICE, "valid", "How strictly numbers are checked.", Role.PLANS | Role.REREAD | Role.FIXED | Role.PEOPLE, choices=PhoneCheck)
    plus_missing: bool | None = option(Kind.SWITCH, None, "How to read digits that could be two numbers (4915112345678 in a German file): only the + is missing, or a national number.  [default: the CRM decides]", Role.PLANS | Role.REREAD | Role.PEOPLE, own_only=_WHOSE)
    columns: Mapping[str, str] = option(Kind.COLUMNS, {}, f"Take FIELD from this column (its header or letter). Leave COLUMN empty to ignore the field. FIELD: {in_words()}. Repeatable.", Role.PLANS | Role.REREAD | Role.PEOPLE, spelled="map")
    values: tuple[MappedValue, ...] = option(Kind.VALUES, (), f"Read the cells of FIELD that say TEXT as VALUE: --value status:\"Opt out\"=DNC. Leave VALUE empty to read them as blank. FIELD: {', '.join(MAPPABLE)}. Repeatable.", Role.PLANS | Role.REREAD, spelled="value", in_files="values", own_only="it changes what a cell means")
    sheet: str | None = option(Kind.TEXT, None, "Sheet of a workbook.  [default: the first one with data]", Role.PLANS | Role.REREAD | Role.PEOPLE, metavar="NAME")
    visible_only: bool = option(Kind.FLAG, False, "Skip rows that are hidden in the workbook.", Role.PLANS | Role.REREAD | Role.FIXED)
    encoding: str | None = option(Kind.TEXT, None, "Encoding of a text file.  [default: detected]", Role.PLANS | Role.PEOPLE, metavar="NAME")
    delimiter: str | None = option(Kind.TEXT, None, "Delimiter of a text file.  [default: detected]", Role.PLANS | Role.PEOPLE, metavar="CHAR")
    on_conflict: OnConflict = option(Kind.CHOICE, "safest", "Which row to use when several rows say different things about one contact.", Role.PLANS | Role.REREAD | Role.FIXED, choices=OnConflict)
    variables: Variables = option(Kind.CHOICE, "merge", "merge: keep stored custom variables that a row does not name. replace: replace them all.", Role.PLANS | Role.REREAD | Role.FIXED, choices=Variables)
    order: Order = option(Kind.CHOICE, "safest", "safest: rows that set DNC first, then rows that stop outreach, then the rest, rows that restart outreach last.", choices=Order)
    create_missing: str | None = option(Kind.TEXT, None, "Create contacts that the CRM does not have, in this campaign (or splitter:ID). Never for a row that stops outreach.", Role.PLANS, metavar="CAMPAIGN", own_only="it makes contacts, who are then called")
    max_stop: str | None = option(Kind.TOLERANCE, None, "Stop before sending if outreach would stop for more contacts than this.", Role.ANEW | Role.RAIL)
    max_restart: str | None = option(Kind.TOLERANCE, None, "Stop before sending if more contacts than this would be called again.", Role.ANEW | Role.RAIL)
    max_move: str | None = option(Kind.TOLERANCE, None, "Stop before sending if more contacts than this would change campaign or time zone.", Role.ANEW | Role.RAIL)
    yes: bool = option(Kind.FLAG, False, "Continue past these limits, and send without asking.", Role.ANEW | Role.FLAG_ONLY | Role.UNNOTED)
    confirm: bool = option(Kind.SWITCH, True, "At a terminal, show what would be sent and ask before sending it. A guard rail asks all the same.", Role.UNNOTED, own_only="it takes a question away")
    unchecked: Unchecked = option(Kind.CHOICE, "send", "What to do with rows that start outreach when the API does not allow reading contacts, so that DNC cannot be checked.", Role.ANEW, choices=Unchecked, own_only="it decides about the check of DNC")
    dnc_statuses: tuple[str, ...] = option(Kind.STATUSES, (), "", Role.PLANS | Role.ADDS, hidden=True)
    allow_leaving_dnc: bool = option(Kind.FLAG, False, "Allow rows to take contacts out of DNC.", Role.PLANS | Role.FLAG_ONLY)
    rate: Rate | None = option(Kind.RATE, None, "Most updates in a time, like 30/min, 10/s, 30/3s.  [default: what the API says, else 30/min]", Role.ANEW)
    concurrency: int = option(Kind.COUNT, 32, "Most requests at the same time.", Role.ANEW, most=MOST_IN_FLIGHT)
    max_errors: str = option(Kind.TOLERANCE, "20%", "Stop when this many rows have failed.", Role.ANEW | Role.RAIL, shown="20% after 50 rows")
    max_outage: str = option(Kind.DURATION, "10m", "Stop when the API has not answered for this long: 40s, 15m, 1h30m.", Role.ANEW)
    until: str | None = option(Kind.TIME_OF_DAY, None, "Stop at this time of day. bulk-sync resume continues later.", Role.ANEW)
    max_duration: str | None = option(Kind.DURATION, None, "Stop after sending for this long: 40s, 15m, 5h.", Role.ANEW)
    max_writes: int | None = option(Kind.COUNT, None, "Stop after this many updates.", Role.ANEW)
    fresh: bool = option(Kind.FLAG, False, "Start over instead of continuing the unfinished run of this file.", Role.UNNOTED)
    json_results: Path | None = option(Kind.PATH, None, "Also write the summary to this file, as JSON.", Role.ANEW, own_only=_FILE, metavar="FILE")
    report: Path | None = option(Kind.PATH, None, "Write a report of the run, one HTML page, into this file.", Role.ANEW, own_only=_FILE, metavar="FILE")
    errors_only: Path | None = option(Kind.PATH, None, "Also write the rows with errors into this file, the reason in front.", Role.ANEW, own_only=_FILE, metavar="FILE")
    keep_before: bool = option(Kind.FLAG, False, "Read every contact before its update, so that undo can put it back.", Role.ANEW)
    keep_runs: str = option(Kind.DURATION, "90d", "Delete the records of runs that are older than this.", Role.ANEW | Role.UNNOTED, own_only="it deletes records, without which a run cannot be undone")
    base_url: str = option(Kind.TEXT, BASE_URL, "Address of the API.", Role.ACCOUNT | Role.REREAD | Role.PEOPLE, metavar="URL", own_only="whoever writes that file would get the key")
    profile: str | None = option(Kind.TEXT, None, "Account to use: a [profile.NAME] in your own settings, with its address and key.", Role.ACCOUNT | Role.REREAD | Role.PEOPLE, metavar="NAME", own_only="it decides which account is written to")
    ledger: str | None = option(Kind.LEDGER, None, "Keep the record of runs in this PostgreSQL database, which several computers share: postgresql://user@server/database. An address with a password belongs into your own settings or BULK_SYNC_LEDGER.", Role.ANEW | Role.UNNOTED, is_secret=True, metavar="URL", own_only="it names an address")
    retry: bool = option(Kind.FLAG, False, role=Role.PLANS)
    undo: str | None = option(Kind.TEXT, None, role=Role.PLANS)
    job: str | None = option(Kind.TEXT, None, role=Role.UNNOTED)
    new_key: bool = option(Kind.FLAG, False, role=Role.ANEW | Role.FLAG_ONLY | Role.UNNOTED)
    columns_from: str | None = option(Kind.TEXT, None, role=Role.UNNOTED)
    key: str | None = option(Kind.TEXT, None, role=Role.ANEW | Role.UNNOTED, is_secret=True)
    # fmt: on

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _mappings(self.values))
        for name, each in OPTIONS.items():
            _check(name, each, getattr(self, name))
            if each.kind is Kind.PATH and isinstance(getattr(self, name), str):  # from Python, a path is often a text
                object.__setattr__(self, name, Path(getattr(self, name)))
        object.__setattr__(self, "base_url", address_of(self.profile, self.base_url, BASE_URL))
        if calls := [each for each in self.dnc_statuses if fold(each) in {"active", "talktohuman"}]:
            raise BadConfiguration(f"dnc_statuses names {calls[0]}, whose contacts are called: it cannot mean DNC.")
        if self.offline and not self.dry_run:
            raise BadInput("--offline is for previews, which read nothing from the API then. Add --dry-run.")
        if self.output is not None and not self.retry and self._overwrites_its_input(self.output):
            raise BadInput("-o names the input file itself, which would be overwritten. Give the results another name.")

    @property
    def is_stream(self) -> bool:
        """Whether the input is standard input or another pipe: nothing is beside it, and it is gone once read."""
        return self.input == STANDARD_INPUT or Path(self.input).is_fifo()

    def _overwrites_its_input(self, output: Path) -> bool:
        return not self.is_stream and same_file(Path(self.input), output)

    def find_key(self) -> str:
        """The key given, or the one found where keys are kept. Raises BadConfiguration."""
        return checked_key(self.key) if self.key else find_key(self.base_url, self.profile)[0]

    def known_key(self) -> str | None:
        """The same key; None where there is none. Raises BadConfiguration for one that cannot be used."""
        if self.key:
            return checked_key(self.key)
        found = sought_key(self.base_url, self.profile)
        return found[0] if found else None


OPTIONS = options_of(Settings)
"""Every option of a run, by the name of its field."""


def named(role: Role) -> tuple[str, ...]:
    """The options of which any of this is true."""
    return tuple(name for name, each in OPTIONS.items() if each.role & role)


def _mappings(given: object) -> tuple[MappedValue, ...]:
    """The mappings given, in one order: from Python also as a table of tables, or as they are written for a flag."""
    try:
        if isinstance(given, Mapping):
            return joined(of_table(given))
        return joined(parsed(each) if isinstance(each, str) else each for each in given)  # type: ignore[attr-defined]
    except ValueError as error:
        raise BadConfiguration(f"values: {error}") from None


def _check(name: str, option: Option, value: Any) -> None:  # noqa: ANN401 -- whatever a caller gives
    """Raise BadConfiguration, which names the option, for a value that nobody can follow."""
    if option.kind is Kind.CHOICE and value not in option.choices:
        raise BadConfiguration(f"{name} must be one of {', '.join(option.choices)}, not {value!r}.")
    if value is None:
        return
    if option.kind is Kind.COUNT and not 1 <= value <= (option.most or value):
        limits = f"from 1 to {option.most:,}" if option.most else "1 or more"
        raise BadConfiguration(f"{name} must be {limits}.")
    if option.kind is Kind.TOLERANCE:
        parse_tolerance(value, name)
    try:
        if option.kind in READERS:
            READERS[option.kind](value)
    except ValueError as error:
        raise BadConfiguration(str(error)) from None


READERS: dict[Kind, Callable[[str], object]] = {Kind.DURATION: parse_duration, Kind.TIME_OF_DAY: time_of_day}
"""What reads a text that stays one; each raises ValueError with a sentence."""


def parse_tolerance(text: str, name: str = "max_errors") -> tuple[int | None, float | None]:
    """`--max-errors`, `--max-stop` and their like: "10" → (10, None), "20%" → (None, 0.2). Raises BadConfiguration."""
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    if percent and re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) and float(number) <= 100:
        return None, float(number) / 100
    if not percent and re.fullmatch(r"[0-9]+", number):
        return int(number), None
    raise BadConfiguration(f"{name} must be a number of rows or a percentage, like 10 or 20%, not {text!r}.")


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links too."""
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()
