"""bulk_sync/ratelimit/sliding_log.py: what ended when, and when it is free again."""

import pytest

from bulk_sync.ratelimit.sliding_log import SlidingLog


def log_of(*ends, most=100):
    log = SlidingLog(most)
    for end in ends:
        log.ended(end)
    return log


def test_only_what_ended_in_the_period_counts():
    assert log_of(0.0, 1.0, 2.0, 61.0).within(61.0, 60.0) == 2


def test_it_remembers_as_many_as_it_was_told_to():
    log = log_of(0.0, 1.0, 2.0, most=2)
    assert log.within(2.0, 60.0) == 2
    log.widen(3)
    log.ended(3.0)
    assert log.within(3.0, 60.0) == 3


def test_those_that_ended_close_together_are_waited_for_together():
    assert log_of(0.0, 0.5, 1.0).frees(1.0, 60.0, patience=2.0) == pytest.approx(61.0, abs=0.01)
    assert log_of(0.0, 0.5, 40.0).frees(40.0, 60.0, patience=2.0) == pytest.approx(62.0, abs=0.01)


def test_a_quarter_is_free_when_the_first_quarter_was_a_period_ago():
    assert log_of(*range(8)).quarter(7.0, 60.0) == pytest.approx(62.0, abs=0.01)


def test_where_nothing_ended_there_is_nothing_to_wait_for():
    assert log_of(0.0).frees(100.0, 60.0, patience=2.0) is None
    assert log_of(0.0).quarter(100.0, 60.0) is None
