import pytest

from bulk_sync.tables.error_cells import error_cells
from bulk_sync.tables.kinds import Kind

from .workbooks import xlsx


@pytest.mark.parametrize("kind", [Kind.XLSX, Kind.ODS, Kind.XLS, Kind.XLSB])
def test_what_cannot_be_looked_into_has_no_errors_that_are_known(file, kind):
    assert error_cells(file("no workbook"), kind, "Contacts") == {}


def test_a_sheet_that_is_not_there_has_none(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["phone"], ["#N/A"]])
    assert error_cells(path, Kind.XLSX, "nope") == {}


def test_text_that_looks_like_an_error_is_text(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["phone"], ["#N/A"]])
    assert error_cells(path, Kind.XLSX, "Contacts") == {}
