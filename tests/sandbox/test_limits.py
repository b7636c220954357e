"""The three limiters, as arithmetic and as a client meets them, and how people write rates and lengths of time."""

import email.utils
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.sandbox.limits import LIMITERS, Rate, Ruling, fixed_window, seconds, sliding_log, token_bucket

NOW = 1_800_000_000.25
EVERY = pytest.mark.parametrize("kind", [fixed_window, sliding_log, token_bucket])
GAPS = st.lists(st.floats(0, 5), min_size=1, max_size=80)


def passed(limiter, *moments):
    return "".join("01"[limiter(NOW + moment).allowed] for moment in moments)


@EVERY
@pytest.mark.parametrize("rate", [(1, 1.0), (3, 1.0), (30, 60.0), (7, 0.01), (500, 1.0)])
def test_a_fresh_limiter_lets_its_whole_allowance_through_at_once_and_not_one_more(kind, rate):
    limit, period = rate
    subject = kind(Rate(limit, period))
    assert [subject(NOW)[::2] for _ in range(limit + 1)] == [*((True, left) for left in range(limit)[::-1]), (False, 0)]


@EVERY
@settings(deadline=None)
@given(gaps=st.lists(st.floats(0, 20), min_size=1, max_size=60), limit=st.integers(1, 5))
def test_after_the_moment_of_reset_a_request_passes(kind, gaps, limit):
    subject, now = kind(Rate(limit, 10.0)), NOW
    for gap in gaps:
        now += gap
        ruling = subject(now)
        if not ruling.allowed:
            assert now < ruling.reset <= now + 10.0 + 1e-6
            now = ruling.reset
            assert subject(now).allowed


@settings(deadline=None)
@given(gaps=GAPS, limit=st.integers(1, 5))
def test_a_sliding_log_never_lets_more_than_its_limit_through_in_any_period(gaps, limit):
    subject, now, through = sliding_log(Rate(limit, 10.0)), NOW, []
    for gap in gaps:
        now += gap
        if subject(now).allowed:
            through.append(now)
    for first in through:
        assert sum(first <= moment < first + 10.0 for moment in through) <= limit


@settings(deadline=None)
@given(gaps=GAPS, limit=st.integers(1, 5))
def test_a_bucket_never_lets_more_through_than_it_held_and_got_back(gaps, limit):
    subject, now, count = token_bucket(Rate(limit, 10.0)), NOW, 0
    for gap in gaps:
        now += gap
        count += subject(now).allowed
        assert count <= limit + (now - NOW) * limit / 10.0 + 0.01


@pytest.mark.parametrize(
    ("kind", "moments", "expected", "reset"),
    [
        (fixed_window, (0, 9, 9.9, 10, 10, 19.9), "110110", 20),  # a window begins with its first request
        (sliding_log, (0, 6, 9, 10, 11, 16), "110101", 20),  # each place is free when its own period is over
        (token_bucket, (0, 0, 4, 5, 6, 10), "110101", 15),  # one token comes back at a time
    ],
)
def test_each_kind_gives_back_in_its_own_way(kind, moments, expected, reset):
    subject = kind(Rate(2, 10.0))
    assert passed(subject, *moments) == expected
    assert subject(NOW + moments[-1]) == Ruling(False, 2, 0, NOW + reset)


@EVERY
def test_a_refused_request_takes_nothing(kind):
    subject = kind(Rate(1, 10.0))
    subject(NOW)
    resets = [subject(NOW + second).reset for second in range(1, 9)]
    assert resets == pytest.approx(resets[:1] * 8)


@pytest.mark.parametrize(
    ("reset", "wait"), [(NOW + 0.001, 1), (NOW + 1, 1), (NOW + 1.001, 2), (NOW + 44.2, 45), (NOW - 5, 1)]
)
def test_retry_after_is_whole_seconds_at_least_one_and_never_too_few(reset, wait):
    assert Ruling(False, 30, 0, reset).retry_after(NOW) == wait


@pytest.mark.parametrize(
    ("text", "limit", "period"),
    [
        ("30/min", 30, 60),
        ("10/s", 10, 1),
        ("30/3s", 30, 3),
        ("500/h", 500, 3600),
        (" 5 / 2 MIN ", 5, 120),
        ("1/250ms", 1, 0.25),
    ],
)
def test_rates_are_read_as_people_write_them(text, limit, period):
    assert Rate.parse(text) == Rate(limit, period)
    assert Rate.parse(str(Rate.parse(text))) == Rate(limit, period)


@pytest.mark.parametrize(
    "text", ["", "30", "30/", "/min", "30/week", "0/min", "30/0s", "-1/s", "30 per minute", "3e3/s", "٣/s"]
)
def test_what_is_no_rate_is_said_in_words(text):
    with pytest.raises(ValueError, match="write"):
        Rate.parse(text)


@pytest.mark.parametrize(
    ("text", "length"), [("200ms", 0.2), ("1.5s", 1.5), ("90", 90), ("2min", 120), ("-90s", -90), ("1h", 3600)]
)
def test_lengths_of_time_are_read_as_people_write_them(text, length):
    assert math.isclose(seconds(text), length)


