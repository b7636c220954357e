"""The cells of an XLSX file are those that calamine and openpyxl read, whichever of our two ways reads them."""

import datetime as dt
import tempfile
from pathlib import Path
from unittest import mock

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from python_calamine import CalamineWorkbook

from bulk_sync.sources import calamine, xlsx
from bulk_sync.sources.cell_values import all_shown
from bulk_sync.sources.sheet_cells import cells_of
from bulk_sync.sources.sniff import Kind
from bulk_sync.sources.workbook import sheets_of
from tests.workbook_parts import packed, parts, rows_xml

from .drawn_sheets import FORMATS, Error, Row, by_openpyxl, hidden_in, rows, shown, spaces_kept, square

pytestmark = pytest.mark.trial

FEW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FORMULAS = {"#N/A": "=NA()", "#DIV/0!": "=1/0"}


def by_xlsxwriter(path, found):
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet()
        styles = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}
        for number, row in enumerate(found):
            page.set_row(number, None, None, {"hidden": row.is_hidden})
            for column, value in enumerate(row.values):
                style = styles.get(type(value))
                match value:
                    case Error():
                        page.write_formula(number, column, FORMULAS.get(value, "=A1"), None, str(value))
                    case str():
                        page.write_string(number, column, value)
                    case bool():
                        page.write_boolean(number, column, value)
                    case float():
                        page.write_number(number, column, float(value), style)
                    case _:
                        page.write_datetime(number, column, value, style)


def ways(path):
    """The texts of the first sheet by the fast way (None where it leaves it to the other) and the careful one."""
    sheet = sheets_of(path, Kind.XLSX)[0]
    with mock.patch.object(calamine, "_looked_through", lambda *_: None):
        found = cells_of(path, sheet)
        texts = [all_shown(row) for row in found.rows()]
    with mock.patch.object(xlsx, "rows_of", side_effect=NotImplementedError):
        try:
            fast = [all_shown(row) for row in cells_of(path, sheet).rows()]
        except NotImplementedError:
            fast = None
    return fast, texts, set(found.hidden)


def texts_by_openpyxl(path):
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    found = [all_shown(["" if value is None else value for value in row]) for row in book.active.values]
    book.close()
    return square(found)


def texts_by_calamine(path):
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    return square(map(all_shown, sheet.to_python(skip_empty_area=False)))


def plain_of(found):
    """The rows without what calamine has no value for: errors."""
    return [Row(tuple("" if isinstance(value, Error) else value for value in row.values)) for row in found]


def check(write, found):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        write(path, found)
        expected = square([shown(row.values) for row in found])
        fast, careful, hidden = ways(path)
        assert (careful, hidden) == (expected, hidden_in(found))
        assert fast in (None, expected)
        assert texts_by_openpyxl(path) == expected
        write(path, plain_of(found))
        fast, careful, hidden = ways(path)
        assert careful == texts_by_calamine(path)
        assert fast in (None, careful)
        return fast is not None


@FEW
@given(rows().map(spaces_kept))
def test_what_openpyxl_writes(found):
    check(by_openpyxl, found)


@FEW
@given(rows())
def test_what_xlsxwriter_writes(found):
    check(by_xlsxwriter, found)


def test_the_fast_way_reads_what_is_usual():
    assert check(by_openpyxl, [Row(("Phone", "Status", 4155552671.0)), Row(("", True, dt.date(2026, 3, 1)))])


def test_a_large_sheet_is_usual_wherever_its_bytes_are_parted(tmp_path, monkeypatch):
    monkeypatch.setattr(calamine, "_AT_ONCE", 997)
    found = [["Phone", "Note"], *([4155552671 + at, "x" * (at % 50)] for at in range(500))]
    path = packed(tmp_path / "a.xlsx", parts(rows_xml(found)))
    fast, careful, _ = ways(path)
    assert fast == careful == [all_shown(row) for row in found]


@pytest.mark.parametrize("number", [" 1", "1 ", "\n1\n"])
def test_white_space_around_the_number_of_a_text_names_no_other_text(tmp_path, number):
    strings = "<si><t>active</t></si><si><t>DNC</t></si>"
    path = packed(tmp_path / "a.xlsx", parts(f'<row r="1"><c r="A1" t="s"><v>{number}</v></c></row>', strings=strings))
    assert list(cells_of(path, sheets_of(path, Kind.XLSX)[0]).rows()) == [["DNC"]]


APART = [
    '<c r="A" s="1"><v>123</v></c>',
    '<c r="A" s="1"/>',
    '<c r="A" s="1" t="s"><v>0</v></c>',
    '<c r="A" s="2"><v>1.25</v></c>',
    '<c r="A" t="e"><f>NA()</f><v>#N/A</v></c>',
    '<c r="A" t="str"><f>A1&amp;""</f><v></v></c>',
    '<c r="A"><f>1+1</f></c>',
    '<c r="A"><v>-5</v></c>',
]
"""Cells that calamine alone would not read as they are shown."""


@pytest.mark.parametrize("at_once", [997, 1 << 20])
def test_a_sheet_with_cells_that_calamine_does_not_read_is_usual_too(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(calamine, "_AT_ONCE", at_once)
    rows = []
    for at in range(1, 200):
        about = ' hidden="1"' if at % 3 == 0 else ""
        odd = APART[at % len(APART)].replace('r="A"', f'r="C{at}"')
        rows.append(f'<row r="{at}"{about}><c r="B{at}"><v>4155552671</v></c>{odd}</row>')
    formats = '<numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>'
    styles = f'{formats}<cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="46"/></cellXfs>'
    path = packed(tmp_path / "a.xlsx", parts("".join(rows), styles=styles, strings="<si><t>x</t></si>"))
    fast, careful, hidden = ways(path)
    assert fast == careful
    assert [row[2] for row in fast[: len(APART)]] == ["", "x", "30:00", "#N/A", "", "=1+1", "-5", "00123"]
    assert hidden == set(range(2, 199, 3))


KEPT = 'xml:space="preserve"'
SPACES = {
    "<t> a </t>": "a",
    f"<t {KEPT}> a </t>": " a ",
    "<r><t>a </t></r><r><t> b</t></r>": "ab",
    f"<r><t {KEPT}>a </t></r><r><t {KEPT}> b</t></r>": "a  b",
    "<t>a\u00a0</t>": "a\u00a0",
    "<t> _x0009_a </t>": "\ta",
    "<t> a  &amp; b</t>": "a  & b",
    "<t> \n </t>": "",
}
"""Texts and what a spreadsheet program shows: white space around them only where the file says so."""


@pytest.mark.parametrize(("text", "said"), SPACES.items())
@pytest.mark.parametrize("is_shared", [True, False])
def test_white_space_around_a_text(tmp_path, text, said, is_shared):
    cell = '<c r="A1" t="s"><v>0</v></c>' if is_shared else f'<c r="A1" t="inlineStr"><is>{text}</is></c>'
    path = packed(tmp_path / "a.xlsx", parts(f'<row r="1">{cell}</row>', strings=f"<si>{text}</si>"))
    expected = [[said]] if said else []
    assert ways(path) == (expected, expected, set())
