# ruff: noqa: DTZ001  # the days of a spreadsheet have no time zone
import csv
import re
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from bulk_sync.results import write_file
from bulk_sync.results.style import OUTCOMES, fit_for_cell
from bulk_sync.sources import open_table
from tests.sources.whole import OURS, known, outcomes, results, rows_of
from tests.sources.workbooks import ods, ods_cell, xlsx


def anew(path, monkeypatch, **opening):
    monkeypatch.setattr("bulk_sync.results.xlsx_in_place.MOST_ROWS", -1)
    return results(path, path.with_name("out.xlsx"), opening=opening)


def test_a_text_file_becomes_a_sheet_of_text(file):
    path = file("phone,note\n4155552671,=1+1\n+14155552671,http://x.org\n007,mailto:a@b\n1.5,\n")
    out = results(path, path.with_name("out.xlsx"), sync_error="=x")
    sheet = openpyxl.load_workbook(out).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["phone", "note", *OURS],
        ["4155552671", "=1+1", 2, "success", "=x"],
        ["+14155552671", "http://x.org", 3, "success", "=x"],
        ["007", "mailto:a@b", 4, "success", "=x"],
        ["1.5", None, 5, "success", "=x"],
    ]
    assert {sheet[name].data_type for name in ("A2", "B2", "A5", "D2", "E2")} == {"s"}
    assert sheet["C2"].data_type == "n"
    assert sheet._hyperlinks == []
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert rows[1] == ["4155552671", "=1+1", 2.0, "success", "=x"]


def test_header_filter_widths_and_colours_are_there(file):
    path = file("phone,status\n1,x\n2,y\n")
    out = results(path, path.with_name("out.xlsx"), sync_result="error")
    sheet = openpyxl.load_workbook(out).active
    assert sheet.auto_filter.ref == "A1:E3"
    assert sheet.freeze_panes == "A2"
    assert [cell.font.b for cell in sheet[1]] == [True] * 5
    assert sheet.column_dimensions["E"].width == pytest.approx(60, abs=1)
    assert sheet["D2"].fill.start_color.rgb == "FF" + OUTCOMES["error"].fill
    assert sheet["D3"].font.color.rgb == "FF" + OUTCOMES["error"].text


def test_a_row_that_is_too_long_keeps_its_cells(file):
    path = file("a,b\n1,Doe, John\n2,x\n")
    out = results(path, path.with_name("out.xlsx"))
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert rows == [
        ["a", "b", "", *OURS],
        ["1", "Doe", " John", 2.0, "success", ""],
        ["2", "x", "", 3.0, "success", ""],
    ]


def test_rows_above_the_header_stay_above_it(file):
    path = file("Contacts\n\nphone,status\n1,x\n")
    out = results(path, path.with_name("out.xlsx"), opening={"recognises": known("phone", "status")})
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == "Contacts"
    assert rows[2] == ["phone", "status", *OURS]
    assert rows[3] == ["1", "x", 4.0, "success", ""]


def test_a_file_without_a_header_gets_one(file):
    path = file("1,x\n")
    out = results(path, path.with_name("out.xlsx"), opening={"looks_like_header": lambda cells: False})
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert rows == [["A", "B", *OURS], ["1", "x", 1.0, "success", ""]]


def test_the_columns_of_an_earlier_run_are_replaced(file):
    path = file("sync_row,a,SYNC_RESULT\n9,1,old\n")
    out = results(path, path.with_name("out.xlsx"))
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert rows == [["a", *OURS], ["1", 2.0, "success", ""]]


def test_what_a_workbook_cannot_hold_is_replaced_or_cut(file):
    path = file(b"a,b\n1,x\0y\x01_x0041_\xff\n2," + b"z" * 40_000 + b"\nna\xc3\xafve,\xc3\xb1\n")
    out = results(path, path.with_name("out.xlsx"))
    sheet = openpyxl.load_workbook(out).active
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert rows[1][1] == "x\ufffdy\ufffd_x0041_\ufffd"
    assert len(sheet["B3"].value) == 32_767


