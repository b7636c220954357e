"""What the vendor's two pages on updates say, by number and by ID, held over a real connection."""

import json
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.sandbox.outreach_log import BY_API, IN_APP
from bulk_sync.sandbox.requests import document, read_body
from bulk_sync.sandbox.rules import Refused, Wanted
from bulk_sync.sandbox.seed import CAMPAIGNS

from .conftest import RENEWALS, SPRING

TERMINAL = ("fulfilled", "paused", "DNC", "not-qualifies", "not-interested", "not-answering", "wrong-number")
SYSTEM = ("active", *TERMINAL, "talk-to-human")
NOBODY = "00000000-0000-4000-8000-000000000000"
NO_CAMPAIGN, NO_UUID = (404, "Campaign not found"), (400, "campaignId must be a UUID")
NO_STATUS = (400, "Invalid status. Use List Statuses to retrieve valid values")
NEITHER = (400, "At least one of status or campaignId must be provided")
NO_FIELD = (400, "At least one field must be provided")
NO_PHONE = "must be in E.164 format (e.g., +11234567890)"
NO_ZONE = (400, "timezone must be an IANA timezone (e.g., America/New_York)")


def refusal(answer):
    assert answer.json()["error"] == {400: "Validation error", 404: "Not found"}[answer.status_code]
    return answer.status_code, answer.json()["message"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, NEITHER),
        ({"emial": "a@b.c"}, NEITHER),
        *(({"status": status}, NO_STATUS) for status in ("nonsense", "dnc", "Active", " active", "active ")),
        ({"status": ""}, (400, "status must not be empty")),
        ({"campaignId": NOBODY}, NO_CAMPAIGN),
        ({"campaignId": "Renewals"}, NO_UUID),
        ({"campaignId": SPRING.replace("-", "")}, NO_UUID),
        ({"campaignId": f"{{{SPRING}}}"}, NO_UUID),
        ({"campaignId": SPRING + "\n"}, NO_UUID),
    ],
)
def test_an_update_by_phone_that_the_page_refuses_changes_nothing(api, asked, expected):
    who = api.someone()
    assert refusal(api.by_phone(who.phone, **asked)) == expected
    assert api.now(who) == who


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, NO_FIELD),
        ({"phone": "+12025550199"}, NO_FIELD),
        ({"emial": "a@b.c"}, NO_FIELD),
        ({"name": "é" * 256}, (400, "name must have at most 255 characters")),
        *(({"phoneNumber": it}, (400, f"phoneNumber {NO_PHONE}")) for it in ("2025550199", "+02025550", "+1(2)5", "")),
        *(({"timezone": zone}, NO_ZONE) for zone in ("EDT", "europe/madrid", "../UTC", "")),
        ({"status": "nonsense"}, NO_STATUS),
        ({"campaignId": NOBODY}, NO_CAMPAIGN),
        *(({"customVariables": {"a": it}}, (400, "customVariables.a must be a string")) for it in (1, True, None, [])),
    ],
)  # fmt: skip
def test_an_update_by_id_that_the_page_refuses_changes_nothing(api, asked, expected):
    who = api.someone()
    assert refusal(api.by_id(who.id, **asked)) == expected
    assert api.now(who) == who


@pytest.mark.parametrize(
    "phone",
    ["11234567890", "+01234567890", "+112345", "+1 123 456 789", "+1234567890123456", "+1123456\u0660", "+112345678\n"],
)  # fmt: skip
def test_a_phone_must_be_in_e164_format(api, phone):
    assert refusal(api.by_phone(phone, status="paused")) == (400, f"phone {NO_PHONE}")


@pytest.mark.parametrize("phone", ["+1234567", "+123456789012345", "+9999999999"])
def test_a_number_that_is_not_possible_is_refused(api, phone):
    assert refusal(api.by_phone(phone, status="active")) == (400, "phone is not a possible phone number")


@pytest.mark.parametrize("phone", ["+19995550100", "+12345678901", "+4915112345"])
def test_any_possible_number_is_accepted_and_one_that_nobody_has_is_404(api, phone):
    assert refusal(api.by_phone(phone, status="active")) == (404, "Contact not found")


