"""Usual text files: every line is a whole record, so that they are read and written by column, on Arrow.

pyarrow's own reader loses rows in silence where quotation marks are wrong. So a file is read here only if RE2 says of
every line under its header that it is a whole record, ended as all others are; else `record_reader` reads all of it.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from bulk_sync.sources.codec import Codec

Item = TypeVar("Item")
Made = TypeVar("Made")

pa.enable_signal_handlers(False)  # a signal is for those who finish the run, and none ends a read with an exception

Texts = Any
"""An Arrow array of texts, or one of them; pyarrow ships no types."""

MOST_COLUMNS = 200
"""Cells of a record up to which its pattern is small; a table of contacts has far fewer."""

LONGEST_LINE = 1 << 15
"""Bytes: more is no usual line."""

_BLOCK = 1 << 22
_NEWLINE = b"\n"


class LineReader:
    """The lines of a file from the byte `begin` on, as UTF-8, a line end behind each of them.

    `ends_open`: the file's last line has none; known when it was read.
    """

    def __init__(self, file: BinaryIO, codec: Codec, begin: int, line_end: str) -> None:
        file.seek(begin)
        self._file, self._line_end = file, line_end.encode()
        self._decoder = None if codec.name == "utf-8" else codecs.getincrementaldecoder(codec.name)("strict")
        self._held, self._ends = b"", np.zeros(0, dtype=np.int64)
        self._is_over = False
        self.ends_open = False

    def read(self, most: int) -> Texts | None:
        """The next `most` lines; fewer only where the file ends, None behind its end.

        Raises UnicodeError where they are no text.
        """
        while not self._is_over and len(self._ends) < most:
            self._read_more()
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), self._ends[:most]])
        if len(offsets) == 1:
            return None
        size = int(offsets[-1])
        data, self._held, self._ends = self._held[:size], self._held[size:], self._ends[most:] - size
        return pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))

    def _read_more(self) -> None:
        block = self._file.read(_BLOCK)
        self._is_over = not block
        more = block if self._decoder is None else self._decoder.decode(block, final=not block).encode()
        if self._is_over and self._held + more and not (self._held + more).endswith(_NEWLINE):
            more += self._line_end
            self.ends_open = True
        ends = np.flatnonzero(np.frombuffer(more, dtype=np.uint8) == _NEWLINE[0]) + len(self._held) + 1
        self._held, self._ends = self._held + more, np.concatenate([self._ends, ends])


def record(delimiter: str, *, line_end: str = r"[\r\n]*", cells: str = "*", least: str = "*") -> str:
    """The pattern of a line that is a whole record.

    `cells` says how many more follow the first, `least` how many characters there are between two delimiters.
    """
    cell = rf'(?:"(?:{_but("")}|"")*"|{_but(delimiter)}{least})'
    return rf"\A{cell}(?:{_sign(delimiter)}{cell}){cells}{line_end}\z"


def count(lines: LineReader, delimiter: str, width: int, line_end: str) -> int | None:
    """The number of lines, if every one is a record of so many cells; None: they are for `record_reader` to read.

    A byte-order mark amid the text is none of it to pyarrow, nor is a blank line.
    """
    least = "*" if width > 1 else "+"
    pattern = record(delimiter, line_end=line_end, cells=f"{{{width - 1}}}", least=least)
    rows = 0
    try:
        while (some := lines.read(50_000)) is not None:
            some.validate(full=True)
            if pc.max(pc.binary_length(some)).as_py() > LONGEST_LINE:
                return None
            if not pc.all(pc.match_substring_regex(some, pattern)).as_py():
                return None
            rows += len(some)
    except (UnicodeError, pa.ArrowInvalid):
        return None
    return rows


def are_records(lines: Sequence[str], delimiter: str) -> bool:
    """Whether each line is a whole record, of however many cells."""
    try:
        some = pa.array(lines, type=pa.large_string())
    except UnicodeError:
        return False
    return bool(pc.all(pc.match_substring_regex(some, record(delimiter)), min_count=0).as_py())


def frame(lines: Texts, delimiter: str, width: int, wanted: Collection[int]) -> pd.DataFrame:
    """The columns `wanted` of some lines, labelled by their positions. Raises ValueError where they are no records."""
    if not wanted:
        return pd.DataFrame(index=pd.RangeIndex(len(lines)))
    names = [str(at) for at in range(width)]
    found = arrow_csv.read_csv(
        pa.py_buffer(bytes_of(lines)),
        read_options=arrow_csv.ReadOptions(column_names=names),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=[names[at] for at in wanted],
            column_types=dict.fromkeys(names, pa.large_string()),
            strings_can_be_null=False,
        ),
    )
    if found.num_rows != len(lines):
        raise ValueError(f"{found.num_rows} records in {len(lines)} lines")
    cells: pd.DataFrame = found.combine_chunks().to_pandas()
    return cells.set_axis([int(name) for name in cells.columns], axis="columns")


def ahead(work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """What `work` makes of each item, in their order: in a thread, while the one before is used and the next is got.

    Most of what Arrow does, others can work beside.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        begun: deque[Future[Made]] = deque()
        for item in items:
            begun.append(thread.submit(work, item))
            if len(begun) > 1:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def cells_at(lines: Texts, places: Iterable[int], delimiter: str) -> dict[int, list[str]]:
    """All cells of the lines at some places."""
    return {at: next(csv.reader([lines[at].as_py()], delimiter=delimiter)) for at in places}


def bytes_of(texts: Texts) -> bytes:
    """The texts of an array, one behind the other; its buffer may hold more than these."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return bytes(memoryview(data)[ends[0] : ends[-1]]) if data is not None and len(ends) > 1 else b""


def _but(delimiter: str) -> str:
    """Any character but those that part records and cells, and those that pyarrow may take for something else."""
    return rf'[^"{_sign(delimiter)}\r\n\x00\x{{FEFF}}]'


def _sign(delimiter: str) -> str:
    return rf"\x{{{ord(delimiter):X}}}" if delimiter else ""
