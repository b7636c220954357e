"""The three limiters, as arithmetic, and how people write rates and lengths of time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.sandbox.limits import FixedWindow, Rate, Ruling, SlidingLog, TokenBucket, limiter, seconds

NOW = 1_800_000_000.25
EVERY = pytest.mark.parametrize("kind", [FixedWindow, SlidingLog, TokenBucket])


def passed(limiter, moments):
    return [limiter.rule(moment).allowed for moment in moments]


@EVERY
@pytest.mark.parametrize(
    "rate", [Rate(1, 1.0), Rate(3, 1.0), Rate(30, 60.0), Rate(30, 1.0), Rate(7, 0.01), Rate(500, 1.0)]
)
def test_a_fresh_limiter_lets_its_whole_allowance_through_at_once_and_not_one_more(kind, rate):
    subject = kind(rate)
    assert passed(subject, [NOW] * (rate.limit + 1)) == [True] * rate.limit + [False]


@EVERY
def test_remaining_counts_down_to_nothing(kind):
    subject = kind(Rate(3, 60.0))
    assert [subject.rule(NOW).remaining for _ in range(4)] == [2, 1, 0, 0]


@EVERY
@settings(deadline=None)
@given(gaps=st.lists(st.floats(0, 20), min_size=1, max_size=60), limit=st.integers(1, 5))
def test_after_the_moment_of_reset_a_request_passes(kind, gaps, limit):
    subject, now = kind(Rate(limit, 10.0)), NOW
    for gap in gaps:
        now += gap
        ruling = subject.rule(now)
        if not ruling.allowed:
            assert now < ruling.reset <= now + 10.0 + 1e-6
            now = ruling.reset
            assert subject.rule(now).allowed


@settings(deadline=None)
@given(gaps=st.lists(st.floats(0, 5), min_size=1, max_size=80), limit=st.integers(1, 5))
def test_a_sliding_log_never_lets_more_than_its_limit_through_in_any_period(gaps, limit):
    subject, now, through = SlidingLog(Rate(limit, 10.0)), NOW, []
    for gap in gaps:
        now += gap
        if subject.rule(now).allowed:
            through.append(now)
    for first in through:
        assert sum(first <= moment < first + 10.0 for moment in through) <= limit


@settings(deadline=None)
@given(gaps=st.lists(st.floats(0, 5), min_size=1, max_size=80), limit=st.integers(1, 5))
def test_a_bucket_never_lets_more_through_than_it_held_and_got_back(gaps, limit):
    subject, now, count = TokenBucket(Rate(limit, 10.0)), NOW, 0
    for gap in gaps:
        now += gap
        count += subject.rule(now).allowed
        assert count <= limit + (now - NOW) * limit / 10.0 + 0.01


def test_a_fixed_window_begins_with_its_first_request():
    subject = FixedWindow(Rate(2, 10.0))
    assert passed(subject, [NOW, NOW + 9, NOW + 9.9, NOW + 10, NOW + 10, NOW + 19.9]) == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]
    assert subject.rule(NOW + 25) == Ruling(True, 2, 1, NOW + 35)


def test_a_sliding_log_frees_each_place_when_its_own_period_is_over():
    subject = SlidingLog(Rate(2, 10.0))
    assert passed(subject, [NOW, NOW + 6, NOW + 9, NOW + 10, NOW + 11, NOW + 16]) == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]
    assert subject.rule(NOW + 17).reset == NOW + 20


def test_a_bucket_gives_one_token_back_at_a_time():
    subject = TokenBucket(Rate(2, 10.0))
    assert passed(subject, [NOW, NOW, NOW + 4, NOW + 5, NOW + 6, NOW + 10]) == [True, True, False, True, False, True]
    assert subject.rule(NOW + 10).reset == NOW + 15


@EVERY
def test_a_refused_request_takes_nothing(kind):
    subject = kind(Rate(1, 10.0))
    subject.rule(NOW)
    reset = subject.rule(NOW + 1).reset
    for second in range(2, 9):
        assert subject.rule(NOW + second).reset == pytest.approx(reset)


@pytest.mark.parametrize(
    ("reset", "wait"), [(NOW + 0.001, 1), (NOW + 1, 1), (NOW + 1.001, 2), (NOW + 44.2, 45), (NOW - 5, 1)]
)
def test_retry_after_is_whole_seconds_at_least_one_and_never_too_few(reset, wait):
    assert Ruling(False, 30, 0, reset).retry_after(NOW) == wait


def test_none_is_no_limiter_at_all():
    assert limiter("none", Rate(1, 1)) is None


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
