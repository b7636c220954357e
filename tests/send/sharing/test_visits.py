"""bulk_sync/send/sharing/visits.py: how long may a run work in memory?"""

import pytest

from bulk_sync.send.sharing.visits import PROMISE, lease_for


@pytest.mark.parametrize(
    ("before", "seconds"), [(0, 0.25), (30, 0.25), (500, 0.25), (1000, 0.5), (1500, 0.75), (1_000_000, 0.75)]
)
def test_the_more_requests_a_run_makes_the_longer_it_works_in_memory(before, seconds):
    lease = lease_for("me", 100.0, before)
    assert lease.until == pytest.approx(100.0 + seconds)
    assert lease.until < 100.0 + PROMISE


def test_a_lease_is_for_twice_the_requests_of_the_last_one_within_bounds():
    assert [lease_for("me", 0.0, before).reserve for before in (0, 10, 5000)] == [4, 20, 4096]
