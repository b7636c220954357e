"""What stands in a workbook is read as a person sees it, and stands in the results as it stood there."""

import re
import shutil
import sys
import warnings
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from python_calamine import CalamineWorkbook

from bulk_sync.model import letter
from bulk_sync.sandbox import SandboxContact
from tests import adapter
from tests.desk import PHONES, desk
from tests.sources.workbooks import xlsx
from tests.workbook_parts import STRICT, links, packed, parts, rows_xml, text_cell

pytestmark = pytest.mark.trial

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


def an_ods(path, name, rows, hidden=None):
    """An ODS file of one sheet of texts and numbers; `hidden` says how rows are, by their positions."""
    document = OpenDocumentSpreadsheet()
    table = Table(name=name)
    for position, values in enumerate(rows):
        row = TableRow(visibility=(hidden or {}).get(position, "visible"))
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


def number_formats(path):
    """How the cells of the first columns are shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers that are no days, which is what this is about
        page = openpyxl.load_workbook(path).active
    return [[cell.number_format for cell in row] for row in page.iter_rows(max_col=2 + len(FORMATS))]


def by_header(path, sheet=0):
    """The rows of a results workbook by their headers, read by another library."""
    head, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(sheet).to_python(skip_empty_area=False)
    return [dict(zip(head, row, strict=True)) for row in rows]


HEADERS = ["Phone", "Status", "Campaign", "Answer"]
FORMATS = [
    *("General", "0", "@", "00000", "dd/mm/yyyy", "mmm-yy", "yyyy", "[h]:mm:ss", "[mm]:ss", "h:mm AM/PM", "mm:ss.0"),
    *("[$-F800]dddd, mmmm dd, yyyy", "[<=9999999]###-####;(###) ###-####", "0.00E+00", '"Tel. "0', ";;;", "0.00%"),
    '#,##0.00 "EUR"',
]
AMOUNTS = [4155552671, -3, -0.5, 0, 0.25, 1, 59, 60, 61, 41555.52671, 45000, 2958465, 2958466, 1e9, 1e15, 4155552671.5]


def in_formats(path):
    """A workbook that shows phone numbers, and each of the amounts, in every one of these formats."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Phone", "Status", *(f"Amount {at}" for at in range(len(FORMATS)))])
        styles = [book.add_format({"num_format": each}) for each in FORMATS]
        for row in range(max(len(AMOUNTS), len(FORMATS))):
            sheet.write_number(1 + row, 0, int(LOCAL[row]), styles[row % len(styles)])
            sheet.write_string(1 + row, 1, "DNC")
            for column, style in enumerate(styles, start=2):
                sheet.write_number(1 + row, column, AMOUNTS[row % len(AMOUNTS)], style)


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

    def test_in_every_format(self, at):
        in_formats(at.work / "a.xlsx")
        done = at("a.xlsx", "--dry-run", "--offline")
        assert done.code in {0, 1}
        before, out = at.work / "a.xlsx", at.work / "a.preview.xlsx"
        columns = [letter(at) for at in range(2 + len(FORMATS)) if at != 1]
        assert numbers(out, columns) == numbers(before, columns)
        assert len(numbers(out, columns)) > len(AMOUNTS) * len(FORMATS)
        assert {raw_cells(out)[f"B{row}"][1] for row in range(2, 2 + len(FORMATS))} == {"DNC"}
        assert number_formats(out) == number_formats(before)


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

    @pytest.mark.parametrize("package", ["openpyxl", "xlsxwriter"])
    def test_without_a_package_that_writes_workbooks_nothing_is_sent(self, at, monkeypatch, package):
        xlsx(at.work / "a.xlsx", [["phone", "status"], [CASES[0], "DNC"]])
        for name in ("xlsx_in_place", "xlsx_streamed"):
            monkeypatch.delitem(sys.modules, f"bulk_sync.results.{name}", raising=False)
        monkeypatch.setitem(sys.modules, package, None)
        assert at("a.xlsx").code == 7
        assert not at.sent

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


def preview(at, name, *options):
    """What a preview makes of a file, row by row; it must come to its end."""
    done = at(name, "--dry-run", "--offline", "-o", "out.csv", *options)
    assert done.code in {0, 1}, done.screen
    return at.rows("out.csv")


ROWS = [["Phone", "Status"], [CASES[0], "DNC"], [int(CASES[1][2:]), "paused"], [CASES[2], "active"]]
READ = [(CASES[0], "DNC"), (CASES[1], "paused"), (CASES[2], "active")]


def read(rows):
    return [(row["sync_phone"], row["Status"]) for row in rows]


