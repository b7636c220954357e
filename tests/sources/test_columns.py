"""Which column holds which field?"""

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.sources.columns import choose, described, find, is_ours, known_headers, summary

from .choosing import LOOKS, PHONES, SPRING, chosen, columns_of


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ("Phone,Status", {"phone": "Phone", "status": "Status"}),
        ("Name,Mobile,Notes,Outcome", {"phone": "Mobile", "status": "Outcome", "name": "Name"}),
        ("teléfono,ESTADO,campaña", {"phone": "teléfono", "status": "ESTADO", "campaign": "campaña"}),
        ("Telefonnummer,Status,Land", {"phone": "Telefonnummer", "status": "Status", "country": "Land"}),
        (
            "Contact ID,Time Zone,Phone,var.plan",
            {"id": "Contact ID", "timezone": "Time Zone", "phone": "Phone", "var.plan": "var.plan"},
        ),
        ("phone,campaign,campaign id", {"phone": "phone", "campaign": "campaign id"}),
        ("ID,Contact ID,Status", {"id": "Contact ID", "status": "Status"}),
        ("phone,status,sync_phone,sync_row", {"phone": "phone", "status": "status"}),
        ("id,name", {"id": "id", "name": "name"}),
        ("phone,customVariables.email", {"phone": "phone", "var.email": "customVariables.email"}),
    ],
)
def test_columns_are_found_by_their_headers(headers, fields):
    assert chosen(headers) == fields


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ("Phone,Mobile,Status", "phone"),
        ("phone,Phone,status", "phone"),
        ("phone,Status,Outcome", "status"),
        ("phone,Campaign ID,campaign_id", "campaign"),
        ("phone,Campaign,Campaign Name", "campaign"),
        ("phone,status,Country,Land", "country"),
        ("id,Name,Full name", "name"),
        ("phone,status,var.email,customVariables.email", "var.email"),
        ("id,contact id,Contact-ID,status", "id"),
    ],
)
def test_two_equally_good_columns_are_refused_with_both_and_the_map_that_settles_it(headers, field):
    with pytest.raises(BadInput) as refused:
        chosen(headers)
    said = str(refused.value)
    assert f"--map {field}=" in said or f'--map "{field}=' in said
    assert said.count("column ") == 2


def test_a_blank_column_is_no_rival():
    assert chosen("Phone,Mobile,Status", ["", " "], PHONES[:2], ["paused"] * 2) == {
        "phone": "Mobile",
        "status": "Status",
    }
    assert chosen("Phone,Phone 2,Status", [""], [PHONES[0]], ["paused"])["phone"] == "Phone 2"
    assert chosen("Phone,Mobile", [""], [""]) == {"phone": "Phone"}


def test_a_column_that_is_filled_further_down_is_a_rival():
    with pytest.raises(BadInput, match="--map phone=Phone"):
        choose(["Phone", "Mobile"], [[""], [PHONES[0]]], {}, LOOKS, lambda at: False)


def test_the_map_that_is_proposed_settles_it():
    for headers, option in (("Phone,Mobile,Status", "Phone"), ("phone,Phone,status", "A")):
        with pytest.raises(BadInput, match=f"--map phone={option}"):
            chosen(headers)
        assert chosen(headers, phone=option)["phone"] == headers.split(",", maxsplit=1)[0]


def test_a_proposed_map_with_a_space_is_quoted_for_the_shell():
    with pytest.raises(BadInput, match='--map "phone=Mobile Phone"'):
        chosen("Mobile Phone,Phone,Status")


def test_names_that_are_not_used_may_be_ambiguous():
    assert chosen("phone,status,name,full name,tz,time zone") == {"phone": "phone", "status": "status"}


@pytest.mark.parametrize(
    ("wanted", "header"),
    [
        ("Work", "Work"),
        ("work", "Work"),
        (" WORK ", "Work"),
        ("B", "Work"),
        ("b", "Work"),
        ("Mobile", "Mobile"),
        ("móbile", "Mobile"),
    ],
)
def test_map_names_a_column_by_its_header_or_its_letter(wanted, header):
    assert chosen("Mobile,Work,Status", phone=wanted)["phone"] == header


def test_a_header_wins_over_a_letter():
    assert chosen("phone,A,status", status="A")["status"] == "A"


def test_map_settles_a_tie_and_takes_the_column_from_others():
    assert chosen("Phone,Mobile,Outcome", phone="Mobile") == {"phone": "Mobile", "status": "Outcome"}
    assert chosen("Phone,Status,Outcome", status="Outcome") == {"phone": "Phone", "status": "Outcome"}
    assert chosen("Phone,Name,Status", campaign="Status", status="") == {
        "phone": "Phone",
        "campaign": "Status",
        "name": "Name",
    }


def test_map_to_nothing_leaves_a_field_out():
    assert chosen("id,phone,status", id="") == {"phone": "phone", "status": "status"}


def test_map_takes_variables():
    assert chosen("phone,status,Mail", var__email="Mail")["var.email"] == "Mail"


def test_a_column_of_an_earlier_run_may_be_named_by_hand():
    assert chosen("Whatever,status,sync_phone", phone="sync_phone")["phone"] == "sync_phone"


@pytest.mark.parametrize(("field", "wanted"), [("phone", "Nobody"), ("phone", "Z"), ("phone", "AAA"), ("status", "?")])
def test_a_map_to_a_column_that_is_not_there_says_which_there_are(field, wanted):
    with pytest.raises(BadInput) as refused:
        chosen("Mobile,Status", **{field: wanted})
    assert wanted in str(refused.value)
    assert '"Mobile" (column A), "Status" (column B)' in str(refused.value)