@pytest.mark.parametrize("text", ["", "fast", "1d", "s", "1 2s", "nan", "inf"])
def test_what_is_no_length_of_time_is_said_in_words(text):
    with pytest.raises(ValueError, match="write it like"):
        seconds(text)


PHONE = "+11234567890"
RATE_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def statuses(api, count):
    return [api.by_phone(PHONE, status="paused").status_code for _ in range(count)]


def test_every_answer_to_a_good_key_carries_the_three_headers(serve, clock):
    api = serve(clock=clock, writes=Rate(30, 60), reads=Rate(100, 60))
    answers = [
        api.by_phone(PHONE, status="paused"),
        api.by_phone(PHONE),
        api.by_phone("+19995550100", status="paused"),
        api.http.get("/nowhere"),
        api.http.request("PATCH", "/contacts/update"),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 404, 404, 405]
    assert all(name in answer.headers for answer in answers for name in RATE_HEADERS)


def test_a_refused_key_uses_up_nothing_and_learns_nothing(serve, clock):
    api = serve(clock=clock, writes=Rate(2, 60))
    for _ in range(5):
        answer = api.http.post("/contacts/update", json={}, headers={"X-API-Key": "wrong"})
        assert answer.status_code == 401
        assert not any(name in answer.headers for name in RATE_HEADERS)
    assert api.by_phone(PHONE, status="paused").headers["x-ratelimit-remaining"] == "1"


def test_reads_and_writes_have_a_budget_each(serve, clock):
    api = serve(clock=clock, writes=Rate(1, 60), reads=Rate(1, 60))
    assert statuses(api, 2) == [200, 429]
    assert [api.http.get("/campaigns").status_code for _ in range(2)] == [200, 429]


def test_a_429_changes_nothing_says_when_to_come_back_and_then_lets_in(serve, clock):
    api = serve(clock=clock, writes=Rate(1, 60))
    clock.now += 0.25
    api.by_phone(PHONE, status="paused")
    clock.now += 14.5
    answer = api.by_phone(PHONE, status="active")
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["retryAfter"]) == (429, "46", 46)
    # a whole second, rounded up
    assert (answer.headers["x-ratelimit-remaining"], answer.headers["x-ratelimit-reset"]) == ("0", "1800000061")
    assert api.store.by_phone(PHONE).status == "paused"
    clock.now = 1_800_000_061.0
    assert api.by_phone(PHONE, status="active").status_code == 200


@pytest.mark.parametrize(
    ("told", "header", "body"),
    [("both", "60", 60), ("header", "60", None), ("body", None, 60), ("none", None, None)],
)
def test_a_429_says_how_long_to_wait_where_it_is_told_to(serve, clock, told, header, body):
    api = serve(clock=clock, writes=Rate(0, 60), retry_after=told)
    answer = api.by_phone(PHONE, status="active")
    assert answer.status_code == 429
    assert (answer.headers.get("retry-after"), answer.json().get("retryAfter")) == (header, body)


@pytest.mark.parametrize(("bucket", "expected"), [("shared", [200, 200, 429, 429]), ("own", [200, 200, 200, 429])])
def test_put_counts_with_the_other_writes_or_by_itself(serve, clock, bucket, expected):
    api = serve(clock=clock, writes=Rate(2, 60), put_bucket=bucket)
    john = api.store.by_phone(PHONE)
    answers = [api.by_id(john.id, status="paused"), api.by_phone(PHONE, status="active")]
    answers += [api.by_id(john.id, status="paused"), api.by_id(john.id, status="active")]
    assert [answer.status_code for answer in answers] == expected


@pytest.mark.parametrize(("reset_skew", "clock_skew"), [(20.0, 0.0), (-20.0, 0.0), (0.0, 90.0)])
def test_the_clock_may_be_wrong_and_that_of_the_reset_in_another_way(serve, clock, reset_skew, clock_skew):
    api = serve(clock=clock, writes=Rate(30, 60), reset_skew=reset_skew, clock_skew=clock_skew)
    answer = api.by_phone(PHONE, status="paused")
    date = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert date == clock.now + clock_skew
    assert float(answer.headers["x-ratelimit-reset"]) - date == 60 + reset_skew
    assert (
        answer.json()["contact"]["updatedAt"] == f"2027-01-15T08:0{1 if clock_skew else 0}:{clock_skew % 60:02.0f}.000Z"
    )


@pytest.mark.parametrize("limiter", LIMITERS)
def test_each_limiter_lets_the_allowance_through_and_not_one_more(serve, clock, limiter):
    api = serve(clock=clock, limiter=limiter, writes=Rate(5, 60))
    assert statuses(api, 7) == [200] * 5 + [200 if limiter == "none" else 429] * 2
    sent = api.by_phone(PHONE, status="paused").headers
    assert all((name in sent) is (limiter != "none") for name in RATE_HEADERS)
