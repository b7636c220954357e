"""The values of cells: a text → the value to send, or why it cannot be used, and the errors of rows as they are told.

Here are those that are IDs or texts; none sees a blank cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.fields import FIELDS, VARIABLE, Field, Reading, told_as
from bulk_sync.plan.spelling import nearest
from bulk_sync.value_mapping import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bulk_sync.model import Columns


_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_MAY_BE_A_SLIP = re.compile(r"\D{6,}")
"""Not GMT+1, which is no slip of GMT, nor AEST, which is none of EST."""

_NO_PLACES = frozenset({"localtime", "Factory"})
"""Names in a zone database that say where the machine is, or nothing."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a cell cannot be used: a code, and a sentence without its subject (`"12" has too few digits; …`)."""

    code: Code
    why: str


@dataclass(frozen=True, slots=True)
class UnknownValue(Rejection):
    """A text that is none of a field's values; `suggested`: the one that was perhaps meant."""

    text: str
    suggested: str | None = None


class RowErrors:
    """What is wrong with which rows, by place."""

    def __init__(self) -> None:
        self._found: defaultdict[int, list[tuple[str, Rejection]]] = defaultdict(list)

    def add(self, place: int, field: str, rejection: Rejection) -> None:
        """A cell of this row cannot be used."""
        self._found[place].append((field, rejection))

    def take_in(self, others: RowErrors, start: int) -> None:
        """Add those of a chunk whose first row has the place `start`."""
        for place, found in others._found.items():
            self._found[start + place] += found

    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Every text that is none of its field's values, by field, those in the most rows first."""
        rows: Counter[tuple[str, UnknownValue]] = Counter(
            (field, fault)
            for found in self._found.values()
            for field, fault in found
            if isinstance(fault, UnknownValue)
        )
        ordered = sorted(rows.items(), key=lambda each: (told_as(each[0][0]), -each[1]))
        return tuple(
            NotUnderstood(field, fault.text, count, fault.code.word, fault.suggested)
            for (field, fault), count in ordered
        )

    def told(self, columns: Columns, first_row: int) -> Iterator[tuple[int, Code, str]]:
        """Each faulty row: its place, its code, a sentence naming every fault. `first_row` is the number of place 0."""
        for place, found in self._found.items():
            found.sort(key=lambda fault: told_as(fault[0]))
            sentences = (f"{columns.cell(field, first_row + place)}: {fault.why}" for field, fault in found)
            yield place, found[0][1].code, " ".join(sentences)


def trimmed(text: str) -> str:
    """A cell without the spaces around it, those that nobody sees included."""
    return text.strip().strip(_UNSEEN).strip()


def quoted(text: str, most: int = 40) -> str:
    """A cell's text as a message shows it: in quotes, on one line, cut at `most` characters, nothing unprintable."""
    flat = " ".join(text.split())
    shown = flat
    if not flat.isprintable():
        shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in flat)
    return f'"{shown[: most - 1]}…"' if len(shown) > most else f'"{shown}"'


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID as the API writes it."""
    return _UUID.fullmatch(text) is not None


def read_id(text: str) -> str | Rejection:
    """A contact's ID. A bad one never falls back to the row's phone."""
    if is_uuid(text):
        return text
    return Rejection(
        Code.INVALID_ID,
        f"{quoted(text)} is not a contact ID, like 550e8400-e29b-41d4-a716-446655440000. "
        "If this column holds something else, pass --map id= and contacts are found by phone.",
    )


def reader_of(column: str) -> Callable[[str], str | Rejection]:
    """What reads the cells of a field that is text, or of a custom variable (`var.NAME`)."""
    field = FIELDS.get(column, VARIABLE)
    if not is_sendable(column):
        why = "the variable's name holds characters that cannot be read. Correct the header."
        return lambda _: Rejection(field.fault, why)
    return read_timezone if field.reading is Reading.TIMEZONE else partial(read_text, field)


def read_text(field: Field, text: str) -> str | Rejection:
    """Any text, but not a spreadsheet's error, nothing that cannot be read, and no more than the API takes."""
    if text.upper() in _SHEET_ERRORS:
        why = f"{quoted(text)} is an error of the spreadsheet. Correct its formula or clear the cell."
        return Rejection(field.fault, why)
    if not is_sendable(text):
        why = f"{quoted(text)} holds characters that cannot be read. Enter the {field.noun} again."
        return Rejection(field.fault, why)
    if field.longest is not None and len(text) > field.longest:
        why = f"{quoted(text)} has {len(text)} characters, and the API takes {field.longest}. Shorten it."
        return Rejection(field.too_long, why)
    return text


def is_sendable(text: str) -> bool:
    """Whether JSON can carry it: no half character (a byte that the file's encoding did not explain), and no NUL."""
    return not any(unicodedata.category(letter) == "Cs" or letter == "\0" for letter in text)


@cache
def _zones() -> tuple[frozenset[str], Mapping[str, str]]:
    import zoneinfo  # noqa: PLC0415  # few files have time zones

    names = frozenset(zoneinfo.available_timezones()) - _NO_PLACES
    return names, {_spelling(name): name for name in sorted(names, reverse=True)}


def _spelling(text: str) -> str:
    """A zone's name whatever its case and its spaces; signs count, for Etc/GMT+5 is not Etc/GMT-5."""
    return "_".join(text.casefold().replace("_", " ").split())


def read_timezone(text: str) -> str | Rejection:
    """The IANA name that `text` spells, in any case, with spaces for underscores."""
    names, folded = _zones()
    if text in names:
        return text
    if _spelling(text) in folded:
        return folded[_spelling(text)]
    near = nearest(text, names) if _MAY_BE_A_SLIP.fullmatch(text) else None
    advice = f"Did you mean {near}?" if near else "Write it like America/New_York."
    why = f"{quoted(text)} is not the IANA name of a time zone. {advice}"
    return UnknownValue(Code.INVALID_TIMEZONE, why, text, near)
