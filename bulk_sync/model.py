"""The nouns that flow through a run.

A file becomes a `Table` of `Chunk`s of text cells; `Columns` says which of them mean what; planning turns them into a
plan; each row that is to be sent becomes an `Update`; what became of it is an `Outcome`.

Pure: nothing here reads, writes, waits or knows the time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from bulk_sync.fields import TEXTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.errors import Code

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""A number as the API writes and accepts it (the contract's pattern)."""

SYNC_COLUMNS = (
    "sync_row",
    "sync_result",
    "sync_code",
    "sync_error",
    "sync_retryable",
    "sync_phone",
    "sync_contact_id",
    "sync_previous_status",
    "sync_previous_campaign",
    "sync_http_status",
    "sync_attempts",
    "sync_at",
    "sync_run",
)
"""The columns that a results file adds, in their order."""

DNC = "DNC"
"""The status that says: never call this person."""


def fold(text: str) -> str:
    """`text` as names are compared: without case, accents, spaces and punctuation ("Nº de Tel." → "nodetel")."""
    plain = unicodedata.normalize("NFKD", text.replace("°", "º")).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


@cache
def letter(position: int) -> str:
    """The name a spreadsheet gives to the column at this position: 0 → A, 26 → AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive rows of a table.

    `start` is the position of the first of them, counted from 0 at the first row under the header. `cells` has a
    column for each header, or for those that were asked for, labelled 0 … width-1; a blank cell is "". `broken` names,
    by position in the chunk, the rows whose cells cannot be told apart, and why; `remarks` the rows that begin with #,
    with all their cells; `hidden` those that a person does not see in the spreadsheet. `no_phones` says of cells in a
    workbook, by column and row, what they hold that no phone number is: "a date"; `covered` which of them are merged
    with another, in words.
    """

    start: int
    cells: pd.DataFrame
    broken: Mapping[int, str]
    remarks: Mapping[int, Sequence[str]] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    no_phones: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    covered: Mapping[int, Mapping[int, str]] = field(default_factory=dict)


class Table(Protocol):
    """A spreadsheet, as text, that can be read as often as needed.

    `headers` are the header cells as they stand in the file, or A, B, C … where it has none (`has_header` false).
    `first_row` is the number that a spreadsheet shows beside the first row under the header. `notes` say in words what
    was found out about the file (encoding, delimiter, sheet). `hidden` are the rows that a person does not see in the
    spreadsheet and that are not blank, by their positions from 0.
    """

    path: Path
    headers: tuple[str, ...]
    has_header: bool
    first_row: int
    notes: tuple[str, ...]
    hidden: frozenset[int]

    def rows_above(self) -> Sequence[Sequence[object]]:
        """The cells of the rows above the header, which are skipped; a workbook's are as it holds them."""
        ...

    def chunks(self, size: int = 50_000, only: Collection[int] | None = None) -> Iterator[Chunk]:
        """Every row under the header, in order, `size` rows at a time (the last chunk may be shorter).

        `only` names the columns that are wanted, by position; None: all. Whoever needs few should name them: making the
        text of a cell takes longer than finding it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds which field: `{"phone": 0, "status": 2, "var.email": 5}`, positions from 0.

    `headers` are the table's. `by_hand` are the fields that `--map` named, `by_content` those that no header named.
    `passed_over`: the columns that hold phone numbers too, less well named than the one that was taken.
    """

    fields: Mapping[str, int]
    headers: tuple[str, ...] = ()
    by_hand: frozenset[str] = frozenset()
    by_content: frozenset[str] = frozenset()
    passed_over: tuple[int, ...] = ()

    @property
    def variables(self) -> dict[str, int]:
        """The columns of custom variables, by the variable's name."""
        return {name[4:]: at for name, at in self.fields.items() if name.startswith("var.")}

    def cell(self, field: str, row: int) -> str:
        """A cell as a message names it: `Row 17, Mobile (B17)`, or `Row 17, phone` where the field has no column."""
        if field not in self.fields:
            return f"Row {row}, {field}"
        at = self.fields[field]
        header = " ".join(self.headers[at].split())[:40] if at < len(self.headers) else ""
        return f"Row {row}, {header or field} ({letter(at)}{row})"


