"""What every request meets: the key, the limit, the form of the body, the path."""

import email.utils
import socket

import httpx
import pytest

from bulk_sync.sandbox import Rate

UPDATE = "/contacts/update"
RATE_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def remaining(answer):
    return int(answer.headers["x-ratelimit-remaining"])


class TestLimit:
    def test_every_answer_to_a_good_key_carries_the_three_headers(self, serve, clock):
        api = serve(clock=clock, writes=Rate(30, 60), reads=Rate(100, 60))
        answers = [
            api.by_phone("+11234567890", status="paused"),
            api.by_phone("+11234567890"),
            api.by_phone("+19995550100", status="paused"),
            api.http.get("/nowhere"),
            api.http.request("PATCH", UPDATE),
        ]
        assert [answer.status_code for answer in answers] == [200, 400, 404, 404, 405]
        assert all(name in answer.headers for answer in answers for name in RATE_HEADERS)

    def test_a_refused_key_uses_up_nothing_and_learns_nothing(self, serve, clock):
        api = serve(clock=clock, writes=Rate(2, 60))
        for _ in range(5):
            answer = httpx.post(api.served.url + UPDATE, json={}, headers={"X-API-Key": "wrong"})
            assert answer.status_code == 401
            assert not any(name in answer.headers for name in RATE_HEADERS)
        assert remaining(api.by_phone("+11234567890", status="paused")) == 1

    def test_reads_and_writes_have_a_budget_each(self, serve, clock):
        api = serve(clock=clock, writes=Rate(1, 60), reads=Rate(1, 60))
        assert api.by_phone("+11234567890", status="paused").status_code == 200
        assert api.http.get("/campaigns").status_code == 200
        assert api.by_phone("+11234567890", status="paused").status_code == 429
        assert api.http.get("/contacts/statuses").status_code == 429

    def test_a_429_says_when_to_come_back_and_then_lets_in(self, serve, clock):
        api = serve(clock=clock, writes=Rate(1, 60))
        clock.now += 0.25
        api.by_phone("+11234567890", status="paused")
        clock.now += 14.5
        answer = api.by_phone("+11234567890", status="active")
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "46"
        assert answer.json()["retryAfter"] == 46
        assert remaining(answer) == 0
        clock.now = float(answer.headers["x-ratelimit-reset"])
        assert api.by_phone("+11234567890", status="active").status_code == 200

    @pytest.mark.parametrize(
        ("told", "header", "body"),
        [("both", "60", 60), ("header", "60", None), ("body", None, 60), ("none", None, None)],
    )
    def test_a_429_says_how_long_to_wait_where_it_is_told_to(self, serve, clock, told, header, body):
        api = serve(clock=clock, writes=Rate(1, 60), retry_after=told)
        api.by_phone("+11234567890", status="paused")
        answer = api.by_phone("+11234567890", status="active")
        assert answer.status_code == 429
        assert (answer.headers.get("retry-after"), answer.json().get("retryAfter")) == (header, body)

    def test_put_counts_with_the_other_writes_or_by_itself(self, serve, clock):
        for bucket, expected in (("shared", [200, 200, 429, 429]), ("own", [200, 200, 200, 429])):
            api = serve(clock=clock, writes=Rate(2, 60), put_bucket=bucket)
            john = api.store.by_phone("+11234567890")
            answers = [api.by_id(john.id, status="paused"), api.by_phone(john.phone, status="active")]
            answers += [api.by_id(john.id, status="paused"), api.by_id(john.id, status="active")]
            assert [answer.status_code for answer in answers] == expected

    @pytest.mark.parametrize("skew", [20.0, -20.0])
    def test_the_reset_may_go_by_another_clock_than_the_date(self, serve, clock, skew):
        api = serve(clock=clock, writes=Rate(30, 60), reset_skew=skew)
        answer = api.by_phone("+11234567890", status="paused")
        date = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
        assert float(answer.headers["x-ratelimit-reset"]) - date == 60 + skew

    def test_a_429_changes_nothing(self, serve, clock):
        api = serve(clock=clock, writes=Rate(1, 60))
        api.by_phone("+11234567890", status="paused")
        api.by_phone("+11234567890", status="active")
        assert api.store.by_phone("+11234567890").status == "paused"

    def test_reset_is_a_whole_second_rounded_up(self, serve, clock):
        api = serve(clock=clock, writes=Rate(30, 60))
        clock.now += 0.001
        answer = api.by_phone("+11234567890", status="paused")
        assert answer.headers["x-ratelimit-reset"] == "1800000061"

    @pytest.mark.parametrize("limiter", ["fixed", "sliding", "bucket"])
    def test_each_limiter_lets_the_allowance_through_and_not_one_more(self, serve, clock, limiter):
        api = serve(clock=clock, limiter=limiter, writes=Rate(5, 60))
        answers = [api.by_phone("+11234567890", status="paused").status_code for _ in range(7)]
        assert answers == [200] * 5 + [429] * 2

    def test_without_a_limiter_nothing_is_refused_and_no_rate_header_sent(self, serve):
        api = serve(limiter="none", writes=Rate(1, 60))
        answers = [api.by_phone("+11234567890", status="paused") for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}
        assert not any(name in answers[0].headers for name in RATE_HEADERS)


