"""What does the API's own answer mean for a row? Whole runs, against a server that says it in many forms."""

import json
from collections import Counter

import pytest

from tests.desk import PHONES
from tests.raw_api import each, now, reply, updated


def denied(**body):
    return reply(200, {"success": False, **body})


def told(raw_desk, answers):
    """The rows of the results where each is answered otherwise, and how often each was sent."""
    desk = raw_desk(each(*answers), rows=len(answers))
    assert desk("rows.csv").code == 1
    sent = Counter(body["phone"] for body in desk.api.writes)
    return [row | {"sent": sent[row["phone"]]} for row in desk.rows()]


MISSING = {
    "Contact not found": "contact_not_found",
    "CONTACT_NOT_FOUND": "contact_not_found",
    "contactNotFound": "contact_not_found",
    "No contact with this number": "contact_not_found",
    "This contact no longer exists": "contact_not_found",
    "Could not find the contact": "contact_not_found",
    "Campaign not found": "campaign_not_found",
    "The contact cannot be moved: the campaign does not exist": "campaign_not_found",
    "Unknown campaign": "campaign_not_found",
}


def test_a_success_that_is_none_and_names_what_is_missing_is_that_at_once(raw_desk):
    rows = told(raw_desk, [denied(message=message) for message in MISSING])
    for row, (message, code) in zip(rows, MISSING.items(), strict=True):
        fate = row["sync_code"], row["sync_retryable"], row["sync_http_status"], row["sent"]
        assert fate == (code, "no", "200", 1), message


WRONG = {
    "Phone number is not valid": {"message": "Phone number is not valid"},
    "Invalid status": {"error": "invalid status"},
    "CampaignId must be a UUID": {"error": {"message": "campaignId must be a UUID"}},
    "phone: is not a valid number": {"message": "Validation failed", "errors": {"phone": ["is not a valid number"]}},
    "Status: is unknown": {"errors": {"status": "is unknown"}},
    "Timezone: must be an IANA name": {"errors": [{"field": "timezone", "message": "must be an IANA name"}]},
    "Phone is required; status is required": {"errors": ["phone is required", "status is required"]},
    "Phone: field required": {"detail": [{"loc": ["body", "phone"], "msg": "field required", "type": "missing"}]},
    "Bad request: The status is not supported": {"title": "Bad request", "detail": "The status is not supported"},
    "A contact with this phone already exists": {"message": "A contact with this phone already exists"},
}


def test_a_success_that_is_none_and_names_a_wrong_field_is_refused_with_its_words(raw_desk):
    rows = told(raw_desk, [denied(**body) for body in WRONG.values()])
    for row, words in zip(rows, WRONG, strict=True):
        assert (row["sync_code"], row["sync_retryable"], row["sent"]) == ("rejected", "no", 1), words
        assert words in row["sync_error"]


UNCLEAR = [
    {},
    {"message": "Something went wrong"},
    {"message": "Contact update failed: unknown error"},
    {"message": "Unknown error while updating the status"},
    {"message": "Contact service temporarily unavailable"},
    {"message": "The contact was not found in the cache, try again later"},
    {"message": "Invalid response from the phone service"},
    {"error": {"code": 17}},
    {"errors": []},
]


def test_any_other_success_that_is_none_is_tried_again_and_then_a_bad_reply_with_its_words(raw_desk, subtests):
    desk = raw_desk(lambda asked: denied(**body))
    for number, body in enumerate(UNCLEAR, start=1):  # one a run: several are an API that is out of order
        with subtests.test(str(body)):
            assert desk("rows.csv", "--fresh").code == 1
            [row] = desk.rows()
            assert (row["sync_code"], row["sync_retryable"], row["sync_attempts"]) == ("bad_reply", "yes", "5")
            assert body.get("message", "") in row["sync_error"]
            assert len(desk.api.writes) == 5 * number


def test_a_success_that_was_none_for_a_moment_costs_nothing(raw_desk):
    desk = raw_desk(lambda asked: updated(asked) if len(desk.api.writes) > 2 else denied(message="Please try again"))
    assert desk("rows.csv").code == 0
    [row] = desk.rows()
    assert (row["sync_code"], row["sync_attempts"], row["sync_error"]) == ("updated", "3", "")


FORMS = {
    "FastAPI": ({"detail": [{"loc": ["body", "phone"], "msg": "value is not a phone"}]}, "Value is not a phone"),
    "FastAPI, later": (
        {"detail": [{"type": "missing", "loc": ["body", "status"], "msg": "Field required"}]},
        "Field required",
    ),
    "Rails": (
        {"errors": {"phone": ["is blank", "is odd"], "status": ["is odd"]}},
        "Phone: is blank; is odd; status: is odd",
    ),
    "ASP.NET": (
        {"title": "One or more errors.", "errors": {"Phone": ["It is bad."]}},
        "One or more errors: Phone: It is bad",
    ),
    "RFC 9457": (
        {"type": "about:blank", "title": "Odd", "status": 422, "detail": "Phone is taken"},
        "Odd: Phone is taken",
    ),
    "RFC 7807": (
        {"title": "Odd", "invalid-params": [{"name": "phone", "reason": "too short"}]},
        "Odd: phone: too short",
    ),
    "pointers": (
        {"title": "Odd", "errors": [{"detail": "must be E.164", "pointer": "#/phone"}]},
        "phone: must be E.164",
    ),
    "JSON:API": ({"errors": [{"source": {"pointer": "/data/phone"}, "title": "Bad", "detail": "worse"}]}, "Phone: Bad"),
    "a map of words": ({"message": {"phone": "is odd"}}, "Phone: is odd"),
    "NestJS": ({"error": "Bad Request", "message": ["phone is odd", "status is odd"]}, "Phone is odd; status is odd"),
    "text in JSON": ("just a text", "Just a text"),
    "a list": (["one", "two"], "One; two"),
    "text": (b"plain text", "Plain text"),
}