@dataclass(frozen=True, slots=True)
class Status:
    """A status: `name` is what is sent, `labels` what people call it; `terminal`: it stops outreach (None: unknown)."""

    name: str
    labels: tuple[str, ...]
    terminal: bool | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign: `id` is what is sent, `name` what people call it; nobody is called while it is `paused`."""

    id: str
    name: str
    paused: bool = False


L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Listing(Generic[L]):
    """Statuses, or campaigns, that the API lists; or else `why_not`, a clause. `note`: a sentence on what is odd."""

    entries: tuple[L, ...] = ()
    why_not: str = ""
    note: str = ""


STATUSES, CAMPAIGNS = "statuses", "campaigns"
"""The kinds of names that the API lists."""


@dataclass(frozen=True, slots=True)
class Listings:
    """What the API lists of each kind of names; None: it was not asked for."""

    statuses: Listing[Status] | None = None
    campaigns: Listing[Campaign] | None = None

    @classmethod
    def of(cls, listed: Mapping[str, Listing[Any]]) -> Listings:
        """What the API lists of some kinds."""
        return cls(listed.get(STATUSES), listed.get(CAMPAIGNS))

    def lacking(self, kinds: Iterable[str]) -> frozenset[str]:
        """Those of these kinds that were not asked for."""
        return frozenset(kind for kind in kinds if getattr(self, kind) is None)

    def joined(self, other: Listings) -> Listings:
        """These, and the others where these were not asked for."""
        return Listings(self.statuses or other.statuses, self.campaigns or other.campaigns)


@dataclass(frozen=True, slots=True, init=False)
class Change:
    """What an update asks for: `said` has a value for each field of a contact that is set, by the fields' own names.

    A field that is not there stays as it is. `variables` is a mapping of its own, every other value is a text.
    """

    said: Mapping[str, Any]

    def __init__(self, status: str | None = None, campaign: str | None = None, **others: object) -> None:
        values = {"status": status, "campaign": campaign, **others}
        object.__setattr__(self, "said", {name: value for name, value in values.items() if value is not None})

    def __bool__(self) -> bool:
        return bool(self.said)

    def __hash__(self) -> int:
        return hash(frozenset(self.said.items()))

    @property
    def status(self) -> str | None:
        """The status to set."""
        return self.said.get("status")

    @property
    def campaign(self) -> str | None:
        """The ID of the campaign to move the contact to."""
        return self.said.get("campaign")

    @property
    def phone(self) -> str | None:
        """The new number, E.164."""
        return self.said.get("phone")

    @property
    def variables(self) -> Mapping[str, object] | None:
        """The custom variables to set."""
        return self.said.get("variables")

    @property
    def texts(self) -> dict[str, str]:
        """The fields that are text and no more."""
        return {name: self.said[name] for name in TEXTS if name in self.said}


@dataclass(frozen=True, slots=True)
class Update:
    """One call to come: the contact, by phone (E.164) or by ID, and the change.

    `row` is the position of the row that carries it, from 0 at the first row under the header.
    """

    row: int
    change: Change
    phone: str | None = None
    contact_id: str | None = None


class Kind(IntEnum):
    """What an update does to outreach, in the order of sending."""

    DNC = 0
    STOPS = 1
    REST = 2
    RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an update. `at` is in seconds since the epoch.

    `contact_id`, `phone` and `status` are what the reply said of the contact; `previous_status` and `previous_campaign`
    what stood there before, where it was read; `run` the run that sent it, where that was not this one.
    """

    code: Code
    error: str = ""
    http_status: int | None = None
    attempts: int = 0
    at: float | None = None
    contact_id: str | None = None
    phone: str | None = None
    previous_status: str | None = None
    previous_campaign: str | None = None
    run: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class ReadOk:
    """What a read of the API gave: its JSON, as Python has it.

    `left`: when the read left that gave it, in seconds by a clock that goes on while the computer sleeps.
    """

    value: object
    left: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A read that is not to be had: the API does not offer it, or not to this key. `why` is a sentence.

    `missing`: of what the API said, in so many words, that it is not there ("contact", "campaign"); else None. `left`:
    as in `ReadOk`. `is_refusal`: the API itself refused it, which it may do for a while only. `http_status`: HTTP's.
    """

    why: str
    missing: str | None = None
    http_status: int | None = field(default=None, compare=False, kw_only=True)
    left: float = field(default=0.0, compare=False)
    is_refusal: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ReadFailed:
    """A read that failed: what an outcome says of the row that needed it.

    `is_outage`: reads fail altogether at this moment, not this one alone.
    """

    code: Code
    why: str
    http_status: int | None = None
    attempts: int = 0
    is_outage: bool = field(default=False, compare=False)


Answer = ReadOk | Unavailable | ReadFailed
Read = Callable[[str], Awaitable[Answer]]
"""Reads a path below the base URL, its query included. Raises Stopped where the run ends first."""
