"""Row trouble as values: what a cell that cannot be used turns into, and the errors of rows as they are told."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.fields import told_as
from bulk_sync.value_mapping import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bulk_sync.errors import Code
    from bulk_sync.model import Columns

_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"


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
