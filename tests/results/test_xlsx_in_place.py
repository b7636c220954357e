"""Results in the user's own workbook: our columns are added, and all else is as it was."""

import os

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table, TableColumn
from openpyxl.worksheet.views import Pane, Selection
from python_calamine import CalamineWorkbook

from bulk_sync.errors import BadInput
from bulk_sync.results.style import OUTCOMES
from bulk_sync.results.writers import write_file
from bulk_sync.sources import open_table
from tests.sources.whole import OURS, known, outcomes, results, rows_of
from tests.sources.workbooks import xlsx
from tests.workbook_parts import packed, parts, rows_xml


@pytest.fixture
def contacts(tmp_path):
    return xlsx(tmp_path / "a.xlsx", [["phone", "status"], [4155552671, "DNC"], ["=1+1", None], [None], ["007", "x"]])


def changed(path, change):
    book = openpyxl.load_workbook(path)
    change(book, book.active)
    book.save(path)
    return path


def written(path, opening=None, **cells):
    return openpyxl.load_workbook(results(path, path.with_name("out.xlsx"), opening=opening, **cells))


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
    assert [sheet.cell(1, column).font.b for column in (3, 4, 5)] == [True] * 3
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.column_dimensions["E"].width) == ("A2", "A1:E5", 60)
    rows = CalamineWorkbook.from_path(str(contacts.with_name("out.xlsx"))).get_sheet_by_name("Contacts").to_python()
    assert (rows[0], rows[2]) == (["phone", "status", *OURS], ["=1+1", "", 3.0, "success", "=x"])


def test_widths_formats_styles_rules_and_other_sheets_stay(contacts):
    def dress(book, sheet):
        sheet.column_dimensions["A"].width = 33
        sheet["A2"].number_format = "000-000-0000"
        sheet["B2"].fill = PatternFill("solid", start_color="00FF00")
        sheet["B1"].font = Font(italic=True)
        sheet.freeze_panes = "B4"
        sheet.protection.sheet = True
        drop_down = DataValidation(type="list", formula1='"DNC,active"')
        drop_down.add("B2:B5")
        sheet.add_data_validation(drop_down)
        sheet.conditional_formatting.add("B2:B5", CellIsRule(operator="equal", formula=['"DNC"'], font=Font(b=True)))
        sheet.sheet_state = "hidden"
        book.create_sheet("Other")["A1"] = "=Contacts!A2"
        book.active = 1

    book = written(changed(contacts, dress), {"sheet": "Contacts"})
    sheet = book["Contacts"]
    assert (sheet.column_dimensions["A"].width, sheet["A2"].number_format) == (33, "000-000-0000")
    assert (sheet["B2"].fill.start_color.rgb, sheet["B1"].font.i, sheet.freeze_panes) == ("0000FF00", True, "B2")
    assert (sheet.protection.sheet, str(sheet.data_validations.dataValidation[0].sqref)) == (True, "B2:B5")
    assert [str(found.sqref) for found in sheet.conditional_formatting] == ["B2:B5"]
    assert (book["Other"]["A1"].value, book.calculation.fullCalcOnLoad) == ("=Contacts!A2", True)
    assert (book.active.title, sheet.sheet_state) == ("Contacts", "visible"), "it opens on what was synced"
    assert [each.sheet_view.tabSelected for each in book.worksheets] == [True, False]


@pytest.mark.parametrize(("start", "end"), [("A", "XFD"), ("C", "C"), ("C", "XFD"), ("D", "D"), ("A", "D"), ("F", "G")])
def test_no_column_is_in_two_widths_and_none_of_ours_is_hidden(contacts, start, end):
    def hide(_, sheet):
        sheet.column_dimensions.group(start, end, outline_level=0, hidden=True)
        sheet.column_dimensions[start].width = 33

    def of(sheet):
        widths = sheet.column_dimensions.values()
        return [(at, each.width, each.hidden) for each in widths for at in range(each.min, each.max + 1)]

    path = changed(contacts, hide)
    before = {at: about for at, *about in of(openpyxl.load_workbook(path).active)}
    found = of(written(path)["Contacts"])
    after = {at: about for at, *about in found}
    assert len(found) == len(after), "Excel has to repair a file in which a column stands twice"
    assert after == before | {3: [10, False], 4: [13, False], 5: [60, False]}


def test_a_column_of_ours_that_somebody_hid_stays_hidden(contacts):
    once = results(contacts, contacts.with_name("once.xlsx"))
    sheet = written(changed(once, lambda _, sheet: sheet.column_dimensions.group("A", "D", hidden=True)))["Contacts"]
    hidden = {each.min: each.max for each in sheet.column_dimensions.values() if each.hidden}
    assert hidden == {1: 2, 3: 3, 4: 4}


