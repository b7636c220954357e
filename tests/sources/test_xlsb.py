"""An XLSB workbook reads like any other."""

import pytest

from bulk_sync.sources import open_table, sheet_names
from tests.binary_workbooks import cell, row_of, rows_of, shared, short_cell, xlsb

from .whole import rows_of as texts_of

HEAD = ["Phone", "Status", "Note"]


def rows_in(path):
    return [list(row) for row in open_table(path).rows()]


def test_values_of_every_kind(tmp_path):
    values = [["+14155552671", "DNC", 5.0], [4155552672.0, "Paused ☎", True], [-0.5, "x", False]]
    path = xlsb(tmp_path / "a.xlsb", rows_of([HEAD, *values]))
    assert sheet_names(path) == ["Contacts"]
    assert open_table(path).headers == tuple(HEAD)
    assert rows_in(path) == values


def test_errors_are_read_as_they_are_shown(tmp_path):
    errors = {
        b"\x00": "#NULL!",
        b"\x07": "#DIV/0!",
        b"\x0f": "#VALUE!",
        b"\x1d": "#NAME?",
        b"\x2a": "#N/A",
        b"\x2b": "#GETTING_DATA",
    }
    path = xlsb(tmp_path / "a.xlsb", rows_of([HEAD, *(["1", "DNC", code] for code in errors)]))
    assert [row[2] for row in rows_in(path)] == list(errors.values())


def test_an_error_below_all_other_cells_is_read(tmp_path):
    path = xlsb(tmp_path / "a.xlsb", rows_of([HEAD, ["1", "DNC", "x"]]) + row_of(4) + cell(1, b"\x17"))
    assert rows_in(path) == [["1", "DNC", "x"], ["", "", ""], ["", "", ""], ["", "#REF!", ""]]


def test_hidden_rows_are_known(tmp_path):
    path = xlsb(tmp_path / "a.xlsb", rows_of([HEAD, ["1", "DNC", ""], ["2", "DNC", ""], ["3", "DNC", ""]], hidden={2}))
    assert open_table(path).hidden == {1}


def test_half_a_character_spoils_its_cell_alone(tmp_path):
    """What LEFT() leaves of a text that has an emoji there."""
    path = xlsb(tmp_path / "a.xlsb", rows_of([HEAD, ["1", "DNC", "hi \ud83d"]]))
    assert rows_in(path) == [["1", "DNC", "hi \ufffd"]]


def test_texts_that_cells_share(tmp_path):
    texts = ["paused", "long " * 20_000]
    path = xlsb(
        tmp_path / "a.xlsb", rows_of([HEAD]) + row_of(1) + shared(0, 1) + shared(1, 0) + shared(2, 0), texts=texts
    )
    assert rows_in(path) == [[texts[1], "paused", "paused"]]


def test_cells_keep_the_places_that_the_spreadsheet_shows(tmp_path):
    records = (
        row_of(3) + cell(2, "Phone") + cell(4, "Status") + row_of(6) + cell(2, "1") + cell(3, None) + cell(4, "DNC")
    )
    table = open_table(xlsb(tmp_path / "a.xlsb", records + row_of(9) + cell(9, None)))
    assert (table.headers, table.first_row) == (("", "", "Phone", "", "Status"), 5)
    assert list(table.rows()) == [[""] * 5, [""] * 5, ["", "", "1", "", "DNC"]]


def test_cells_that_do_not_say_their_column_stand_behind_the_last_one(tmp_path):
    """As SheetJS writes them."""
    records = row_of(0) + cell(0, "Phone") + short_cell("Status") + row_of(1) + cell(1, "DNC") + short_cell("x")
    path = xlsb(tmp_path / "a.xlsb", records)
    assert (open_table(path).headers, rows_in(path)) == (("Phone", "Status", ""), [["", "DNC", "x"]])


def test_short_numbers(tmp_path):
    numbers = {0x3FF00000: 1.0, 0xBFF80000: -1.5, 123 << 2 | 2: 123.0, 123 << 2 | 3: 1.23, 0xFFFFFFFE: -1.0}
    path = xlsb(tmp_path / "a.xlsb", rows_of([["n"], *([bits] for bits in numbers)]))
    assert [row[0] for row in rows_in(path)] == list(numbers.values())


@pytest.mark.parametrize("from_1904", [False, True])
def test_a_number_is_what_its_format_shows(tmp_path, from_1904):
    values = [("dd.mm.yyyy", 45000.0), ("[h]:mm", 1.25), ('"+44"0', 7400123456.0), ("00000", 5 << 2 | 2), ("0.0", 0.5)]
    cells = (row_of(at) + cell(0, value, at) for at, (_, value) in enumerate(values, start=1))
    records = rows_of([["n"]]) + b"".join(cells)
    path = xlsb(tmp_path / "a.xlsb", records, formats=[code for code, _ in values], from_1904=from_1904)
    day = "2027-03-16" if from_1904 else "2023-03-15"
    assert [row[0] for row in texts_of(open_table(path))] == [day, "30:00", "+447400123456", "00005", "0.5"]


def test_a_row_whose_cell_is_merged_with_one_above_is_not_read_as_if_it_were_blank(tmp_path):
    rows = rows_of([HEAD, ["1", "DNC", "x"], ["2", None, "x"], ["3", "", "x"]])
    path = xlsb(tmp_path / "a.xlsb", rows, merges=[(0, 0, 0, 2), (1, 2, 1, 1)])
    [chunk] = open_table(path).chunks()
    assert chunk.covered == {1: {1: "the cell B3 is merged with B2. Unmerge them, and give each its own value."}}
