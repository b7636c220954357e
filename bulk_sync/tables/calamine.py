"""How are a workbook's cells read from the disk?

By calamine, at their true positions. What it cannot read is damaged or locked, and said so in one sentence: it may
panic on a damaged file, which arrives as an exception of no ordinary kind and a report on standard error.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.tables.kinds import locked_with_password

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from python_calamine import CalamineSheet, CalamineWorkbook

    from bulk_sync.tables.cells import Value
    from bulk_sync.tables.error_cells import Errors

_ODS_DURATION = re.compile(r"(-?)PT([0-9]+)H([0-9]+)M([0-9]+(?:[.,][0-9]+)?)S")


@contextmanager
def workbook(path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook, as long as the block lasts.

    Raises:
        BadInput: it is damaged, or protected with a password.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415  # 20 ms

    try:
        with path.open("rb") as file, _silence():
            book = CalamineWorkbook.from_filelike(file)
        yield book
    except PasswordError:
        raise locked_with_password(path) from None
    except CalamineError:
        raise _damaged(path) from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise _damaged(path) from None
        raise


def sheet_of(book: CalamineWorkbook, name: str) -> CalamineSheet:
    """A sheet, read into memory."""
    with _silence():
        return book.get_sheet_by_name(name)


def sheet_names(book: CalamineWorkbook) -> list[str]:
    """The names of the sheets that hold cells: visible ones first, each group in its order."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415  # see `workbook`

    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    sheets.sort(key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)
    return [sheet.name for sheet in sheets]


def rows_of(sheet: CalamineSheet, errors: Errors, *, is_ods: bool = False) -> Iterator[list[Value]]:
    """Every row of the sheet from its first on, all of one width; trailing rows that are blank are no rows."""
    (_, left), (bottom, right) = sheet.start or (0, 0), sheet.end or (-1, -1)
    height = max([bottom, *(row for row, _ in errors)]) + 1
    width = max([right, *(column for _, column in errors)]) + 1
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), error in errors.items():
        by_row.setdefault(row, {})[column] = error
    pending = 0
    for number, cells in enumerate(islice(chain(sheet.iter_rows(), repeat([])), height)):
        values: list[Value] = cells
        if left or len(cells) < width or by_row:
            values = [*[""] * left, *cells, *[""] * (width - left - len(cells))]
            for column, error in by_row.get(number, {}).items():
                values[column] = error
        if not values[0] and values.count("") == width:  # most rows are filled from their first cell on
            pending += 1
            continue
        for _ in range(pending):
            yield [""] * width
        pending = 0
        yield list(map(_duration, values)) if is_ods else values


def _duration(value: Value) -> Value:
    """What a time of an ODS file means: calamine gives it as the text that stands in the XML."""
    found = _ODS_DURATION.fullmatch(value) if isinstance(value, str) and "PT" in value else None
    if found is None:
        return value
    span = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=float(found[4].replace(",", ".")))
    return -span if found[1] else span


def _damaged(path: Path) -> BadInput:
    return BadInput(
        f"{path.name} is damaged and cannot be read as a workbook; open it in a spreadsheet program, save it anew, and "
        "try again."
    )


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the report of a panic, which is written past Python, off the terminal."""
    try:
        kept = os.dup(2)
    except OSError:
        yield  # no standard error to keep clean
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