@pytest.mark.parametrize(
    ("split", "frozen"),
    [
        (None, "A2"),
        (Pane(xSplit=1, ySplit=1, topLeftCell="B2", state="frozen"), "B2"),
        (Pane(xSplit=1, ySplit=2, topLeftCell="AC300", state="frozenSplit"), "B2"),
        (Pane(xSplit=2, topLeftCell="AC1", state="frozen"), "C2"),
        (Pane(ySplit=3, topLeftCell="A300", state="frozen"), "A2"),
        (Pane(xSplit=1200, ySplit=900, topLeftCell="AC300", state="split"), "A2"),
    ],
)
def test_the_header_is_frozen_however_far_somebody_had_scrolled(contacts, split, frozen):
    def scroll(_, sheet):
        sheet.sheet_view.pane, sheet.sheet_view.topLeftCell = split, "Z200"
        sheet.sheet_view.selection = [Selection(pane=name) for name in ("topRight", "bottomLeft", "bottomRight")]

    view = written(changed(contacts, scroll))["Contacts"].sheet_view
    assert (view.pane.topLeftCell, view.pane.state, view.topLeftCell) == (frozen, "frozen", None)
    assert (view.pane.xSplit or 0, view.pane.ySplit) == (ord(frozen[0]) - ord("A"), 1)
    panes = [found.pane for found in view.selection]
    assert len(panes) == len(set(panes)), "one for each pane, or Excel has to repair it"
    assert view.pane.activePane in panes


def test_a_header_far_down_is_not_frozen(tmp_path):
    sheet = written(xlsx(tmp_path / "a.xlsx", [*[[]] * 30, ["phone"], ["1"]]))["Contacts"]
    assert (sheet.freeze_panes, sheet["B32"].value) == (None, 32)


def test_a_workbook_as_apache_poi_and_sheetjs_write_it_keeps_its_sheets_and_formats(tmp_path):
    """With next to nothing in it but cells: no views, no properties of the calculation, no styles, no theme."""
    path = packed(tmp_path / "a.xlsx", parts(rows_xml([["phone"], ["1"]]).replace("<row r", '<row ht="30" r')))
    assert written(path)["Contacts"].row_dimensions[2].height == 30


def luminance(colour):
    def channel(value):
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("outcome", list(OUTCOMES))
def test_the_outcome_is_coloured_so_that_its_text_can_be_read(contacts, outcome):
    colours = OUTCOMES[outcome]
    for cell in written(contacts, sync_result=outcome)["Contacts"]["D"][1::3]:
        assert (cell.fill.start_color.rgb, cell.font.color.rgb) == ("00" + colours.fill, "00" + colours.text)
    assert (luminance(colours.fill) + 0.05) / (luminance(colours.text) + 0.05) > 4.5