DAY_STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="[h]:mm:ss"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="46"/></cellXfs>'
)
CELLS = {
    "an error": ('<c r="C2" t="e"><v>#N/A</v></c>', "#N/A"),
    "the error of a formula": ('<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
    "true": ('<c r="C2" t="b"><v>1</v></c>', "TRUE"),
    "false": ('<c r="C2" t="b"><v>0</v></c>', "FALSE"),
    "a day as text": ('<c r="C2" t="d"><v>2026-03-01T09:05:00</v></c>', "2026-03-01 09:05"),
    "text of a formula": ('<c r="C2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "ab"),
    "several fonts": (
        '<c r="C2" t="inlineStr"><is><r><rPr><b/></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>',
        "a b",
    ),
    "how a text is read": ('<c r="C2" t="inlineStr"><is><t>a</t><rPh sb="0" eb="1"><t>no</t></rPh></is></c>', "a"),
    "a shared text": ('<c r="C2" t="s"><v>1</v></c>', "second"),
    "a shared formula": ('<c r="C2"><f t="shared" ref="C2:C3" si="0">1+6</f><v>7</v></c>', "7"),
    "a formula never calculated": ('<c r="C2"><f>1+6</f></c>', "'=1+6"),
    "a style that is not there": ('<c r="C2" s="999"><v>5</v></c>', "5"),
    "a number with spaces": ('<c r="C2"><v> 5 </v></c>', "5"),
    "a number too large": ('<c r="C2"><v>1e400</v></c>', "Infinity"),
    "no number at all": ('<c r="C2"><v>five</v></c>', "five"),
    "NaN": ('<c r="C2"><v>NaN</v></c>', "NaN"),
    "a day": ('<c r="C2" s="1"><v>45000</v></c>', "2023-03-15"),
    "a day and a time": ('<c r="C2" s="1"><v>45000.25</v></c>', "2023-03-15 06:00"),
    "the last day": ('<c r="C2" s="1"><v>2958465</v></c>', "9999-12-31"),
    "a day that is none": ('<c r="C2" s="1"><v>2958466</v></c>', "2958466"),
    "almost a day that is none": ('<c r="C2" s="1"><v>2958465.9999999999</v></c>', "2958466"),
    "a day before all days": ('<c r="C2" s="1"><v>-5</v></c>', "-5"),
    "a time": ('<c r="C2" s="1"><v>0.25</v></c>', "06:00"),
    "a length of time": ('<c r="C2" s="2"><v>1.25</v></c>', "30:00"),
    "one of those built in": ('<c r="C2" s="3"><v>1.25</v></c>', "30:00"),
    "a length below nothing": (
        '<c r="C2" s="2"><v>-0.5</v></c>',
        "'-12:00",
    ),  # as text, so that no spreadsheet takes it for a formula
    "a length that nobody shows": ('<c r="C2" s="2"><v>4155552671</v></c>', "4155552671"),
    "a length that no number holds": ('<c r="C2" s="2"><v>-1e300</v></c>', "-1" + 300 * "0"),
    "an escape": ('<c r="C2" t="str"><v>a_x000D_b_x005F_x0041_</v></c>', "a\rb_x0041_"),
    "an empty text": ('<c r="C2" t="inlineStr"><is><t></t></is></c>', ""),
    "nothing": ('<c r="C2" s="1"/>', ""),
    "an unknown kind": ('<c r="C2" t="zz"><v>z</v></c>', "z"),
}


class TestEveryCellIsRead:
    """Case 17: a cell that cannot be shown as its format says is shown as its number."""

    def test_the_case(self, at):
        case(at, "17-duration-format-crash.xlsx")
        rows = preview(at, "17-duration-format-crash.xlsx")
        assert [(row["sync_phone"], row["Talk time"]) for row in rows] == [
            (CASES[0], "06:00"),
            (CASES[1], "4155552672"),
        ]

    def test_with_care(self, at):
        """A row for each kind, in one sheet."""
        with_cells(at.work / "a.xlsx", [cell for cell, _ in CELLS.values()], DAY_STYLES)
        rows = preview(at, "a.xlsx")
        assert [row["sync_phone"] for row in rows] == PHONES[2 : 2 + len(CELLS)]
        assert {kind: row["Note"] for kind, row in zip(CELLS, rows, strict=True)} == {
            kind: shown for kind, (_, shown) in CELLS.items()
        }
        assert at("a.xlsx", "--dry-run", "--offline").code == 0  # the workbook, too
        codes = [row["sync_code"] for row in by_header(at.work / "a.preview.xlsx")]
        assert codes == ["updated"] * len(CELLS)

    def test_fast(self, at, subtests):
        for kind, (cell, shown) in CELLS.items():
            with subtests.test(kind):
                with_cells(at.work / "a.xlsx", [cell], DAY_STYLES)
                [row] = preview(at, "a.xlsx")
                assert (row["sync_phone"], row.get("Note", "")) == (PHONES[2], shown)


def with_cells(path, cells, styles):
    """A workbook whose rows have these cells, of C2 at first, as notes."""
    rows = [f'<row r="1">{text_cell("A1", "Phone")}{text_cell("B1", "Status")}{text_cell("C1", "Note")}</row>']
    for number, cell in enumerate(cells, start=2):
        phone, status = text_cell(f"A{number}", PHONES[number]), text_cell(f"B{number}", "DNC")
        rows.append(f'<row r="{number}">{phone}{status}{cell.replace("C2", f"C{number}")}</row>')
    packed(path, parts("".join(rows), styles=styles, strings="<si><t>first</t></si><si><t>second</t></si>"))


DAYS = {
    "a day": (1, "45000"),
    "a day with a time": (1, "45000.5"),
    "a day of another millennium": (1, "974321"),
    "the last day": (1, "2958465"),
    "a time of day": (1, "0.4155552671"),
    "a length of time": (2, "2958.4"),
    "decimals": (0, "415555267.1"),
    "decimals like groups": (0, "415.5552671"),
    "decimals below one": (0, "0.4155552671"),
    "a negative number": (0, "-4155552671"),
}


class TestDaysAreNoPhones:
    """Case 12, in workbooks: what a cell shows as a day is no number to call, and neither are decimals."""

    @pytest.mark.parametrize("region", ["US", "DE", "LV", "DK"])
    def test_nobody_is_called(self, at, region):
        values = [*DAYS.values(), (1, "14155552672")]  # the last is beyond the days that there are: a number
        rows = [f'<row r="1">{text_cell("A1", "Phone")}{text_cell("B1", "Status")}</row>']
        for number, (style, value) in enumerate(values, start=2):
            cell = f'<c r="A{number}" s="{style}"><v>{value}</v></c>'
            rows.append(f'<row r="{number}">{cell}{text_cell(f"B{number}", "paused")}</row>')
        packed(at.work / "a.xlsx", parts("".join(rows), styles=DAY_STYLES))
        *days, number = preview(at, "a.xlsx", "--region", region)
        for row, what in zip(days, DAYS, strict=True):
            assert (row["sync_code"], row["sync_phone"]) == ("invalid_phone", ""), what
            assert "not a phone number" in row["sync_error"]
        if region == "US":
            assert number["sync_phone"] == CASES[1]


SHEET, TYPES, BOOK = "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/workbook.xml"
RELATIONS, BOOKS = "xl/_rels/workbook.xml.rels", "_rels/.rels"
PLAIN = parts(rows_xml(ROWS))


def named(found, **names):
    """The parts of a package, some of them under other names."""
    others = {"book": BOOK, "relations": RELATIONS, "sheet": SHEET, "strings": "xl/sharedStrings.xml"}
    renamed = {others[key]: name for key, name in names.items()}
    return {renamed.get(name, name): data for name, data in found.items()}


def all_parts(change, but=TYPES):
    return {name: data if name == but else change(data) for name, data in PLAIN.items()}


def sheet(change):
    """A package in which only the XML of the sheet is another."""
    return {**PLAIN, SHEET: change(PLAIN[SHEET])}


def strict(xml):
    for old, new in STRICT.items():
        xml = xml.replace(old, new)
    return xml


def to_sheet(target):
    return {RELATIONS: links(("rId1", "worksheet", target))}


def shared_texts():
    rows = (
        f'<row r="{at}"><c r="A{at}" t="s"><v>{2 * at - 2}</v></c><c r="B{at}" t="s"><v>{2 * at - 1}</v></c></row>'
        for at in (1, 2, 3, 4)
    )
    return parts("".join(rows), strings="".join(f"<si><t>{value}</t></si>" for row in ROWS for value in row))


TEXTS = shared_texts()
OTHER_TEXTS = links(("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "texts.xml"))
OTHER_BOOK = named(PLAIN, book="xl/workbook7.xml", relations="xl/_rels/workbook7.xml.rels")
OTHER_FOLDER = named(PLAIN, book="book.xml", relations="_rels/book.xml.rels", sheet="worksheets/sheet1.xml")
ODD = {
    "as usual": PLAIN,
    "strict": all_parts(strict),
    "other names": {**OTHER_BOOK, BOOKS: links(("rId1", "officeDocument", "xl/workbook7.xml"))},
    "another folder": {
        **OTHER_FOLDER, BOOKS: links(("rId1", "officeDocument", "/book.xml")), "workbook.xml": "<nothing/>",
    },
    "absolute targets": PLAIN | to_sheet("/xl/worksheets/sheet1.xml"),
    "targets from the top": PLAIN | to_sheet("xl/worksheets/sheet1.xml"),
    "targets in a roundabout way": PLAIN | to_sheet("./worksheets/../worksheets/sheet1.xml"),
    "backslashes": {name.replace("/", "\\"): data for name, data in PLAIN.items()},
    "other cases": {name.replace("xl/w", "XL/W"): data for name, data in PLAIN.items()},
    "no content types": {name: data for name, data in PLAIN.items() if name != TYPES},
    "other content types": PLAIN | {TYPES: PLAIN[TYPES].replace("sheet.main+xml", "template.main+xml")},
    "prefixes": sheet(lambda xml: re.sub(r"<(/?)(?=[a-z])", r"<\1x:", xml).replace("xmlns=", "xmlns:x=")),
    "no places": sheet(lambda xml: re.sub(r' r="[A-Z]*[0-9]+"', "", xml)),
    "places of rows alone": sheet(lambda xml: re.sub(r'(<c) r="[A-Z]*[0-9]+"', r"\1", xml)),
    "other attributes first": sheet(lambda xml: re.sub(r"(<(?:row|c))( )", r'\1 x="1"\2', xml)),
    "apostrophes": sheet(lambda xml: xml.replace('"', "'")),
    "line breaks": sheet(lambda xml: xml.replace("><", ">\r\n<")),
    "UTF-16": sheet(lambda xml: xml.replace("UTF-8", "UTF-16").encode("utf-16")),
    "Latin-1": sheet(lambda xml: xml.replace("UTF-8", "ISO-8859-1").encode("latin-1")),
    "a byte-order mark": all_parts(lambda xml: xml.encode("utf-8-sig"), but=None),
    "comments": sheet(lambda xml: xml.replace("<v>41", "<v>41<!-- -->")),
    "CDATA": sheet(lambda xml: re.sub(r"<t>(.*?)</t>", r"<t><![CDATA[\1]]></t>", xml)),
    "extents that are wrong": sheet(lambda xml: xml.replace("<sheetData>", '<dimension ref="A1"/><sheetData>')),
    "extents without end": sheet(
        lambda xml: xml.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    ),
    "shared texts": TEXTS,
    "shared texts under another name": named(TEXTS, strings="xl/texts.xml") | {RELATIONS: OTHER_TEXTS},
    "shared texts that nothing refers to": {**TEXTS, RELATIONS: PLAIN[RELATIONS]},
}  # fmt: skip
"""Packages as other programs write them; each holds the same rows."""


class TestWhatOthersWrite:
    """Case 22: what openpyxl or calamine reads is read."""

    def test_the_case(self, at):
        case(at, "22-workbook2.xlsx")
        assert read(preview(at, "22-workbook2.xlsx")) == READ

    def test_packages_of_other_programs(self, at, subtests):
        for name, found in ODD.items():
            with subtests.test(name):
                packed(at.work / "a.xlsx", found)
                assert read(preview(at, "a.xlsx")) == READ
                at.sent.clear()
                assert at("a.xlsx", "--fresh").code == 0
                assert [row["sync_code"] for row in by_header(at.work / "a.results.xlsx")] == ["updated"] * 3
                assert at.sent == dict.fromkeys(CASES[:3], 1)
        assert {phone: at.status(phone) for phone in CASES[:3]} == dict(READ)

    def test_a_package_that_is_not_compressed(self, at):
        packed(at.work / "a.xlsx", parts(rows_xml(ROWS)), zipfile.ZIP_STORED)
        assert read(preview(at, "a.xlsx")) == READ

    @pytest.mark.parametrize("change", ["no sheet", "no text", "cut short", "a document type"])
    def test_only_what_nobody_can_read_is_damaged(self, at, change):
        found = parts(rows_xml(ROWS))
        match change:
            case "no sheet":
                del found["xl/worksheets/sheet1.xml"]
            case "no text":
                found["xl/worksheets/sheet1.xml"] = (
                    found["xl/worksheets/sheet1.xml"]
                    .replace("<v>4155552672</v>", "<f/>")
                    .replace('t="inlineStr"><is><t>DNC</t></is>', 't="s"><v>4</v>')
                )
            case "cut short":
                found["xl/worksheets/sheet1.xml"] = found["xl/worksheets/sheet1.xml"][:300]
            case "a document type":
                found["xl/worksheets/sheet1.xml"] = found["xl/worksheets/sheet1.xml"].replace(
                    "<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet'
                )
        packed(at.work / "a.xlsx", found)
        done = at("a.xlsx", "--dry-run", "--offline")
        assert done.code == 2
        assert "damaged" in done.screen
        assert not at.sent


def web_pages():
    """What is saved as .xls and is none, and what the refusal says."""
    page = "<table><tr><td>Phone</td></tr><tr><td>4155552671</td></tr></table>"
    yield "html", f"<html><body>{page}</body></html>", "is a web page saved as .xls; save it as XLSX"
    yield "table", page, "is a web page saved as .xls; save it as XLSX"
    yield "comment", f"<!-- report --><!-- 2026 -->\n<HTML>{page}", "is a web page saved as .xls; save it as XLSX"
    yield (
        "office",
        f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head/>{page}</html>',
        "is a web page saved as .xls",
    )
    yield "utf-16", f"<html>{page}</html>".encode("utf-16"), "is a web page saved as .xls"
    mime = 'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n\r\n'
    yield "mhtml", mime + page, "is a web page saved as .xls"
    yield (
        "mhtml of a browser",
        "From: <Saved by Blink>\r\nSubject: Contacts\r\n of May\r\n" + mime + page,
        "is a web page saved as .xls",
    )
    book = '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
    yield (
        "xml",
        f'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n{book}',
        "is an XML spreadsheet (2003) saved as .xls; save it as XLSX",
    )
    yield (
        "xml with a prefix",
        f'<?xml version="1.0"?><!-- x --><ss:{book[1:]}',
        "is an XML spreadsheet (2003) saved as .xls",
    )


class TestWebPages:
    """Case 29: a web page that calls itself a workbook is named, with what to do."""

    def test_the_case(self, at):
        case(at, "29-mhtml.xls")
        done = at("29-mhtml.xls", "--dry-run", "--offline")
        assert done.code == 2
        assert "29-mhtml.xls is a web page saved as .xls; save it as XLSX" in " ".join(done.screen.split())

    def test_what_is_saved_as_xls_and_is_none(self, at, subtests):
        for name, data, said in web_pages():
            with subtests.test(name):
                (at.work / "a.xls").write_bytes(data if isinstance(data, bytes) else data.encode())
                done = at("a.xls", "--dry-run", "--offline")
                assert done.code == 2
                assert said in " ".join(done.screen.split())
                assert "Excel Workbook (.xlsx)" in " ".join(done.screen.split())

    @pytest.mark.parametrize("head", ["Phone", "MIME type", "Content-Type"])
    def test_text_is_text_whatever_its_suffix(self, at, head):
        heads = ["Phone", "Status"] if head == "Phone" else [head, "Phone", "Status"]
        row = [CASES[0], "DNC"] if head == "Phone" else ["x", CASES[0], "DNC"]
        at.sheet([row], "a.xls", heads)
        assert read(preview(at, "a.xls")) == READ[:1]


class TestHiddenRows:
    """Case 28: what a person does not see is said, and left out where that is asked for."""

    def test_the_case(self, at):
        case(at, "28-hidden-rows.xlsx")
        done = at("28-hidden-rows.xlsx", "--dry-run", "--offline")
        assert "1 row is hidden in the sheet" in " ".join(done.screen.split())
        assert "--visible-only" in done.screen
        assert at("28-hidden-rows.xlsx", "--visible-only").code == 0
        rows = by_header(at.work / "28-hidden-rows.results.xlsx")
        assert [(row["sync_result"], row["sync_code"]) for row in rows] == [
            ("success", "updated"),
            ("skipped", "hidden"),
            ("success", "updated"),
            ("success", "updated"),
        ]
        assert at.sent == {CASES[0]: 1, CASES[2]: 1, CASES[3]: 1}

    @pytest.mark.parametrize("how", ["environment", "settings"])
    def test_it_is_an_option_wherever_options_are_given(self, at, how):
        case(at, "28-hidden-rows.xlsx")
        if how == "settings":
            (at.work / "bulk-sync.toml").write_text("visible_only = true\n")
        variables = {"BULK_SYNC_VISIBLE_ONLY": "1"} if how == "environment" else {}
        assert at("28-hidden-rows.xlsx", "-o", "out.csv", **variables).code == 0
        assert at.codes("out.csv") == ["updated", "hidden", "updated", "updated"]
        assert CASES[1] not in at.sent

    @pytest.mark.parametrize("out", ["out.xlsx", "out.csv"])
    def test_a_retry_does_not_send_them_either_until_somebody_asks_for_it(self, at, out):
        case(at, "28-hidden-rows.xlsx")
        assert at("28-hidden-rows.xlsx", "--visible-only", "--max-writes", "1", "-o", out).code == 5
        assert at("retry", out).code == 0
        assert CASES[1] not in at.sent
        if out == "out.csv":
            rows = at.rows(out)
            rows[1]["sync_result"] = ""
            at.rewrite(rows, out)
            assert at("retry", out).code == 0
            assert at.sent[CASES[1]] == 1

    @pytest.mark.parametrize("height", ['hidden="1"', 'ht="0" customHeight="1"', 'hidden="true"'])
    def test_an_error_is_never_hidden_in_the_results(self, at, height):
        sheet = rows_xml([["Phone", "Status"], [CASES[0], "DNC"], ["12", "DNC"], [CASES[2], "DNC"]])
        for number in (2, 3):
            sheet = sheet.replace(f'<row r="{number}"', f'<row r="{number}" {height}')
        packed(at.work / "a.xlsx", parts(sheet))
        assert at("a.xlsx").code == 1
        page = openpyxl.load_workbook(at.work / "a.results.xlsx").active
        hidden = [page.row_dimensions[row].hidden or page.row_dimensions[row].height == 0 for row in (2, 3, 4)]
        assert hidden == [True, False, False]

    @pytest.mark.parametrize("form", ["ods", "xls"])
    def test_in_other_formats(self, at, form):
        rows = [["Phone", "Status"], *([phone, "DNC"] for phone in CASES), ["12", "DNC"]]
        if form == "xls":
            book = xlwt.Workbook()
            page = book.add_sheet("Contacts")
            for at_row, values in enumerate(rows):
                for column, value in enumerate(values):
                    page.write(at_row, column, value)
            for hidden in (2, 5):
                page.row(hidden).hidden = True
            book.save(str(at.work / "a.xls"))
        else:
            an_ods(at.work / "a.ods", "Contacts", rows, hidden={2: "collapse", 5: "filter"})
        done = at(f"a.{form}", "--dry-run", "--offline")
        assert "2 rows are hidden in the sheet" in " ".join(done.screen.split())
        page = openpyxl.load_workbook(at.work / "a.preview.xlsx").active
        assert [page.row_dimensions[row].hidden for row in (2, 3, 6)] == [False, True, False]
        assert [row["sync_code"] for row in preview(at, f"a.{form}", "--visible-only")] == [
            "updated",
            "hidden",
            "updated",
            "updated",
            "hidden",
        ]

    @pytest.mark.parametrize("state", ["hidden", "veryHidden"])
    def test_a_hidden_sheet_is_never_taken_in_silence(self, at, state):
        packed(at.work / "a.xlsx", parts(rows_xml(ROWS), state=state))
        done = at("a.xlsx", "--dry-run", "--offline")
        assert done.code == 2
        assert '--sheet "Contacts"' in done.screen
        done = at("a.xlsx", "--dry-run", "--offline", "--sheet", "Contacts")
        assert done.code == 0
        assert 'the hidden sheet "Contacts"' in done.screen


LOOKS = {
    '"+44"0': "+447400123456",
    "+44 #### ######": "+44 7400123456",
    '"+44 (0) "0': "+44 (0) 7400123456",
    "[$+44]0": "+447400123456",
    '"+44"General': "+447400123456",
    "[Red]00000000000;0": "07400123456",
    "\\000000000000": "007400123456",
    '"Tel. "0': "7400123456",
    "000-000-0000": "7400123456",
    "[<=9999999]###-####;(###) ###-####": "7400123456",
    "_-* #,##0_-": "7400123456",
    "0.00": "7400123456",
    "0" * 256: "7400123456",
}
"""What a spreadsheet shows of the number 7400123456 in a format, where that is more digits than the number has."""


class TestDigitsOfTheFormat:
    """A calling code, or a zero, that the cell's format puts before a number is part of the number that people see."""

    @pytest.mark.parametrize("form", ["xlsx", "xls", "streamed"])
    def test_the_number_that_is_seen_is_the_one_that_is_meant(self, at, form, monkeypatch):
        if form == "xls":
            book = xlwt.Workbook()
            page = book.add_sheet("Contacts")
            for row, values in enumerate([["Phone", "Status"], *([7400123456, "DNC"] for _ in LOOKS)]):
                for column, value in enumerate(values):
                    style = {"style": xlwt.easyxf(num_format_str=[*LOOKS][row - 1])} if row and not column else {}
                    page.write(row, column, value, **style)
            book.save(str(at.work / "a.xls"))
        else:
            with xlsxwriter.Workbook(at.work / "a.xlsx") as book:
                page = book.add_worksheet()
                page.write_row(0, 0, ["Phone", "Status"])
                for row, code in enumerate(LOOKS, start=1):
                    page.write_number(row, 0, 7400123456, book.add_format({"num_format": code}))
                    page.write_string(row, 1, "DNC")
        if form == "streamed":
            monkeypatch.setattr("bulk_sync.results.writers.MOST_ROWS_IN_PLACE", 0)
        name = "a.xls" if form == "xls" else "a.xlsx"
        at(name, "--dry-run", "--offline", "--region", "GB", "-o", "out.csv")
        assert [row["Phone"].lstrip("'") for row in at.rows("out.csv")] == list(LOOKS.values())
        at(name, "--dry-run", "--offline", "-o", "out.xlsx")
        rows = by_header(at.work / "out.xlsx")
        assert [row["Phone"] for row in rows] == [7400123456] * len(LOOKS), "it stays a number"
        wanted = [value.replace(" ", "").replace("(0)", "") for value in LOOKS.values()]
        assert [row["sync_phone"] for row in rows][:5] == wanted[:5]
        assert [row["sync_code"] for row in rows][5:7] == ["invalid_phone"] * 2, "in the US it is none"
        at("out.xlsx", "--dry-run", "--offline", "-o", "again.xlsx")
        again = by_header(at.work / "again.xlsx")
        assert [row["sync_phone"] for row in again] == [row["sync_phone"] for row in rows]

    def test_in_ods(self, at):
        rows = [["Phone", "Status"], [7400123456, "DNC"], [7400123457, "DNC"], [0, "DNC"]]
        an_ods(at.work / "a.ods", "Contacts", rows)
        changes = {"<text:p>7400123456<": "<text:p>+44 7400-123456<", "<text:p>0<": "<text:p>0.00<"}
        rewritten(at.work / "a.ods", "content.xml", changes)
        at("a.ods", "--dry-run", "--offline", "-o", "out.csv")
        assert [row["Phone"].lstrip("'") for row in at.rows("out.csv")] == ["+447400123456", "7400123457", "0"]


class TestMergedCells:
    """A status that is merged over several rows is seen in all of them, and stands in the first."""

    @pytest.mark.parametrize("form", ["xlsx", "xls"])
    def test_a_row_whose_cell_is_merged_with_one_above_is_not_read_as_if_it_were_blank(self, at, form):
        rows = [HEADERS, *([phone, "", "Spring Outreach", ""] for phone in PHONES[:4])]
        rows[2][2] = ""
        if form == "xls":
            book = xlwt.Workbook()
            page = book.add_sheet("Contacts")
        else:
            book = xlsxwriter.Workbook(at.work / "a.xlsx")
            page = book.add_worksheet("Contacts")
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                if value and column != 3:
                    page.write(row, column, value)
        for last, column, text in (3, 1, "DNC"), (4, 3, "no column of ours"):
            if form == "xls":
                page.write_merge(1, last, column, column, text)
            else:
                page.merge_range(1, column, last, column, text)
        book.close() if form == "xlsx" else book.save(str(at.work / "a.xls"))
        done = at(f"a.{form}")
        said = " ".join(done.screen.split())
        assert "Row 3: the cell B3 is merged with B2. Unmerge them, and give each its own value." in said
        assert done.code == 1
        assert set(at.sent) == {PHONES[0], PHONES[3]}

    def test_in_ods(self, at):
        statuses = ["DNC", "3", "4", ""]
        rows = [[PHONES[at], status, "Spring Outreach"] for at, status in enumerate(statuses)]
        an_ods(at.work / "a.ods", "Contacts", [HEADERS[:3], *rows])
        cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
        merged = {cell.format("DNC"): cell.format("DNC").replace("office", 'table:number-rows-spanned="3" office', 1)}
        covered = {cell.format(row): "<table:covered-table-cell/>" for row in (3, 4)}
        rewritten(at.work / "a.ods", "content.xml", merged | covered)
        done = at("a.ods")
        said = " ".join(done.screen.split())
        assert "Row 3: the cell B3 is merged with B2. Unmerge them, and give each its own value." in said
        assert done.code == 1
        assert set(at.sent) == {PHONES[0], PHONES[3]}

    def test_a_cell_that_is_merged_with_one_of_another_column_is_not_read_as_if_it_were_blank(self, at):
        rows = [["Phone", "Note", "Status", "Campaign"], *([phone, "", "", "Spring Outreach"] for phone in PHONES[:4])]
        with xlsxwriter.Workbook(at.work / "a.xlsx") as book:
            page = book.add_worksheet("Contacts")
            for row, values in enumerate(rows):
                page.write_row(row, 0, values)
            page.merge_range("B2:C2", "Do not call")
            page.merge_range("C3:D3", "DNC")
            page.merge_range("B4:C5", "")
        done = at("a.xlsx")
        said = " ".join(done.screen.split())
        assert "Row 2: the cell C2 is merged with B2. Unmerge them, and give each its own value." in said
        assert set(at.sent) == set(PHONES[1:4])
        assert at.status(PHONES[1]) == "DNC"

    def test_a_name_that_is_merged_or_not_worked_out_hinders_nobody_where_names_are_not_used(self, at):
        with xlsxwriter.Workbook(at.work / "a.xlsx") as book:
            page = book.add_worksheet()
            page.write_row("A1", ["Phone", "Status", "Name", "Time zone"])
            for row, phone in enumerate(PHONES[:3], start=1):
                page.write_row(row, 0, [phone, "DNC"])
                page.write_formula(row, 3, "=Z1", None, "")
            page.merge_range("C2:C4", "The Smith family")
        assert at("a.xlsx", "--map", "name=Name", "--dry-run", "--offline").code == 1
        assert at("a.xlsx", "--map", "timezone=Time zone", "--dry-run", "--offline").code == 1
        assert at("a.xlsx", "--create-missing", "Spring Outreach", "--dry-run").code == 1
        assert at("a.xlsx").code == 0
        assert set(at.sent) == set(PHONES[:3])

    def test_a_merged_country_hinders_nobody_whose_number_carries_its_own(self, at):
        with xlsxwriter.Workbook(at.work / "a.xlsx") as book:
            page = book.add_worksheet()
            page.write_row("A1", ["Phone", "Status", "Country"])
            for row, phone in enumerate([*PHONES[:2], "9123456780"], start=1):
                page.write_row(row, 0, [phone, "DNC"])
            page.merge_range("C2:C4", "India")
        assert at("a.xlsx").code == 1
        assert set(at.sent) == set(PHONES[:2])
        assert "the cell C4 is merged with C2." in by_header(at.work / "a.results.xlsx")[2]["sync_error"]

    def test_merges_of_the_header_and_of_whole_rows_hinder_nobody(self, at):
        with xlsxwriter.Workbook(at.work / "a.xlsx") as book:
            page = book.add_worksheet()
            page.merge_range("A1:A2", "Phone")
            page.merge_range("B1:B2", "Status")
            page.write_row("A3", [PHONES[0], "DNC"])
            page.merge_range("A4:A5", PHONES[1])
            page.merge_range("B4:B5", "DNC")
        assert at("a.xlsx").code == 0
        assert [row["sync_code"] for row in by_header(at.work / "a.results.xlsx")] == [
            "blank", "updated", "updated"
        ]  # fmt: skip


class TestAListOnAnotherSheet:
    def test_whoever_is_told_that_there_are_no_contacts_is_told_of_the_other_sheets(self, at):
        with xlsxwriter.Workbook(at.work / "a.xlsx") as book:
            book.add_worksheet("Read me").write_string(0, 0, "How to fill this in")
            page = book.add_worksheet("May")
            for row, values in enumerate(ROWS):
                page.write_row(row, 0, values)
            book.add_worksheet("Lists").hide()
        said = " ".join(at("a.xlsx", "--dry-run", "--offline").screen.split())
        assert 'Only the sheet "Read me" was read; if the list is on another one, choose it with --sheet: "May"' in said
        assert at("a.xlsx", "--dry-run", "--offline", "--sheet", "May").code == 0


class TestFormulasWithoutAResult:
    """Programs that write formulas work none of them out: what a spreadsheet would show there, nobody knows."""

    @pytest.mark.parametrize(
        "formula",
        [
            '<c r="B2"><f>IF(D2="STOP","DNC","active")</f><v /></c>',  # openpyxl
            '<c r="B2"><f>IF(D2="STOP","DNC","active")</f><v></v></c>',
            '<c r="B2"><f>IF(D2="STOP","DNC","active")</f></c>',  # ExcelJS, SheetJS
            '<c r="B2" t="str"><f>IF(D2="STOP","DNC","active")</f></c>',
            '<c r="B2"><f t="shared" si="0"/></c>',
        ],
    )
    def test_a_row_whose_status_nobody_worked_out_is_not_sent(self, at, formula):
        sheet = rows_xml([HEADERS, [PHONES[0], "…", "Spring Outreach", "STOP"], [PHONES[1], "DNC", "", ""]])
        packed(at.work / "a.xlsx", parts(sheet.replace(text_cell("B2", "…"), formula)))
        done = at("a.xlsx")
        assert "the formula in B2 has no result yet. Open the file in a spread" in " ".join(done.screen.split())
        assert (done.code, at.sent) == (1, {PHONES[1]: 1})
        page = openpyxl.load_workbook(at.work / "a.results.xlsx").active
        assert (page["B2"].data_type, page["B3"].value) == ("f", "DNC")
        assert [row["sync_code"] for row in by_header(at.work / "a.results.xlsx")] == ["unreadable_row", "updated"]

    def test_a_result_that_is_blank_is_a_blank_cell_also_in_the_results(self, at):
        sheet = rows_xml([HEADERS, [PHONES[0], "…", "Spring Outreach", ""], [PHONES[1], "DNC", "", "…"]])
        sheet = sheet.replace(text_cell("B2", "…"), '<c r="B2" t="str"><f>IF(D2="STOP","DNC","")</f><v></v></c>')
        sheet = sheet.replace(text_cell("D3", "…"), '<c r="D3"><f>1+1</f></c>')
        packed(at.work / "a.xlsx", parts(sheet))
        assert at("a.xlsx").code == 0
        assert at.sent == {PHONES[0]: 1, PHONES[1]: 1}, "what no column of ours needs hinders nobody"
        assert openpyxl.load_workbook(at.work / "a.results.xlsx").active["B2"].value is None
        assert at("retry", "a.results.xlsx").code == 0
