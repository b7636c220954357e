"""The column parser: each distinct text of a column is read once, a run's mappings first, and becomes a whole number.

So a million rows stay small. The texts of mappings are compared as names are (case, spaces, hyphens and accents do not
count), one that is exactly the same first. Where two mappings are alike and differ, any other spelling of them is not
mapped: nobody guesses.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pandas as pd

from bulk_sync.plan.spelling import spelling
from bulk_sync.plan.values import Rejection, UnknownValue, quoted, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from numpy.typing import NDArray

    from bulk_sync.plan.status import Statuses
    from bulk_sync.plan.values import RowErrors
    from bulk_sync.value_mapping import MappedValue

T = TypeVar("T")

BLANK = -1
"""The number of a blank cell; rejections count down from -2, values up from 0."""


class ColumnParser(Generic[T]):
    """The readings of one field: `values[n]` for n ≥ 0, `rejection(n)` for n ≤ -2, blank for -1.

    `mapped`: which mapping, if any, says what a text means; `mapped_rows` counts the cells of each, and one whose value
    is "" makes its cells blank.
    """

    def __init__(
        self,
        read: Callable[[str], T | Rejection],
        *,
        same: Callable[[T], object] = lambda value: value,
        mapped: Callable[[str], MappedValue | None] | None = None,
    ) -> None:
        self.values: list[T] = []
        self.mapped_rows: Counter[MappedValue] = Counter()
        self._mapped = mapped
        self._read = read
        self._same = same
        self._rejections: list[Rejection] = []
        self._by_text = cache(lambda text: self._settle(trimmed(text)))
        self._by_value: dict[object, int] = {}

    def numbers(self, column: pd.Series[Any]) -> NDArray[np.int64]:
        """One number per cell of `column`."""
        which, texts = pd.factorize(column)
        if self._mapped is not None:
            for text, rows in zip(texts, np.bincount(which, minlength=len(texts)).tolist(), strict=True):
                if (mapping := self._mapped(trimmed(text))) is not None:
                    self.mapped_rows[mapping] += rows
        return np.fromiter(map(self._by_text, texts), dtype=np.int64, count=len(texts)).take(which)

    def rejection(self, number: int) -> Rejection:
        """What a number of -2 or below stands for."""
        return self._rejections[-2 - number]

    def tell(self, numbers: NDArray[np.signedinteger[Any]], field: str, errors: RowErrors) -> None:
        """Add the rejections among some numbers to the errors of their rows."""
        for place in np.flatnonzero(numbers < BLANK).tolist():
            errors.add(place, field, self.rejection(int(numbers[place])))

    def _settle(self, text: str) -> int:
        mapping = self._mapped(text) if self._mapped is not None else None
        if not text or (mapping is not None and not mapping.value):
            return BLANK
        value = self._read(text)
        if isinstance(value, Rejection):
            self._rejections.append(value)
            return -1 - len(self._rejections)
        number = self._by_value.setdefault(self._same(value), len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


class ValueTable:
    """The mappings of a run, looked up by field and text."""

    def __init__(self, mappings: Iterable[MappedValue] = ()) -> None:
        self.mappings = tuple(mappings)
        self._fields = {each.field for each in self.mappings}
        self._exact = {(each.field, each.text): each for each in self.mappings}
        self._alike: dict[tuple[str, str], MappedValue | None] = {}
        for each in self.mappings:
            key = each.field, spelling(each.text)
            other = self._alike.get(key, each)
            self._alike[key] = each if other is not None and other.value == each.value else None

    def of(self, field: str, text: str) -> MappedValue | None:
        """The mapping of the cells of a field that say this text."""
        return self._exact.get((field, text)) or self._alike.get((field, spelling(text)))

    def in_column(self, field: str) -> Callable[[str], MappedValue | None] | None:
        """The same for one field; None where it has no mapping."""
        return (lambda text: self.of(field, text)) if field in self._fields else None

    def reading(self, field: str, read: Callable[[str], T | Rejection]) -> Callable[[str], T | Rejection]:
        """What reads the cells of a field, where `read` does it without mappings."""
        if field not in self._fields:
            return read

        def read_mapped(text: str) -> T | Rejection:
            mapped = self.of(field, text)
            if mapped is None:
                return read(text)
            found = read(mapped.value)
            if not isinstance(found, Rejection):
                return found
            why = f"{quoted(text)} is read as {quoted(mapped.value)} ({mapped.place}). {found.why}"
            return UnknownValue(found.code, why, text)

        return read_mapped


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The values of a field: what a text may name, the sentence on one that names none, and whether all are known."""

    meant: Callable[[str], Collection[object]]
    read: Callable[[str], object]
    is_complete: bool = True

    @classmethod
    def of(cls, read: Callable[[str], object]) -> Vocabulary:
        """The vocabulary of which `read` knows every text."""

        def meant(text: str) -> list[object]:
            found = read(text)
            return [] if isinstance(found, Rejection) else [found]

        return cls(meant, read)


def faults(mappings: Iterable[MappedValue], known: dict[str, Vocabulary], statuses: Statuses) -> Iterator[str]:
    """What stands against each mapping that cannot be used, as sentences.

    It must lead to one known value. It must not take away what a text means by itself, least of all "do not call".
    """
    for each in mappings:
        values = known[each.field]
        before, after = set(values.meant(each.text)), set(values.meant(each.value)) if each.value else set()
        if each.value and len(after) != 1 and (values.is_complete or after):
            read = values.read(each.value)
            why = read.why if isinstance(read, Rejection) else f"{quoted(each.value)} is not known."
        elif before and not (after and after <= before):
            why = f"{quoted(each.text)} already means {' or '.join(sorted(map(str, before)))}, and stays so."
        elif each.field == "status" and statuses.says_never(each.text) and _goes_on(each.value, after, statuses):
            why = f'{quoted(each.text)} says "do not call", so it can only be read as a status that stops outreach.'
        else:
            continue
        value = quoted(each.value) if each.value else "blank"
        yield f"{each.place}: {each.field} {quoted(each.text)} cannot be read as {value}: {why}"


def _goes_on(value: str, names: set[object], statuses: Statuses) -> bool:
    """Whether outreach may go on; what is no status that is known is not sent anyway."""
    return not value or any(statuses.may_restart(str(name)) for name in names)
