"""No body, whatever its bytes, does anything but give its fields or a sentence that says what is wrong."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.sandbox import requests as bodies
from bulk_sync.sandbox.rules import Refused

ALL = (bodies.UPDATE_BY_PHONE, bodies.UPDATE_BY_ID, bodies.CREATE, bodies.FULFILL)
NAMES = ["phone", "phoneNumber", "status", "campaignId", "name", "timezone", "customVariables", "other"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.text() | st.sampled_from(["+12025550101", "UTC"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(raw=st.binary() | st.dictionaries(st.sampled_from(NAMES), VALUES).map(lambda found: json.dumps(found).encode()))
@pytest.mark.parametrize("body", ALL, ids=lambda body: body.title)
def test_every_body_is_read_or_refused_with_a_sentence_that_can_be_sent(body, raw):
    try:
        found = body.read(raw)
    except Refused as why:
        assert str(why).encode()
    else:
        assert set(found) <= set(body.fields) | {"customVariables"}
        assert json.dumps(found, ensure_ascii=False).encode()


def test_campaign_ids_are_compared_in_small_letters():
    raw = b'{"phone": "+12025550101", "campaignId": "D290F1EE-6C54-4B01-90E6-D701748F0851"}'
    assert bodies.UPDATE_BY_PHONE.read(raw)["campaignId"] == "d290f1ee-6c54-4b01-90e6-d701748f0851"


@pytest.mark.parametrize(
    "text",
    [
        "d290f1ee6c544b0190e6d701748f0851",
        "{d290f1ee-6c54-4b01-90e6-d701748f0851}",
        "d290f1ee-6c54-4b01-90e6-d701748f085g",
        "",
        "d290f1ee-6c54-4b01-90e6-d701748f0851\n",
    ],
)
def test_a_campaign_id_has_the_form_of_a_uuid(text):
    with pytest.raises(Refused, match="campaignId must be a UUID"):
        bodies.UPDATE_BY_PHONE.read(json.dumps({"phone": "+12025550101", "campaignId": text}).encode())


@pytest.mark.parametrize(
    ("body", "missing"), [(bodies.UPDATE_BY_PHONE, "phone"), (bodies.CREATE, "phoneNumber"), (bodies.FULFILL, "phone")]
)
def test_what_is_required_is_named(body, missing):
    with pytest.raises(Refused, match=f"{missing} is required"):
        body.read(b"{}")
