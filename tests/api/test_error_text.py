"""What do the API's words mean, and how are they told? Also: every reply whatsoever has a verdict."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.api.responses import (
    Abort,
    Accepted,
    RateLimited,
    Rejected,
    Response,
    Retry,
    classify,
    is_web_page,
    words,
)
from bulk_sync.errors import Code
from bulk_sync.model import Outcome
from tests.api.replies import DONE, HTML, JSON, error, reply, verdict


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Contact not found", Code.CONTACT_NOT_FOUND),
        ("contact not found.", Code.CONTACT_NOT_FOUND),
        ("CONTACT NOT FOUND", Code.CONTACT_NOT_FOUND),
        ("CONTACT_NOT_FOUND", Code.CONTACT_NOT_FOUND),
        ("ContactNotFound", Code.CONTACT_NOT_FOUND),
        ("No such contact", Code.CONTACT_NOT_FOUND),
        ("No contact with this phone number exists", Code.CONTACT_NOT_FOUND),
        ("Contact with phone number +11234567890 does not exist", Code.CONTACT_NOT_FOUND),
        ("The contact could not be found", Code.CONTACT_NOT_FOUND),
        ("Contact not found in campaign Spring", Code.CONTACT_NOT_FOUND),
        ("The contact you want to move to campaign X was not found", Code.CONTACT_NOT_FOUND),
        ("Campaign not found", Code.CAMPAIGN_NOT_FOUND),
        ("campaignId not found", Code.CAMPAIGN_NOT_FOUND),
        ("CAMPAIGN_NOT_FOUND", Code.CAMPAIGN_NOT_FOUND),
        ("Unknown campaign", Code.CAMPAIGN_NOT_FOUND),
        ("Campaign does not exist", Code.CAMPAIGN_NOT_FOUND),
        ("The contact's campaign was not found", Code.CAMPAIGN_NOT_FOUND),
        ("Contact cannot be moved: campaign not found", Code.CAMPAIGN_NOT_FOUND),
        ("No campaign found for contact 7b1f3a52", Code.CAMPAIGN_NOT_FOUND),
        ("Could not find campaign 550e for contact 7b1f", Code.CAMPAIGN_NOT_FOUND),
        ("Campaign for this contact not found", Code.CAMPAIGN_NOT_FOUND),
        ("Campaign with id 550e not found for contact", Code.CAMPAIGN_NOT_FOUND),
        ("Not found", Code.REJECTED),
        ("Lead not found", Code.REJECTED),
        ("Resource does not exist", Code.REJECTED),
        ("", Code.REJECTED),
        ("Route POST:/contacts/update not found", Code.REJECTED),
        ("Cannot POST /contacts/update", Code.REJECTED),
        ("Cannot PUT /v1/contacts/550e8400-e29b-41d4-a716-446655440000", Code.REJECTED),
        ("The requested URL /contacts/update was not found on this server.", Code.REJECTED),
        ("no Route matched with those values: https://api.guayaba.ai/contacts/update", Code.REJECTED),
    ],
)
def test_a_404_is_about_what_its_words_say_is_missing(message, code):
    found = verdict(404, error(message))
    assert isinstance(found, Rejected)
    assert (found.code, found.status) == (code, 404)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (error("Phone is not valid"), "Phone is not valid."),
        (error("phone is not valid!"), "Phone is not valid!"),
        ({"error": "Validation error"}, "Validation error."),
        ({"detail": "no"}, "No."),
        ({"message": "", "error": "Contact not found"}, "Contact not found."),
        (error("a\nb\tc\u2028d\x1b[31m"), "A b c d [31m."),
        ({}, "it gave no reason."),
        ({"message": "   "}, "it gave no reason."),
    ],
)
def test_the_apis_words_are_one_printable_sentence(body, said):
    assert words(reply(400, body)) == said


@pytest.mark.parametrize("length", [299, 300, 301, 5000, 1_000_000])
def test_the_apis_words_are_cut(length):
    assert len(words(reply(400, error("x" * length)))) <= 301


@pytest.mark.parametrize(
    ("body", "headers", "is_page"),
    [
        (b"<html>", {}, True),
        (b"\n <!doctype html>", {}, True),
        (b"no such page", HTML, True),
        (b"", HTML, True),
        (b'{"message": "Contact not found"}', HTML, False),
        (b"[]", HTML, False),
        (b"{}", JSON, False),
        (b"", {}, False),
        (b'{"a": "<b>"}', {}, False),
    ],
)
def test_a_web_page_is_known_by_its_first_letter_or_by_its_type_where_it_is_no_json(body, headers, is_page):
    assert is_web_page(reply(404, body, headers)) is is_page


HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "content-type", "date", "x-ratelimit-reset", "location", "content-length"]),
    st.text(max_size=40),
)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["success", "message", "error", "contact", "id", "phoneNumber", "detail"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.integers(0, 140).map(lambda cut: json.dumps(DONE).encode()[:cut]),
)


@settings(deadline=None)
@given(st.integers(0, 999), HEADERS, BODIES, st.booleans())
def test_every_reply_has_a_verdict_that_can_be_recorded(status, headers, body, understood):
    found = classify(Response(status, headers, body), understood=understood)
    match found:
        case Accepted(contact_id=contact_id, phone=phone):
            assert 200 <= status < 300
            Outcome(Code.UPDATED, contact_id=contact_id, phone=phone)
            for text in (contact_id, phone):
                assert text is None or (text.isprintable() and text.encode())
        case Retry(after=after, why=why):
            assert 0 <= after <= 120
            assert why.isprintable()
            assert why.encode()
        case Rejected(why=why):
            assert 400 <= status < 500
            assert why.isprintable()
            assert why.encode()
        case Abort(reason=reason):
            assert status in {401, 403, 404} or 300 <= status < 400
            assert str(reason).isprintable()
            assert str(reason).encode()
        case RateLimited():
            assert status == 429