def test_a_map_to_a_header_that_stands_twice_asks_for_a_letter():
    with pytest.raises(BadInput, match=r"--map phone=A"):
        chosen("Tel,Tel,Status", phone="Tel")
    assert chosen("Tel,Tel,Status", phone="B")["phone"] == "Tel"


def test_a_field_that_does_not_exist_is_refused():
    with pytest.raises(BadInput, match="telephone"):
        chosen("Mobile,Status", telephone="Mobile")


@pytest.mark.parametrize("headers", ["Name,Notes", "Status,Notes", "sync_row,sync_phone", ""])
def test_a_file_that_names_nobody_is_refused_with_what_it_has(headers):
    with pytest.raises(BadInput) as refused:
        chosen(headers)
    assert "--map phone=COLUMN" in str(refused.value)


@pytest.mark.parametrize("headers", ["phone", "phone,notes", "phone,name,timezone"])
def test_a_file_that_says_nothing_to_change_is_taken_and_the_line_about_columns_says_so(headers):
    found = columns_of(headers)
    assert found.fields["phone"] == 0
    assert "--map status=COLUMN" in summary(found.headers, found)


def test_a_file_that_says_something_to_change_is_not_told_so():
    found = columns_of("phone,status")
    assert "--map" not in summary(found.headers, found)


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("country code", ["44", "+49", "0034"], "code"),
        ("Country", ["44", "49", "34"], "code"),
        ("country code", ["GB", "DE", "ES"], "country"),
        ("phone_code", ["GB", "DE", "ES"], "country"),
        ("phone_code", ["44", "49", ""], "code"),
        ("prefix", ["44", "49", "34"], "code"),
        ("prefix", ["Mr", "Ms", "Dr"], None),
        ("Vorwahl", ["+44", "0049", "+34"], "code"),
        ("ISO country code", ["44", "49", "34"], "country"),
        ("country code", ["", "", ""], "country"),
        ("dial code", ["red", "blue", "green"], None),
    ],
)
def test_what_a_column_of_codes_holds_decides_what_it_is(header, cells, field):
    looks = {**LOOKS, "code": lambda cell: cell.lstrip("+0") in {"34", "44", "49"}}
    found = choose(["Phone", header], [PHONES[:3], cells], {}, looks).fields
    assert found == ({"phone": 0} if field is None else {"phone": 0, field: 1})


def test_area_codes_beside_numbers_that_lack_them_are_refused_and_the_advice_settles_it():
    headers, columns = ["Area code", "Phone"], [["415", "212"], ["5552671", "5552672"]]
    with pytest.raises(BadInput, match="--map phone=Phone"):
        choose(headers, columns, {}, LOOKS)
    assert choose(headers, columns, {"phone": "Phone"}, LOOKS).fields == {"phone": 1}
    whole = [["415", "212"], ["+1 (415) 5552671", "2125552672"]]
    assert choose(headers, whole, {}, LOOKS).fields == {"phone": 1}
    assert choose(headers, [["Bay", "NY"], ["5552671", "5552672"]], {}, LOOKS).fields == {"phone": 1}


def test_a_table_without_rows_is_fine():
    found = choose(["Phone", "Notes"], [[], []], {}, LOOKS)
    assert found.fields == {"phone": 0}


def test_a_wide_file_is_described_in_part():
    with pytest.raises(BadInput, match="and 30 more"):
        chosen([f"c{number}" for number in range(50)])


def test_known_headers_are_counted():
    assert known_headers(["Phone", "Outcome", "Notes", "", "var.x"]) == {"phone", "status", "var.x"}


def test_the_line_about_columns_says_what_was_taken_why_and_what_was_left_alone():
    headers = ["who", "Mobile", "Column3", "Full Name", "B2", "Alt Phone"]
    sample = [["x"], [PHONES[0]], ["paused"], ["Anna"], [SPRING], [PHONES[1]]]
    found = choose(headers, sample, {"campaign": "E"}, LOOKS)
    line = summary(headers, found)
    assert line.startswith("Columns: ")
    assert 'phone from "Mobile" (column B)' in line
    assert 'status from "Column3" (column C) going by what it holds' in line
    assert 'campaign from "B2" (column E) as --map says' in line
    assert 'Not sent: "Full Name" (column D). To send it, add --map "name=Full Name".' in line
    assert 'Phone numbers that are not used: "Alt Phone" (column F).' in line
    assert "\n" not in line


def test_the_line_about_columns_names_names_that_are_used():
    headers = ["id", "Name", "status"]
    line = summary(headers, choose(headers, [["x"]] * 3, {}, LOOKS))
    assert 'name from "Name"' in line
    assert "Not sent" not in line
    headers = ["phone", "Name", "status"]
    line = summary(headers, choose(headers, [["x"]] * 3, {"name": "Name"}, LOOKS))
    assert 'name from "Name" (column B) as --map says' in line


@pytest.mark.parametrize(
    ("headers", "at", "words"),
    [
        (["Mobile"], 0, '"Mobile" (column A)'),
        (["A"], 0, "column A"),
        ([" "], 0, "column A"),
        (["x"] * 30, 27, '"x" (column AB)'),
    ],
)
def test_a_column_is_named_as_a_person_would_look_for_it(headers, at, words):
    assert described(headers, at) == words


def test_ours_are_the_columns_that_an_earlier_run_added():
    assert all(is_ours(name) and is_ours(f" {name.upper()} ") for name in SYNC_COLUMNS)
    assert not is_ours("sync")
    assert not is_ours("phone")


def test_find_gives_the_position_or_none_for_nothing():
    assert find(["a", "Phone"], "phone", "phone") == 1
    assert find(["a", "Phone"], " ", "phone") is None
