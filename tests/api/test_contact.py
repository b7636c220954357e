"""What the API shows of a contact, and of a page of them."""

import pytest

from bulk_sync.api.contact import Contact, ListPage, read_contact, read_page

ANNA, SPRING, RENEWALS = "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "spring", "renewals"
LISTED = {
    "id": ANNA,
    "name": "Anna",
    "phoneNumber": "+14155550123",
    "timezone": "America/New_York",
    "status": "active",
    "customVariables": {"plan": "pro", "score": 7},
    "createdAt": "2026-01-01T00:00:00.000Z",
    "campaigns": [{"id": SPRING, "name": "Spring"}],
}
ALONE = {name: value for name, value in LISTED.items() if name != "campaigns"} | {"campaignId": SPRING}
TEXTS = {"name": "Anna", "timezone": "America/New_York"}
WHOLE = Contact(ANNA, "+14155550123", "active", (SPRING,), TEXTS, {"plan": "pro", "score": 7})


@pytest.mark.parametrize(
    "value",
    [
        LISTED,
        ALONE,
        {"success": True, "contact": LISTED},
        {"success": True, "data": ALONE},
        {**LISTED, "score": [1], "owner": {"id": 7}},
        {**LISTED, "phoneNumber": "+1 (415) 555-0123"},
    ],
)
def test_a_contact_is_read_from_a_list_by_itself_wrapped_and_with_what_nobody_documented(value):
    assert read_contact(value) == WHOLE


@pytest.mark.parametrize(
    ("field", "value", "attribute"),
    [
        ("phoneNumber", 14155550123, "phone"),
        ("phoneNumber", "(415) 555-0123", "phone"),
        ("phoneNumber", "+49 (0)170 1234567", "phone"),
        ("phoneNumber", "+49 ( 0 ) 170 1234567", "phone"),
        ("status", None, "status"),
        ("status", "", "status"),
        ("status", {"name": "active"}, "status"),
        ("campaigns", "spring", "campaigns"),
        ("campaigns", [{"name": "Spring"}], "campaigns"),
        ("campaigns", [{"id": SPRING}, None], "campaigns"),
        ("name", None, "name"),
        ("timezone", None, "timezone"),
        ("customVariables", ["plan"], "variables"),
    ],
)
def test_what_is_missing_or_not_as_documented_counts_as_not_said(field, value, attribute):
    contact = read_contact({**LISTED, field: value})
    assert getattr(contact, attribute, contact.texts.get(attribute)) is None
    assert read_contact({"id": ANNA}) == Contact(ANNA)


@pytest.mark.parametrize("value", [None, [], "x", 7, {}, {"id": 7}, {"id": ""}, {"contact": {}}, {"data": [LISTED]}])
def test_what_is_no_contact_is_none(value):
    assert read_contact(value) is None


@pytest.mark.parametrize(
    ("listed", "known", "one"),
    [
        ([], (), None),
        ([SPRING], (SPRING,), SPRING),
        ([SPRING, RENEWALS], (SPRING, RENEWALS), None),
    ],
)
def test_the_campaign_is_the_only_one_and_to_be_in_none_is_known_too(listed, known, one):
    found = read_contact({**LISTED, "campaigns": [{"id": each} for each in listed]})
    assert (found.campaigns, found.campaign) == (known, one)


def test_a_contact_without_variables_is_known_to_have_none():
    assert read_contact({**LISTED, "customVariables": None}).variables == {}


def test_a_page_is_read_with_the_entries_that_can_be():
    page = read_page({"contacts": [LISTED, {"name": "?"}], "pagination": {"total": 40, "page": 1, "limit": 25}})
    assert page == ListPage(2, (WHOLE,), 40, 25)


def test_numbers_of_a_page_may_be_given_as_text():
    assert read_page({"contacts": [], "pagination": {"total": 40, "page": "1", "limit": "25"}}) == ListPage(
        0, (), 40, 25
    )


@pytest.mark.parametrize(
    "pagination",
    [
        None,
        {},
        [],
        {"total": "many", "limit": True},
        {"total": "²", "limit": "9" * 20},
        {"total": -1, "limit": 2.5},
        {"total": 10**320},
    ],
)
def test_a_page_may_not_say_how_much_there_is(pagination):
    assert read_page({"contacts": [], "pagination": pagination}) == ListPage(0, (), None, None)


@pytest.mark.parametrize("value", [None, [], {}, {"contacts": None}, {"contacts": {}}, {"data": []}])
def test_what_is_no_page_is_none(value):
    assert read_page(value) is None
