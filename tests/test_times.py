import time as clocks
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.times import duration, next_moment, next_occurrence, parse_duration, time_of_day


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under a second"),
        (-1, "under a second"),
        (0.4, "under a second"),
        (0.6, "1 s"),
        (42.2, "42 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (310, "5 min 10 s"),
        (3599, "59 min 59 s"),
        (3599.6, "1 h"),
        (3600, "1 h"),
        (3629, "1 h"),
        (3660, "1 h 1 min"),
        (19_980, "5 h 33 min"),
        (7199, "2 h"),
        (360_000, "100 h"),
    ],
)
def test_a_length_of_time_reads_as_people_say_it(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("40s", 40),
        ("15m", 900),
        ("5h", 18_000),
        ("1h30m", 5_400),
        ("2d", 172_800),
        ("1d2h3m4.5s", 93_784.5),
        (" 1H 30M ", 5_400),
        ("90m", 5_400),
    ],
)
def test_a_length_of_time_is_read(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "5", "h", "0s", "0h0m", "-5h", "5h-1m", "1m1h", "5 hours", "1e3s", "5h5h"])
def test_what_is_no_length_of_time_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="15m, 5h or 1h30m") as refused:
        parse_duration(text)
    assert repr(text) in str(refused.value)


@given(st.integers(1, 10**6))
def test_whole_seconds_come_back(seconds):
    assert parse_duration(f"{seconds // 3600}h{seconds % 3600 // 60}m{seconds % 60}s") == seconds


@pytest.mark.parametrize(
    ("text", "at"), [("06:30", time(6, 30)), ("6:05", time(6, 5)), (" 23:59 ", time(23, 59)), ("00:00", time(0))]
)
def test_a_time_of_day_is_read(text, at):
    assert time_of_day(text) == at


@pytest.mark.parametrize("text", ["", "6", "24:00", "6:60", "6:5", "06:30:00", "6.30", "6am", "-1:00", "06:30Z"])
def test_what_is_no_time_of_day_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="06:30 or 23:00"):
        time_of_day(text)


@pytest.mark.parametrize(
    ("now", "at", "then"),
    [
        ("2026-03-01 05:00:00", "06:00", "2026-03-01 06:00"),
        ("2026-03-01 05:59:59.9", "06:00", "2026-03-01 06:00"),
        ("2026-03-01 06:00:00", "06:00", "2026-03-02 06:00"),
        ("2026-12-31 22:00:00", "06:00", "2027-01-01 06:00"),
        ("2026-02-28 23:59:00", "00:00", "2026-03-01 00:00"),
    ],
)
def test_a_time_of_day_means_its_next_occurrence(now, at, then):
    assert next_occurrence(time_of_day(at), datetime.fromisoformat(now)) == datetime.fromisoformat(then)


@given(st.datetimes(max_value=datetime.fromisoformat("2100-01-01")), st.times())
def test_the_next_occurrence_is_later_and_within_a_day(now, at):
    then = next_occurrence(at, now)
    assert timedelta(0) < then - now <= timedelta(days=1)
    assert then.time() == at


@pytest.fixture
def new_york(monkeypatch):
    """Set back at 06:00 UTC on 1 November 2026, and forward at 07:00 UTC on 8 March."""
    if not hasattr(clocks, "tzset"):
        pytest.skip("this system has one time zone")
    monkeypatch.setenv("TZ", "America/New_York")
    clocks.tzset()
    yield
    monkeypatch.undo()
    clocks.tzset()


@pytest.mark.parametrize(
    ("now", "at", "then"),
    [
        ("2026-07-01T09:59:59.9Z", "06:00", "2026-07-01T10:00Z"),
        ("2026-07-01T10:00:00Z", "06:00", "2026-07-02T10:00Z"),
        ("2026-07-01T10:00:00Z", "00:00", "2026-07-02T04:00Z"),
        ("2026-11-01T05:10:00Z", "01:30", "2026-11-01T05:30Z"),
        ("2026-11-01T05:40:00Z", "01:30", "2026-11-01T06:30Z"),  # the clock shows it again
        ("2026-11-01T06:10:00Z", "01:30", "2026-11-01T06:30Z"),  # and not a time that has passed
        ("2026-11-01T05:40:00Z", "01:00", "2026-11-01T06:00Z"),
        ("2026-11-01T06:40:00Z", "01:30", "2026-11-02T06:30Z"),
        ("2026-11-01T03:00:00Z", "06:00", "2026-11-01T11:00Z"),
        ("2026-03-08T06:50:00Z", "02:30", "2026-03-08T07:00Z"),  # never shown: when the clock jumps past it
        ("2026-03-08T07:10:00Z", "02:30", "2026-03-09T06:30Z"),
        ("2026-03-08T03:00:00Z", "06:00", "2026-03-08T10:00Z"),
    ],
)
def test_a_time_of_day_is_the_next_moment_that_the_clock_shows_it_or_jumps_past_it(new_york, now, at, then):
    found = next_moment(time_of_day(at), datetime.fromisoformat(now).timestamp())
    assert found == datetime.fromisoformat(then).timestamp()
