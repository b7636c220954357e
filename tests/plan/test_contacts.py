"""Whom each row names, and where its number is dialled."""

import pytest

from bulk_sync.errors import Code

from .building import ANNA, BORIS, planned, words_of

ONE = "+14155552671"
LONDON = "+442079460123"


def named(plan):
    """Whom the updates of some rows name, and the new number that they give."""
    updates = (plan.update(place) for place in range(len(plan)) if plan.code(place) is Code.UPDATED)
    return [(update.phone, update.contact_id, update.change.phone) for update in updates]


@pytest.mark.parametrize(
    ("rows", "names", "both"),
    [
        ([["", "415-555-2671", "paused"]], [(ONE, None, None)], False),
        ([[ANNA, ONE, "paused"]], [(None, ANNA, ONE)], False),
        ([["", ONE, "paused"], [ANNA, "", "paused"]], [(ONE, None, None), (None, ANNA, None)], True),
        ([[ANNA, "", "paused"], ["", "nothing", "paused"]], [(None, ANNA, None)], False),
        ([["17", ONE, "paused"]], [], False),  # a bad ID never falls back to the phone
        ([], [], False),
    ],
)
def test_a_row_with_an_id_is_found_by_it_and_its_phone_is_the_new_one(rows, names, both):
    plan = planned("id phone status", rows)
    assert named(plan) == names
    assert plan.names_contacts_both_ways is both
    assert (words_of(plan) == ["invalid_id"]) is (rows[:1] == [["17", ONE, "paused"]])


def test_the_new_number_of_a_contact_found_by_id_is_completed_from_its_row_and_never_from_the_region():
    plan = planned("id phone", [[ANNA, "415-555-2671"]])
    assert words_of(plan) == ["invalid_phone"]
    assert "--region" in plan.reasons[0]
    assert "country code" in plan.reasons[0]
    plan = planned("id phone country", [[ANNA, "020 7946 0123", "GB"], [BORIS, "020 7946 0123", ""]])
    assert words_of(plan) == ["updated", "invalid_phone"]
    assert plan.update(0).change.phone == LONDON
    assert planned("id phone code", [[ANNA, "2079460123", "44"]]).update(0).change.phone == LONDON


def test_a_country_cell_overrides_the_region_for_its_row_only():
    rows = [["020 7946 0123", "United Kingdom"], ["020 7946 0123", ""], ["415 555 2671", ""]]
    plan = planned("phone country status", [[*row, "paused"] for row in rows])
    assert words_of(plan) == ["updated", "invalid_phone", "updated"]
    assert plan.phone(0) == LONDON


def test_the_same_text_in_two_countries_is_two_numbers():
    rows = [["30 1234567", country, "paused"] for country in ("DE", "AT", "DE")]
    plan = planned("phone country status", rows, phone_check="possible")
    assert [plan.phone(at) for at in range(3)] == ["+49301234567", "+43301234567", "+49301234567"]


def test_a_number_with_its_own_country_code_needs_no_country():
    rows = [[ONE, "Atlantis", "paused"], ["+999 1", "Atlantis", "paused"], ["", "Atlantis", "paused"]]
    assert words_of(planned("phone country status", rows)) == ["updated", "invalid_phone", "missing_phone"]


@pytest.mark.parametrize("country", ["Atlantis", "Antarctica", "n/a"])
def test_an_unknown_country_is_an_error_and_never_the_region_and_the_number_is_not_blamed(country):
    plan = planned("phone country status", [["415-555-2671", country, "paused"]])
    assert words_of(plan) == ["unknown_country"]
    assert f'"{country}"' in plan.reasons[0]
    assert plan.reasons[0].count("Row 2") == 1
    assert len(plan.sequence) == 0


CODED = [
    ("44", "2079460958", "+442079460958"),
    ("+44", "020 7946 0958", "+442079460958"),
    ("0044", "020 7946 0958", "+442079460958"),
    ("44.0", "442079460958", "+442079460958"),
    ("United Kingdom (+44)", "020 7946 0958", "+442079460958"),
    ("GB", "020 7946 0958", "+442079460958"),
    ("49", "4915112345678", "+4915112345678"),
    ("49", "0151 12345678", "+4915112345678"),
    ("39", "06 1234567", "+39061234567"),
    ("39", "+39 06 1234567", "+39061234567"),
    ("1", "1 415 555 2671", "+14155552671"),
    ("1-787", "555-1234", "+17875551234"),
    ("1787", "787 555 1234", "+17875551234"),
    ("", "4155552671", "+14155552671"),
    ("61", "2025550143", None),
    ("49", "492112345", None),
]


@pytest.mark.parametrize(("code", "phone", "e164"), CODED)
@pytest.mark.parametrize("names", ["code phone status", "country phone status"])
def test_a_code_in_its_own_column_is_dialled_once(names, code, phone, e164):
    plan = planned(names, [[code, phone, "paused"]])
    assert plan.phone(0) == e164
    assert plan.facts.coded == (e164 is not None and code not in {"", "GB"} and not phone.startswith("+"))


def test_a_bad_code_is_an_error_only_where_it_is_needed():
    rows = [["999", "2079460958", ""], ["030", "1234567", ""], ["4420", "79460958", ""], ["x", "+442079460958", ""]]
    rows += [["x", "020 7946 0958", "GB"], ["x", "", ""]]
    plan = planned("code phone country status", [[*row, "paused"] for row in rows])
    assert words_of(plan) == ["unknown_country"] * 3 + ["updated", "duplicate", "missing_phone"]
    assert plan.reasons[0].startswith("Row 2, Code (A2)")


def test_a_number_that_contradicts_its_rows_country_is_sent_and_counted():
    rows = [["+442079460958", "US", ""], ["+442079460958", "GB", ""], ["+442079460958", "Atlantis", ""]]
    rows += [[ONE, "CA", ""], [ONE, "", "49"], ["2079460958", "US", "44"]]
    plan = planned("phone country code status", [[*row, "paused"] for row in rows])
    assert [plan.phone(at) for at in range(6)] == ["+442079460958"] * 3 + [ONE] * 2 + ["+442079460958"]
    assert (plan.facts.contradicted, plan.facts.coded) == (3, 1)


def test_the_same_contact_in_another_spelling_is_the_same_contact():
    rows = [["415-555-2671", "paused"], ["+1 (415) 555-2671", "paused"], ["4155552671.0", "Paused"]]
    assert words_of(planned("phone status", rows)) == ["updated", "duplicate", "duplicate"]
    by_id = [[ANNA, "paused"], [ANNA.upper(), "paused"], [f" {ANNA} ", "paused"]]
    assert words_of(planned("id status", by_id)) == ["updated", "duplicate", "duplicate"]


def test_numbers_completed_from_the_region_are_counted_row_by_row():
    rows = [["415-555-2671", ""], ["415-555-2671", ""], ["+14155552672", ""], ["020 7946 0123", "GB"]]
    rows += [["415-555-2673 x9", ""], ["+14155552674 x9", ""], ["12", ""], ["", ""]]
    facts = planned("phone country status", [[*row, "paused"] for row in rows]).facts
    assert (facts.completed, facts.shortened) == (3, 2)


@pytest.mark.parametrize("others", [0, 1_500])
def test_an_extension_counts_as_dropped_where_a_number_is_left(others):
    rows = [["(212) 111-1111 x12", "paused"], ["(212) 555-1111 x12", "paused"]]
    plan = planned("phone status", rows + [[f"212555{at:04d}", "paused"] for at in range(others)])
    assert plan.code(0) is Code.INVALID_PHONE
    assert plan.facts.shortened == 1
