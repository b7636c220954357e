from bulk_sync.sources import open_table
from tests.sources.whole import OURS, known, results, rows_of
from tests.sources.workbooks import xlsx


def test_a_workbook_becomes_a_csv_file_that_excel_opens(tmp_path):
    path = xlsx(
        tmp_path / "a.xlsx", [["phone", "naïve, note"], [4155552671, 'say "hi"'], ["007", "a\nb"], [None, True]]
    )
    out = results(path, tmp_path / "out.csv")
    assert (
        out.read_bytes()
        == (
            '\ufeffphone,"naïve, note",sync_row,sync_result,sync_error\r\n'
            '4155552671,"say ""hi""",2,success,\r\n007,"a\nb",3,success,\r\n,TRUE,4,success,\r\n'
        ).encode()
    )


def test_no_cell_is_run_as_a_formula_and_numbers_stay_numbers(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["=h"], ["=1+1"], ["@x"], [-5], [-5.5], ["-5+1"], ["+14155552671"]])
    out = results(path, tmp_path / "out.csv", sync_error="=x")
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["'=h", "'=1+1", "'@x", "-5", "-5.5", "'-5+1", "+14155552671"]
    assert lines[1].endswith(",'=x")


def test_rows_keep_the_numbers_they_have_in_the_sheet(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["Contacts"], [], ["phone", "status"], ["1", "x"], [], ["2", "y"]])
    out = results(path, tmp_path / "out.csv", opening={"recognises": known("phone", "status")})
    table = open_table(out, recognises=known("phone", "status"))
    assert table.first_row == 4
    assert [row[:3] for row in rows_of(table)] == [["1", "x", "4"], ["", "", "5"], ["2", "y", "6"]]


def test_the_columns_of_an_earlier_run_are_replaced(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["sync_row", "a", "Sync_Result"], ["9", "1", "old"]])
    out = results(path, tmp_path / "out.csv")
    assert out.read_text(encoding="utf-8-sig").splitlines() == ["a," + ",".join(OURS), "1,2,success,"]


def test_a_sheet_without_a_header_gets_one(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["1", "x"]])
    out = results(path, tmp_path / "out.csv", opening={"looks_like_header": lambda cells: False})
    assert out.read_text(encoding="utf-8-sig").splitlines() == ["A,B," + ",".join(OURS), "1,x,1,success,"]
