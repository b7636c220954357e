"""Names, time zones and custom variables."""

import pytest

from .building import ANNA, SPRING, planned, words_of

PHONE = "+14155552671"


def test_a_row_found_by_id_carries_name_time_zone_and_variables():
    plan = planned(
        "id name timezone var.email var.Plan",
        [[ANNA, "Anna", "europe/berlin", "a@example.com", ""]],
        variables="replace",
    )
    change = plan.change(0)
    assert (change.name, change.timezone) == ("Anna", "Europe/Berlin")
    assert change.variables == {"email": "a@example.com"}
    assert (change.status, change.campaign, change.phone) == (None, None, None)


def test_a_blank_cell_changes_nothing():
    plan = planned("id status name timezone var.email", [[ANNA, "paused", "", " ", ""]])
    change = plan.change(0)
    assert (change.name, change.timezone, change.variables) == (None, None, None)


def test_in_rows_found_by_phone_name_and_time_zone_mean_nothing():
    plan = planned("phone status name timezone", [[PHONE, "paused", "x" * 300, "Mars"], [PHONE, "paused", "Bo", ""]])
    assert words_of(plan) == ["updated", "duplicate"]
    assert plan.change(0).name is None


def test_in_a_mixed_sheet_they_mean_something_in_the_rows_found_by_id():
    plan = planned("id phone status name", [[ANNA, "", "paused", "Anna"], ["", PHONE, "paused", "Anna"]])
    assert plan.change(0).name == "Anna"
    assert plan.change(1).name is None


@pytest.mark.parametrize(("field", "cell"), [("name", "Anna"), ("timezone", "Europe/Berlin")])
def test_asked_for_by_hand_in_a_row_found_by_phone_they_cannot_be_merged(field, cell):
    plan = planned(f"phone status {field}", [[PHONE, "paused", cell], ["+14155552672", "paused", ""]], by_hand=[field])
    assert words_of(plan) == ["cannot_merge", "updated"]


@pytest.mark.parametrize("variables", ["merge", "replace"])
def test_a_variable_in_a_row_found_by_phone_cannot_be_merged(variables):
    plan = planned("phone status var.email", [[PHONE, "paused", "a@b.c"]], variables=variables)
    assert words_of(plan) == ["cannot_merge"]
    assert "ID" in plan.reasons[0]


def test_a_variable_in_a_row_found_by_id_needs_replace():
    rows = [[ANNA, "paused", "a@b.c"]]
    merge = planned("id status var.email", rows)
    assert words_of(merge) == ["cannot_merge"]
    assert "--variables replace" in merge.rows.reasons[0]
    assert words_of(planned("id status var.email", rows, variables="replace")) == ["updated"]


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
    plan = planned(names, [row], variables="replace")
    assert words_of(plan) == [word]
    assert len(plan.sequence) == 0


def test_a_variables_name_is_sent_as_it_is_spelled():
    plan = planned("id var.eMail", [[ANNA, "x"]], variables="replace")
    assert plan.change(0).variables == {"eMail": "x"}


@pytest.mark.parametrize("value", ["TRUE", "null", "0012", "12.50", "{}"])
def test_variables_are_strings_whatever_they_look_like(value):
    plan = planned("id var.a", [[ANNA, value]], variables="replace")
    assert plan.change(0).variables == {"a": value}


def test_a_variable_alone_is_something_to_change():
    assert words_of(planned("id var.a", [[ANNA, "x"], [ANNA[:-1] + "0", ""]], variables="replace")) == [
        "updated",
        "nothing_to_change",
    ]


def test_a_variable_whose_name_cannot_be_sent_is_an_error_of_its_rows():
    plan = planned("id campaign var.caf\udce9", [[ANNA, SPRING, "x"], [ANNA, SPRING, ""]], variables="replace")
    assert words_of(plan)[0] == "invalid_variables"
    assert words_of(plan)[1] == "updated"


@pytest.mark.parametrize(("field", "cell"), [("name", "Anna"), ("timezone", "Europe/Berlin"), ("var.email", "a@b.c")])
def test_what_cannot_be_merged_is_named_by_its_column(field, cell):
    fields = {"phone": PHONE, "status": "paused", "name": "", "timezone": "", "var.email": ""} | {field: cell}
    plan = planned(" ".join(fields), [list(fields.values())], by_hand=["name", "timezone"], variables="replace")
    assert words_of(plan) == ["cannot_merge"]
    assert plan.reasons[0].startswith(f"Row 2, {field.title()} (")
