import pytest

from bulk_sync.results.result_cells import as_text, copied, runs_as_formula


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\rx", " =1", "\n=1", "\xa0=1", "\ufeff=1", "\x00=1"),
        *("\uff1d1", "\uff0b1", "\uff0d1", "\uff20A", "-", "=", "+123456", "+1234567890123456", "+1415555267x"),
        *("+1415 5552671", "+14155552671\n", "+\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff12"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_becomes_text(cell):
    assert runs_as_formula(cell)
    assert as_text(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["", "x", "1", "a=b", "1-2", "'=1", "DNC", "+1234567", "+14155552671", "+123456789012345"]
)
def test_other_cells_and_phone_numbers_stay_as_they_are(cell):
    assert as_text(cell) == cell


def test_a_negative_number_copied_from_a_workbook_stays_a_number():
    assert [copied(cell) for cell in ("-5", "-5.25", "-5+1", "=5")] == ["-5", "-5.25", "'-5+1", "'=5"]
