"""bulk_sync/ratelimit/fallback_limit.py: what is assumed where the server says nothing, until it refuses."""

import math

from bulk_sync.ratelimit.fallback_limit import OwnRate
from bulk_sync.ratelimit.sliding_log import SlidingLog


def test_the_assumed_rate_is_open_until_it_is_used_up():
    rate, log = OwnRate(3), SlidingLog(3)
    for now in (0.0, 1.0, 2.0):
        assert rate.opens(now, 0, 60.0, 0.1, log) == now
        log.ended(now)
    assert 60.0 < rate.opens(2.0, 0, 60.0, 0.1, log) < 60.1


def test_with_more_in_flight_than_rate_times_latency_only_a_reply_can_tell():
    rate, log = OwnRate(100), SlidingLog(100)
    assert rate.opens(0.0, 2, 10.0, 0.01, log) == 0.0
    assert rate.opens(0.0, 3, 10.0, 0.01, log) == math.inf


def test_a_refusal_lowers_the_rate_and_each_period_gives_one_back():
    rate, log = OwnRate(30), SlidingLog(30)
    rate.refused(0.0, within=3)
    for now in (1.0, 2.0):
        log.ended(now)
    assert rate.opens(2.0, 0, 60.0, 0.1, log) > 60.0
    rate.allowed(59.0, 60.0)
    assert rate.opens(59.0, 0, 60.0, 0.1, log) > 60.0
    rate.allowed(60.0, 60.0)
    assert rate.opens(60.0, 0, 60.0, 0.1, log) == 60.0
