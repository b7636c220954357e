import os

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table
from python_calamine import CalamineWorkbook

from bulk_sync.errors import BadInput
from bulk_sync.results import write_file
from bulk_sync.results.style import OUTCOMES
from bulk_sync.sources import open_table
from tests.sources.whole import OURS, outcomes, results, rows_of
from tests.sources.workbooks import xlsx


@pytest.fixture
def contacts(tmp_path):
    return xlsx(tmp_path / "a.xlsx", [["phone", "status"], [4155552671, "DNC"], ["=1+1", None], [None], ["007", "x"]])


def changed(path, change):
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def written(path, **cells):
    out = results(path, path.with_name("out.xlsx"), **cells)
    return openpyxl.load_workbook(out)


def values(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_our_columns_stand_behind_those_of_the_sheet(contacts):
    sheet = written(contacts, sync_error="=x")["Contacts"]
    assert values(sheet) == [
        ["phone", "status", *OURS],
        [4155552671, "DNC", 2, "success", "=x"],
        ["=1+1", None, 3, "success", "=x"],
        [None, None, 4, "success", "=x"],
        ["007", "x", 5, "success", "=x"],
    ]
    assert [sheet[name].data_type for name in ("A3", "C2", "D2", "E2")] == ["s", "n", "s", "s"]


def test_a_second_library_reads_the_same(contacts):
    out = results(contacts, contacts.with_name("out.xlsx"))
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_name("Contacts").to_python()
    assert rows[0] == ["phone", "status", *OURS]
    assert rows[2] == ["=1+1", "", 3.0, "success", ""]


def test_widths_formats_styles_and_other_sheets_stay(contacts):
    def dress(book):
        sheet = book["Contacts"]
        sheet.column_dimensions["A"].width = 33
        sheet["A2"].number_format = "000-000-0000"
        sheet["B2"].fill = PatternFill("solid", start_color="00FF00")
        sheet["B1"].font = Font(italic=True)
        other = book.create_sheet("Other")
        other["A1"] = "=Contacts!A2"
        book.active = 1

    book = written(changed(contacts, dress))
    sheet = book["Contacts"]
    assert sheet.column_dimensions["A"].width == 33
    assert sheet["A2"].number_format == "000-000-0000"
    assert sheet["B2"].fill.start_color.rgb == "0000FF00"
    assert sheet["B1"].font.i
    assert book["Other"]["A1"].value == "=Contacts!A2"
    assert book.calculation.fullCalcOnLoad


def test_the_sheet_that_was_synced_is_the_one_that_opens(contacts):
    def hide(book):
        book.create_sheet("Other")
        book.active = 1
        book["Contacts"].sheet_state = "hidden"

    path = changed(contacts, hide)
    out = results(path, path.with_name("out.xlsx"), opening={"sheet": "Contacts"})
    book = openpyxl.load_workbook(out)
    assert book.active.title == "Contacts"
    assert book["Contacts"].sheet_state == "visible"
    assert [sheet.sheet_view.tabSelected for sheet in book.worksheets] == [True, False]


def test_our_header_is_bold_frozen_and_has_filter_buttons(contacts):
    sheet = written(contacts)["Contacts"]
    assert [sheet.cell(1, column).font.b for column in (3, 4, 5)] == [True] * 3
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:E5"
    assert sheet.column_dimensions["E"].width == 60


def test_frozen_columns_stay_frozen(contacts):
    def freeze(book):
        book.active.freeze_panes = "B4"

    assert written(changed(contacts, freeze))["Contacts"].freeze_panes == "B2"


def test_a_header_far_down_is_not_frozen(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [*[[]] * 30, ["phone"], ["1"]])
    sheet = written(path)["Contacts"]
    assert sheet.freeze_panes is None
    assert sheet["B32"].value == 32


@pytest.mark.parametrize("outcome", list(OUTCOMES))
def test_the_outcome_is_coloured(contacts, outcome):
    sheet = written(contacts, sync_result=outcome)["Contacts"]
    for row in (2, 5):
        assert sheet.cell(row, 4).fill.start_color.rgb == "00" + OUTCOMES[outcome].fill
        assert sheet.cell(row, 4).font.color.rgb == "00" + OUTCOMES[outcome].text


def luminance(colour):
    def channel(value):
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("outcome", list(OUTCOMES))
def test_coloured_text_can_be_read(outcome):
    light, dark = luminance(OUTCOMES[outcome].fill), luminance(OUTCOMES[outcome].text)
    assert (light + 0.05) / (dark + 0.05) > 4.5


def with_formulas(path):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Contacts")
        sheet.write_row(0, 0, ["phone", "status", "sum"])
        sheet.write_formula(1, 0, "=4155552671+0", None, 4155552671)
        sheet.write_formula(1, 1, '="="&"1"', None, "=1")
        sheet.write_array_formula(1, 2, 1, 2, "{=SUM(1,2)}", None, 3)
        sheet.write_formula(2, 0, "=NA()", None, "#N/A")
        sheet.write_formula(2, 1, "=TRUE()", None, True)
        book.add_worksheet("Other").write_formula(0, 0, "=1+1", None, 2)
    return path


def test_formulas_of_the_sheet_become_their_values_and_those_of_others_stay(tmp_path):
    path = with_formulas(tmp_path / "a.xlsx")
    table = open_table(path)
    book = written(path)
    sheet = book["Contacts"]
    assert values(sheet)[1:] == [[4155552671, "=1", 3, 2, "success", None], ["#N/A", True, None, 3, "success", None]]
    assert [sheet[name].data_type for name in ("A2", "B2", "A3", "B3")] == ["n", "s", "e", "b"]
    assert book["Other"]["A1"].value == "=1+1"
    assert [row[:3] for row in rows_of(open_table(path.with_name("out.xlsx")))] == rows_of(table)


def test_a_formula_that_was_never_calculated_stays_one(contacts):
    def calculate(book):
        book.active["B3"] = "=1+1"
        book.active["B4"] = ArrayFormula("B4", "=SUM(1,2)")

    sheet = written(changed(contacts, calculate))["Contacts"]
    assert sheet["B3"].value == "=1+1"
    assert sheet["B4"].value.text == "=SUM(1,2)"


def test_the_columns_of_an_earlier_run_are_replaced_where_they_are(contacts):
    once = results(contacts, contacts.with_name("once.xlsx"), sync_result="error", sync_error="old")
    sheet = written(once, sync_result="success")["Contacts"]
    assert values(sheet)[0] == ["phone", "status", *OURS]
    assert values(sheet)[1] == [4155552671, "DNC", 2, "success", None]
    assert sheet["D2"].fill.start_color.rgb == "00" + OUTCOMES["success"].fill


def test_an_outcome_that_has_no_colour_keeps_none_of_an_earlier_run(contacts):
    once = results(contacts, contacts.with_name("once.xlsx"))
    assert written(once, sync_result="?")["Contacts"]["D2"].fill.fill_type is None


def test_a_column_of_ours_that_stands_twice_is_blanked_the_second_time(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["sync_row", "phone", "Sync_Row "], ["9", "1", "8"]])
    sheet = written(path)["Contacts"]
    assert values(sheet) == [["sync_row", "phone", None, "sync_result", "sync_error"], [2, "1", None, "success", None]]