def test_a_refusal_has_the_apis_own_words_whatever_form_they_have(raw_desk):
    rows = told(raw_desk, [reply(422, body) for body, _ in FORMS.values()])
    for row, (form, (_, words)) in zip(rows, FORMS.items(), strict=True):
        assert (row["sync_code"], row["sync_http_status"], row["sent"]) == ("rejected", "422", 1), form
        assert words in row["sync_error"]


PAGE = reply(403, b"<html><h1>Access denied</h1> by the firewall</html>", kind="text/html")


def test_a_web_page_with_403_is_an_outage_that_may_pass(raw_desk):
    desk = raw_desk(lambda asked: PAGE if len(desk.api.writes) < 3 else updated(asked), rows=2)
    assert desk("rows.csv").code == 0
    assert desk.codes() == ["updated"] * 2


def test_a_web_page_with_403_at_every_try_is_an_outage_and_no_refused_key(raw_desk):
    desk = raw_desk(lambda asked: PAGE, rows=2)
    done = desk("rows.csv")
    assert done.code == 3
    assert desk.codes() == ["server_error"] * 2
    assert all("firewall" in row["sync_error"] and row["sync_retryable"] == "yes" for row in desk.rows())


@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_json_with_403_is_a_refused_key(raw_desk, kind):
    desk = raw_desk(
        lambda asked: reply(403, {"error": "Forbidden", "message": "This key may not write"}, kind=kind), rows=3
    )
    done = desk("rows.csv", "--concurrency", 1)
    assert done.code == 4
    assert "This key may not write" in done.screen
    assert desk.codes() == ["key_refused"] * 3
    assert len(desk.api.writes) == 1


def hang_up(connection):
    """Say nothing."""


def test_the_change_may_have_landed_is_said_where_a_request_may_have_arrived(raw_desk):
    desk = raw_desk(lambda asked: hang_up, rows=2)
    assert desk("rows.csv").code == 3
    assert desk.codes() == ["network_error"] * 2
    assert all("may have landed" in row["sync_error"] for row in desk.rows())


def test_it_is_not_said_where_nobody_listens(raw_desk, monkeypatch):
    desk = raw_desk(updated)
    desk.sheet([(phone, "DNC") for phone in PHONES[:2]])  # nothing is to be read before them
    done = desk("rows.csv", BULK_SYNC_BASE_URL=nobody_listens())
    assert done.code == 3
    assert desk.codes() == ["network_error"] * 2
    assert not any("landed" in row["sync_error"] for row in desk.rows())
    assert "landed" not in done.screen
    assert desk.api.asked == []


def nobody_listens():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("status", [500, 502, 503, 520])
def test_a_small_file_whose_every_update_failed_ends_with_3_and_keeps_its_codes(raw_desk, status):
    desk = raw_desk(lambda asked: reply(status, {"message": "down"}), rows=3)
    done = desk("rows.csv")
    assert done.code == 3
    assert desk.codes() == ["server_error"] * 3
    assert "No update succeeded" in done.screen
    assert desk.history()[0]["exit_code"] == 3


def test_one_update_that_succeeded_or_was_refused_is_an_api_that_is_there(raw_desk):
    second = updated
    desk = raw_desk(lambda asked: second(asked) if asked.json["phone"] == PHONES[1] else reply(500, {}), rows=3)
    assert desk("rows.csv").code == 1
    second = lambda _: reply(422, {"message": "odd"})  # noqa: E731
    assert desk("rows.csv", "--fresh").code == 1
    assert desk.codes() == ["server_error", "rejected", "server_error"]


def test_a_timeout_that_the_api_itself_reports_is_none_of_a_dead_api(raw_desk):
    desk = raw_desk(lambda asked: reply(408, {"message": "too slow"}), rows=2)
    assert desk("rows.csv").code == 1
    assert desk.codes() == ["server_error"] * 2


@pytest.mark.parametrize(
    ("after", "said"),
    [("Sat, 21 Nov 9999 10:00:30 GMT", "more than a day"), ("600", "10 min")],
)
def test_a_long_wait_that_the_api_asks_for_is_said_and_cut(raw_desk, monkeypatch, after, said):
    from tests import adapter

    waits = adapter.waits_are_noted(monkeypatch)
    later = reply(503, {}, f"Retry-After: {after}", now())
    desk = raw_desk(lambda asked: updated(asked) if len(desk.api.writes) > 1 else later)
    desk.sheet([(PHONES[0], "DNC")])  # which waits for no look
    done = desk("rows.csv")
    assert done.code == 0
    assert said in done.screen
    assert "2 min" in done.screen
    assert waits == [120.0]


def test_a_log_tells_of_reads_and_of_tries_that_failed_and_of_no_number(raw_desk):
    desk = raw_desk(lambda asked: reply(503, {}) if len(desk.api.writes) == 1 else updated(asked))
    lines = [json.loads(line) for line in desk("rows.csv", "-v", "--log-format", "json").screen.splitlines()]
    tries = [(line["method"], line["http_status"], line["failed"]) for line in lines if "method" in line]
    assert ("POST", 503, True) in tries
    assert ("GET", 404, False) in tries
    assert ("POST", 200, False) not in tries, "an outcome has a line of its own"
    assert any("search=…100" in line["path"] for line in lines if "method" in line)
    assert PHONES[0][1:] not in str(lines)
    quiet = desk("rows.csv", "--fresh", "--log-format", "json").screen.splitlines()
    assert [json.loads(line).get("event") for line in quiet] == ["started", "progress", "finished"]
