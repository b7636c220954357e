"""Which column holds which field, where the headers do not say?"""

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources.columns import looks_like_header

from .choosing import IDS, LOOKS, PHONES, SPRING, chosen


def test_what_headers_do_not_say_the_cells_do():
    fields = chosen(",number,Column3,Unnamed: 3", ["Anna", "Bo"], PHONES[:2], ["paused", "DNC"], [SPRING, SPRING])
    assert fields == {"phone": "number", "status": "Column3", "campaign": "Unnamed: 3"}


def test_a_header_that_means_something_else_is_believed_whatever_its_column_holds():
    columns = PHONES, ["paused"] * 10, [SPRING] * 10, PHONES[::-1]
    assert chosen("phone,what,owner_id,fax", *columns) == {"phone": "phone"}
    with pytest.raises(BadInput, match="--map phone=fax"):
        chosen("who,what,owner_id,fax", ["Anna"] * 10, *columns[1:])


def test_a_file_without_headers_is_understood_by_its_cells():
    assert chosen("A,B,C", PHONES, ["paused"] * 10, ["note"] * 10) == {"phone": "A", "status": "B"}
    assert chosen("A,B", IDS, ["active"] * 10) == {"id": "A", "status": "B"}
    assert chosen("A,B,C", IDS, [SPRING] * 10, ["active"] * 10) == {"id": "A", "campaign": "B", "status": "C"}


@pytest.mark.parametrize(("good", "found"), [(8, True), (7, False), (10, True)])
def test_a_column_is_taken_for_what_four_fifths_of_its_cells_are(good, found):
    cells = PHONES[:good] + ["?"] * (10 - good)
    if found:
        assert chosen("number,status", cells, ["paused"] * 10)["phone"] == "number"
    else:
        with pytest.raises(BadInput, match="--map phone=COLUMN"):
            chosen("number,status", cells, ["paused"] * 10)


def test_blank_cells_do_not_count():
    assert chosen("number,status", ["", PHONES[0], " ", ""], ["paused"] * 4)["phone"] == "number"


@pytest.mark.parametrize("other", [PHONES[::-1], PHONES[:3] + ["?"] * 7, PHONES[:1]])
def test_two_columns_of_phones_without_a_header_that_says_so_are_refused(other):
    with pytest.raises(BadInput, match="--map phone=Column1"):
        chosen("Column1,Column2,status", PHONES, other, ["paused"] * 10)


def test_a_column_with_a_header_of_its_own_is_not_taken_for_something_else():
    assert chosen("phone,country,status", PHONES, PHONES, ["paused"] * 10)["phone"] == "phone"
    assert chosen("phone,status,Order number", PHONES, ["paused"] * 10, IDS) == {"phone": "phone", "status": "status"}


def test_where_there_is_an_id_no_column_is_taken_for_a_new_phone_by_its_cells():
    assert chosen("id,fax,status", IDS, PHONES, ["paused"] * 10) == {"id": "id", "status": "status"}


def test_columns_of_an_earlier_run_are_never_chosen_by_their_cells():
    with pytest.raises(BadInput, match="--map phone=COLUMN"):
        chosen("status,sync_phone", ["paused"] * 10, PHONES)


def test_a_campaign_is_what_rows_share_and_an_id_is_what_stands_once():
    fields = chosen("F1,F2,F3", ["paused"] * 4, IDS[:4], [SPRING] * 4)
    assert fields == {"status": "F1", "id": "F2", "campaign": "F3"}


@pytest.mark.parametrize(
    ("row", "is_header"),
    [
        (["Phone", "Status"], True),
        (["Nobody", "Knows"], True),
        (["Teléfono", "x"], True),
        (["phone", "DNC"], True),
        (["4155552671", "DNC"], False),
        (["Anna", "DNC"], False),
        (["4155552671", "DNC", "mobile"], False),
        (["4155552671", "active", "cell"], False),
        (["Name", "4155552671"], False),
        ([IDS[0], "Land"], False),
        (["", "paused"], False),
        (["", ""], True),
        (["Anna", "Smith"], True),
    ],
)
def test_a_first_row_is_told_from_headers(row, is_header):
    assert looks_like_header(row, LOOKS) is is_header
