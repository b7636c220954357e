# ruff: noqa: DTZ001  # the days of a spreadsheet have no time zone
"""Results as a new workbook: every cell is what it was, and two other libraries read it."""

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

from bulk_sync.results.style import OUTCOMES, fit_for_cell
from bulk_sync.results.writers import write_file
from bulk_sync.sources import open_table
from tests.sources.whole import NO_HEADER, OURS, known, outcomes, results, rows_of
from tests.sources.workbooks import ods, ods_cell, xlsx


def written(path, **opening):
    """The rows of the results, as calamine reads them."""
    out = results(path, path.with_name("out.xlsx"), opening=opening)
    return CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()


def test_a_text_file_becomes_a_sheet_of_text(file):
    path = file("phone,note\n4155552671,=1+1\n+14155552671,http://x.org\n007,mailto:a@b\n1.5,\n")
    out = results(path, path.with_name("out.xlsx"), sync_error="=x", sync_result="error")
    sheet = openpyxl.load_workbook(out).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["phone", "note", *OURS],
        ["4155552671", "=1+1", 2, "error", "=x"],
        ["+14155552671", "http://x.org", 3, "error", "=x"],
        ["007", "mailto:a@b", 4, "error", "=x"],
        ["1.5", None, 5, "error", "=x"],
    ]
    assert {sheet[name].data_type for name in ("A2", "B2", "A5", "D2", "E2")} == {"s"}
    assert (sheet["C2"].data_type, sheet._hyperlinks) == ("n", [])
    assert (sheet.auto_filter.ref, sheet.freeze_panes) == ("A1:E5", "A2")
    assert [cell.font.b for cell in sheet[1]] == [True] * 5
    assert sheet.column_dimensions["E"].width == pytest.approx(60, abs=1)
    assert sheet["D2"].fill.start_color.rgb == "FF" + OUTCOMES["error"].fill
    assert sheet["D3"].font.color.rgb == "FF" + OUTCOMES["error"].text


FILES = {
    "a row too long": (
        "a,b\n1,Doe, John\n2,x\n",
        {},
        [["a", "b", ""], ["1", "Doe", " John", 2.0, "success", ""], ["2", "x", "", 3.0, "success", ""]],
    ),
    "no header": ("1,x\n", {"judge": NO_HEADER}, [["A", "B"], ["1", "x", 1.0, "success", ""]]),
    "an earlier run": ("sync_row,a,SYNC_RESULT\n9,1,old\n", {}, [["a"], ["1", 2.0, "success", ""]]),
}


@pytest.mark.parametrize(("data", "opening", "expected"), FILES.values(), ids=FILES)
def test_our_columns_line_up_behind_those_of_the_file(file, data, opening, expected):
    expected[0] = [*expected[0], *OURS]
    assert written(file(data), **opening) == expected


def test_rows_above_the_header_stay_above_it(file):
    rows = written(file("Contacts\n\nphone,status\n1,x\n"), judge=known("phone", "status"))
    assert [rows[0][0], *rows[2:]] == ["Contacts", ["phone", "status", *OURS], ["1", "x", 4.0, "success", ""]]


def test_what_a_workbook_cannot_hold_is_replaced_or_cut(file):
    rows = written(file(b"a,b\n1,x\0y\x01_x0041_\xff\n2," + b"z" * 40_000 + b"\nna\xc3\xafve,\xc3\xb1\n"))
    assert (rows[1][1], len(rows[2][1])) == ("x\ufffdy\ufffd_x0041_\ufffd", 32_767)


def test_numbers_days_and_times_of_a_workbook_stay_what_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr("bulk_sync.results.writers.MOST_ROWS_IN_PLACE", -1)
    moments = [datetime(2026, 3, 1, 9, 5), date(2026, 3, 1), time(9, 5), timedelta(hours=30)]
    row = [4155552671, 415555267112, 0.5, True, *moments]
    path = xlsx(tmp_path / "a.xlsx", [list("abcdefgh"), row, ["=1+1"]])
    out = results(path, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(out)["Contacts"]
    assert [sheet.cell(2, column).value for column in (1, 2, 3, 4)] == row[:4]
    assert (sheet["B2"].number_format, sheet["A3"].data_type) == ("0", "s")
    assert [row[:8] for row in rows_of(open_table(out))] == rows_of(open_table(path))


def test_a_day_before_excels_calendar_is_right_is_written_as_text(tmp_path):
    cell = ods_cell("x", "date", office__date_value="1899-05-06")
    rows = "".join(f"<table:table-row>{each}</table:table-row>" for each in (ods_cell("born"), cell))
    path = ods(tmp_path / "a.ods", f'<table:table table:name="T">{rows}</table:table>')
    assert written(path)[1][0] == "1899-05-06"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, ValueError])
def test_an_exception_on_the_way_leaves_no_file_behind(file, error):
    path = file("a\n1\n2\n3\n")
    table, out = open_table(path), path.with_name("out.xlsx")
    out.write_text("old")

    def added():
        yield next(outcomes(table, 1))
        if error is not ValueError:  # that of too few rows
            raise error

    with pytest.raises(error):
        write_file(table, out, added(), sync_columns=OURS)
    assert out.read_text() == "old"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["a.csv", "out.xlsx"]


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


def test_columns_of_few_texts_are_written_like_any_others(file):
    path, found = file("phone\n1\n2\n3\n"), []
    columns = [["2", "3", "4"], ["error", "", "success"], ["a & b", "", "a & b"]]
    for kind in (list, pd.Categorical):
        frame = pd.DataFrame(dict(zip(OURS, map(kind, columns), strict=True)))
        write_file(open_table(path), path.with_name("out.xlsx"), [frame], sync_columns=OURS)
        sheet = openpyxl.load_workbook(path.with_name("out.xlsx")).active
        found.append([(cell.value, cell.fill.start_color.rgb) for row in sheet for cell in row])
    assert found[0] == found[1]
