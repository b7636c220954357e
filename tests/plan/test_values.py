"""IDs, names, time zones and custom variables: their cells, and what rows ask for by them."""

import pandas as pd
import pytest

from bulk_sync.errors import Code
from bulk_sync.model import Change, Update
from bulk_sync.plan.campaign import Campaigns
from bulk_sync.plan.column_parser import BLANK, ColumnParser
from bulk_sync.plan.planning import Destination
from bulk_sync.plan.values import is_uuid, quoted, read_id, read_timezone, reader_of, trimmed
from bulk_sync.release import Creation

from .building import ANNA, RENEWALS, SPRING, planned, words_of

PHONE, SECOND, THIRD = "+14155552671", "+14155552672", "+14155552673"
read_name, read_variable = reader_of("name"), reader_of("var.x")


@pytest.mark.parametrize("reader", [Campaigns().read, read_id])
@pytest.mark.parametrize("text", [SPRING, SPRING.upper(), "00000000-0000-0000-0000-000000000000"])
def test_a_uuid_is_taken_as_it_stands(reader, text):
    assert reader(text) == text


NO_UUIDS = ["Spring", "17", SPRING[:-1], SPRING + "0", SPRING.replace("-", ""), f"{{{SPRING}}}", f"urn:uuid:{SPRING}"]
NO_UUIDS += [SPRING.replace("d", "g"), SPRING.replace("-", "\u2010"), f"{SPRING}\n", f"{SPRING}/../x", "+14155552671"]


@pytest.mark.parametrize(("reader", "code"), [(Campaigns().read, Code.UNKNOWN_CAMPAIGN), (read_id, Code.INVALID_ID)])
@pytest.mark.parametrize("text", NO_UUIDS)
def test_what_is_no_uuid_is_refused_and_quoted(reader, code, text):
    refused = reader(text)
    assert refused.code is code
    assert refused.why.startswith('"')
    assert not is_uuid(text)


ZONES = """America/New_York; Europe/Kyiv; US/Eastern; UTC; EST; America/Port-au-Prince; America/Argentina/Buenos_Aires;
    Etc/GMT+5; Etc/GMT-5; Etc/GMT-14"""
NO_ZONES = (
    "Eastern; New York; GMT+2; UTC+1; +01:00; PST8; Etc/GMT5; Europe/Atlantis; posixrules; localtime; -; America/"
)


@pytest.mark.parametrize("name", [each.strip() for each in ZONES.split(";")])
def test_a_time_zone_is_known_by_its_iana_name_in_any_case(name):
    assert {read_timezone(text) for text in (name, name.lower(), name.upper(), name.replace("_", " "))} == {name}


@pytest.mark.parametrize("text", [each.strip() for each in NO_ZONES.split(";")])
def test_what_is_no_iana_name_is_refused(text):
    assert read_timezone(text).code is Code.INVALID_TIMEZONE


@pytest.mark.parametrize("text", ["GMT+1", "UTC-5", "AEST", "CEST", "EEST"])
def test_an_offset_or_an_abbreviation_is_no_slip_of_another(text):
    assert "Did you mean" not in read_timezone(text).why


def test_a_name_may_have_255_characters_and_no_more():
    assert read_name("é" * 255) == "é" * 255
    refused = read_name("x" * 256)
    assert refused.code is Code.NAME_TOO_LONG
    assert "has 256 characters, and the API takes 255" in refused.why


@pytest.mark.parametrize(
    "text", ["Anna", "José García", "O'Neil", "李小龍", "=1+1", "a\nb", "🙂", "NULL", "NA", "#1", "{}"]
)
def test_a_text_is_kept_as_it_is(text):
    assert read_name(text) == read_variable(text) == text


ERRORS = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#n/a"]


@pytest.mark.parametrize("text", ["caf\udce9", "a\0b", *ERRORS])
def test_what_json_cannot_carry_and_a_spreadsheets_error_are_no_values(text):
    assert read_name(text).code is Code.UNREADABLE_ROW
    assert read_variable(text).code is Code.INVALID_VARIABLES


def test_a_row_found_by_id_carries_name_time_zone_and_variables():
    row = [ANNA, "Anna", "europe/berlin", "a@example.com", ""]
    change = planned("id name timezone var.eMail var.Plan", [row]).change(0)
    assert change == Change(name="Anna", timezone="Europe/Berlin", variables={"eMail": "a@example.com"})


def test_in_rows_found_by_phone_name_and_time_zone_mean_nothing():
    plan = planned("phone status name timezone", [[PHONE, "paused", "x" * 300, "Mars"], [PHONE, "paused", "Bo", ""]])
    assert words_of(plan) == ["updated", "duplicate"]
    assert plan.change(0) == Change("paused")


