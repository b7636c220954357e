"""What a reply means, for the row that asked and for who wanted to read, over all statuses."""

import json

import pytest

from bulk_sync.api.responses import (
    NEVER_LEFT,
    Abort,
    Accepted,
    FailureReason,
    RateLimited,
    Rejected,
    Retry,
    TransportFailure,
    classify,
    classify_read,
)
from bulk_sync.errors import Code, WrongAddress
from bulk_sync.model import ReadOk, Unavailable
from tests.api.replies import CONTACT, DONE, HTML, JSON, error, reply, verdict

PAGE = b"<html><h1>Not here</h1></html>"
WORDS = error("Not like this", "Validation error")


def read(status, body=b"", headers=JSON, *, understood=True):
    return classify_read(reply(status, body, headers), understood=understood)


def kind(found):
    """A verdict in a word: its code, why it stops, or its name."""
    if isinstance(found, Abort):
        return type(found.reason).__name__
    return found.code.word if isinstance(found, Retry | Rejected) else type(found).__name__


NOT_OFFERED, REFUSED, FAILS, ODD = {403, 404, 405, 501}, range(400, 500), {408, 425, *range(500, 600)}, "bad_reply"


def expected(status, *, of_a_read):
    """What the API's own JSON means with a status, as DESIGN section 6 says it."""
    match status:
        case 401:
            return "KeyRefused"
        case 403 if not of_a_read:
            return "KeyRefused"
        case 429:
            return "RateLimited"
        case status if of_a_read and status in NOT_OFFERED:
            return "Unavailable"
        case status if status in FAILS:
            return "server_error"
        case status if status in REFUSED:
            return "rejected"
        case status if 300 <= status < 400:
            return "WrongAddress"
        case status if 200 <= status < 300:
            return "ReadOk" if of_a_read else ODD
        case _:
            return ODD


@pytest.mark.parametrize("of_a_read", [False, True])
def test_every_status_means_what_the_design_says(of_a_read):
    ask = read if of_a_read else verdict
    for status in [0, 99, *range(100, 600), 600, 999]:
        found = ask(status, WORDS)
        assert kind(found) == expected(status, of_a_read=of_a_read), status
        said = str(found.reason) if isinstance(found, Abort) else getattr(found, "why", "")
        if status in {401, *REFUSED} - {429}:
            assert "Not like this" in said
        if isinstance(found, Retry | Rejected):
            assert (found.status, str(status) in said) == (status, True)
        if of_a_read:
            assert "Correct the row" not in said


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


NO_JSON = [b"", b"OK", b"{", b'{"success": tru', b'{"contacts": [', b"\xff\xfe\x00", b"[" * 100_000, PAGE]
NO_SUCCESS = ["success", 17, None, [], {}, {"success": False}, {"success": "true"}, {"success": 1}, {"ok": True}]


@pytest.mark.parametrize(
    "body", [*NO_JSON, *(json.dumps(each).encode() for each in NO_SUCCESS), b'[{"success": true}]']
)
def test_a_2xx_that_does_not_say_so_is_tried_again_and_then_a_bad_reply(body):
    for status in (200, 204, 205):
        found = verdict(status, body)
        assert (type(found), found.code, found.status) == (Retry, Code.BAD_REPLY, status)


@pytest.mark.parametrize("value", [{"contacts": []}, [], {"success": True}, "text", 7, None])
def test_any_json_is_what_was_read(value):
    assert read(200, value) == ReadOk(value)


@pytest.mark.parametrize("body", [*NO_JSON, b'{"success": false}'])
def test_what_is_no_json_is_read_again(body):
    assert (type(read(200, body)), kind(read(200, body))) == (Retry, ODD)


@pytest.mark.parametrize(
    ("status", "message", "gone"),
    [
        (404, "Contact not found", "contact"),
        (404, "Campaign not found", "campaign"),
        (404, "Cannot GET /contacts/7b1f", None),
        (403, "Contact not found", None),
        (200, "Contact not found", "contact"),
    ],
)
def test_a_read_may_say_what_is_missing(status, message, gone):
    found = read(status, error(message) | {"success": False})
    assert isinstance(found, Unavailable)
    assert (found.missing, message in found.why) == (gone, True)


@pytest.mark.parametrize("ask", [verdict, read])
@pytest.mark.parametrize(("body", "headers"), [(PAGE, HTML), (b"  <html>404</html>", {}), (b"", HTML)])
def test_a_404_that_is_a_web_page_stops_the_run_on_the_first_calls_only(ask, body, headers):
    first = ask(404, body, headers, understood=False)
    assert kind(first) == "WrongAddress"
    assert "--base-url" in str(first.reason)
    assert kind(ask(404, body, headers)) == ("rejected" if ask is verdict else "Unavailable")


def test_what_may_be_a_wrong_address_is_not_called_a_fault_of_the_row():
    assert "--base-url" in verdict(404, error("Cannot POST /contacts/update")).why
    assert "--base-url" in verdict(405, error("Method not allowed")).why
    assert "--base-url" not in verdict(422, error("Invalid status")).why
    assert "web page" in verdict(200, PAGE, HTML).why


def test_an_api_that_calls_all_it_says_a_web_page_is_understood_all_the_same():
    assert kind(verdict(404, error("Contact not found"), HTML, understood=False)) == "contact_not_found"
    assert read(404, error("Contact not found"), HTML, understood=False).missing == "contact"


@pytest.mark.parametrize("ask", [verdict, read])
def test_a_web_page_with_401_is_a_refused_key_and_with_403_an_outage(ask):
    assert kind(ask(401, PAGE, HTML)) == "KeyRefused"
    found = ask(403, PAGE, HTML)
    assert (type(found), found.code, found.status, "firewall" in found.why) == (Retry, Code.SERVER_ERROR, 403, True)
    assert ask(429, PAGE, HTML) == RateLimited()


@pytest.mark.parametrize("headers", [{}, HTML])
def test_json_with_403_is_a_refused_key_whatever_its_type_says(headers):
    assert kind(verdict(403, error("Forbidden"), headers)) == kind(verdict(403, b"", {})) == "KeyRefused"


@pytest.mark.parametrize("reason", FailureReason)
@pytest.mark.parametrize("ask", [classify, classify_read])
def test_no_reply_is_tried_again_and_then_a_network_error_and_a_certificate_that_fails_stops(reason, ask):
    found = ask(TransportFailure(reason, "words"), understood=True)
    if reason is FailureReason.CERTIFICATE:
        assert isinstance(found.reason, WrongAddress)
        assert "certificate" in str(found.reason)
        assert "SSL_CERT_FILE" in str(found.reason)
        return
    assert (type(found), found.code, found.status, reason.value in found.why) == (Retry, Code.NETWORK_ERROR, None, True)
    assert found.may_have_landed is (ask is classify and reason not in NEVER_LEFT)


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
