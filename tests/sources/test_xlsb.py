"""An XLSB workbook reads like any other."""

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources import open_table, sheet_names
from tests.binary_workbooks import cell, row_of, rows_of, shared, short_cell, xlsb

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


def test_cells_that_no_reader_reads_are_not_left_out_in_silence(tmp_path):
    records = row_of(0) + cell(0, "Phone") + short_cell("Status") + row_of(1) + cell(0, "1") + short_cell("DNC")
    with pytest.raises(BadInput, match=r"Some cells of a\.xlsb cannot be read.*save it as XLSX"):
        open_table(xlsb(tmp_path / "a.xlsb", records))


def test_a_hidden_sheet_is_known(tmp_path):
    path = xlsb(tmp_path / "a.xlsb", rows_of([HEAD, ["1", "DNC", ""]]), state=1)
    assert any("hidden sheet" in note for note in open_table(path, sheet="Contacts").notes)