def test_numbers_days_and_times_of_a_workbook_stay_what_they_are(tmp_path, monkeypatch):
    row = [
        4155552671,
        415555267112,
        0.5,
        True,
        datetime(2026, 3, 1, 9, 5),
        date(2026, 3, 1),
        time(9, 5),
        timedelta(hours=30),
    ]
    path = xlsx(tmp_path / "a.xlsx", [list("abcdefgh"), row, ["=1+1"]])
    before = rows_of(open_table(path))
    out = anew(path, monkeypatch)
    sheet = openpyxl.load_workbook(out)["Contacts"]
    assert [sheet.cell(2, column).value for column in (1, 2, 3, 4)] == row[:4]
    assert sheet["B2"].number_format == "0"
    assert sheet["A3"].data_type == "s"
    assert [row[:8] for row in rows_of(open_table(out))] == before


def test_a_day_before_excels_calendar_is_right_is_written_as_text(tmp_path):
    path = ods(
        tmp_path / "a.ods",
        f'<table:table table:name="T"><table:table-row>{ods_cell("born")}</table:table-row><table:table-row>'
        + ods_cell("x", "date", office__date_value="1899-05-06")
        + "</table:table-row></table:table>",
    )
    out = results(path, tmp_path / "out.xlsx")
    assert rows_of(open_table(out))[0][0] == "1899-05-06"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_on_the_way_leaves_no_file_behind(file, error):
    path = file("a\n1\n2\n3\n")
    table, out = open_table(path), path.with_name("out.xlsx")
    out.write_text("old")

    def added():
        yield next(outcomes(table, 1))
        raise error

    with pytest.raises(error):
        write_file(table, out, added(), sync_columns=OURS)
    assert out.read_text() == "old"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["a.csv", "out.xlsx"]


def test_outcomes_that_do_not_fit_the_rows_write_nothing(file):
    path = file("a\n1\n2\n")
    table, out = open_table(path), path.with_name("out.xlsx")
    with pytest.raises(ValueError, match="rows"):
        write_file(table, out, [next(outcomes(table, 1))], sync_columns=OURS)
    assert not out.exists()


TEXTS = st.text(st.sampled_from("a1 &<>\"'_x00D41\n\t\r|é\u2011\x0b\0\ufffe😀"), max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_whatever_a_cell_says_two_other_libraries_read_it_again(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["phone", "note"], *rows, ["end", "end"]])
        table, out = open_table(path, delimiter=",", encoding="utf-8"), Path(folder) / "out.xlsx"
        said = rows_of(table)
        write_file(table, out, outcomes(table, sync_error=rows[0][0]), sync_columns=OURS)
        sheet = openpyxl.load_workbook(out).active
        for row, cells in enumerate(said, start=2):
            expected = [fit_for_cell(cell) for cell in (*cells[:2], rows[0][0])]
            found = [sheet.cell(row, column).value or "" for column in (1, 2, 5)]
            # openpyxl leaves the escapes of ECMA-376, 22.9.2.19, as they are
            assert [re.sub("_x(000D|005F)_", lambda m: chr(int(m[1], 16)), cell) for cell in found] == expected
        book = CalamineWorkbook.from_path(str(out))
        assert len(book.get_sheet_by_index(0).to_python()) == len(said) + 1


def few_of(cells):
    return pd.Categorical(cells)


def test_columns_of_few_texts_are_written_like_any_others(file):
    path = file("phone\n1\n2\n3\n")
    table, written = open_table(path), []
    for few in (False, True):
        columns = {
            "sync_row": ["2", "3", "4"],
            "sync_result": ["error", "", "success"],
            "sync_error": ["a & b", "", "a & b"],
        }
        if few:
            columns = {name: few_of(cells) for name, cells in columns.items()}
        out = path.with_name(f"{few}.xlsx")
        write_file(table, out, [pd.DataFrame(columns)], sync_columns=OURS)
        written.append(
            [(cell.value, cell.fill.start_color.rgb) for row in openpyxl.load_workbook(out).active for cell in row]
        )
    assert written[0] == written[1]
