from pathlib import Path

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources.sheet_cells import Sheet
from bulk_sync.sources.workbook import choose_sheet

BOOK = Path("book.xlsx")
NAMES = ["Empty", "Contacts", "Old Contacts"]


def chosen(wanted, names=NAMES, hidden=()):
    sheets = [Sheet(name, name in hidden, lambda: iter(())) for name in names]
    return choose_sheet(BOOK, sheets, wanted, lambda sheet: sheet.name == "Empty").name


def test_of_two_names_that_differ_in_case_only_the_exact_one_is_meant():
    assert chosen("data", ["Data", "data"]) == "data"
    with pytest.raises(BadInput):
        chosen("DATA", ["Data", "data"])


def test_a_name_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(BadInput, match=r'did you mean "Contacts".*its sheets are "Empty", "Contacts", "Old Contacts"'):
        chosen("Contcts")
    with pytest.raises(BadInput, match=r'no sheet "zzz"; its sheets'):
        chosen("zzz")


def test_an_empty_sheet_that_was_asked_for_is_refused():
    with pytest.raises(BadInput, match=r'"Empty" of book.xlsx is empty'):
        chosen("Empty")


def test_a_workbook_of_empty_sheets_is_refused():
    with pytest.raises(BadInput, match="nothing but empty sheets"):
        chosen(None, ["Empty"])


def test_a_hidden_sheet_is_only_taken_where_somebody_names_it():
    assert chosen(None, ["Lists", "Contacts"], hidden=["Lists"]) == "Contacts"
    assert chosen("Lists", ["Lists", "Contacts"], hidden=["Lists"]) == "Lists"
    with pytest.raises(BadInput, match=r'Only hidden sheets .* add --sheet "Lists"'):
        chosen(None, ["Empty", "Lists"], hidden=["Lists"])
    with pytest.raises(BadInput, match=r'its sheets are "Lists" \(hidden\), "Contacts"'):
        chosen("zzz", ["Lists", "Contacts"], hidden=["Lists"])