def test_a_table_in_the_sheet_keeps_its_own_filter_and_gets_no_second_one(contacts):
    def insert(book):
        book.active.add_table(Table(displayName="Contacts1", ref="A1:B5"))

    sheet = written(changed(contacts, insert))["Contacts"]
    assert sheet.auto_filter.ref is None
    assert sheet.tables["Contacts1"].ref == "A1:B5"


def test_a_filter_that_was_there_is_widened(contacts):
    def add_filter(book):
        book.active.auto_filter.ref = "A1:B5"

    assert written(changed(contacts, add_filter))["Contacts"].auto_filter.ref == "A1:E5"


def test_protection_validations_and_conditional_formats_stay(contacts):
    def add(book):
        sheet = book.active
        sheet.protection.sheet = True
        drop_down = DataValidation(type="list", formula1='"DNC,active"')
        drop_down.add("B2:B5")
        sheet.add_data_validation(drop_down)
        sheet.conditional_formatting.add("B2:B5", CellIsRule(operator="equal", formula=['"DNC"'], font=Font(b=True)))

    sheet = written(changed(contacts, add))["Contacts"]
    assert sheet.protection.sheet
    assert str(sheet.data_validations.dataValidation[0].sqref) == "B2:B5"
    assert [str(found.sqref) for found in sheet.conditional_formatting] == ["B2:B5"]


def test_a_merge_that_reaches_into_our_columns_is_undone_and_others_stay(contacts):
    def merge(book):
        book.active.insert_rows(1)
        book.active["A1"] = "Contacts"
        book.active.merge_cells("A1:Z1")
        book.active.merge_cells("B3:D3")

    path = changed(contacts, merge)
    out = results(
        path,
        path.with_name("out.xlsx"),
        opening={"recognises": lambda cells: {"phone", "status"} if "phone" in cells else ()},
    )
    sheet = openpyxl.load_workbook(out)["Contacts"]
    assert [str(found) for found in sheet.merged_cells.ranges] == ["A1:Z1"]
    assert [sheet.cell(3, column).value for column in (3, 4)] == [3, "success"]


def test_characters_that_a_workbook_cannot_hold_are_replaced(contacts):
    sheet = written(contacts, sync_error="a\0b\udcff\x0b\n\tc" + "x" * 40_000)["Contacts"]
    assert sheet["E2"].value.startswith("a\ufffdb\ufffd\ufffd\n\tc")
    assert len(sheet["E2"].value) == 32_767


def test_a_long_workbook_is_written_anew_row_by_row(contacts, monkeypatch):
    def other(book):
        book.create_sheet("Other")

    monkeypatch.setattr("bulk_sync.results.xlsx_in_place.MOST_ROWS", 3)
    path = changed(contacts, other)
    out = results(path, path.with_name("out.xlsx"))
    assert CalamineWorkbook.from_path(str(out)).sheet_names == ["Contacts"]


def test_a_workbook_that_changed_meanwhile_writes_nothing(contacts):
    table, out = open_table(contacts), contacts.with_name("out.xlsx")
    frames = list(outcomes(table))
    os.utime(contacts, ns=(1, 1))
    with pytest.raises(BadInput, match="changed"):
        write_file(table, out, frames, sync_columns=OURS)
    assert not out.exists()


def test_outcomes_that_do_not_fit_the_rows_write_nothing(contacts):
    table, out = open_table(contacts), contacts.with_name("out.xlsx")
    frame = pd.DataFrame({name: ["x"] for name in OURS})
    with pytest.raises(ValueError, match="rows"):
        write_file(table, out, [frame], sync_columns=OURS)
    assert not out.exists()
