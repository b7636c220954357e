"""Which request carries an update: one that the published contract allows (tests/sandbox/data/openapi.yaml)."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.api.contact import request_for
from bulk_sync.model import Change, Update
from bulk_sync.plan.status import SYSTEM_STATUSES

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


def test_the_body_is_utf_8_as_it_is_and_not_escaped():
    body = request_for(Update(0, Change(name="José 🙂 李"), contact_id=ANNA)).body
    assert "José 🙂 李".encode() in body


@pytest.mark.parametrize("contact_id", ["../campaigns", "a/b", "a?b#c", "é"])
def test_an_id_never_changes_the_path(contact_id):
    path = request_for(Update(0, Change("paused"), contact_id=contact_id)).path
    assert re.fullmatch(r"/contacts/[A-Za-z0-9%._~-]+", path)


CONTRACT = yaml.safe_load((Path(__file__).parents[1] / "sandbox" / "data" / "openapi.yaml").read_text(encoding="utf-8"))


def validator(name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


BY_PHONE, BY_ID = validator("UpdateByPhone"), validator("UpdateById")

PHONES = st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z")
UUIDS = st.uuids().map(str)
STATUSES = st.sampled_from([status.name for status in SYSTEM_STATUSES])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=255)
CHANGES_BY_PHONE = st.builds(Change, status=st.none() | STATUSES, campaign=st.none() | UUIDS).filter(bool)
CHANGES_BY_ID = st.builds(
    Change,
    status=st.none() | STATUSES,
    campaign=st.none() | UUIDS,
    phone=st.none() | PHONES,
    name=st.none() | TEXTS,
    timezone=st.none() | st.sampled_from(["America/New_York", "Europe/Berlin"]),
    variables=st.none() | st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=3),
).filter(bool)


@given(PHONES, CHANGES_BY_PHONE)
def test_an_update_by_phone_is_a_request_of_the_contract(phone, change):
    call = request_for(Update(0, change, phone=phone))
    assert "post" in CONTRACT["paths"][call.path]
    assert call.method == "POST"
    BY_PHONE.validate(json.loads(call.body))


@given(UUIDS, CHANGES_BY_ID)
def test_an_update_by_id_is_a_request_of_the_contract(contact, change):
    call = request_for(Update(0, change, contact_id=contact))
    assert call.method == "PUT"
    assert "put" in CONTRACT["paths"][re.sub(r"/contacts/[0-9a-f-]{36}", "/contacts/{id}", call.path)]
    body = json.loads(call.body)
    BY_ID.validate(body)
    assert set(body) <= set(CONTRACT["components"]["schemas"]["UpdateById"]["properties"])
