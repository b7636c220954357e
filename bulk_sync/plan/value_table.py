"""The value table: the mappings of a run, by which every column is read, and what none of them may do.

A text is compared as names are (case, spaces, hyphens and accents do not count), one that is exactly the same first.
Where two mappings are alike and differ, any other spelling of them is not mapped: nobody guesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bulk_sync.plan.rejection import Rejection, UnknownValue, quoted
from bulk_sync.plan.spelling import spelling

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from bulk_sync.plan.status import Statuses
    from bulk_sync.value_mapping import MappedValue

T = TypeVar("T")


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
