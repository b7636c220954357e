"""What does the API show of a contact, and of a page of them?"""

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
WHOLE = Contact(
    ANNA, "+14155550123", "active", (SPRING,), "Anna", "America/New_York", {"plan": "pro", "score": 7}
)  # fmt: skip


def test_a_contact_of_a_list_is_read():
    assert read_contact(LISTED) == WHOLE


def test_a_contact_by_itself_names_one_campaign_id():
    alone = {**LISTED, "campaignId": SPRING}
    del alone["campaigns"]
    assert read_contact(alone) == WHOLE


@pytest.mark.parametrize("name", ["contact", "data"])
def test_a_contact_may_be_wrapped(name):
    assert read_contact({"success": True, name: LISTED}) == WHOLE


def test_what_is_missing_is_not_said():
    assert read_contact({"id": ANNA}) == Contact(ANNA)


def test_what_nobody_documented_is_passed_over():
    assert read_contact({**LISTED, "score": [1], "owner": {"id": 7}}) == WHOLE


@pytest.mark.parametrize(
    ("field", "value", "attribute"),
    [
        ("phoneNumber", 14155550123, "phone"),
        ("phoneNumber", "(415) 555-0123", "phone"),
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
def test_what_is_not_as_documented_counts_as_not_said(field, value, attribute):
    assert getattr(read_contact({**LISTED, field: value}), attribute) is None


@pytest.mark.parametrize("value", [None, [], "x", 7, {}, {"id": 7}, {"id": ""}, {"contact": {}}, {"data": [LISTED]}])
def test_what_is_no_contact_is_none(value):
    assert read_contact(value) is None


@pytest.mark.parametrize(
    ("campaigns", "one"), [([], None), ([SPRING], SPRING), ([SPRING, RENEWALS], None), (None, None)]
)
def test_the_campaign_is_the_only_one(campaigns, one):
    listed = None if campaigns is None else [{"id": each} for each in campaigns]
    assert read_contact({**LISTED, "campaigns": listed}).campaign == one


def test_a_contact_in_no_campaign_is_known_to_be_in_none():
    assert read_contact({**LISTED, "campaigns": []}).campaigns == ()


def test_a_page_is_read():
    page = read_page({"contacts": [LISTED, {"name": "?"}], "pagination": {"total": 40, "page": 1, "limit": 25}})
    assert page == ListPage(2, (WHOLE,), 40, 25)


@pytest.mark.parametrize("pagination", [None, {}, [], {"total": "40", "limit": True}, {"total": -1, "limit": 2.5}])
def test_a_page_may_not_say_how_much_there_is(pagination):
    assert read_page({"contacts": [], "pagination": pagination}) == ListPage(0, (), None, None)


@pytest.mark.parametrize("value", [None, [], {}, {"contacts": None}, {"contacts": {}}, {"data": []}])
def test_what_is_no_page_is_none(value):
    assert read_page(value) is None
