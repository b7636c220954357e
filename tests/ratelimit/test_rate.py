"""The sliding log: what ended when, and when one more may leave."""

import math

import pytest

from bulk_sync.ratelimit.rate import SlidingLog


def log_of(*ends, most=100):
    log = SlidingLog(most)
    for end in ends:
        log.ended(end)
    return log


def test_one_more_may_leave_a_period_after_the_reply_that_is_one_too_many():
    log = log_of(0.0, 1.0, 2.0)
    assert log.opens(2.0, 0, 4, 60.0) == 2.0
    assert log.opens(2.0, 0, 3, 60.0) == pytest.approx(60.0, abs=0.01)
    assert log.opens(2.0, 0, 2, 60.0) == pytest.approx(61.0, abs=0.01)
    assert log.opens(2.0, 2, 3, 60.0) == pytest.approx(62.0, abs=0.01)
    assert log.opens(2.0, 3, 3, 60.0) == math.inf


def test_it_remembers_as_many_as_it_was_told_to():
    log = log_of(0.0, 1.0, 2.0, most=2)
    assert (log.lap(2), log.lap(3)) == (1.0, None)
    log.widen(3)
    log.ended(3.0)
    assert log.lap(3) == 2.0


def test_what_is_told_late_counts_as_ended_last():
    assert log_of(5.0, 3.0).lap(2) == 0.0
