"""A workbook's sheet as a table, whatever the workbook's format.

`WorkbookTable` gives its cells as text; `rows` gives them with their types, for those who write them again.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import pandas as pd

from bulk_sync.errors import BadInput
from bulk_sync.model import Chunk, letter
from bulk_sync.sources import calamine, ods, package, xls, xlsb
from bulk_sync.sources.cell_values import all_shown, no_phone
from bulk_sync.sources.header import WINDOW, EarlierRun, find_header, is_blank, is_remark, lettered, skipped
from bulk_sync.sources.package import TooMuch
from bulk_sync.sources.sheet_cells import MOST_CELLS, Sheet, SheetCells, Uncalculated, cells_of
from bulk_sync.sources.sniff import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Sequence
    from pathlib import Path

    from bulk_sync.sources.cell_values import Value
    from bulk_sync.sources.header import Judge
    from bulk_sync.sources.input_file import InputFile
    from bulk_sync.sources.sheet_cells import Merge

_SHEETS_OF = {
    Kind.XLSX: calamine.sheets_of,
    Kind.XLSB: xlsb.sheets_of,
    Kind.XLS: xls.sheets_of,
    Kind.ODS: ods.sheets_of,
}
"""What finds the sheets of a workbook of this kind."""

_MOST_SHEETS = 1_000
"""Each of them is looked into until one holds something."""


@dataclass(slots=True)
class WorkbookTable:
    """One sheet of a workbook as a table. `hidden` are its rows that cannot be seen, by their positions from 0.

    `others` names the sheets that can be seen besides this one.
    """

    path: Path
    headers: tuple[str, ...]
    has_header: bool
    first_row: int
    notes: tuple[str, ...]
    kind: Kind
    sheet: str
    others: tuple[str, ...]
    hidden: frozenset[int]
    file: InputFile = field(repr=False)
    _cells: SheetCells = field(repr=False)
    _merges: Sequence[Merge] = field(repr=False)

    @property
    def widest(self) -> int:
        """The number of columns."""
        return len(self.headers)

    @property
    def row_count(self) -> int:
        """The number of rows under the header."""
        return self._cells.height - self.first_row + 1

    def chunks(self, size: int = 50_000, only: Collection[int] | None = None) -> Iterator[Chunk]:
        """Every row under the header, in order, `size` rows at a time; of the columns `only`, if they are named.

        Raises BadInput where the file is no longer the one that was opened.
        """
        wanted = range(self.widest) if only is None else sorted(set(only))
        rows, start, earlier = self.rows(), 0, EarlierRun.of(self.headers)
        while some := list(islice(rows, size)):
            columns = {column: all_shown([row[column] for row in some]) for column in {*wanted, *earlier.columns}}
            cells = pd.DataFrame(columns, dtype=object, index=pd.RangeIndex(len(some)))
            said = {at: all_shown(row) for at, row in enumerate(some) if str(row[0]).lstrip()[:1] == "#"}
            remarks = {at: cells for at, cells in said.items() if is_remark(cells)}
            hidden = frozenset(at - start for at in self.hidden if start <= at < start + len(some))
            yield Chunk(
                start,
                cells[list(wanted)],
                earlier.still_broken(cells) | _not_calculated(some, wanted, self.first_row + start),
                remarks,
                hidden,
                {at: _no_phones(some, at) for at in wanted},
                _covered(self._merges, some, wanted, self.first_row + start),
            )
            start += len(some)

    def rows(self) -> Iterator[list[Value]]:
        """The rows under the header."""
        return islice(self.all_rows(), self.first_row - 1, None)

    def rows_above(self) -> list[list[Value]]:
        """The rows over the header."""
        return list(islice(self.all_rows(), self.first_row - 1 - self.has_header))

    def all_rows(self) -> Iterator[list[Value]]:
        """The rows of the sheet, from its first on. Raises BadInput where the file is no longer the one opened."""
        self.file.check()
        return self._cells.rows()


def _no_phones(rows: Sequence[Sequence[Value]], column: int) -> dict[int, str]:
    typed = ((at, row[column]) for at, row in enumerate(rows) if type(row[column]) is not str)
    return {at: what for at, value in typed if (what := no_phone(value)) is not None}


def _not_calculated(rows: Sequence[Sequence[Value]], columns: Collection[int], first: int) -> dict[int, str]:
    """The rows with a formula in these columns that has no result, and why they cannot be read."""
    found = {
        at: f"{letter(column)}{first + at}"
        for at, row in enumerate(rows)
        for column in columns
        if type(row[column]) is Uncalculated
    }
    return {
        at: f"the formula in {cell} has no result yet. Open the file in a spreadsheet program, save it, and try again."
        for at, cell in found.items()
    }


def _covered(
    merges: Sequence[Merge], rows: Sequence[Sequence[Value]], columns: Collection[int], first: int
) -> dict[int, dict[int, str]]:
    """The cells of these columns that are merged with one that is not read in their place, by column and row.

    Only where the row says something in others. What is merged with a cell of the same row that is read, too, says
    nothing else.
    """
    found: dict[int, dict[int, str]] = {}
    says = [any(str(row[each]).strip() for each in columns) for row in rows] if merges else []
    for top, bottom, left, right in merges:
        begin, end = top + 1 - first, min(bottom + 2 - first, len(rows))
        covered = [column for column in columns if left <= column <= right] if begin < end and end > 0 else []
        if not covered or (begin >= 0 and not str(rows[begin][left]).strip()):
            continue
        for column in covered:
            known = found.setdefault(column, {})
            for at in range(max(begin + (left in columns), 0), end):
                if says[at] and at not in known:
                    known[at] = (
                        f"the cell {letter(column)}{first + at} is merged with {letter(left)}{top + 1}. Unmerge them, "
                        "and give each its own value."
                    )
    return found


def _merges_in(path: Path, merges: set[Merge], rows: range) -> list[Merge]:
    """The merges that begin in these rows, which end with the last that is filled."""
    found = [(top, min(bottom, rows.stop - 1), left, right) for top, bottom, left, right in merges if top in rows]
    if sum(bottom - top for top, bottom, *_ in found) > MOST_CELLS:
        raise _too_much(path, "merged cells that lie upon one another")
    return found


def open_workbook(file: InputFile, kind: Kind, judge: Judge, *, sheet: str | None) -> WorkbookTable:
    """Open a workbook: choose the sheet, find its header.

    Raises BadInput where it is damaged, locked or empty, needs more memory than there should be, or has no such sheet.
    """
    path = file.path
    sheets = sheets_of(path, kind)
    read: dict[str, SheetCells] = {}

    def is_empty(found: Sheet) -> bool:
        with _understood(path):
            read[found.name] = cells_of(path, found)
        return read[found.name].height == 0

    chosen = choose_sheet(path, sheets, sheet, is_empty)
    cells = read[chosen.name]
    top = _top(cells)
    header = find_header(top, judge)
    if header is None:
        raise BadInput(
            f'The sheet "{chosen.name}" of {path.name} holds nothing but blank cells; name another with --sheet.'
        )
    first_row = header.at + 1 + header.present
    return WorkbookTable(
        path=path,
        headers=tuple(top[header.at]) if header.present else lettered(cells.width),
        has_header=header.present,
        first_row=first_row,
        notes=(*_which(chosen, sheets), *skipped(top, header)),
        kind=kind,
        sheet=chosen.name,
        others=tuple(each.name for each in sheets if not each.is_hidden and each is not chosen),
        hidden=frozenset(row - first_row + 1 for row in cells.hidden if row >= first_row - 1),
        file=file,
        _cells=cells,
        _merges=_merges_in(path, cells.merges, range(first_row - 1, cells.height)),
    )


def sheets_of(path: Path, kind: Kind) -> list[Sheet]:
    """The sheets of a workbook, in its order. Raises BadInput where it is damaged, locked or unpacks to too much."""
    if kind is not Kind.XLS:
        package.check_sizes(path)
    with _understood(path):
        sheets = _SHEETS_OF[kind](path)
    if not sheets:
        raise _damaged(path)
    if len(sheets) > _MOST_SHEETS:
        raise _too_much(path, f"over {_MOST_SHEETS:,} sheets")
    return sheets


@contextmanager
def _understood(path: Path) -> Generator[None]:
    """Raises BadInput for whatever a reader of workbooks runs into."""
    try:
        yield
    except BadInput:
        raise
    except TooMuch as error:
        raise _too_much(path, str(error)) from None
    except MemoryError:
        raise BadInput(
            f"{path.name} needs more memory than this computer has free. Close other programs, or save it as CSV."
        ) from None
    except Exception:  # noqa: BLE001  # readers raise whatever the odd part of a damaged workbook leads to
        raise _damaged(path) from None


def _too_much(path: Path, what: str) -> BadInput:
    return BadInput(
        f"{path.name} holds {what}, and no list of contacts does. Take it out in a spreadsheet program, save, and try "
        "again; or save the list as CSV."
    )


def _damaged(path: Path) -> BadInput:
    return BadInput(
        f"{path.name} is damaged and cannot be read as a workbook; open it in a spreadsheet program, save it anew, and "
        "try again."
    )


def _top(cells: SheetCells) -> list[list[str]]:
    """The first rows, as many as it takes to find a header."""
    top: list[list[str]] = []
    filled = 0
    for row in cells.rows():
        top.append(all_shown(row))
        filled += not is_blank(top[-1])
        if filled == WINDOW:
            break
    return top


def _which(chosen: Sheet, sheets: Sequence[Sheet]) -> tuple[str, ...]:
    which = "the hidden sheet" if chosen.is_hidden else "the sheet"
    return (f'{which} "{chosen.name}", one of {len(sheets)}',) if len(sheets) > 1 or chosen.is_hidden else ()


def choose_sheet(path: Path, sheets: Sequence[Sheet], wanted: str | None, is_empty: Callable[[Sheet], bool]) -> Sheet:
    """The sheet named by hand, else the first that can be seen and is not empty.

    Raises BadInput where there is none, or nothing in any that can be seen; the sentence names those there are.
    """
    if wanted is not None:
        chosen = _named(path, sheets, wanted)
        if is_empty(chosen):
            raise BadInput(f'The sheet "{chosen.name}" of {path.name} is empty; {_there_are(sheets)}.')
        return chosen
    for sheet in sheets:
        if not sheet.is_hidden and not is_empty(sheet):
            return sheet
    hidden = next((sheet for sheet in sheets if sheet.is_hidden and not is_empty(sheet)), None)
    if hidden is None:
        raise BadInput(f"{path.name} holds nothing but empty sheets; check that it is the right file.")
    raise BadInput(
        f'Only hidden sheets of {path.name} hold anything. If "{hidden.name}" is the one you mean, add '
        f'--sheet "{hidden.name}".'
    )


def _named(path: Path, sheets: Sequence[Sheet], wanted: str) -> Sheet:
    exact = [sheet for sheet in sheets if sheet.name == wanted]
    alike = [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted.strip().casefold()]
    if exact or len(alike) == 1:
        return (exact or alike)[0]
    names = [sheet.name for sheet in sheets]
    raise BadInput(f'{path.name} has no sheet "{wanted}"{_did_you_mean(names, wanted)}; {_there_are(sheets)}.')


def _did_you_mean(names: Sequence[str], wanted: str) -> str:
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415  # only a wrong name needs it

    best = process.extractOne(wanted, names, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=60)
    return f' (did you mean "{best[0]}"?)' if best else ""


def _there_are(sheets: Sequence[Sheet]) -> str:
    listed = ", ".join(f'"{sheet.name}"{" (hidden)" if sheet.is_hidden else ""}' for sheet in sheets[:20])
    return f"its sheets are {listed}" + (" …" if len(sheets) > 20 else "")
