"""An ODS file is read as odfpy's model of it says, and like an XLSX file that holds the same."""

import datetime as dt
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet, load
from odf.table import CoveredTableCell, Table, TableCell, TableHeaderRows, TableRow, TableRowGroup
from odf.teletype import extractText
from odf.text import LineBreak, P, S, Span, Tab

from .drawn_sheets import (
    VALUES,
    Error,
    Money,
    Percent,
    Row,
    by_openpyxl,
    hidden_in,
    read,
    rows,
    shown,
    spaces_kept,
    square,
)

pytestmark = pytest.mark.trial

CALCEXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
FEW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HOW = st.fixed_dictionaries(
    {
        "columns": st.sampled_from([1, 1, 1, 2, 3]),
        "covered": st.booleans(),
        "comment": st.sampled_from(["", "", "", "a comment"]),
        "formula": st.booleans(),
        "spans": st.booleans(),
        "said": st.booleans(),
    }
)
"""How a cell is written: how often, and in which of the ways that there are."""


def iso_length(value):
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < dt.timedelta(0) else ""
    return f"{sign}PT{seconds // 3600:02}H{seconds // 60 % 60:02}M{seconds % 60:02}S"


def about(value):
    """The attributes of a cell with this value."""
    match value:
        case Error() | str():
            return {"valuetype": "string"}
        case bool():
            return {"valuetype": "boolean", "booleanvalue": str(value).lower()}
        case Percent():
            return {"valuetype": "percentage", "value": repr(float(value))}
        case Money():
            return {"valuetype": "currency", "currency": "EUR", "value": repr(float(value))}
        case float():
            return {"valuetype": "float", "value": repr(value)}
        case dt.date():
            return {"valuetype": "date", "datevalue": value.isoformat()}
        case dt.time():
            length = dt.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
            return {"valuetype": "time", "timevalue": iso_length(length)}
        case dt.timedelta():
            return {"valuetype": "time", "timevalue": iso_length(value)}


def say(element, text):
    """Add text to an element as LibreOffice does: a space is one only within words, others are elements."""
    for piece in re.findall(r"[^ \t\n]+(?: [^ \t\n]+)*| +|\t|\n", text):
        match piece[0]:
            case " ":
                element.addElement(S(c=len(piece)) if len(piece) > 1 else S())
            case "\t":
                element.addElement(Tab())
            case "\n":
                element.addElement(LineBreak())
            case _:
                element.addText(piece)


def paragraphs(text, *, in_spans):
    """Paragraphs that say a text: a line each, or one of them with line breaks."""
    for line in text.split("\n") if in_spans else [text]:
        paragraph = P()
        if in_spans:
            half = len(line) // 2
            for piece in (line[:half], line[half:]):
                span = Span()
                say(span, piece)
                paragraph.addElement(span)
        else:
            say(paragraph, line)
        yield paragraph


def cell_of(value, how):
    kind = CoveredTableCell if how["covered"] else TableCell
    attributes = about(value) if value != "" else {}
    if how["formula"] and attributes:
        attributes["formula"] = "of:=[.A1]"
    if (
        how["said"]
        and isinstance(value, str)
        and not isinstance(value, Error)
        and value
        and not set("\t\n") & set(value)
    ):
        attributes["stringvalue"] = value
    cell = kind(numbercolumnsrepeated=how["columns"], **attributes)
    if isinstance(value, Error):
        cell.setAttrNS(CALCEXT, "value-type", "error")
    if how["comment"]:
        note = Annotation()
        note.addElement(P(text=how["comment"]))
        cell.addElement(note)
    if value != "":
        for paragraph in paragraphs(value if isinstance(value, str) else "as shown", in_spans=how["spans"]):
            cell.addElement(paragraph)
    return cell


def written(path, drawn):
    """An ODS file of rows: (how often, where, hidden, cells), each cell a value and how it is written."""
    document = OpenDocumentSpreadsheet()
    table = Table(name="Contacts")
    for times, where, visibility, cells in drawn:
        row = TableRow(numberrowsrepeated=times, visibility=visibility)
        for value, how in cells:
            row.addElement(cell_of(value, how))
        parent = {"header": TableHeaderRows, "group": TableRowGroup}.get(where)
        if parent is None:
            table.addElement(row)
        else:
            box = parent()
            box.addElement(row)
            table.addElement(box)
    document.spreadsheet.addElement(table)
    document.save(str(path))


LENGTH = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+)S")


def value_by_odfpy(cell):
    """What a cell of odfpy's model holds."""
    kind = cell.getAttribute("valuetype")
    match kind:
        case "float" | "percentage" | "currency":
            return float(cell.getAttribute("value"))
        case "boolean":
            return cell.getAttribute("booleanvalue") == "true"
        case "date":
            return dt.datetime.fromisoformat(cell.getAttribute("datevalue"))
        case "time":
            sign, hours, minutes, seconds = LENGTH.fullmatch(cell.getAttribute("timevalue")).groups()
            length = dt.timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
            return -length if sign else length
    said = cell.getAttribute("stringvalue")
    texts = [extractText(piece) for piece in cell.childNodes if piece.qname == P().qname]
    return said if said is not None else "\n".join(texts)


def by_odfpy(path):
    """The texts of the first sheet, and its hidden rows, by odfpy's model."""
    found, hidden = [], set()
    for row in load(str(path)).spreadsheet.getElementsByType(TableRow):
        texts = []
        for cell in row.childNodes:
            texts += shown([value_by_odfpy(cell)]) * int(cell.getAttribute("numbercolumnsrepeated") or 1)
        for _ in range(int(row.getAttribute("numberrowsrepeated") or 1)):
            if row.getAttribute("visibility") in {"collapse", "filter"} and any(texts):
                hidden.add(len(found))
            found.append(texts)
    return square(found), hidden


DRAWN = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 2, 3]),
        st.sampled_from(["table", "table", "header", "group"]),
        st.sampled_from(["visible", "visible", "collapse", "filter"]),
        st.lists(st.tuples(VALUES, HOW), max_size=5),
    ),
    max_size=6,
)


@FEW
@given(DRAWN)
def test_it_is_read_as_odfpy_says(drawn):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ods"
        written(path, drawn)
        expanded = [
            Row(tuple(value for value, how in cells for _ in range(how["columns"])), visibility != "visible")
            for times, _, visibility, cells in drawn
            for _ in range(times)
        ]
        assert read(path) == by_odfpy(path)
        assert read(path) == (square([shown(row.values) for row in expanded]), hidden_in(expanded))


@FEW
@given(rows().map(spaces_kept))
def test_an_xlsx_file_that_holds_the_same_reads_the_same(found):
    plain = {"columns": 1, "covered": False, "comment": "", "formula": False, "spans": False, "said": False}
    with tempfile.TemporaryDirectory() as folder:
        ods, xlsx = Path(folder) / "a.ods", Path(folder) / "a.xlsx"
        written(
            ods,
            [
                (1, "table", "collapse" if row.is_hidden else "visible", [(value, plain) for value in row.values])
                for row in found
            ],
        )
        by_openpyxl(xlsx, found)
        assert read(ods) == read(xlsx)
