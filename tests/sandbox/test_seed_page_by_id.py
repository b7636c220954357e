"""One test per sentence that states a rule on the vendor's page "Update Contact By ID", over a real connection."""

import re
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from .conftest import RENEWALS, SPRING

SPRINGS_OUTREACH = ["call", "call", "sms", "trigger", "whatsapp"]
RENEWALS_OUTREACH = ["call", "sms"]
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NO_FIELD = {"error": "Validation error", "message": "At least one field must be provided"}
NO_CONTACT = {"error": "Not found", "message": "Contact not found"}


def test_updates_a_contact_identified_by_their_unique_id(api):
    who = api.someone()
    answer = api.by_id(who.id, name="Jane Doe")
    assert answer.status_code == 200
    assert api.now(who).name == "Jane Doe"


def test_at_least_one_field_must_be_provided_in_the_request_body(api):
    answer = api.by_id(api.someone().id)
    assert (answer.status_code, answer.json()) == (400, NO_FIELD)


def test_fields_that_are_not_documented_do_not_count_as_provided(api):
    answer = api.by_id(api.someone().id, phone="+12025550199")
    assert (answer.status_code, answer.json()) == (400, NO_FIELD)


def test_the_id_of_the_path_must_be_a_uuid(api):
    assert api.by_id("7", name="Jane Doe").status_code == 400


def test_the_id_of_the_path_is_found_in_capital_letters_too(api):
    assert api.by_id(api.someone().id.upper(), name="Jane Doe").status_code == 200


def test_an_id_that_nobody_has_is_404_contact_not_found(api):
    answer = api.by_id(str(uuid4()), name="Jane Doe")
    assert (answer.status_code, answer.json()) == (404, NO_CONTACT)


@pytest.mark.parametrize(("length", "status"), [(0, 200), (255, 200), (256, 400)])
def test_name_has_at_most_255_characters(api, length, status):
    assert api.by_id(api.someone().id, name="é" * length).status_code == status


@pytest.mark.parametrize("phone", ["2025550199", "+0202555019", "+1(202)5550199", ""])
def test_phone_number_must_be_in_e164_format(api, phone):
    assert api.by_id(api.someone().id, phoneNumber=phone).status_code == 400


def test_changing_phone_number_takes_effect(api):
    who = api.someone()
    new = "+1999" + who.phone[5:]
    assert api.by_id(who.id, phoneNumber=new).json()["contact"]["phoneNumber"] == new
    assert api.by_phone(who.phone, status="paused").status_code == 404
    assert api.by_phone(new, status="paused").json()["contact"]["id"] == who.id


def test_changing_phone_number_checks_for_duplicates_across_the_team(api):
    who, other = api.someone(), api.someone()
    answer = api.by_id(who.id, phoneNumber=other.phone, name="Jane Doe")
    assert (answer.status_code, answer.json()["error"]) == (400, "Validation error")
    assert api.now(who) == who


def test_a_contact_may_be_given_the_number_that_it_has(api):
    who = api.someone()
    assert api.by_id(who.id, phoneNumber=who.phone).status_code == 200


@pytest.mark.parametrize(
    ("zone", "status"),
    [("Europe/Madrid", 200), ("UTC", 200), ("EDT", 400), ("europe/madrid", 400), ("../UTC", 400), ("", 400)],
)
def test_timezone_must_be_an_iana_timezone_string(api, zone, status):
    assert api.by_id(api.someone().id, timezone=zone).status_code == status


def test_status_must_be_one_that_list_statuses_retrieves(api):
    assert api.by_id(api.someone().id, status="nonsense").status_code == 400
    assert api.by_id(api.someone().id, status="callback-requested").status_code == 200


def test_campaign_id_moves_the_contact_to_the_new_campaign(api):
    who = api.someone()
    assert api.by_id(who.id, campaignId=RENEWALS).json()["contact"]["campaignId"] == RENEWALS


def test_a_campaign_that_nobody_has_is_404_campaign_not_found(api):
    answer = api.by_id(api.someone().id, campaignId=str(uuid4()))
    assert (answer.status_code, answer.json()["message"]) == (404, "Campaign not found")


