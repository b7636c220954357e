"""Names, time zones and custom variables."""

import pytest

from bulk_sync.model import Change, Update
from bulk_sync.plan.plan_options import Destination
from bulk_sync.release import Creation

from .building import ANNA, RENEWALS, SPRING, planned, words_of

PHONE = "+14155552671"


def test_a_row_found_by_id_carries_name_time_zone_and_variables():
    plan = planned(
        "id name timezone var.email var.Plan",
        [[ANNA, "Anna", "europe/berlin", "a@example.com", ""]],
    )
    change = plan.change(0)
    assert (change.said.get("name"), change.said.get("timezone")) == ("Anna", "Europe/Berlin")
    assert change.variables == {"email": "a@example.com"}
    assert (change.status, change.campaign, change.phone) == (None, None, None)


def test_a_blank_cell_changes_nothing():
    plan = planned("id status name timezone var.email", [[ANNA, "paused", "", " ", ""]])
    change = plan.change(0)
    assert (change.said.get("name"), change.said.get("timezone"), change.variables) == (None, None, None)


def test_in_rows_found_by_phone_name_and_time_zone_mean_nothing():
    plan = planned("phone status name timezone", [[PHONE, "paused", "x" * 300, "Mars"], [PHONE, "paused", "Bo", ""]])
    assert words_of(plan) == ["updated", "duplicate"]
    assert plan.change(0).said.get("name") is None


def test_in_a_mixed_sheet_they_mean_something_in_the_rows_found_by_id():
    plan = planned("id phone status name", [[ANNA, "", "paused", "Anna"], ["", PHONE, "paused", "Anna"]])
    assert plan.change(0).said.get("name") == "Anna"
    assert plan.change(1).said.get("name") is None


@pytest.mark.parametrize(("field", "cell"), [("name", "Anna"), ("timezone", "Europe/Berlin")])
def test_asked_for_by_hand_they_mean_something_in_rows_found_by_phone(field, cell):
    plan = planned(f"phone status {field}", [[PHONE, "paused", cell], ["+14155552672", "paused", ""]], by_hand=[field])
    assert words_of(plan) == ["updated", "updated"]
    assert [plan.change(row).said.get(field) for row in (0, 1)] == [cell, None]


def test_a_variable_in_a_row_found_by_phone_always_means_something():
    plan = planned("phone status var.email", [[PHONE, "paused", "a@b.c"], ["+14155552672", "", "d@e.f"]])
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
    ],
)
def test_what_cannot_be_sent_has_its_own_code(names, row, word):
    plan = planned(names, [row])
    assert words_of(plan) == [word]
    assert len(plan.sequence) == 0


def test_a_variables_name_is_sent_as_it_is_spelled():
    plan = planned("id var.eMail", [[ANNA, "x"]])
    assert plan.change(0).variables == {"eMail": "x"}


@pytest.mark.parametrize("value", ["TRUE", "null", "0012", "12.50", "{}"])
def test_variables_are_strings_whatever_they_look_like(value):
    plan = planned("id var.a", [[ANNA, value]])
    assert plan.change(0).variables == {"a": value}


def test_a_variable_alone_is_something_to_change():
    assert words_of(planned("id var.a", [[ANNA, "x"], [ANNA[:-1] + "0", ""]])) == [
        "updated",
        "nothing_to_change",
    ]


def test_a_variable_whose_name_cannot_be_sent_is_an_error_of_its_rows():
    plan = planned("id campaign var.caf\udce9", [[ANNA, SPRING, "x"], [ANNA, SPRING, ""]])
    assert words_of(plan)[0] == "invalid_variables"
    assert words_of(plan)[1] == "updated"


def test_a_contact_that_is_made_takes_name_and_time_zone_that_no_update_would():
    rows = [
        [PHONE, "active", "Anna", "europe/berlin"],
        ["+14155552672", "", "Bo", ""],
        ["+14155552673", "active", "", "Mars"],
    ]
    plan = planned("phone status name timezone", rows, create_in=Destination(SPRING))
    assert words_of(plan) == ["updated", "nothing_to_change", "updated"]
    assert plan.change(0).said.get("name") is None
    assert plan.creation(plan.update(0)) == Creation(PHONE, SPRING, {"name": "Anna", "timezone": "Europe/Berlin"})
    assert plan.creation(plan.update(2)) == Creation("+14155552673", SPRING)


@pytest.mark.parametrize("status", ["paused", "DNC"])
def test_no_contact_is_made_for_a_row_that_stops_outreach(status):
    plan = planned("phone status", [[PHONE, status]], create_in=Destination(SPRING))
    assert plan.creation(plan.update(0)) is None


def test_a_contact_is_made_in_the_campaign_that_its_row_names():
    plan = planned("phone campaign", [[PHONE, RENEWALS]], create_in=Destination(SPRING))
    assert plan.creation(plan.update(0)).campaign == RENEWALS


def test_a_contact_is_made_by_a_splitter_unless_its_row_names_a_campaign():
    rows = [[PHONE, "active", ""], ["+14155552673", "", RENEWALS]]
    plan = planned("phone status campaign", rows, create_in=Destination(splitter=SPRING))
    assert plan.creation(plan.update(0)) == Creation(PHONE, None, splitter=SPRING)
    assert plan.creation(plan.update(1)) == Creation("+14155552673", RENEWALS)


def test_no_contact_is_made_unasked_or_for_an_id():
    assert planned("phone status", [[PHONE, "active"]]).creation(Update(0, Change("active"), phone=PHONE)) is None
    plan = planned("id status", [[ANNA, "active"]], create_in=Destination(SPRING))
    assert plan.creation(plan.update(0)) is None