def test_what_is_required_is_named(api):
    for path, name in (("/contacts/update", "phone"), ("/contacts/fulfill", "phone"), ("/contacts", "phoneNumber")):
        assert refusal(api.http.post(path, json={"status": "paused"})) == (400, f"{name} is required")


def test_an_id_is_a_uuid_in_letters_of_any_size_that_somebody_has(api):
    who = api.someone()
    assert refusal(api.by_id("7", name="Jane Doe")) == (400, "id must be a UUID")
    assert refusal(api.by_id(str(uuid4()), name="Jane Doe")) == (404, "Contact not found")
    assert api.by_id(who.id.upper(), name="Jane Doe").status_code == 200
    assert api.by_id(who.id, campaignId=RENEWALS.upper()).json()["contact"]["campaignId"] == RENEWALS


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        ({"name": ""}, {"name": ""}),
        ({"name": "é" * 255}, {"name": "é" * 255}),
        ({"timezone": "Europe/Madrid"}, {"timezone": "Europe/Madrid", "name": "Somebody"}),
        ({"status": "callback-requested"}, {"status": "callback-requested"}),
        ({"campaignId": RENEWALS}, {"campaign": RENEWALS, "variables": {"plan": "pro"}}),
        ({"customVariables": {"email": "a@b.c"}}, {"variables": {"email": "a@b.c"}}),
        ({"customVariables": {}}, {"variables": {}}),
        ({"name": "Jane", "emial": "a@b.c"}, {"variables": {"emial": "a@b.c"}}),
    ],
)
def test_an_update_by_id_changes_what_it_names_and_replaces_all_variables(api, asked, after):
    who = api.someone(variables={"plan": "pro"})
    assert api.by_id(who.id, **asked).status_code == 200
    assert {name: getattr(api.now(who), name) for name in after} == after


def test_an_update_by_phone_needs_no_id_and_adds_unknown_fields_as_variables(api):
    who = api.someone(variables={"plan": "pro"})
    answer = api.by_phone(who.phone, status="paused", campaignId=RENEWALS, emial="a@b.c")
    assert answer.json()["contact"]["id"] == who.id
    now = api.now(who)
    assert (now.status, now.campaign, now.variables) == ("paused", RENEWALS, {"plan": "pro", "emial": "a@b.c"})


def test_every_status_that_list_statuses_retrieves_is_valid_the_system_ones_among_them(api):
    who, listed = api.someone(), [each["name"] for each in api.http.get("/contacts/statuses").json()]
    assert set(SYSTEM) < set(listed)
    for status in listed:
        assert api.by_phone(who.phone, status=status).json()["contact"]["status"] == status


def test_a_new_number_takes_effect_and_may_be_the_old_one_but_nobody_elses(api):
    who, other = api.someone(), api.someone()
    new = "+1999" + who.phone[5:]
    assert api.by_id(who.id, phoneNumber=who.phone).status_code == 200
    assert api.by_id(who.id, phoneNumber=new).json()["contact"]["phoneNumber"] == new
    assert api.by_phone(who.phone, status="paused").status_code == 404
    assert api.by_phone(new, status="paused").json()["contact"]["id"] == who.id
    taken = refusal(api.by_id(who.id, phoneNumber=other.phone, name="Jane Doe"))
    assert taken == (400, "A contact with this phone number already exists")
    assert api.now(who).name == "Somebody"


def test_fulfilled_at_is_when_it_was_fulfilled_stays_while_it_is_and_goes_with_another_status(serve, clock):
    api = serve(clock=clock)
    who = api.someone()
    contact = api.by_phone(who.phone, status="fulfilled").json()["contact"]
    assert contact["fulfilledAt"] == contact["updatedAt"] == "2027-01-15T08:00:00.000Z"
    clock.now += 1.5
    contact = api.by_phone(who.phone, campaignId=RENEWALS).json()["contact"]
    assert (contact["fulfilledAt"], contact["updatedAt"]) == ("2027-01-15T08:00:00.000Z", "2027-01-15T08:00:01.500Z")
    for status in SYSTEM[2:]:
        assert "fulfilledAt" not in api.by_phone(who.phone, status=status).json()["contact"]
        assert "fulfilledAt" in api.by_phone(who.phone, status="fulfilled").json()["contact"]