def test_formulas_of_the_sheet_become_their_values_and_those_of_others_stay(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Contacts")
        sheet.write_row(0, 0, ["phone", "status", "sum"])
        sheet.write_formula(1, 0, "=4155552671+0", None, 4155552671)
        sheet.write_formula(1, 1, '="="&"1"', None, "=1")
        sheet.write_array_formula(1, 2, 1, 2, "{=SUM(1,2)}", None, 3)
        sheet.write_formula(2, 0, "=NA()", None, "#N/A")
        sheet.write_formula(2, 1, "=TRUE()", None, True)
        book.add_worksheet("Other").write_formula(0, 0, "=1+1", None, 2)
    before = rows_of(open_table(path))
    book = written(path)
    sheet = book["Contacts"]
    assert values(sheet)[1:] == [[4155552671, "=1", 3, 2, "success", None], ["#N/A", True, None, 3, "success", None]]
    assert [sheet[name].data_type for name in ("A2", "B2", "A3", "B3")] == ["n", "s", "e", "b"]
    assert book["Other"]["A1"].value == "=1+1"
    assert [row[:3] for row in rows_of(open_table(path.with_name("out.xlsx")))] == before


def test_a_formula_that_was_never_calculated_stays_one(contacts):
    def calculate(_, sheet):
        sheet["B3"], sheet["B4"] = "=1+1", ArrayFormula("B4", "=SUM(1,2)")

    sheet = written(changed(contacts, calculate))["Contacts"]
    assert (sheet["B3"].value, sheet["B4"].value.text) == ("=1+1", "=SUM(1,2)")


@pytest.mark.parametrize(("outcome", "fill"), [("success", "00" + OUTCOMES["success"].fill), ("?", "00000000")])
def test_the_columns_of_an_earlier_run_are_replaced_where_they_are_with_their_colours(contacts, outcome, fill):
    once = results(contacts, contacts.with_name("once.xlsx"), sync_result="error", sync_error="old")
    sheet = written(once, sync_result=outcome)["Contacts"]
    assert values(sheet)[:2] == [["phone", "status", *OURS], [4155552671, "DNC", 2, outcome, None]]
    assert sheet["D2"].fill.start_color.rgb == fill


def test_a_column_of_ours_that_stands_twice_is_blanked_the_second_time(tmp_path):
    sheet = written(xlsx(tmp_path / "a.xlsx", [["sync_row", "phone", "Sync_Row "], ["9", "1", "8"]]))["Contacts"]
    assert values(sheet) == [["sync_row", "phone", None, "sync_result", "sync_error"], [2, "1", None, "success", None]]


def test_a_filter_is_widened_but_not_beside_that_of_a_table(contacts):
    def add_filter(_, sheet):
        sheet.auto_filter.ref = "A1:B5"

    def add_table(_, sheet):
        sheet.auto_filter.ref = None
        sheet.add_table(Table(displayName="Contacts1", ref="A1:B5"))

    assert written(changed(contacts, add_filter))["Contacts"].auto_filter.ref == "A1:E5"
    sheet = written(changed(contacts, add_table))["Contacts"]
    assert (sheet.auto_filter.ref, sheet.tables["Contacts1"].ref) == (None, "A1:B5")


def test_a_table_that_a_query_filled_names_no_query_that_is_left_out(contacts):
    def add_table(_, sheet):
        columns = [
            TableColumn(id=at, name=name, queryTableFieldId=at) for at, name in enumerate(["phone", "status"], 1)
        ]
        table = Table(displayName="Query", ref="A1:B5", tableType="queryTable", connectionId=1, tableColumns=columns)
        sheet.add_table(table)

    table = written(changed(contacts, add_table))["Contacts"].tables["Query"]
    assert (table.tableType, table.connectionId, table.column_names) == (None, None, ["phone", "status"])
    assert [column.queryTableFieldId for column in table.tableColumns] == [None, None]


def test_what_is_filtered_stays_in_its_column(tmp_path):
    def add_filter(_, sheet):
        sheet.auto_filter.ref = "B1:C3"
        sheet.auto_filter.add_filter_column(1, ["DNC"])

    path = xlsx(tmp_path / "a.xlsx", [[None, "phone", "status"], [None, "1", "DNC"], [None, "2", "x"]])
    found = written(changed(path, add_filter))["Contacts"].auto_filter
    assert (found.ref, [(each.colId, each.filters.filter) for each in found.filterColumn]) == ("A1:F3", [(2, ["DNC"])])


def test_a_merge_that_reaches_into_our_columns_is_undone_and_others_stay(contacts):
    def merge(_, sheet):
        sheet.insert_rows(1)
        sheet["A1"] = "Contacts"
        sheet.merge_cells("A1:Z1")
        sheet.merge_cells("B3:D3")

    sheet = written(changed(contacts, merge), {"judge": known("phone", "status")})["Contacts"]
    assert [str(found) for found in sheet.merged_cells.ranges] == ["A1:Z1"]
    assert [sheet.cell(3, column).value for column in (3, 4)] == [3, "success"]


def test_characters_that_a_workbook_cannot_hold_are_replaced(contacts):
    sheet = written(contacts, sync_error="a\0b\udcff\x0b\n\tc" + "x" * 40_000)["Contacts"]
    assert sheet["E2"].value.startswith("a\ufffdb\ufffd\ufffd\n\tc")
    assert len(sheet["E2"].value) == 32_767


def test_a_long_workbook_is_written_anew_row_by_row(contacts, monkeypatch):
    monkeypatch.setattr("bulk_sync.results.writers.MOST_ROWS_IN_PLACE", 3)
    assert written(changed(contacts, lambda book, _: book.create_sheet("Other"))).sheetnames == ["Contacts"]


@pytest.mark.parametrize("rows", [1, 4])
def test_outcomes_that_do_not_fit_or_a_workbook_that_changed_meanwhile_write_nothing(contacts, rows):
    table, out = open_table(contacts), contacts.with_name("out.xlsx")
    frames = list(outcomes(table)) if rows == 4 else [pd.DataFrame({name: ["x"] for name in OURS})]
    if rows == 4:
        os.utime(contacts, ns=(1, 1))
    with pytest.raises(BadInput if rows == 4 else ValueError, match=r"changed|rows"):
        write_file(table, out, frames, sync_columns=OURS)
    assert not out.exists()