class TestClock:
    def test_the_date_header_is_the_servers_own_time(self, serve, clock):
        api = serve(clock=clock)
        answer = api.http.get("/campaigns")
        assert email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp() == clock.now

    def test_a_skewed_clock_shows_in_date_reset_and_timestamps_alike(self, serve, clock):
        api = serve(clock=clock, clock_skew=90.0, writes=Rate(30, 60))
        answer = api.by_phone("+11234567890", status="paused")
        assert email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp() == clock.now + 90
        assert int(answer.headers["x-ratelimit-reset"]) == clock.now + 150
        assert answer.json()["contact"]["updatedAt"] == "2027-01-15T08:01:30.000Z"


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
            b'{"phone": "+11234567890", "status": ""}',
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
        ],
    )
    def test_a_body_that_is_not_what_the_page_says_is_a_400_and_changes_nothing(self, api, body):
        before = api.store.by_phone("+11234567890")
        answer = api.http.post(UPDATE, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert answer.json()["error"] == "Validation error"
        assert api.store.by_phone("+11234567890") == before

    def test_a_body_of_many_megabytes_is_a_400_and_the_connection_goes_on(self, api):
        headers = {"Content-Type": "application/json"}
        assert api.http.post(UPDATE, content=b" " * 20_000_000, headers=headers).status_code == 400
        assert api.http.get("/campaigns").status_code == 200

    @pytest.mark.parametrize(
        "content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
    )
    def test_a_body_of_another_content_type_is_a_400(self, api, content_type):
        headers = {} if content_type is None else {"Content-Type": content_type}
        answer = api.http.post(UPDATE, content=b'{"phone": "+11234567890", "status": "paused"}', headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "Validation error")

    def test_a_charset_beside_the_content_type_is_fine(self, api):
        headers = {"Content-Type": "Application/JSON; charset=utf-8"}
        body = f'{{"phone": "{api.someone().phone}", "status": "paused"}}'
        assert api.http.post(UPDATE, content=body, headers=headers).status_code == 200

    def test_fields_that_no_page_names_are_not_refused(self, api):
        assert api.by_phone(api.someone().phone, status="paused", note={"a": [1, None]}).status_code == 200

    def test_text_of_any_script_comes_back_as_it_was_sent(self, api):
        name = "Zoë 李 👩‍👩‍👧 \u0000 \u202e «»"
        answer = api.by_id(api.someone().id, name=name, customVariables={name: name}).json()["contact"]
        assert (answer["name"], answer["customVariables"]) == (name, {name: name})

    def test_several_faults_are_checked_in_the_order_body_contact_status_campaign(self, api):
        nobody, somewhere = "+19995550100", "00000000-0000-4000-8000-000000000000"
        who = api.someone().phone
        assert api.by_phone("5", status="nonsense").json()["message"].startswith("phone")
        assert api.by_phone(nobody, status="nonsense", campaignId=somewhere).json()["message"] == "Contact not found"
        assert api.by_phone(who, status="nonsense", campaignId=somewhere).json()["message"].startswith("Invalid status")
        assert api.by_phone(who, status="paused", campaignId=somewhere).json()["message"] == "Campaign not found"

    def test_an_update_is_all_or_nothing(self, api):
        who, other = api.someone(), api.someone()
        answer = api.by_id(who.id, status="DNC", name="Jane", timezone="UTC", phoneNumber=other.phone)
        assert answer.status_code == 400
        assert api.now(who) == who
        assert len(api.standing(who)) == 5


class TestPaths:
    @pytest.mark.parametrize("path", ["/nowhere", "/contacts/", "/contacts/a/b", "/Contacts/update", "/campaigns/1"])
    def test_an_unknown_path_is_404_in_json(self, api, path):
        answer = api.http.post(path, json={})
        assert (answer.status_code, answer.json()["error"]) == (404, "Not found")

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

    def test_without_a_key_even_an_unknown_path_is_401(self, api):
        assert httpx.get(f"{api.served.url}/nowhere").status_code == 401

    def test_bytes_that_are_no_http_are_a_400_and_the_server_goes_on(self, api):
        host, port = api.served.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        assert api.http.get("/campaigns").status_code == 200


class TestTurns:
    def test_the_key_is_refused_after_as_many_requests_as_told(self, serve):
        api = serve(revoke_after=2)
        answers = [api.by_phone("+11234567890", status="paused").status_code for _ in range(4)]
        assert answers == [200, 200, 401, 401]

    def test_the_api_is_down_after_as_many_requests_as_told(self, serve):
        api = serve(down_after=2)
        answers = [api.by_phone("+11234567890", status="paused") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 503, 503]
        assert answers[2].json() == {"error": "Service unavailable", "message": "Try again shortly"}

    def test_refused_requests_do_not_count_towards_either(self, serve, clock):
        api = serve(clock=clock, revoke_after=2, writes=Rate(1, 60))
        answers = []
        for _ in range(3):
            answers += [api.by_phone("+11234567890", status="paused").status_code for _ in range(2)]
            clock.now += 60
        assert answers == [200, 429, 200, 401, 401, 401]

    def test_latency_is_waited_half_before_and_half_after_the_work(self, serve, monkeypatch):
        from bulk_sync.sandbox import app

        waits = []

        async def at_once(seconds):
            waits.append(seconds)

        monkeypatch.setattr(app.App, "_wait", staticmethod(at_once))
        serve(latency=0.2).by_phone("+11234567890", status="paused")
        assert waits == [0.1, 0.1]
