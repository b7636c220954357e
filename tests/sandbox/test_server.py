"""What every request meets beside the limits: the form of the body, the path, and an API that goes away."""

import socket

import httpx
import pytest

from bulk_sync.sandbox import Rate

UPDATE, PHONE = "/contacts/update", "+11234567890"
JSON = {"Content-Type": "application/json"}


def refused(answer):
    return (answer.status_code, answer.json().get("error")) == (400, "Validation error")


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"null",
            b"[]",
            b'"text"',
            b"{}",
            b"\xff\xfe{\x00}\x00",
            b'\xef\xbb\xbf{"phone": "+11234567890", "status": "paused"}',
            b'{"phone": "+11234567890", "status": "\xff"}',
            b'{"phone": "+11234567890", "status": null}',
            b'{"phone": "+11234567890", "status": 7}',
            b'{"phone": "+11234567890", "status": "paused", "status": "active"}',
            b'{"phone": "+11234567890", "status": "paused", "campaignId": null}',
            b'{"phone": 11234567890, "status": "paused"}',
            b'{"phone": "+11234567890", "status": "paused", "x": NaN}',
            b'{"phone": "+11234567890", "status": "paused", "x": "\\ud800"',
            b'{"phone": "+11234567890", "status": "\\ud800"}',
            b'{"phone": "+11234567890", "status": "paused"} {}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"1" * 10_000,
            b'{"phone": "+11234567890", "status": "' + b"a" * 1_000_000 + b'"}',
            b" " * 20_000_000,
        ],
    )
    def test_a_body_that_is_not_what_the_page_says_is_a_400_and_changes_nothing(self, api, body):
        before = api.store.by_phone(PHONE)
        assert refused(api.http.post(UPDATE, content=body, headers=JSON))
        assert api.store.by_phone(PHONE) == before
        assert api.http.get("/campaigns").status_code == 200

    @pytest.mark.parametrize(
        ("content_type", "is_taken"),
        [
            (None, False),
            ("", False),
            ("text/plain", False),
            ("application/x-www-form-urlencoded", False),
            ("application/jsonp", False),
            ("Application/JSON; charset=utf-8", True),
        ],
    )
    def test_a_body_of_another_content_type_is_a_400(self, api, content_type, is_taken):
        headers = {} if content_type is None else {"Content-Type": content_type}
        body = f'{{"phone": "{api.someone().phone}", "status": "paused"}}'
        assert refused(api.http.post(UPDATE, content=body, headers=headers)) is not is_taken

    def test_text_of_any_script_comes_back_as_it_was_sent(self, api):
        name = "Zoë 李 👩‍👩‍👧 \u0000 \u202e «»"
        answer = api.by_id(api.someone().id, name=name, customVariables={name: name}).json()["contact"]
        assert (answer["name"], answer["customVariables"]) == (name, {name: name})

    def test_several_faults_are_checked_in_the_order_body_contact_status_campaign(self, api):
        nobody, somewhere = "+19995550100", "00000000-0000-4000-8000-000000000000"
        who = api.someone().phone
        for phone, status, message in (
            ("5", "nonsense", "phone"),
            (nobody, "nonsense", "Contact not found"),
            (who, "nonsense", "Invalid status"),
            (who, "paused", "Campaign not found"),
        ):
            assert api.by_phone(phone, status=status, campaignId=somewhere).json()["message"].startswith(message)

    def test_an_update_is_all_or_nothing(self, api):
        who, other = api.someone(), api.someone()
        assert refused(api.by_id(who.id, status="DNC", name="Jane", timezone="UTC", phoneNumber=other.phone))
        assert api.now(who) == who
        assert len(api.standing(who)) == 5


class TestPaths:
    @pytest.mark.parametrize("path", ["/nowhere", "/contacts/", "/contacts/a/b", "/Contacts/update", "/campaigns/1"])
    def test_an_unknown_path_is_404_in_json_and_401_without_a_key(self, api, path):
        answer = api.http.post(path, json={})
        assert (answer.status_code, answer.json()["error"]) == (404, "Not found")
        assert httpx.post(f"{api.served.url}{path}").status_code == 401

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("GET", "/contacts/update", "POST"),
            ("PUT", "/contacts/update", "POST"),
            ("DELETE", "/contacts", "GET, POST"),
            ("GET", "/contacts/550e8400-e29b-41d4-a716-446655440000", "PUT"),
            ("OPTIONS", "/campaigns", "GET"),
            ("TRACE", "/contacts/statuses", "GET"),
        ],
    )
    def test_an_unknown_method_is_405_and_names_those_there_are(self, api, method, path, allowed):
        answer = api.http.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)

    def test_bytes_that_are_no_http_are_a_400_and_the_server_goes_on(self, api):
        host, port = api.served.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        assert api.http.get("/campaigns").status_code == 200


@pytest.mark.parametrize(("option", "then"), [("revoke_after", 401), ("down_after", 503)])
def test_the_key_or_the_api_is_gone_after_as_many_requests_as_told_refused_ones_not_counted(serve, clock, option, then):
    api = serve(clock=clock, writes=Rate(1, 60), **{option: 2})
    answers = []
    for _ in range(3):
        answers += [api.by_phone(PHONE, status="paused") for _ in range(2)]
        clock.now += 60
    assert [answer.status_code for answer in answers] == [200, 429, 200, then, then, then]
    error, message = {
        401: ("Unauthorized", "Invalid or missing API key"),
        503: ("Service unavailable", "Try again shortly"),
    }[then]
    assert answers[-1].json() == {"error": error, "message": message}


def test_latency_is_waited_half_before_and_half_after_the_work(serve, monkeypatch):
    from bulk_sync.sandbox import serving

    waits = []

    async def at_once(seconds):
        waits.append(seconds)

    monkeypatch.setattr(serving.App, "_wait", staticmethod(at_once))
    serve(latency=0.2).by_phone(PHONE, status="paused")
    assert waits == [0.1, 0.1]


def test_a_defect_is_an_answer_and_is_seen(serve, monkeypatch, caplog):
    api = serve()
    monkeypatch.setattr(api.store, "update", lambda *_, **__: 1 / 0)
    answer = api.by_phone(PHONE, status="paused")
    assert answer.json() == {"error": "Internal server error", "message": "Something went wrong"}
    assert answer.status_code == 500
    assert "POST /contacts/update failed" in caplog.text
