"""Which request carries an update? Held against the contract, copied into the tests as data."""

import json
import re
from pathlib import Path

import pytest

from bulk_sync.api.requests import request_for
from bulk_sync.model import Change, Update

SPRING = "d290f1ee-6c54-4b01-90e6-d701748f0851"
ANNA = "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59"
PHONE = "+11234567890"


def sent(update):
    call = request_for(update)
    return call.method, call.path, json.loads(call.body)


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (Change("fulfilled"), {"phone": PHONE, "status": "fulfilled"}),
        (Change(campaign=SPRING), {"phone": PHONE, "campaignId": SPRING}),
        (Change("active", SPRING), {"phone": PHONE, "status": "active", "campaignId": SPRING}),
    ],
)
def test_a_contact_known_by_phone_is_updated_as_the_vendors_page_shows(change, body):
    assert sent(Update(0, change, phone=PHONE)) == ("POST", "/contacts/update", body)


@pytest.mark.parametrize("status", [None, "paused", 'na"ï\\ve', "\u2028"])
@pytest.mark.parametrize("campaign", [None, SPRING])
def test_a_body_is_the_very_bytes_that_json_makes_of_its_fields(status, campaign):
    fields = {"phone": PHONE, "status": status, "campaignId": campaign}
    fields = {name: value for name, value in fields.items() if value is not None}
    expected = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    assert request_for(Update(0, Change(status, campaign), phone=PHONE)).body == expected


def test_a_contact_known_by_id_is_updated_as_the_vendors_page_shows():
    change = Change("paused", variables={"email": "new@example.com"})
    assert sent(Update(0, change, contact_id=ANNA)) == (
        "PUT",
        f"/contacts/{ANNA}",
        {"status": "paused", "customVariables": {"email": "new@example.com"}},
    )


def test_every_field_has_the_name_that_the_api_gives_it():
    change = Change("active", SPRING, phone="+14155552671", name="José", timezone="Europe/Berlin", variables={"a": "1"})
    assert sent(Update(0, change, contact_id=ANNA))[2] == {
        "name": "José",
        "phoneNumber": "+14155552671",
        "timezone": "Europe/Berlin",
        "status": "active",
        "campaignId": SPRING,
        "customVariables": {"a": "1"},
    }


def test_what_is_not_said_is_left_out_and_not_null():
    for update in (Update(0, Change("paused"), phone=PHONE), Update(0, Change("paused"), contact_id=ANNA)):
        assert b"null" not in request_for(update).body


def test_the_body_is_utf_8_as_it_is_and_not_escaped():
    body = request_for(Update(0, Change(name="José 🙂 李"), contact_id=ANNA)).body
    assert "José 🙂 李".encode() in body


@pytest.mark.parametrize("contact_id", ["../campaigns", "a/b", "a?b#c", "é"])
def test_an_id_never_changes_the_path(contact_id):
    path = request_for(Update(0, Change("paused"), contact_id=contact_id)).path
    assert re.fullmatch(r"/contacts/[A-Za-z0-9%._~-]+", path)


def test_bodies_hold_only_what_the_contract_knows():
    contract = (Path(__file__).parents[1] / "sandbox" / "data" / "openapi.yaml").read_text(encoding="utf-8")
    by_phone = contract[contract.index("    UpdateByPhone:") : contract.index("    UpdateById:")]
    by_id = contract[contract.index("    UpdateById:") : contract.index("    CreateContact:")]
    whole = Change("active", SPRING, phone=PHONE, name="A", timezone="Europe/Berlin", variables={"a": "1"})
    for update, schema in ((Update(0, whole, phone=PHONE), by_phone), (Update(0, whole, contact_id=ANNA), by_id)):
        known = set(re.findall(r"^        (\w+):", schema, re.MULTILINE))
        assert set(sent(update)[2]) <= known