def test_custom_variables_replace_the_entire_existing_object(api):
    who = api.someone(variables={"plan": "pro", "email": "old@example.com"})
    contact = api.by_id(who.id, customVariables={"email": "new@example.com"}).json()["contact"]
    assert contact["customVariables"] == {"email": "new@example.com"}
    assert api.now(who).variables == {"email": "new@example.com"}


def test_custom_variables_may_be_emptied(api):
    who = api.someone(variables={"plan": "pro"})
    assert api.by_id(who.id, customVariables={}).json()["contact"]["customVariables"] == {}


def test_custom_variables_stay_when_the_request_does_not_name_them(api):
    who = api.someone(variables={"plan": "pro"})
    assert api.by_id(who.id, name="Jane Doe").json()["contact"]["customVariables"] == {"plan": "pro"}


def test_a_client_that_merges_keeps_the_existing_keys(api):
    who = api.someone(variables={"plan": "pro", "email": "old@example.com"})
    found = api.http.get("/contacts", params={"search": who.phone, "searchBy": "phone"}).json()["contacts"][0]
    merged = found["customVariables"] | {"email": "new@example.com"}
    api.by_id(who.id, customVariables=merged)
    assert api.now(who).variables == {"plan": "pro", "email": "new@example.com"}


@pytest.mark.parametrize("value", [1, True, None, ["a"], {"a": "b"}])
def test_custom_variables_hold_strings(api, value):
    assert api.by_id(api.someone().id, customVariables={"key": value}).status_code == 400


def test_changing_timezone_of_an_active_contact_cancels_all_pending_calls_and_sms(api):
    who = api.someone(timezone="America/New_York")
    before = api.outreach(who)
    api.by_id(who.id, timezone="Asia/Tokyo")
    gone = [action.kind for action in api.outreach(who) if action.cancelled_at is not None]
    assert sorted(gone) == ["call", "call", "sms"]
    assert len(before) == len(SPRINGS_OUTREACH)


def test_changing_timezone_of_an_active_contact_reschedules_all_pending_calls_and_sms(api):
    who = api.someone(timezone="America/New_York")
    api.by_id(who.id, timezone="Asia/Tokyo")
    assert api.standing(who) == SPRINGS_OUTREACH
    tokyo = ZoneInfo("Asia/Tokyo")
    assert {datetime.fromtimestamp(each.due, tokyo).hour for each in api.outreach(who)[5:]} == {10, 12, 16}


def test_changing_timezone_of_a_contact_that_is_not_active_schedules_nothing(api):
    who = api.someone(status="paused")
    api.by_id(who.id, timezone="Asia/Tokyo")
    assert api.outreach(who) == []


def test_naming_the_timezone_that_the_contact_has_changes_no_schedule(api):
    who = api.someone(timezone="America/New_York")
    before = api.outreach(who)
    api.by_id(who.id, timezone="America/New_York")
    assert api.outreach(who) == before


def test_changing_campaign_id_of_an_active_contact_cancels_and_reschedules_all_pending_calls_and_sms(api):
    who = api.someone(campaign=SPRING)
    api.by_id(who.id, campaignId=RENEWALS)
    gone = [action.kind for action in api.outreach(who) if action.cancelled_at is not None]
    assert sorted(gone) == SPRINGS_OUTREACH
    assert api.standing(who) == RENEWALS_OUTREACH


def test_success_is_always_true_and_the_message_confirms(api):
    answer = api.by_id(api.someone().id, status="paused").json()
    assert (answer["success"], answer["message"]) == (True, "Contact updated successfully")


def test_the_contact_has_the_fields_of_the_page_in_the_order_of_the_page(api):
    contact = api.by_id(api.someone().id, status="paused", customVariables={"a": "b"}).json()["contact"]
    expected = ["id", "phoneNumber", "name", "status", "campaignId", "customVariables", "updatedAt"]
    assert list(contact) == expected
    assert ISO.fullmatch(contact["updatedAt"])


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "gua_a1b2c3d4_wrong"}])
def test_this_endpoint_requires_an_x_api_key_header(api, headers):
    who = api.someone()
    answer = httpx.put(f"{api.served.url}/contacts/{who.id}", json={"name": "Jane"}, headers=headers)
    assert answer.status_code == 401
    assert api.now(who) == who
