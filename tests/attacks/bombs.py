"""Small workbooks that want much memory or time: how each is made, and what is said of it."""

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import xlwt

from bulk_sync.model import letter
from tests.binary_workbooks import cell, chain_without_end, row_of, rows_of, shared, tangled_names, xlsb
from tests.sources.workbooks import ods, ods_cell
from tests.workbook_parts import links, packed, parts, rows_xml, text_cell

ROWS = [["Phone", "Status"], ["+14155552671", "DNC"], ["+14155552672", "paused"]]
TWO_STYLES = '<cellXfs><xf numFmtId="0"/><xf numFmtId="0"/></cellXfs>'
SHEET, TEXTS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
BLANKS = b" " * (1 << 20)
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
"""A billion of them in `&j;`."""

DAMAGED = "is damaged"
FULL = "unpacks to far more than a list of contacts has"


@dataclass(frozen=True)
class Bomb:
    """A file `name` that `make(path)` makes; `said` is in the refusal, None where the file is read like any other."""

    name: str
    make: Any
    said: str | None


def _xlsx(more="", change=None, **styles_and_strings):
    """A workbook whose sheet has `more` behind its rows; `change` gives other parts, by those of the workbook."""

    def make(path):
        found = parts(rows_xml(ROWS) + more, **styles_and_strings)
        packed(path, found | (change(found) if change else {}))

    return make


def _in_part(part, what, before="</sheetData>"):
    """A change of one part: in front of some text of it stands what `what()` gives, piece by piece."""

    def change(found):
        head, tail = found[part].split(before)
        return {part: [head, *what(), before + tail]}

    return change


def _row(cells, number=4):
    return f'<row r="{number}">{cells}</row>'


XLSX = [
    Bomb("far.xlsx", _xlsx(_row(text_cell("XFD1048576", "x"), 1_048_576)), "reaches to cell XFD1048576"),
    Bomb("far-blank.xlsx", _xlsx(_row('<c r="XFD1048576" s="1"/>', 1_048_576), styles=TWO_STYLES), None),
    Bomb(
        "far-right.xlsx",
        _xlsx(_row(text_cell("XFD4", "x")) + "".join(_row(text_cell(f"A{at}", "1"), at) for at in range(5, 3_000))),
        "reaches to cell XFD4 and down to row",
    ),
    Bomb("below.xlsx", _xlsx(_row(text_cell("A1048577", "x"), 1_048_577)), "holds a row 1,048,577"),
    Bomb(
        "empty-rows.xlsx",
        _xlsx(
            change=_in_part(SHEET, lambda: (f'<row r="{at}" s="1" customFormat="1"/>' for at in range(4, 1_000_004))),
            styles=TWO_STYLES,
        ),
        None,
    ),
    Bomb("columns.xlsx", _xlsx(_row("<c><v>1</v></c>" * 100_000)), "holds a cell XFE4"),
    Bomb("cells.xlsx", _xlsx(change=_in_part(SHEET, lambda: ["<row>", "<c/>" * 2_000_000])), "holds a row of over"),
    Bomb("no-such-text.xlsx", _xlsx(_row('<c r="A4" t="s"><v>5</v></c>'), strings="<si><t>a</t></si>"), DAMAGED),
    Bomb("nested.xlsx", _xlsx("<a>" * 2_000_000 + "</a>" * 2_000_000), "over 1,000 elements within one another"),
    Bomb("without-end.xlsx", _xlsx(change=_in_part(SHEET, lambda: ["<a>" * 20_000_000])), "over 1,000 elements"),
    Bomb("text.xlsx", _xlsx(change=_in_part(SHEET, lambda: [BLANKS] * 200, "DNC")), "holds a text of over 8 MB"),
    Bomb(
        "attribute.xlsx",
        _xlsx(change=_in_part(SHEET, lambda: ['<row x="', *[BLANKS] * 100, '"/>'])),
        "holds a text of over 8 MB",
    ),
    Bomb("white-space.xlsx", _xlsx(_row(f'<c r="C4"><f>1</f>{" " * 3_000_000}</c>')), None),
    Bomb(
        "merges.xlsx",
        _xlsx(
            "".join(_row(text_cell(f"C{at}", "x"), at) for at in range(4, 20_004)),
            _in_part(SHEET, lambda: (f'<mergeCell ref="B3:B{20_003 - at}"/>' for at in range(2_000)), "</worksheet>"),
        ),
        None,
    ),
    Bomb("values.xlsx", _xlsx(_row(f'<c r="C4">{"<v>-5</v>" * 80_000}</c>')), None),
    Bomb("sheet.xlsx", _xlsx(change=_in_part(SHEET, lambda: [BLANKS] * 260)), f"{FULL} ({SHEET})"),
    Bomb("texts.xlsx", _xlsx(strings="@", change=_in_part(TEXTS, lambda: [BLANKS] * 80, "@")), f"{FULL} ({TEXTS})"),
    Bomb("laughs.xlsx", _xlsx(_row("&j;"), change=lambda found: {SHEET: LAUGHS + found[SHEET]}), DAMAGED),
    Bomb("laughing-texts.xlsx", _xlsx(change=lambda _: {TEXTS: LAUGHS + "<sst><si><t>&j;</t></si></sst>"}), DAMAGED),
    Bomb("laughing-book.xlsx", _xlsx(change=lambda found: {BOOK: LAUGHS + found[BOOK]}), DAMAGED),
    Bomb("laughs-aside.xlsx", _xlsx(change=lambda _: {"docProps/core.xml": LAUGHS + "<a>&j;</a>"}), None),
    Bomb("outside.xlsx", _xlsx(change=lambda _: {"../../x": "x", "/etc/x": "x", "..\\x": "x"}), None),
    Bomb(
        "link-outside.xlsx",
        _xlsx(change=lambda _: {"xl/_rels/workbook.xml.rels": links(("rId1", "worksheet", "../../../etc/passwd"))}),
        DAMAGED,
    ),
    Bomb(
        "sheets.xlsx",
        _xlsx(change=_in_part(BOOK, lambda: ['<sheet name="x" r:id="rId1"/>' * 50_000], "</sheets>")),
        "holds over 1,000 sheets",
    ),
]


