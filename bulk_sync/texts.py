"""How are some rows of text held on their way from stage to stage? By column, a list of cells each.

Lists and not pandas frames: a frame of text is an array of the same strings, costs a conversion on the way in and one
on the way out, and half a second before the first of them, which a file of five rows would wait for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

Label = TypeVar("Label", int, str)


@dataclass(frozen=True, slots=True)
class Few(Sequence[str]):
    """A column that says one of a few `texts` in each cell: `codes` says which, by position."""

    texts: Sequence[str]
    codes: NDArray[Any]

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Few: ...
    def __getitem__(self, at: int | slice) -> str | Few:
        return Few(self.texts, self.codes[at]) if isinstance(at, slice) else self.texts[self.codes[at]]

    def __iter__(self) -> Iterator[str]:
        return map(self.texts.__getitem__, self.codes.tolist())


@dataclass(frozen=True, slots=True)
class Numbers(Sequence[str]):
    """A column of whole numbers above 0, with `sign` before each of them; 0 stands for a blank cell."""

    values: NDArray[Any]
    sign: str = ""

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Numbers: ...
    def __getitem__(self, at: int | slice) -> str | Numbers:
        if isinstance(at, slice):
            return Numbers(self.values[at], self.sign)
        return f"{self.sign}{number}" if (number := int(self.values[at])) else ""

    def __iter__(self) -> Iterator[str]:
        sign = self.sign
        return iter([f"{sign}{number}" if number else "" for number in self.values.tolist()])


@dataclass(frozen=True, slots=True)
class Grid(Generic[Label]):
    """Some rows of text: a column for each label, all of them `rows` long."""

    columns: Mapping[Label, Sequence[str]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, label: Label) -> Sequence[str]:
        return self.columns[label]

    def records(self) -> Iterator[tuple[str, ...]]:
        """The cells of each row."""
        return zip(*self.columns.values(), strict=True)

    def between(self, start: int, stop: int) -> Grid[Label]:
        """The rows from one position up to another."""
        some = {label: cells[start:stop] for label, cells in self.columns.items()}
        return Grid(some, len(range(self.rows)[start:stop]))
