"""How is a column of text held whose cells stand somewhere in some bytes?

By where they begin and end. A text is made of a cell when somebody asks for it, which few do: which cells say the same
(`few`), and what is in all of them (`joined`), can be told by their bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from bulk_sync.texts import Few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

SEPARATOR = b"\0"
"""What stands between cells that are joined."""

_WORD = 8
"""Bytes that are compared at once."""

_LONGEST_OF_FEW = 8 * _WORD
"""Bytes of a cell; longer texts are seldom the same."""

_WORTH_IT = 500
"""Cells from which on looking at all of them together takes less time than one after the other."""

_KEEPS = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], dtype=np.uint64)
"""What keeps the first bytes of a word, by their number."""

_MIX, _FOLD = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)


@dataclass(frozen=True, slots=True)
class InBytes(Sequence[str]):
    """Cells that stand in `data`, each from one of `starts` up to one of `ends`; quotation marks in them are doubled.

    `decode` makes text of bytes that are not ASCII.
    """

    data: bytes
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    decode: Callable[[bytes], str]

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> InBytes: ...
    def __getitem__(self, at: int | slice) -> str | InBytes:
        if isinstance(at, slice):
            return InBytes(self.data, self.starts[at], self.ends[at], self.decode)
        cell = self.data[self.starts[at] : self.ends[at]]
        return (cell.decode("ascii") if cell.isascii() else self.decode(cell)).replace('""', '"')

    def __iter__(self) -> Iterator[str]:
        text = self.data.decode("latin-1")  # a letter is a byte
        cells = [text[start:end] for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True)]
        together = "".join(cells)
        if '"' in together:
            cells = [cell.replace('""', '"') for cell in cells]
        if not together.isascii():
            cells = [cell if cell.isascii() else self.decode(cell.encode("latin-1")) for cell in cells]
        return iter(cells)

    def blanked(self, places: Iterable[int]) -> InBytes:
        """The same with nothing in some cells."""
        ends, at = self.ends.copy(), list(places)
        ends[at] = self.starts[at]
        return InBytes(self.data, self.starts, ends, self.decode)

    def joined(self, longest: int) -> bytes:
        """All cells as they stand, a separator before the first and behind each; longer ones are cut at `longest`.

        A cell's own zero bytes become question marks, so that separators are where they should be.
        """
        lengths = np.minimum(self.ends - self.starts, longest)
        width = int(lengths.max(initial=0)) + 1
        cells = self._windows(width).view(np.uint8).reshape(-1, width)
        is_own = np.arange(width) <= lengths[:, None]
        if SEPARATOR in self.data:
            cells[(cells == 0) & is_own] = ord("?")
        cells[np.arange(len(cells)), lengths] = 0
        joined: bytes = cells[is_own].tobytes()
        return SEPARATOR + joined

    def few(self) -> Few | None:
        """The same cells by their distinct texts, in the order in which those occur; None: there are too many.

        Cells are sorted into groups by a number that is made of their bytes, then held against the first of their
        group, byte by byte: equal numbers by accident cost time, and nothing else.
        """
        lengths = self.ends - self.starts
        longest = int(lengths.max(initial=0))
        if len(self) < _WORTH_IT or longest > _LONGEST_OF_FEW:
            return None
        words = self._words(lengths, -(-longest // _WORD))
        firsts, group = _grouped(words)
        if len(firsts) > len(self) // 4 or not np.array_equal(words, words[firsts[group]]):
            return None
        order = np.argsort(firsts)
        number = np.empty_like(order)
        number[order] = np.arange(len(order))
        return Few([self[at] for at in firsts[order].tolist()], number[group])

    def _words(self, lengths: NDArray[np.int64], count: int) -> NDArray[np.uint64]:
        """Each cell as some whole numbers: its length, and its bytes by eights."""
        words = np.empty((len(self), count + 1), dtype="<u8")
        words[:, 0] = lengths
        if count:
            words[:, 1:] = self._windows(count * _WORD).view("<u8").reshape(-1, count)
            for at in range(count):
                words[:, at + 1] &= _KEEPS.take(np.clip(lengths - at * _WORD, 0, _WORD))
        return words

    def _windows(self, width: int) -> NDArray[np.void]:
        """From the start of each cell on so many bytes, whosever they are."""
        missing = max(0, int(self.starts.max(initial=0)) + width - len(self.data))
        data = self.data + bytes(missing) if missing else self.data
        everywhere: NDArray[np.void] = np.ndarray(len(data) - width + 1, f"V{width}", data, strides=(1,))
        return everywhere[self.starts]


def _grouped(words: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The place of the first row of each group, and the group of each row: rows that are alike are in one."""
    mixed = np.zeros(len(words), dtype=np.uint64)
    for at in range(words.shape[1]):
        mixed = (mixed ^ words[:, at]) * _MIX
        mixed ^= mixed >> _FOLD
    order = np.argsort(mixed)
    in_order = mixed.take(order)
    begins = np.concatenate([[True], in_order[1:] != in_order[:-1]])
    group = np.empty(len(words), dtype=np.intp)
    group[order] = np.cumsum(begins) - 1
    return np.minimum.reduceat(order, np.flatnonzero(begins)), group