@pytest.mark.parametrize(("field", "cell"), [("name", "Anna"), ("timezone", "Europe/Berlin")])
def test_asked_for_by_hand_they_mean_something_in_rows_found_by_phone(field, cell):
    plan = planned(f"phone status {field}", [[PHONE, "paused", cell], [SECOND, "paused", ""]], by_hand=[field])
    assert [plan.change(row) for row in (0, 1)] == [Change("paused", **{field: cell}), Change("paused")]


def test_a_variable_in_a_row_found_by_phone_always_means_something():
    plan = planned("phone status var.email", [[PHONE, "paused", "a@b.c"], [SECOND, "", "d@e.f"]])
    assert words_of(plan) == ["updated", "updated"]
    assert [plan.change(row).variables for row in (0, 1)] == [{"email": "a@b.c"}, {"email": "d@e.f"}]


@pytest.mark.parametrize(
    ("names", "row", "word"),
    [
        ("id timezone", [ANNA, "Mars/Olympus"], "invalid_timezone"),
        ("id name", [ANNA, "x" * 256], "name_too_long"),
        ("id var.a", [ANNA, "#REF!"], "invalid_variables"),
        ("id name timezone", [ANNA, "x" * 256, "Mars"], "name_too_long"),
        ("id timezone var.a", [ANNA, "Mars", "#N/A"], "invalid_timezone"),
        ("id var.a", [ANNA, ""], "nothing_to_change"),
    ],
)
def test_what_cannot_be_sent_has_its_own_code(names, row, word):
    plan = planned(names, [row])
    assert (words_of(plan), len(plan.sequence)) == ([word], 0)


@pytest.mark.parametrize("value", ["TRUE", "null", "0012", "12.50", "{}"])
def test_variables_are_strings_whatever_they_look_like_and_something_to_change(value):
    assert planned("id var.a", [[ANNA, value]]).change(0) == Change(variables={"a": value})


def test_a_variable_whose_name_cannot_be_sent_is_an_error_of_its_rows():
    plan = planned("id campaign var.caf\udce9", [[ANNA, SPRING, "x"], [ANNA, SPRING, ""]])
    assert words_of(plan) == ["invalid_variables", "updated"]


def test_a_contact_that_is_made_takes_name_and_time_zone_that_no_update_would():
    rows = [[PHONE, "active", "Anna", "europe/berlin"], [SECOND, "", "Bo", ""], [THIRD, "active", "", "Mars"]]
    plan = planned("phone status name timezone", rows, create_in=Destination(SPRING))
    assert words_of(plan) == ["updated", "nothing_to_change", "updated"]
    assert plan.change(0) == Change("active")
    named = {"name": "Anna", "timezone": "Europe/Berlin"}
    assert plan.creation(plan.update(0)) == Creation(PHONE, SPRING, named)
    assert plan.creation(plan.update(2)) == Creation(THIRD, SPRING)


def test_a_contact_is_made_where_its_row_says_or_else_where_the_run_does():
    rows = [[PHONE, "active", ""], [SECOND, "", RENEWALS]]
    for splits, there in ((Destination(splitter=SPRING), (None, SPRING)), (Destination(SPRING), (SPRING, None))):
        plan = planned("phone status campaign", rows, create_in=splits)
        assert plan.creation(plan.update(0)) == Creation(PHONE, there[0], splitter=there[1])
        assert plan.creation(plan.update(1)) == Creation(SECOND, RENEWALS)


def test_no_contact_is_made_unasked_or_for_an_id_or_to_stop_outreach():
    assert planned("phone status", [[PHONE, "active"]]).creation(Update(0, Change("active"), phone=PHONE)) is None
    for names, row in (("id", [ANNA, "active"]), ("phone", [PHONE, "paused"]), ("phone", [PHONE, "DNC"])):
        plan = planned(f"{names} status", [row], create_in=Destination(SPRING))
        assert plan.creation(plan.update(0)) is None


AROUND = ["{}", " {} ", "\t{}\n", "\u00a0{}\u00a0", "\ufeff{}", "\u200b{}\u200b", " \u200b {} \u2060 ", "\u3000{}"]


@pytest.mark.parametrize("around", AROUND)
def test_what_nobody_sees_around_a_cell_is_not_part_of_it(around):
    assert trimmed(around.format("x")) == "x"
    assert ColumnParser(str.upper).numbers(pd.Series([around.format("")], dtype=str)).tolist() == [BLANK]


SHOWN = {"12": '"12"', "a\nb": '"a b"', "a\t  b": '"a b"', "x" * 40: f'"{"x" * 40}"', "x" * 41: f'"{"x" * 39}…"'}
SHOWN |= {"a\x1b[31m": '"a\ufffd[31m"', "a\0b": '"a\ufffdb"', "\udce9": '"\ufffd"'}


@pytest.mark.parametrize("text", SHOWN)
def test_a_cell_is_quoted_on_one_line_printable_and_cut(text):
    assert quoted(text) == SHOWN[text]
