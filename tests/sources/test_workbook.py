# ruff: noqa: DTZ001  # the days of a spreadsheet have no time zone
import os
import random
from datetime import date, datetime, time, timedelta

import pytest
import xlsxwriter
import xlwt

from bulk_sync.errors import BadInput
from bulk_sync.sources import open_table
from tests.workbook_parts import packed, parts, text_cell

from .whole import NO_HEADER, broken_in, known, rows_of
from .workbooks import ods, ods_cell, xlsx

SHEETS = {
    "values": (
        [
            ["phone", "status", "amount", "when", "yes"],
            [4155552671, "DNC", 0.5, datetime(2026, 3, 1), True],
            ["007", "NA", 1e-7, datetime(2026, 3, 1, 9, 5), False],
            ["+14155552671", "null", 123456789012345, time(9, 5), "TRUE"],
            ["1.41556E+10", " x ", 1.5e20, timedelta(hours=30), "=1+1"],
        ],
        {},
        ("phone", "status", "amount", "when", "yes"),
        2,
        [
            ["4155552671", "DNC", "0.5", "2026-03-01", "TRUE"],
            ["007", "NA", "0.0000001", "2026-03-01 09:05", "FALSE"],
            ["+14155552671", "null", "123456789012345", "09:05", "TRUE"],
            ["1.41556E+10", " x ", "150000000000000000000", "30:00", "=1+1"],
        ],
    ),
    "places": (
        [[], [], [None, "phone", None, "status"], [None, "1"], [], [None, None, None, "x"]],
        {},
        ("", "phone", "", "status"),
        4,
        [["", "1", "", ""], ["", "", "", ""], ["", "", "", "x"]],
    ),
    "cells beyond the headers": (
        [["phone"], ["1", None, "a remark"]],
        {},
        ("phone", "", ""),
        2,
        [["1", "", "a remark"]],
    ),
    "no header": (
        [[], ["+14155552671", "DNC"]],
        {"judge": NO_HEADER},
        ("A", "B"),
        2,
        [["+14155552671", "DNC"]],
    ),
    "a title": (
        [["Contacts of May"], [], ["phone", "status"], ["1", "x"]],
        {"judge": known("phone", "status")},
        ("phone", "status"),
        4,
        [["1", "x"]],
    ),
}


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("size", [2, 50_000])
def test_every_cell_is_the_text_that_a_person_sees_in_its_place(tmp_path, name, size):
    sheet, opening, headers, first_row, rows = SHEETS[name]
    table = open_table(xlsx(tmp_path / "a.xlsx", sheet), **opening)
    assert (table.headers, table.first_row) == (headers, first_row)
    assert rows_of(table, size) == rows


