"""How long did replies take?"""

import random

import pytest

from bulk_sync.ratelimit.scheduler import Latencies


def test_without_replies_there_is_nothing_to_say():
    assert Latencies().percentiles() == {}


@pytest.mark.parametrize("scale", [1e-4, 0.02, 3.0, 60.0])
def test_percentiles_are_those_of_all_replies_within_two_percent(scale):
    lots = random.Random(1)
    took = sorted(lots.lognormvariate(0, 1) * scale for _ in range(10_000))
    latencies = Latencies()
    for seconds in lots.sample(took, len(took)):
        latencies.took(seconds)
    found = latencies.percentiles()
    for name, place in (("p50", 4_999), ("p95", 9_499), ("p99", 9_899)):
        assert found[name] == pytest.approx(took[place], rel=0.02)


def test_a_reply_that_took_no_time_is_one_too():
    latencies = Latencies()
    latencies.took(0.0)
    assert latencies.percentiles()["p99"] < 0.001
