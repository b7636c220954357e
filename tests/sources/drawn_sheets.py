"""Random sheets, as hypothesis draws them, and what bulk-sync reads of a workbook's first sheet."""

import datetime as dt
from dataclasses import dataclass, replace

import openpyxl
from hypothesis import strategies as st

from bulk_sync.sources.cell_values import all_shown
from bulk_sync.sources.input_file import InputFile
from bulk_sync.sources.sheet_cells import cells_of
from bulk_sync.sources.sniff import kind_of
from bulk_sync.sources.workbook import sheets_of


class Error(str):
    """What a cell shows that holds an error."""


class Percent(float):
    """A number shown with %."""


class Money(float):
    """A number shown with a currency."""


TEXTS = st.text(st.sampled_from("ab7 \t\n+=-#'\"<&>é張😀\u00a0\u2028]"), max_size=8)
NUMBERS = st.builds(lambda digits, places: digits / 10**places, st.integers(-(10**13), 10**13), st.integers(0, 6))
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(9999, 12, 31))
CLOCKS = st.times().map(lambda found: found.replace(microsecond=0))
MOMENTS = st.builds(dt.datetime.combine, st.dates(dt.date(1900, 1, 1), dt.date(9999, 12, 30)), CLOCKS)
LENGTHS = st.integers(-(10**8), 10**8).map(lambda seconds: dt.timedelta(seconds=seconds))
ERRORS = st.sampled_from(["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]).map(Error)
BLANK = st.just("")
VALUES = st.one_of(
    BLANK,
    TEXTS,
    NUMBERS,
    NUMBERS.map(Percent),
    NUMBERS.map(Money),
    st.booleans(),
    DAYS,
    MOMENTS,
    CLOCKS,
    LENGTHS,
    ERRORS,
)


@dataclass(frozen=True)
class Row:
    """Some values, and whether the row is hidden."""

    values: tuple
    is_hidden: bool = False


def rows(values=VALUES):
    """Rows of values, some of them hidden."""
    hidden = st.sampled_from([False, False, False, True])
    return st.lists(st.builds(Row, st.lists(values, max_size=5).map(tuple), hidden), max_size=6)


def shown(values):
    """The texts of values as a person sees them."""
    return all_shown([str(value) if isinstance(value, Error) else value for value in values])


def square(texts):
    """Rows of texts as a sheet's extent has them: as wide as the widest, up to the last that is not blank."""
    kept = [list(row) for row in texts]
    while kept and not any(kept[-1]):
        kept.pop()
    width = max((at + 1 for row in kept for at, text in enumerate(row) if text), default=0)
    return [[*row, *[""] * width][:width] for row in kept]


def hidden_in(found):
    """The positions of the hidden rows that hold something."""
    return {at for at, row in enumerate(found) if row.is_hidden and any(shown(row.values))}


def read(path):
    """The texts of a workbook's first sheet, and its hidden rows."""
    cells = cells_of(path, sheets_of(path, kind_of(InputFile.at(path)))[0])
    return [all_shown(row) for row in cells.rows()], set(cells.hidden)


FORMATS = {
    Percent: "0.00%",
    Money: '#,##0.00 "EUR"',
    dt.timedelta: "[h]:mm:ss",
    dt.date: "yyyy-mm-dd",
    dt.datetime: "dd/mm/yyyy hh:mm:ss",
    dt.time: "hh:mm:ss",
}


def by_openpyxl(path, found):
    """An XLSX file of rows."""
    book = openpyxl.Workbook()
    page = book.active
    for number, row in enumerate(found, start=1):
        page.row_dimensions[number].hidden = row.is_hidden
        for column, value in enumerate(row.values, start=1):
            plain = {Error: str, Percent: float, Money: float}.get(type(value), lambda same: same)
            cell = page.cell(number, column, plain(value))
            if isinstance(value, str):
                cell.data_type = "e" if isinstance(value, Error) else "s"
            if type(value) in FORMATS:
                cell.number_format = FORMATS[type(value)]
    book.save(path)


def spaces_kept(found):
    """The rows without texts of white space alone, which openpyxl writes without saying that it is to be kept."""
    return [
        replace(
            row, values=tuple("" if isinstance(value, str) and not value.strip() else value for value in row.values)
        )
        for row in found
    ]
