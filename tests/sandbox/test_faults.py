"""The bad days: each fault as a client meets it, and the rule that chooses them."""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.sandbox import Rate, serving
from bulk_sync.sandbox.responses import FAULTS, chosen, shares

PHONE = "+11234567890"
IMPATIENT = httpx.Timeout(30, read=0.2)
WEB_PAGE = "text/html"


@pytest.fixture
def faulty(serve):
    def start(name, **options):
        return serve(faults={name: 1.0}, **options)

    return start


def status(api):
    return api.store.by_phone(PHONE).status


@pytest.mark.parametrize(
    ("name", "code", "kind", "waits"),
    [
        ("429", 429, "application/json", "1"),
        ("500", 500, "application/json", None),
        ("502", 502, WEB_PAGE, None),
        ("503", 503, "application/json", None),
        ("html", 200, WEB_PAGE, None),
    ],
)
def test_an_answer_in_the_apis_place_and_nothing_is_done(faulty, name, code, kind, waits):
    api = faulty(name)
    answer = api.by_phone(PHONE, status="paused")
    assert (answer.status_code, answer.headers["content-type"], answer.headers.get("retry-after")) == (
        code,
        kind,
        waits,
    )
    assert status(api) == "active"
    assert "x-ratelimit-remaining" not in answer.headers


def test_bad_json_takes_effect_and_is_cut_off_in_the_middle(faulty):
    api = faulty("bad-json")
    answer = api.by_phone(PHONE, status="paused")
    assert answer.status_code == 200
    assert answer.text.startswith('{"success":true')
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        answer.json()
    assert status(api) == "paused"


@pytest.mark.parametrize(
    ("name", "error", "then"),
    [
        ("reset", httpx.ReadError, "active"),
        ("applied-reset", httpx.ReadError, "paused"),
        ("hang", httpx.ReadTimeout, "active"),
    ],
)
def test_the_connection_is_lost_for_writes_and_reads_and_not_for_the_page(faulty, name, error, then):
    api = faulty(name)
    for method, path, body in (
        ("POST", "/contacts/update", {"phone": PHONE, "status": "paused"}),
        ("GET", "/campaigns", None),
    ):
        with pytest.raises(error, match=r"reset|timed out"):
            api.http.request(method, path, json=body, timeout=IMPATIENT)
    assert status(api) == then
    assert api.http.get("/").status_code == 200


def test_slow_takes_effect_and_answers_late(faulty, monkeypatch):
    waits = []

    async def at_once(seconds):
        waits.append(seconds)

    monkeypatch.setattr(serving.App, "_wait", staticmethod(at_once))
    api = faulty("slow")
    assert api.by_phone(PHONE, status="paused").status_code == 200
    assert (max(waits), status(api)) == (5.0, "paused")


def test_a_refused_key_and_a_full_window_meet_no_faults(faulty, clock):
    api = faulty("500", clock=clock, writes=Rate(1, 60))
    assert httpx.post(f"{api.served.url}/contacts/update", json={}).status_code == 401
    assert [api.by_phone(PHONE, status="paused").status_code for _ in range(2)] == [500, 429]


def test_the_same_seed_meets_the_same_faults(serve):
    def answers(seed):
        api = serve(faults={"500": 0.3, "html": 0.2}, seed=seed, limiter="none")
        return [api.by_phone(PHONE, status="paused").headers["content-type"] for _ in range(40)]

    assert answers(7) == answers(7)
    assert answers(7) != answers(8)


@pytest.mark.parametrize(
    ("draw", "fault"), [(0.0, "500"), (0.2499, "500"), (0.25, "reset"), (0.7499, "reset"), (0.75, None)]
)
def test_every_fault_has_a_share_of_its_own_and_the_rest_goes_well(draw, fault):
    assert chosen({"500": 0.25, "reset": 0.5}, draw) is FAULTS.get(fault)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FAULTS)), st.integers(0, 10)))
def test_what_is_written_is_what_is_read(table):
    text = ", ".join(f"{name}:{percent}%" for name, percent in table.items())
    assert shares(text) == {name: percent / 100 for name, percent in table.items()}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("500", "'500' is not a fault and its share"),
        ("500:5", "write it like 500:5%"),
        ("teapot:5%", "'teapot' is not a fault; choose among 429, 500"),
        ("500:5%,500:6%", "named twice"),
        ("500:60%,reset:41%", "add up to 101%"),
        ("500:-5%", "is not a fault and its share"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        shares(text)
