"""What stands in a workbook is read as a person sees it, and stands in the results as it stood there."""

import re
import shutil
import warnings
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from python_calamine import CalamineWorkbook

from bulk_sync.sandbox import SandboxContact
from tests import adapter
from tests.desk import PHONES, desk
from tests.tables.workbooks import xlsx

DATA = Path(__file__).with_name("data")
LOCAL = [phone.removeprefix("+1") for phone in PHONES]
CASES = [f"+1415555267{last}" for last in range(1, 5)]
"""The numbers in the case files."""


@pytest.fixture
def at(tmp_path, monkeypatch, capsys):
    contacts = [SandboxContact(phone=phone) for phone in PHONES + CASES]
    with desk(tmp_path, monkeypatch, capsys, contacts) as at:
        yield at


def case(at, name):
    """A copy of a case file in the folder where the person works."""
    return shutil.copy(DATA / name, at.work / name)


def an_ods(path, name, rows):
    """An ODS file of one sheet of texts and numbers."""
    document = OpenDocumentSpreadsheet()
    table = Table(name=name)
    for values in rows:
        row = TableRow()
        for value in values:
            kind = {"valuetype": "string"} if isinstance(value, str) else {"valuetype": "float", "value": value}
            cell = TableCell(**kind)
            cell.addElement(P(text=str(value)))
            row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(str(path))
    return path


def rewritten(path, part, changes):
    """The file with other texts in one of its parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for old, new in changes.items():
        assert old.encode() in parts[part]
        parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def local(name):
    return name.rpartition("}")[2]


def raw_cells(path, part="xl/worksheets/sheet1.xml"):
    """What stands in a sheet's XML: {"A1": (type, text)}, with no library that would make something else of it."""
    with zipfile.ZipFile(path) as archive:
        strings = []
        if "xl/sharedStrings.xml" in archive.namelist():
            strings = ["".join(item.itertext()) for item in ET.fromstring(archive.read("xl/sharedStrings.xml"))]
        sheet = ET.fromstring(archive.read(part))
    found = {}
    for cell in sheet.iter():
        if local(cell.tag) == "c":
            kind = cell.get("t", "n")
            text = "".join(part for piece in cell if local(piece.tag) != "f" for part in piece.itertext())
            if text:
                found[cell.get("r")] = ("text", strings[int(text)]) if kind == "s" else (kind, text)
    return found


def numbers(path, columns):
    """The numbers that stand in these columns, by cell."""
    return {
        name: float(text)
        for name, (kind, text) in raw_cells(path).items()
        if kind == "n" and re.sub("[0-9]", "", name) in columns
    }


