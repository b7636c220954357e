"""A format of results is a line in the table of writers; a sheet as CSV; no cell is run as a formula."""

import json

import pytest

from bulk_sync.results.result_cells import Layout, as_text, copied, runs_as_formula
from bulk_sync.results.writers import WRITERS, Writer
from bulk_sync.sources import open_table
from tests.sources.whole import NO_HEADER, OURS, known, results, rows_of
from tests.sources.workbooks import xlsx


def write_json_lines(table, out, added, sync_columns):
    layout = Layout.of(table, sync_columns)
    names = [*layout.headers(), *sync_columns]
    with out.open("w") as file:
        file.writelines(
            json.dumps(dict(zip(names, (*values, *ours), strict=False))) + "\n" for values, ours in layout.rows(added)
        )


def test_a_new_format_is_chosen_by_its_suffix_whatever_the_input(tmp_path, file, monkeypatch):
    monkeypatch.setitem(WRITERS, ".jsonl", Writer(write_json_lines))
    for path in (file("phone,sync_row\n1,9\n"), xlsx(tmp_path / "a.xlsx", [["phone", "sync_row"], ["1", 9]])):
        out = results(path, tmp_path / "out.jsonl")
        assert json.loads(out.read_text()) == {
            "phone": "1",
            "sync_row": "2",
            "sync_result": "success",
            "sync_error": "",
        }


def written(tmp_path, rows, opening=None, **cells):
    out = results(xlsx(tmp_path / "a.xlsx", rows), tmp_path / "out.csv", opening=opening, **cells)
    return out.read_bytes().decode()


def test_a_workbook_becomes_a_csv_file_that_excel_opens(tmp_path):
    rows = [["phone", "naïve, note"], [4155552671, 'say "hi"'], ["007", "a\nb"], [None, True]]
    assert written(tmp_path, rows) == (
        '\ufeffphone,"naïve, note",sync_row,sync_result,sync_error\r\n'
        '4155552671,"say ""hi""",2,success,\r\n007,"a\nb",3,success,\r\n,TRUE,4,success,\r\n'
    )


def test_no_cell_is_run_as_a_formula_and_numbers_stay_numbers(tmp_path):
    rows = [["=h"], ["=1+1"], ["@x"], [-5], [-5.5], ["-5+1"], ["+14155552671"]]
    lines = written(tmp_path, rows, sync_error="=x").lstrip("\ufeff").splitlines()
    assert [line.split(",")[0] for line in lines] == ["'=h", "'=1+1", "'@x", "-5", "-5.5", "'-5+1", "+14155552671"]
    assert lines[1].endswith(",'=x")


def test_rows_keep_the_numbers_they_have_in_the_sheet(tmp_path):
    rows, fields = [["Contacts"], [], ["phone", "status"], ["1", "x"], [], ["2", "y"]], known("phone", "status")
    written(tmp_path, rows, {"judge": fields})
    table = open_table(tmp_path / "out.csv", judge=fields)
    assert table.first_row == 4
    assert [row[:3] for row in rows_of(table)] == [["1", "x", "4"], ["", "", "5"], ["2", "y", "6"]]


def test_the_columns_of_an_earlier_run_are_replaced_and_a_header_is_made_where_there_is_none(tmp_path):
    ours = ",".join(OURS)
    earlier = written(tmp_path, [["sync_row", "a", "Sync_Result"], ["9", "1", "old"]])
    assert earlier == f"\ufeffa,{ours}\r\n1,2,success,\r\n"
    without = written(tmp_path, [["1", "x"]], {"judge": NO_HEADER})
    assert without == f"\ufeffA,B,{ours}\r\n1,x,1,success,\r\n"


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\rx", " =1", "\n=1", "\xa0=1", "\ufeff=1", "\x00=1"),
        *("\uff1d1", "\uff0b1", "\uff0d1", "\uff20A", "-", "=", "+123456", "+1234567890123456", "+1415555267x"),
        *("+1415 5552671", "+14155552671\n", "+\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff12"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_becomes_text(cell):
    assert runs_as_formula(cell)
    assert as_text(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["", "x", "1", "a=b", "1-2", "'=1", "DNC", "+1234567", "+14155552671", "+123456789012345"]
)
def test_other_cells_and_phone_numbers_stay_as_they_are(cell):
    assert as_text(cell) == cell


def test_a_negative_number_copied_from_a_workbook_stays_a_number():
    assert [copied(cell) for cell in ("-5", "-5.25", "-5+1", "=5")] == ["-5", "-5.25", "'-5+1", "'=5"]
