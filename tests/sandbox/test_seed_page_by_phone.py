"""One test per sentence that states a rule on the vendor's page "Update Contact By Phone Number", on a real socket.

The page's behaviour notes on outreach are in `test_seed_page_outreach.py`.
"""

import re
from uuid import UUID, uuid4

import httpx
import pytest

from bulk_sync.sandbox import Rate
from bulk_sync.sandbox.outreach_log import BY_API, IN_APP

from .conftest import RENEWALS, SPRING

TERMINAL = ("fulfilled", "paused", "DNC", "not-qualifies", "not-interested", "not-answering", "wrong-number")
SYSTEM = ("active", *TERMINAL, "talk-to-human")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NEITHER = {"error": "Validation error", "message": "At least one of status or campaignId must be provided"}
NO_CONTACT = {"error": "Not found", "message": "Contact not found"}


def test_updates_a_contact_identified_by_their_phone_number_with_no_contact_id(api):
    who = api.someone()
    answer = api.by_phone(who.phone, status="paused")
    assert answer.status_code == 200
    assert answer.json()["contact"]["id"] == who.id
    assert api.now(who).status == "paused"


def test_actions_are_logged_as_contacts_actions_by_api(api):
    who = api.someone()
    api.by_phone(who.phone, status="paused")
    newest = api.store.log.entries(1)[0]
    assert (newest.source, newest.contact_id) == ("contacts-actions-by-api", who.id)
    assert "active → paused" in newest.what


def test_actions_are_tracked_separately_from_in_app_actions(api):
    who = api.someone()
    before = api.store.log.counters()
    api.by_phone(who.phone, status="paused")
    after = api.store.log.counters()
    assert after[BY_API].updates == before[BY_API].updates + 1
    assert after[BY_API].status_changes == before[BY_API].status_changes + 1
    assert after[IN_APP] == before[IN_APP]


