"""The bad days: each fault as a client meets it, and the rule that chooses them."""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.sandbox.faults import FAULTS, chosen, shares

PHONE = "+11234567890"
IMPATIENT = httpx.Timeout(30, read=0.2)


@pytest.fixture
def faulty(serve):
    def start(name, **options):
        return serve(faults={name: 1.0}, **options)

    return start


def status(api):
    return api.store.by_phone(PHONE).status


@pytest.mark.parametrize("name", ["500", "502", "503", "429"])
def test_an_error_status_is_answered_and_nothing_is_done(faulty, name):
    api = faulty(name)
    answer = api.by_phone(PHONE, status="paused")
    assert answer.status_code == int(name)
    assert status(api) == "active"
    assert "x-ratelimit-remaining" not in answer.headers


def test_a_spurious_429_says_how_long_to_wait(faulty):
    assert faulty("429").by_phone(PHONE, status="paused").headers["retry-after"] == "1"


def test_html_is_a_200_that_no_client_may_take_for_success(faulty):
    api = faulty("html")
    answer = api.by_phone(PHONE, status="paused")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert status(api) == "active"


def test_bad_json_takes_effect_and_is_cut_off_in_the_middle(faulty):
    api = faulty("bad-json")
    answer = api.by_phone(PHONE, status="paused")
    assert answer.status_code == 200
    assert answer.text.startswith('{"success":true')
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        answer.json()
    assert status(api) == "paused"


def test_reset_loses_the_connection_and_nothing_is_done(faulty):
    api = faulty("reset")
    with pytest.raises(httpx.ReadError, match="reset"):
        api.by_phone(PHONE, status="paused")
    assert status(api) == "active"


def test_applied_reset_takes_effect_and_loses_the_answer(faulty):
    api = faulty("applied-reset")
    with pytest.raises(httpx.ReadError, match="reset"):
        api.by_phone(PHONE, status="paused")
    assert status(api) == "paused"


def test_hang_never_answers(faulty):
    api = faulty("hang")
    with pytest.raises(httpx.ReadTimeout):
        api.http.post("/contacts/update", json={"phone": PHONE, "status": "paused"}, timeout=IMPATIENT)
    assert status(api) == "active"


def test_slow_takes_effect_and_answers_late(faulty, monkeypatch):
    from bulk_sync.sandbox import app

    waits = []

    async def at_once(seconds):
        waits.append(seconds)

    monkeypatch.setattr(app.App, "_wait", staticmethod(at_once))
    api = faulty("slow")
    assert api.by_phone(PHONE, status="paused").status_code == 200
    assert max(waits) == 5.0


@pytest.mark.parametrize("name", ["reset", "hang"])
def test_reads_meet_faults_too_and_the_page_does_not(faulty, name):
    api = faulty(name)
    with pytest.raises((httpx.ReadError, httpx.ReadTimeout)):
        api.http.get("/campaigns", timeout=IMPATIENT)
    assert api.http.get("/").status_code == 200


def test_a_refused_key_and_a_full_window_meet_no_faults(faulty, clock):
    from bulk_sync.sandbox import Rate

    api = faulty("500", clock=clock, writes=Rate(1, 60))
    assert httpx.post(f"{api.served.url}/contacts/update", json={}).status_code == 401
    assert [api.by_phone(PHONE, status="paused").status_code for _ in range(2)] == [500, 429]


def test_the_same_seed_meets_the_same_faults(serve):
    def answers(seed):
        api = serve(faults={"500": 0.3, "html": 0.2}, seed=seed, limiter="none")
        return [api.by_phone(PHONE, status="paused").headers["content-type"] for _ in range(40)]

    assert answers(7) == answers(7)
    assert answers(7) != answers(8)


def test_every_fault_has_a_share_of_its_own_and_the_rest_goes_well():
    table = {"500": 0.25, "reset": 0.5}
    assert chosen(table, 0.0) is FAULTS["500"]
    assert chosen(table, 0.2499) is FAULTS["500"]
    assert chosen(table, 0.25) is FAULTS["reset"]
    assert chosen(table, 0.75) is None


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
