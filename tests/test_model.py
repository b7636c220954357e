"""The nouns that flow through a run."""

import pytest

from bulk_sync.model import SYNC_COLUMNS, Change, Columns, Kind, fold, letter

FOLDED = {
    "phonenumber": ["Phone Number", "phone_number", "PHONE-NUMBER:", "Phone\u00a0Number"],
    "telefono": ["Teléfono", "Telefono\u0301"],
    "strasse": ["Straße", "STRASSE"],
    "id": ["İd"],
    "phone": ["\uff30\uff48\uff4f\uff4e\uff45", "\ufeffPhone"],
    "": [" ", "#!-"],
    "停止": ["停止"],
}


@pytest.mark.parametrize("folded", FOLDED)
def test_names_are_compared_without_case_accents_spaces_and_punctuation(folded):
    assert {fold(text) for text in FOLDED[folded]} == {folded}


@pytest.mark.parametrize(
    ("position", "name"),
    [(0, "A"), (1, "B"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")],
)
def test_columns_have_the_letters_that_a_spreadsheet_shows(position, name):
    assert letter(position) == name


def test_a_cell_is_named_by_row_header_and_place():
    columns = Columns({"phone": 1, "status": 27, "id": 3}, ("x", " Mobile ", "y"))
    assert columns.cell("id", 9) == "Row 9, id (D9)"
    assert columns.cell("phone", 17) == "Row 17, Mobile (B17)"
    assert columns.cell("status", 2) == "Row 2, status (AB2)"
    assert columns.cell("campaign", 17) == "Row 17, campaign"


def test_a_header_of_several_lines_or_none_that_anyone_reads_is_named_on_one_short_line():
    columns = Columns({"phone": 0, "status": 1}, ("Phone\r\nnumber", "x" * 500))
    assert columns.cell("phone", 2) == "Row 2, Phone number (A2)"
    assert len(columns.cell("status", 2)) < 80


def test_variables_are_the_columns_that_say_so():
    columns = Columns({"phone": 0, "var.email": 3, "var.a.b": 4})
    assert columns.variables == {"email": 3, "a.b": 4}


SAYING = [{"campaign": "x"}, {"phone": "x"}, {"name": ""}, {"timezone": "UTC"}, {"variables": {}}, {"status": "paused"}]


@pytest.mark.parametrize("said", SAYING)
def test_a_change_is_true_if_it_asks_for_anything_and_knows_what(said):
    change = Change(**said, **dict.fromkeys({"phone", "name"} - said.keys()))
    assert change
    assert change.said == said
    assert change == Change(**said) != Change()
    assert not Change()


def test_what_stops_outreach_is_sent_before_what_restarts_it():
    assert list(Kind) == [Kind.DNC, Kind.STOPS, Kind.REST, Kind.RESTARTS]
    assert sorted(Kind) == list(Kind)


def test_the_added_columns_are_those_of_the_interface_in_their_order():
    assert SYNC_COLUMNS == (
        "sync_row",
        "sync_result",
        "sync_code",
        "sync_error",
        "sync_retryable",
        "sync_phone",
        "sync_contact_id",
        "sync_previous_status",
        "sync_previous_campaign",
        "sync_http_status",
        "sync_attempts",
        "sync_at",
        "sync_run",
    )