def test_updates_do_not_inflate_in_app_action_stats(api):
    who = api.someone()
    before = api.store.log.counters()[IN_APP]
    assert before.status_changes > 0
    api.by_phone(who.phone, status="DNC", campaignId=RENEWALS)
    api.by_phone(who.phone, status="active")
    assert api.store.log.counters()[IN_APP] == before


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": ""}, {"X-API-Key": "gua_a1b2c3d4_wrong"}])
def test_this_endpoint_requires_an_x_api_key_header(api, headers):
    who = api.someone()
    body = {"phone": who.phone, "status": "paused"}
    answer = httpx.post(f"{api.served.url}/contacts/update", json=body, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Unauthorized", "message": "Invalid or missing API key"}
    assert api.now(who) == who


def test_phone_is_required(api):
    answer = api.http.post("/contacts/update", json={"status": "paused"})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation error"
    assert "phone" in answer.json()["message"]


@pytest.mark.parametrize(
    "phone",
    [
        "11234567890",
        "+01234567890",
        "+112345",
        "+1 123 456 7890",
        "+1234567890123456",
        "+1123456789\u0660",
        "+1123456789\n",
    ],
)
def test_phone_must_be_in_e164_format(api, phone):
    answer = api.by_phone(phone, status="paused")
    expected = {"error": "Validation error", "message": "phone must be in E.164 format (e.g., +11234567890)"}
    assert (answer.status_code, answer.json()) == (400, expected)


@pytest.mark.parametrize("phone", ["+1234567", "+123456789012345", "+9999999999"])
def test_a_number_that_is_not_possible_is_refused(api, phone):
    answer = api.by_phone(phone, status="active")
    assert (answer.status_code, answer.json()["message"]) == (400, "phone is not a possible phone number")


@pytest.mark.parametrize("phone", ["+11234567890", "+12345678901", "+4915112345"])
def test_any_possible_number_is_accepted_as_the_pages_own_example_is(api, phone):
    answer = api.by_phone(phone, status="active")
    assert answer.json() == NO_CONTACT or answer.status_code == 200


@pytest.mark.parametrize("status", SYSTEM)
def test_default_system_statuses_are_valid(api, status):
    who = api.someone()
    assert api.by_phone(who.phone, status=status).json()["contact"]["status"] == status


@pytest.mark.parametrize("status", ["nonsense", "dnc", "Active", " active", "active "])
def test_only_statuses_that_list_statuses_retrieves_are_valid(api, status):
    who = api.someone()
    listed = {each["name"] for each in api.http.get("/contacts/statuses").json()}
    assert status not in listed
    answer = api.by_phone(who.phone, status=status)
    assert (answer.status_code, answer.json()["error"]) == (400, "Validation error")
    assert api.now(who) == who


def test_every_status_that_list_statuses_retrieves_is_valid(api):
    who = api.someone()
    for each in api.http.get("/contacts/statuses").json():
        assert api.by_phone(who.phone, status=each["name"]).status_code == 200


def test_campaign_id_moves_the_contact_to_the_new_campaign(api):
    who = api.someone(campaign=SPRING)
    assert api.by_phone(who.phone, campaignId=RENEWALS).json()["contact"]["campaignId"] == RENEWALS
    assert api.now(who).campaign == RENEWALS


def test_campaign_id_must_be_one_that_the_team_has(api):
    who = api.someone()
    answer = api.by_phone(who.phone, campaignId=str(uuid4()))
    assert (answer.status_code, answer.json()) == (404, {"error": "Not found", "message": "Campaign not found"})
    assert api.now(who) == who


def test_campaign_id_must_be_a_uuid(api):
    assert api.by_phone(api.someone().phone, campaignId="Renewals").status_code == 400


def test_at_least_one_of_status_or_campaign_id_must_be_provided(api):
    answer = api.by_phone(api.someone().phone)
    assert (answer.status_code, answer.json()) == (400, NEITHER)


def test_you_can_send_both_in_the_same_request(api):
    who = api.someone(status="paused")
    contact = api.by_phone(who.phone, status="active", campaignId=RENEWALS).json()["contact"]
    assert (contact["status"], contact["campaignId"]) == ("active", RENEWALS)


def test_success_is_always_true_on_a_successful_request(api):
    assert api.by_phone(api.someone().phone, status="paused").json()["success"] is True


def test_message_is_a_human_readable_confirmation(api):
    answer = api.by_phone(api.someone().phone, status="paused")
    assert answer.json()["message"] == "Contact updated successfully"


def test_the_contact_has_the_fields_of_the_page_in_the_order_of_the_page(api):
    contact = api.by_phone(api.someone().phone, status="fulfilled").json()["contact"]
    assert list(contact) == ["id", "phoneNumber", "name", "campaignId", "status", "fulfilledAt", "updatedAt"]
    assert str(UUID(contact["id"])) == contact["id"]
    assert str(UUID(contact["campaignId"])) == contact["campaignId"]
    assert contact["phoneNumber"].startswith("+")


def test_fulfilled_at_is_when_the_contact_was_marked_as_fulfilled(api):
    contact = api.by_phone(api.someone().phone, status="fulfilled").json()["contact"]
    assert contact["fulfilledAt"] == contact["updatedAt"]
    assert ISO.fullmatch(contact["fulfilledAt"])


def test_fulfilled_at_stays_while_the_contact_stays_fulfilled(api):
    who = api.someone(status="fulfilled")
    contact = api.by_phone(who.phone, campaignId=RENEWALS).json()["contact"]
    assert contact["fulfilledAt"] == "2023-11-14T22:13:20.000Z"


@pytest.mark.parametrize("status", [status for status in SYSTEM if status != "fulfilled"])
def test_fulfilled_at_is_only_present_when_status_is_fulfilled(api, status):
    who = api.someone(status="fulfilled")
    assert "fulfilledAt" not in api.by_phone(who.phone, status=status).json()["contact"]


def test_updated_at_is_the_timestamp_of_this_update(serve, clock):
    api = serve(clock=clock)
    who = api.someone()
    contact = api.by_phone(who.phone, status="paused").json()["contact"]
    assert contact["updatedAt"] == "2027-01-15T08:00:00.000Z"
    clock.now += 1.5
    contact = api.by_phone(who.phone, status="paused").json()["contact"]
    assert contact["updatedAt"] == "2027-01-15T08:00:01.500Z"


def test_an_unknown_phone_number_is_404_contact_not_found(api):
    answer = api.by_phone("+19995550100", status="paused")
    assert (answer.status_code, answer.json()) == (404, NO_CONTACT)


def test_too_many_requests_are_429_rate_limit_exceeded(serve, clock):
    api = serve(clock=clock, writes=Rate(1, 60))
    assert api.by_phone("+11234567890", status="active").status_code == 200
    answer = api.by_phone("+11234567890", status="active")
    assert answer.status_code == 429
    assert answer.json() | {"retryAfter": 0} == {
        "error": "Rate limit exceeded",
        "message": "Too many requests",
        "retryAfter": 0,
    }