def number_format_of(path, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers that are no days, which is what this is about
        return openpyxl.load_workbook(path).active[name].number_format


def by_header(path, sheet=0):
    """The rows of a results workbook by their headers, read by another library."""
    head, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(sheet).to_python(skip_empty_area=False)
    return [dict(zip(head, row, strict=True)) for row in rows]


FORMATS = [
    *("General", "0", "@", "00000", "dd/mm/yyyy", "mmm-yy", "yyyy", "h:mm AM/PM", "mm:ss.0"),
    *("[$-F800]dddd, mmmm dd, yyyy", "[<=9999999]###-####;(###) ###-####", "0.00E+00", '"Tel. "0', ";;;", "0.00%"),
    '#,##0.00 "EUR"',
]
AMOUNTS = [4155552671, -3, -0.5, 0, 0.25, 1, 59, 60, 61, 41555.52671, 45000, 2958465, 2958466, 1e9, 1e15, 4155552671.5]


def in_format(path, number_format):
    """A workbook that shows each of the amounts in this format, and its first in that of a phone number."""
    with xlsxwriter.Workbook(path) as book:
        sheet, style = book.add_worksheet(), book.add_format({"num_format": number_format})
        sheet.write_row(0, 0, ["Phone", "Status", "Amount"])
        for row, amount in enumerate(AMOUNTS, start=1):
            sheet.write_number(row, 0, int(LOCAL[row]), style)
            sheet.write_string(row, 1, "DNC")
            sheet.write_number(row, 2, amount, style)


class TestNumbersStayNumbers:
    """Case 16: a phone number in a cell formatted as a date stays the number in the results."""

    @pytest.mark.parametrize("longest", [50_000, 0])
    def test_a_retry_of_the_case_loses_no_row(self, at, monkeypatch, longest):
        adapter.longest_sheet_in_place(monkeypatch, longest)
        path = case(at, "16-date-format-results-lose-numbers.xlsx")
        assert at(path.name, "--max-writes", "1", "-o", "out.xlsx").code == 5
        assert numbers(at.work / "out.xlsx", "AC") == numbers(path, "AC")
        assert at("retry", "out.xlsx").code == 0
        rows = by_header(at.work / "out.xlsx")
        assert [row["sync_code"] for row in rows] == ["updated"] * 3
        assert [row["Phone"] for row in rows] == [4155552671, 4155552672, "4155552673"]
        assert at.sent == dict.fromkeys(CASES[:3], 1)

    @pytest.mark.parametrize("number_format", FORMATS)
    def test_in_every_format(self, at, number_format):
        in_format(at.work / "a.xlsx", number_format)
        done = at("a.xlsx", "--dry-run", "--offline")
        assert done.code in {0, 1}
        out = at.work / "a.results.xlsx"
        assert numbers(out, "AC") == numbers(at.work / "a.xlsx", "AC")
        assert [row["Status"] for row in by_header(out)] == ["DNC"] * len(AMOUNTS)
        assert number_format_of(out, "A2") == number_format_of(at.work / "a.xlsx", "A2")


NAMES = {
    "Contacts of the northern region 2026": "Contacts of the northern region",
    "Q1/Q2": "Q1_Q2",
    "'quoted'": "quoted",
    "a[b]c:d*e?f\\g": "a_b_c_d_e_f_g",
    "History": "History_",
    "'": "Results",
    "Kundenliste 😀😀😀😀😀😀😀😀😀😀😀😀": "Kundenliste 😀😀😀😀😀😀😀😀😀",
}


class TestResultsAreAlwaysWritten:
    @pytest.mark.parametrize(("name", "fit"), NAMES.items())
    def test_a_sheet_name_that_xlsx_does_not_take_is_fitted(self, at, name, fit):
        an_ods(at.work / "a.ods", name, [["phone", "status"], [CASES[0], "DNC"]])
        assert at("a.ods").code == 0
        for sheets in (
            openpyxl.load_workbook(at.work / "a.results.xlsx").sheetnames,
            CalamineWorkbook.from_path(str(at.work / "a.results.xlsx")).sheet_names,
        ):
            assert sheets == [fit]
        assert [row["sync_code"] for row in by_header(at.work / "a.results.xlsx")] == ["updated"]

    def test_sheets_whose_names_differ_in_case_only(self, at):
        with xlsxwriter.Workbook(at.work / "a.xlsx") as book:
            for name in ("Contacts", "Kontakte"):
                book.add_worksheet(name).write_row(0, 0, ["phone", "status"])
            book.get_worksheet_by_name("Kontakte").write_row(1, 0, [CASES[0], "DNC"])
        rewritten(at.work / "a.xlsx", "xl/workbook.xml", {"Kontakte": "CONTACTS"})
        assert at("a.xlsx", "--sheet", "CONTACTS").code == 0
        assert by_header(at.work / "a.results.xlsx")[0]["sync_code"] == "updated"
        assert at.sent == {CASES[0]: 1}

    @pytest.mark.parametrize("error", [RuntimeError("odd"), MemoryError("odd"), KeyError("odd")])
    def test_whatever_stops_a_writer_the_results_are_written_as_text(self, at, monkeypatch, error):
        def fail(*_, **__):
            raise error

        xlsx(at.work / "a.xlsx", [["phone", "status"], [CASES[0], "DNC"]])
        with monkeypatch.context() as broken:
            broken.setattr("openpyxl.Workbook.save", fail)
            broken.setattr("xlsxwriter.worksheet.Worksheet.write_string", fail)
            done = at("a.xlsx")
        assert done.code == 0
        assert "No workbook could be made of the results" in done.screen
        assert "so they are in a.results.csv" in " ".join(done.screen.split())
        assert at.codes("a.results.csv") == ["updated"]
        assert sorted(path.name for path in at.work.iterdir()) == ["a.results.csv", "a.xlsx"]

    def test_a_workbook_that_openpyxl_cannot_load_is_made_anew(self, at):
        note = "<r><t>no markup</t></r>"
        xlsx(at.work / "a.xlsx", [["phone", "status", "note"], [int(LOCAL[0]), "DNC", note]])
        rewritten(at.work / "a.xlsx", "xl/styles.xml", {'patternType="gray125"': 'patternType="odd"'})
        with pytest.raises(Exception, match="styles"):
            openpyxl.load_workbook(at.work / "a.xlsx")
        assert at("a.xlsx").code == 0
        rows = by_header(at.work / "a.results.xlsx")
        assert [(row["phone"], row["note"], row["sync_code"]) for row in rows] == [(int(LOCAL[0]), note, "updated")]
