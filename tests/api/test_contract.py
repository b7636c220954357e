"""Is every request that we make one that the published contract allows? (tests/sandbox/data/openapi.yaml)"""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.api.requests import request_for
from bulk_sync.model import Change, Update
from bulk_sync.plan.status import SYSTEM_STATUSES

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


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        (BY_PHONE, {"phone": "+11234567890"}),
        (BY_PHONE, {"phone": "1234567890", "status": "paused"}),
        (BY_PHONE, {"phone": "+11234567890", "campaignId": "spring"}),
        (BY_ID, {}),
        (BY_ID, {"name": "x" * 256}),
        (BY_ID, {"customVariables": {"age": 7}}),
    ],
)
def test_the_contract_would_notice(schema, body):
    assert not schema.is_valid(body)