def test_what_formulas_and_formats_left_is_read_as_it_is_shown(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=Contacts!$A$2:$A$3"})
        book.add_chartsheet("Chart").set_chart(chart)
        sheet = book.add_worksheet("Contacts")
        sheet.write_row(0, 0, ["phone", "status"])
        sheet.write_formula(1, 0, "=4155552671+0", None, 4155552671)
        sheet.write_formula(1, 1, '=UPPER("dnc")', None, "DNC")
        sheet.write_formula(2, 0, "=NA()", None, "#N/A")
        sheet.write_formula(3, 1, "=1/0", None, "#DIV/0!")
        sheet.write_blank(5, 3, None, book.add_format({"bold": True}))
        sheet.write_string(4, 2, "")
        sheet.write_formula(4, 1, '=""', None, "")
    table = open_table(path)
    assert table.headers == ("phone", "status")
    assert rows_of(table) == [["4155552671", "DNC"], ["#N/A", ""], ["", "#DIV/0!"], ["", '=""']]
    assert broken_in(table) == {
        3: "the formula in B5 has no result yet. Open the file in a spreadsheet program, save it, and try again."
    }
    with pytest.raises(BadInput, match="no sheet"):
        open_table(path, sheet="Chart")


@pytest.mark.parametrize("rows", [[], [[" ", None], [None, "\t"]]])
def test_a_workbook_of_blanks_is_refused(tmp_path, rows):
    with pytest.raises(BadInput, match="nothing but"):
        open_table(xlsx(tmp_path / "a.xlsx", rows))


def old_workbook(path, rows):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Contacts")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write(at, column, value, day)
            elif value == "#N/A":
                sheet.row(at).set_cell_error(column, 42)
            elif value is not None:
                sheet.write(at, column, value)
    book.save(str(path))
    return path


def test_an_xls_workbook_reads_like_any_other(tmp_path):
    path = old_workbook(
        tmp_path / "a.xls",
        [[], [None, "phone", "status"], [None, 4155552671, True], [None, "007", date(2026, 3, 1)], [None, "#N/A", 0.5]],
    )
    table = open_table(path)
    assert (table.headers, table.first_row) == (("", "phone", "status"), 3)
    assert rows_of(table) == [["", "4155552671", "TRUE"], ["", "007", "2026-03-01"], ["", "#N/A", "0.5"]]


def test_an_ods_workbook_of_libreoffice_keeps_its_places_errors_and_times(tmp_path):
    blank = "<table:table-cell/>"
    row = (
        ods_cell("#DIV/0!", office__string_value="", calcext__value_type="error")
        + ods_cell("#N/A", "float", office__value="0", calcext__value_type="error")
        + ods_cell("x", "date", office__date_value="2026-03-01")
        + ods_cell("x", "time", office__time_value="PT30H05M00S")
        + ods_cell("TRUE", "boolean", office__boolean_value="true")
        + ods_cell("1", "float", office__value="4155552671")
        + '<table:table-cell table:number-columns-repeated="1000"/>'
    )
    header = "".join(ods_cell(name) for name in "abcdef")
    path = ods(
        tmp_path / "a.ods",
        '<table:table table:name="Other"><table:table-row><table:table-cell/></table:table-row></table:table>'
        '<table:table table:name="Contacts">'
        f'<table:table-row table:number-rows-repeated="2">{blank}</table:table-row>'
        f"<table:table-row>{blank}{header}</table:table-row><table:table-row>{blank}{row}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row></table:table>',
    )
    table = open_table(path)
    assert (table.headers, table.first_row) == (("", *"abcdef"), 4)
    assert rows_of(table) == [["", "#DIV/0!", "#N/A", "2026-03-01", "30:05", "TRUE", "4155552671"]]


def test_a_formula_of_an_ods_workbook_that_was_never_calculated_is_no_blank(tmp_path):
    blank = ods_cell("", table__formula="of:=&quot;&quot;", office__string_value="")
    rows = ods_cell("phone"), '<table:table-cell table:formula="of:=1+1"/>', blank
    table_rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    table = open_table(ods(tmp_path / "a.ods", f'<table:table table:name="T">{table_rows}{table_rows}</table:table>'))
    assert {at: why.partition(" Open")[0] for at, why in broken_in(table).items()} == {
        at: f"the formula in A{at + 2} has no result yet." for at in (0, 3)
    }


def test_an_xls_workbook_with_a_password_is_refused(tmp_path):
    data = bytearray(old_workbook(tmp_path / "a.xls", [["phone"], ["1"]]).read_bytes())
    # The record after the first (BOF) becomes FILEPASS: what follows is encrypted ([MS-XLS] 2.4.117).
    at = data.index(b"\x09\x08\x10\x00") + 20
    data[at : at + 2] = b"\x2f\x00"
    (tmp_path / "b.xls").write_bytes(data)
    with pytest.raises(BadInput, match=r"password"):
        open_table(tmp_path / "b.xls")


@pytest.mark.parametrize("make", ["xlsx", "xls", "ods"])
def test_a_damaged_workbook_is_refused_in_a_sentence_and_without_noise(tmp_path, make, capfd):
    path = tmp_path / f"a.{make}"
    if make == "xlsx":
        xlsx(path, [["phone"], [1]] * 20)
    elif make == "xls":
        old_workbook(path, [["phone"], [1]] * 20)
    else:
        ods(path, f'<table:table table:name="T"><table:table-row>{ods_cell("phone")}</table:table-row></table:table>')
    whole = path.read_bytes()
    dice = random.Random(7)
    for attempt in range(60):
        data = bytearray(whole)
        if attempt % 2:
            data = data[: dice.randrange(len(data))]
        else:
            for _ in range(20):
                data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data)
        try:
            rows_of(open_table(path))
        except BadInput as refusal:
            assert str(refusal).endswith(".")
    assert capfd.readouterr().err == ""


def test_a_workbook_that_changes_between_two_readings_is_refused(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["phone"], [1]])
    table = open_table(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(BadInput, match="changed"):
        rows_of(table)


def test_a_program_without_standard_error_reads_workbooks_too(tmp_path, monkeypatch):
    def closed(number):
        raise OSError(9, "Bad file descriptor")

    path = xlsx(tmp_path / "a.xlsx", [["phone"], [1]])
    monkeypatch.setattr(os, "dup", closed)
    assert rows_of(open_table(path)) == [["1"]]


def numbered(path, numbers, attributes=""):
    """A workbook whose rows say these numbers of themselves, under a header."""
    rows = [f'<row r="1">{text_cell("A1", "Phone")}</row>']
    rows += [
        f'<row r="{number}"{attributes}>{text_cell(f"A{number}", f"{at}")}</row>' for at, number in enumerate(numbers)
    ]
    return packed(path, parts("".join(rows)))


WITH_CARE = "><!-- --"


@pytest.mark.parametrize(("numbers", "attributes"), [([2, 2, 3], ""), ([2, 2, 3], WITH_CARE), ([3, 2], WITH_CARE)])
def test_a_sheet_whose_rows_would_take_the_place_of_others_is_refused(tmp_path, numbers, attributes):
    with pytest.raises(BadInput, match="damaged"):
        open_table(numbered(tmp_path / "a.xlsx", numbers, attributes))


def test_rows_in_another_order_stand_where_they_say(tmp_path):
    assert rows_of(open_table(numbered(tmp_path / "a.xlsx", [3, 2]))) == [["1"], ["0"]]


class PanicException(BaseException):
    """As calamine's is called."""


@pytest.mark.parametrize("error", [RuntimeError, PanicException])
@pytest.mark.parametrize("done", [0, 2])
def test_where_calamine_gives_up_the_careful_reader_goes_on(tmp_path, monkeypatch, error, done):
    def gives_up(path, name):
        yield from [["phone"], [1.0]][:done]
        raise error

    path = xlsx(tmp_path / "a.xlsx", [["phone"], [1], [2], [3]])
    monkeypatch.setattr("bulk_sync.sources.calamine.rows_of", gives_up)
    assert rows_of(open_table(path)) == [["1"], ["2"], ["3"]]
