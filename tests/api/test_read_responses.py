"""What does a reply mean for who wanted to read?"""

import pytest

from bulk_sync.api.responses import Abort, FailureReason, RateLimited, Rejected, Retry, TransportFailure, classify_read
from bulk_sync.errors import Code, KeyRefused, WrongAddress
from bulk_sync.model import Content, NotHad
from tests.api.replies import HTML, JSON, error, reply


def verdict(status, body=b"", headers=JSON, *, understood=True):
    return classify_read(reply(status, body, headers), understood=understood)


@pytest.mark.parametrize("value", [{"contacts": []}, [], {"success": True}, "text", 7, None])
def test_any_json_is_what_was_read(value):
    assert verdict(200, value) == Content(value)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"contacts": [', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_asked_for_again(body):
    found = verdict(200, body)
    assert isinstance(found, Retry)
    assert (found.code, found.status) == (Code.BAD_REPLY, 200)


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_what_the_api_does_not_offer_is_a_value(status):
    found = verdict(status, error("Not for this key"))
    assert found == NotHad(f"The API does not let this be read ({status}): Not for this key.")


@pytest.mark.parametrize(
    ("status", "message", "gone"),
    [
        (404, "Contact not found", "contact"),
        (404, "Campaign not found", "campaign"),
        (404, "Cannot GET /contacts/7b1f", None),
        (403, "Contact not found", None),
    ],
)
def test_a_404_may_say_what_is_missing(status, message, gone):
    assert verdict(status, error(message)).missing == gone


def test_a_web_page_says_that_the_address_is_wrong_unless_the_api_has_spoken_before():
    found = verdict(404, b"<html>", HTML, understood=False)
    assert isinstance(found.reason, WrongAddress)
    assert isinstance(verdict(404, b"<html>", HTML), NotHad)


def test_a_refused_key_stops_the_run():
    found = verdict(401, error("Invalid or missing API key"))
    assert isinstance(found, Abort)
    assert isinstance(found.reason, KeyRefused)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_read_follows_a_redirect(status):
    assert isinstance(verdict(status).reason, WrongAddress)


def test_a_429_waits_for_the_budget():
    assert verdict(429) == RateLimited()


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503])
def test_a_failure_is_tried_again(status):
    found = verdict(status)
    assert isinstance(found, Retry)
    assert (found.code, found.status) == (Code.SERVER_ERROR, status)


@pytest.mark.parametrize("reason", [each for each in FailureReason if each is not FailureReason.CERTIFICATE])
def test_silence_is_tried_again_and_nobody_fears_that_something_has_changed(reason):
    found = classify_read(TransportFailure(reason), understood=True)
    assert found.code is Code.NETWORK_ERROR
    assert "landed" not in found.why


def test_a_certificate_that_fails_stops_the_run():
    assert isinstance(classify_read(TransportFailure(FailureReason.CERTIFICATE), understood=True).reason, WrongAddress)


def test_what_the_api_will_not_do_is_refused_with_its_words():
    found = verdict(400, error("limit must be at most 100"))
    assert isinstance(found, Rejected)
    assert "Limit must be at most 100." in found.why
    assert "Correct the row" not in found.why
