"""Columns of text on Arrow: what the plan asks of pyarrow, which ships no types. RE2 runs the patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray


class Text:
    """A column of text, a place per cell."""

    def __init__(self, array: Any) -> None:  # noqa: ANN401 -- an Arrow array
        self._array = array

    @classmethod
    def of(cls, cells: Sequence[str] | pd.Series[Any]) -> Text:
        """The column of these cells. Raises UnicodeError where one holds half a character."""
        return cls(pa.array(cells).cast(pa.string()))

    def __len__(self) -> int:
        return len(self._array)

    def distinct(self) -> tuple[Text, NDArray[np.int64]]:
        """The distinct texts, and for each cell the number of its own."""
        encoded = self._array.dictionary_encode()
        return Text(encoded.dictionary), encoded.indices.to_numpy().astype(np.int64)

    def matches(self, pattern: str) -> NDArray[np.bool_]:
        """Which cells a pattern is found in."""
        return _bools(pc.match_substring_regex(self._array, pattern))

    def begins(self, prefix: str) -> NDArray[np.bool_]:
        """Which cells begin with a text."""
        return _bools(pc.starts_with(self._array, prefix))

    def without(self, pattern: str, instead: str = "") -> Text:
        """The column with something else, or nothing, wherever a pattern is found."""
        return Text(pc.replace_substring_regex(self._array, pattern, instead))

    def only(self, letters: str) -> Text:
        """What of each cell is among some letters of ASCII."""
        sizes, texts = self._array.buffers()[1:]
        ends = np.frombuffer(sizes, dtype=np.int32)[self._array.offset :][: len(self) + 1]
        signs = np.frombuffer(texts, dtype=np.uint8)[ends[0] : ends[-1]] if len(self) else np.zeros(0, dtype=np.uint8)
        kept = np.isin(np.arange(256), list(letters.encode())).take(signs)
        before = np.concatenate([[0], np.cumsum(kept, dtype=np.int32)]).astype(np.int32)
        buffers = [None, pa.py_buffer(before[ends - ends[0]]), pa.py_buffer(signs[kept])]
        return Text(pa.StringArray.from_buffers(len(self), *buffers[1:]))

    def and_more(self, other: Text) -> Text:
        """These cells, and those of another column behind them."""
        return Text(pa.concat_arrays([self._array, other._array]))

    def behind(self, start: int) -> Text:
        """Each cell from a position on."""
        return Text(pc.utf8_slice_codeunits(self._array, start))

    def heads(self, size: int) -> tuple[list[str], NDArray[np.int64]]:
        """The distinct beginnings of a size, and for each cell the number of its own."""
        texts, which = Text(pc.utf8_slice_codeunits(self._array, 0, size)).distinct()
        return texts.cells(), which

    def sizes(self) -> NDArray[np.int64]:
        """How many letters each cell has."""
        return cast("NDArray[np.int64]", pc.utf8_length(self._array).to_numpy().astype(np.int64))

    def differs(self, other: Text) -> NDArray[np.bool_]:
        """Which cells are not those of another column."""
        return _bools(pc.not_equal(self._array, other._array))

    def take(self, places: NDArray[np.int64]) -> Text:
        """The cells at some places."""
        return Text(self._array.take(pa.array(places)))

    def numbers(self, before: str = "") -> NDArray[np.int64]:
        """The whole numbers that the cells are, with the same digits before each of them."""
        joined = pc.binary_join_element_wise(before, self._array, "") if before else self._array
        return cast("NDArray[np.int64]", pc.cast(joined, pa.int64()).to_numpy())

    def cells(self) -> list[str]:
        """The cells as Python's text."""
        return cast("list[str]", self._array.to_pylist())


def _bools(array: Any) -> NDArray[np.bool_]:  # noqa: ANN401 -- an Arrow array
    return cast("NDArray[np.bool_]", array.to_numpy(zero_copy_only=False))