FILLED = ods_cell("x")


def _ods(more):
    """A workbook whose sheet has the rows `more` behind its own."""

    def make(path):
        rows = "".join(f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in ROWS)
        ods(path, f'<table:table table:name="Contacts">{rows}{more}</table:table>')
        packed(path, _parts_of(path))

    return make


def _repeated(rows, columns, content=FILLED):
    many = content.replace("<table:table-cell", f'<table:table-cell table:number-columns-repeated="{columns}"')
    return f'<table:table-row table:number-rows-repeated="{rows}">{many}</table:table-row>'


def _with_part(part, pieces, method=zipfile.ZIP_DEFLATED):
    """An ODS workbook one of whose parts is as large as these pieces are together."""

    def make(path):
        _ods("")(path)
        found = _parts_of(path)
        packed(path, found | {part: [found[part], *pieces]}, method)

    return make


def _parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


ODS = [
    Bomb("spaces.ods", _ods(_repeated(1, 1, ods_cell('x<text:s text:c="2000000000"/>'))), "Cell A4 of the sheet"),
    Bomb("many-spaces.ods", _ods(_repeated(1, 1, ods_cell('<text:s text:c="999999"/>' * 2_000))), "Cell A4 of the"),
    Bomb("columns.ods", _ods(_repeated(1, 2_000_000_000)), "holds a cell FLHOMVX4"),
    Bomb("columns-47-million.ods", _ods(_repeated(1, 47_000_000)), f"holds a cell {letter(46_999_999)}4"),
    Bomb("rows.ods", _ods(_repeated(2_000_000_000, 1)), "and down to row 2,000,000,003"),
    Bomb("rows-47-million.ods", _ods(_repeated(47_000, 1_000)), "reaches to cell ALL4 and down to row 47,003"),
    Bomb("rows-one-by-one.ods", _ods(_repeated(1, 16_384) * 1_000), "reaches to cell XFD4 and down to row 306"),
    Bomb("blank.ods", _ods(_repeated(2_000_000_000, 2_000_000_000, "<table:table-cell/>")), None),
    Bomb("digits.ods", _ods(_repeated("9" * 5_000, 1)), DAMAGED),
    Bomb("nested.ods", _ods(_repeated(1, 1, ods_cell("<text:span>" * 100_000))), "over 1,000 elements within"),
    Bomb("content.ods", _with_part("content.xml", [BLANKS] * 260), f"{FULL} (content.xml)"),
    Bomb("mimetype.ods", _with_part("mimetype", [BLANKS] * 80), f"{FULL} (mimetype)"),
    Bomb("manifest.ods", _with_part("META-INF/manifest.xml", [BLANKS] * 80), f"{FULL} (META-INF/manifest.xml)"),
    Bomb("bzip2.ods", _with_part("mimetype", [BLANKS] * 300, zipfile.ZIP_BZIP2), DAMAGED),
]


def _xls_far(path, column):
    book = xlwt.Workbook()
    page = book.add_sheet("Contacts")
    for at, values in enumerate(ROWS):
        for place, value in enumerate(values):
            page.write(at, place, value)
    page.write(65_535, column, "x")
    book.save(str(path))


def _xlsb(records):
    return lambda path: xlsb(path, [rows_of(ROWS), *records])


def _one_text(path):
    """100,000 cells that share a text of 30,000 characters."""
    xlsb(path, [rows_of(ROWS), *(row_of(at) + shared(0, 0) for at in range(3, 100_003))], texts=["x" * 30_000])


BINARY = [
    Bomb("far.xls", lambda path: _xls_far(path, 255), "reaches to cell IV65536: an area of 16,777,216 cells"),
    Bomb("chain.xls", chain_without_end, DAMAGED),
    Bomb("tangled.xls", tangled_names, DAMAGED),
    Bomb("far.xlsb", _xlsb([row_of(1_048_575), cell(16_383, "x")]), "reaches to cell XFD1048576"),
    Bomb("far-right.xlsb", _xlsb([row_of(2_999), cell(16_383, "x")]), "reaches to cell XFD3000"),
    Bomb("far-blank.xlsb", _xlsb([row_of(1_048_575), cell(16_383, None)]), None),
    Bomb("below.xlsb", _xlsb([row_of(1_048_576)]), "holds a row 1,048,577"),
    Bomb("no-such-text.xlsb", _xlsb([row_of(3), shared(0, 5)]), DAMAGED),
    Bomb("one-text.xlsb", _one_text, "hold more than 1,000,000,000 characters up to row 33337"),
    Bomb("again-and-again.xlsb", _xlsb([row_of(3), *[cell(0, b"\x07") * 1_000_000] * 8]), DAMAGED),
    Bomb("records.xlsb", _xlsb([b"\x7f\0" * 1_000_000] * 2), "records with next to nothing in them"),
]


def spoiled(how):
    """A workbook that was cut short, or of which some byte is another one."""
    whole = io.BytesIO()
    packed(whole, parts(rows_xml(ROWS)), zipfile.ZIP_STORED)
    data = whole.getvalue()
    return data[: len(data) * 2 // 3] if how == "cut short" else data.replace(b"2672", b"2673")