def test_actions_are_logged_and_counted_as_those_by_api_apart_from_those_in_the_app(api):
    who, before = api.someone(), api.store.log.counters()
    api.by_phone(who.phone, status="paused")
    newest = api.store.log.entries(1)[0]
    assert (newest.source, newest.contact_id) == ("contacts-actions-by-api", who.id)
    assert newest.what == "status active → paused; 5 cancelled"
    api.by_phone(who.phone, status="active", campaignId=RENEWALS)
    after = api.store.log.counters()
    assert after[IN_APP] == before[IN_APP]
    for act, count in (("updates", 2), ("status_changes", 2), ("campaign_moves", 1)):
        assert getattr(after[BY_API], act) == getattr(before[BY_API], act) + count


OLD, NEW = ["call", "call", "sms", "trigger", "whatsapp"], ["call", "sms"]
CALLS = ["call", "call", "sms"]
PAUSED = CAMPAIGNS[-1]


@pytest.mark.parametrize(
    ("was", "asked", "cancelled", "standing"),
    [
        *(("active", {"status": status}, OLD, []) for status in (*TERMINAL, "already-customer")),
        ("active", {"status": "active"}, [], OLD),
        ("active", {"status": "talk-to-human"}, [], OLD),
        *((status, {"status": "active"}, [], OLD) for status in (*TERMINAL, "talk-to-human")),
        ("active", {"campaign": RENEWALS}, OLD, NEW),
        ("talk-to-human", {"campaign": RENEWALS}, [], NEW),
        ("DNC", {"campaign": RENEWALS}, [], []),
        ("active", {"campaign": SPRING}, [], OLD),
        ("active", {"campaign": PAUSED.id}, OLD, []),
        ("active", {"status": "DNC", "campaign": RENEWALS}, OLD, []),
        ("paused", {"status": "active", "campaign": RENEWALS}, [], NEW),
        ("active", {"timezone": "Asia/Tokyo"}, CALLS, OLD),
        ("active", {"timezone": "America/New_York"}, [], OLD),
        ("talk-to-human", {"timezone": "Asia/Tokyo"}, [], []),
        ("paused", {"timezone": "Asia/Tokyo"}, [], []),
        ("active", {"name": "Jane", "variables": {"a": "b"}}, [], OLD),
    ],
)
def test_an_update_cancels_and_schedules_what_the_behaviour_notes_say(api, was, asked, cancelled, standing):
    who = api.someone(status=was)
    api.store.update(Wanted(**asked), 1_800_000_000.0, contact_id=who.id)
    assert sorted(each.kind for each in api.outreach(who) if each.cancelled_at is not None) == cancelled
    assert api.standing(who) == standing
    assert len(api.outreach(who)) == len(cancelled) + len(standing)


def test_what_is_back_active_again_and_again_is_never_scheduled_twice(api):
    who = api.someone()
    for status in ("talk-to-human", "active", "active", "DNC", "active"):
        api.by_phone(who.phone, status=status)
    assert api.standing(who) == OLD


def test_rescheduled_actions_are_due_at_local_hours_of_the_contact_and_belong_to_its_campaign(api):
    who = api.someone(timezone="America/New_York")
    api.by_id(who.id, timezone="Asia/Tokyo", campaignId=RENEWALS)
    standing = [each for each in api.outreach(who) if each.cancelled_at is None]
    assert {datetime.fromtimestamp(each.due, ZoneInfo("Asia/Tokyo")).hour for each in standing} == {9, 12}
    assert {each.campaign for each in standing} == {RENEWALS}


BODIES = ("UpdateByPhone", "UpdateById", "CreateContact", "FulfillContact")
NAMES = ["phone", "phoneNumber", "status", "campaignId", "name", "timezone", "customVariables", "other"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.text() | st.sampled_from(["+12025550101", "UTC"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(raw=st.binary() | st.dictionaries(st.sampled_from(NAMES), VALUES).map(lambda found: json.dumps(found).encode()))
@pytest.mark.parametrize("body", BODIES)
def test_every_body_is_read_or_refused_with_a_sentence_that_can_be_sent(body, raw):
    schema = document()["components"]["schemas"][body]
    try:
        found = read_body(schema, raw)
    except Refused as why:
        assert str(why).encode()
    else:
        assert set(found) <= {*schema["properties"], "customVariables"}
        assert json.dumps(found, ensure_ascii=False).encode()
