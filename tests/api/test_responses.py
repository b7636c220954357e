"""What does a reply mean for the row that asked?"""

import json

import pytest

from bulk_sync.api.responses import (
    Abort,
    Accepted,
    FailureReason,
    RateLimited,
    Rejected,
    Retry,
    TransportFailure,
    classify,
)
from bulk_sync.errors import Code, KeyRefused, WrongAddress
from tests.api.replies import CONTACT, DONE, HTML, error, verdict


@pytest.mark.parametrize("status", [200, 201, 202, 207, 299])
def test_success_true_is_accepted_with_what_is_said_of_the_contact(status):
    assert verdict(status, DONE) == Accepted(status, CONTACT["id"], CONTACT["phoneNumber"], CONTACT["status"])


@pytest.mark.parametrize("contact", [None, [], "x", {}, {"id": None}, {"id": 7, "phoneNumber": 8}])
def test_success_true_is_accepted_even_where_nothing_is_known_of_the_contact(contact):
    assert verdict(200, {"success": True, "contact": contact}) == Accepted(200, None, None)
    assert verdict(200, {"success": True}) == Accepted(200, None, None)


@pytest.mark.parametrize("value", ["\ud800", "x\0y", "a\nb", "x" * 100_000, ""])
def test_an_id_or_number_that_is_none_is_not_taken_over(value):
    found = verdict(200, {"success": True, "contact": {"id": value, "phoneNumber": value}})
    assert found == Accepted(200, None, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"{",
        b'{"success": tru',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"<html>Welcome</html>",
        [],
        "success",
        17,
        None,
        {},
        {"success": False},
        {"success": "true"},
        {"success": 1},
        {"ok": True},
        [{"success": True}],
    ],
)
def test_a_2xx_that_does_not_say_so_is_tried_again_and_then_a_bad_reply(body):
    found = verdict(200, body if isinstance(body, bytes) else json.dumps(body).encode())
    assert isinstance(found, Retry)
    assert (found.code, found.status) == (Code.BAD_REPLY, 200)


@pytest.mark.parametrize("status", [204, 205])
def test_an_empty_success_is_no_success(status):
    assert verdict(status).code is Code.BAD_REPLY


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
def test_a_redirect_stops_the_run(status):
    found = verdict(status, headers={"location": "https://elsewhere.example/"})
    assert isinstance(found, Abort)
    assert isinstance(found.reason, WrongAddress)
    assert str(status) in str(found.reason)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_the_run_with_the_apis_words(status):
    found = verdict(status, error("Invalid or missing API key", "Unauthorized"))
    assert isinstance(found, Abort)
    assert isinstance(found.reason, KeyRefused)
    assert "Invalid or missing API key" in str(found.reason)


def test_a_web_page_with_401_is_a_refused_key_and_with_403_an_outage():
    assert isinstance(verdict(401, b"<html>", HTML), Abort)
    found = verdict(403, b"<html><h1>Access denied</h1>", HTML)
    assert isinstance(found, Retry)
    assert (found.code, found.status) == (Code.SERVER_ERROR, 403)
    assert "firewall" in found.why


@pytest.mark.parametrize("headers", [{}, HTML])
def test_json_with_403_is_a_refused_key_whatever_its_type_says(headers):
    assert isinstance(verdict(403, error("Forbidden"), headers), Abort)
    assert isinstance(verdict(403, b"", {}), Abort)


def test_429_is_held_back_and_no_try():
    assert verdict(429, error("Too many requests", "Rate limit exceeded")) == RateLimited()
    assert verdict(429, b"<html>", HTML) == RateLimited()


@pytest.mark.parametrize("status", [408, 425, 500, 501, 502, 503, 504, 520, 599])
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b'{"error":"x","message":"Try later"}'])
def test_what_may_pass_is_tried_again_and_then_a_server_error(status, body):
    found = verdict(status, body)
    assert isinstance(found, Retry)
    assert (found.code, found.status) == (Code.SERVER_ERROR, status)
    assert str(status) in found.why


@pytest.mark.parametrize("status", [400, 402, 405, 406, 409, 410, 411, 413, 415, 418, 422, 451, 499])
def test_other_4xx_are_refused_with_the_apis_own_words(status):
    found = verdict(status, error("At least one of status or campaignId must be provided", "Validation error"))
    assert isinstance(found, Rejected)
    assert (found.code, found.status) == (Code.REJECTED, status)
    assert "At least one of status or campaignId must be provided" in found.why


@pytest.mark.parametrize("status", [0, 100, 102, 199, 600, 999])
def test_a_status_that_http_does_not_know_is_tried_again(status):
    assert verdict(status, DONE).code is Code.BAD_REPLY


@pytest.mark.parametrize(
    ("body", "headers"), [(b"<!doctype html><h1>Contact us</h1>", HTML), (b"  <html>404</html>", {}), (b"", HTML)]
)
def test_a_404_that_is_a_web_page_stops_the_run_on_the_first_calls_only(body, headers):
    first = verdict(404, body, headers, understood=False)
    assert isinstance(first, Abort)
    assert isinstance(first.reason, WrongAddress)
    assert "--base-url" in str(first.reason)
    assert verdict(404, body, headers, understood=True).code is Code.REJECTED


@pytest.mark.parametrize("reason", [each for each in FailureReason if each is not FailureReason.CERTIFICATE])
def test_no_reply_is_tried_again_and_then_a_network_error(reason):
    found = classify(TransportFailure(reason, "words"), understood=True)
    assert isinstance(found, Retry)
    assert (found.code, found.status) == (Code.NETWORK_ERROR, None)
    assert reason.value in found.why


@pytest.mark.parametrize("understood", [True, False])
def test_a_certificate_that_fails_stops_the_run(understood):
    found = classify(TransportFailure(FailureReason.CERTIFICATE), understood=understood)
    assert isinstance(found, Abort)
    assert isinstance(found.reason, WrongAddress)
    assert "certificate" in str(found.reason)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "100000"}, 120.0),
        ({"retry-after": "9" * 400}, 120.0),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "²"}, 0.0),
        ({"retry-after": ""}, 0.0),
        ({}, 0.0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 09:00:00 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "yesterday"}, 0.0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}, 0.0),
        ({"retry-after": "Sat, 21 Nov 9999 10:00:30 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 120.0),
    ],
)
def test_the_next_try_respects_what_the_api_asks_for_in_reason(headers, seconds):
    assert verdict(503, b"{}", headers).after == seconds
