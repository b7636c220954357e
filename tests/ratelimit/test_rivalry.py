"""bulk_sync/ratelimit/rivalry.py: a rival shows where the server has counted more than ours."""

import math

import pytest

from bulk_sync.ratelimit.rivalry import Rivalry
from bulk_sync.ratelimit.window_state import Sighting


class Counting:
    """A rivalry, and a server that counts."""

    def __init__(self, limit=30):
        self.rivalry, self.limit = Rivalry(), limit

    def reply(self, sent, now, used, window=60.0):
        self.rivalry.saw(Sighting(sent, now, self.limit - used, self.limit), self.rivalry.ended(sent), window)

    def talk(self, now, used, window=60.0):
        self.rivalry.departed(now)
        self.reply(now, now + 0.01, used, window)


def test_alone_nobody_is_suspected_in_whatever_order_replies_come():
    counting = Counting()
    counting.talk(0.0, used=1)
    for _ in range(29):
        counting.rivalry.departed(1.0)
    for used in (5, 2, 30, 4, *range(6, 30)):
        counting.reply(1.0, 1.1, used)
    counting.talk(61.0, used=1)
    assert not counting.rivalry.is_near


def test_one_request_more_than_ours_shows_a_rival():
    counting = Counting()
    counting.talk(0.0, used=1)
    counting.talk(1.0, used=3)
    assert counting.rivalry.is_near


def test_what_is_in_flight_may_have_been_counted_and_shows_nobody():
    counting = Counting()
    counting.talk(0.0, used=1)
    counting.rivalry.departed(0.5)
    counting.talk(1.0, used=3)
    assert not counting.rivalry.is_near


def test_a_request_that_never_left_is_not_counted_as_ours():
    counting = Counting()
    counting.talk(0.0, used=1)
    counting.rivalry.departed(0.5)
    counting.rivalry.withdrawn(0.5)
    counting.talk(1.0, used=3)
    assert counting.rivalry.is_near


def test_a_limit_that_changes_shows_nobody():
    counting = Counting()
    counting.talk(0.0, used=1)
    counting.limit = 100
    counting.talk(1.0, used=60)
    assert not counting.rivalry.is_near


def test_a_rival_is_forgotten_after_five_windows_that_show_none():
    counting = Counting()
    counting.talk(0.0, used=1)
    counting.rivalry.refused(1.0, 10.0)
    for window in range(1, 6):
        assert counting.rivalry.is_near
        counting.talk(60.0 * window, used=1)
    assert not counting.rivalry.is_near


def test_what_is_used_longer_than_a_window_lasts_shows_a_bucket_and_how_fast_it_fills():
    counting = Counting()
    counting.talk(0.0, used=1, window=3.0)
    for _ in range(29):
        counting.talk(0.1, used=30, window=3.0)
    assert not counting.rivalry.sees_drips
    counting.talk(10.1, used=26, window=3.0)
    counting.talk(20.1, used=22, window=3.0)
    counting.talk(30.1, used=18, window=3.0)
    assert counting.rivalry.sees_drips
    assert math.isclose(counting.rivalry.refill, 0.5, rel_tol=0.1)


def test_a_bucket_is_not_emptied_beside_a_rival():
    rivalry = Counting().rivalry
    rivalry.saw(Sighting(0.0, 0.1, 29, 30), (0, math.inf), 60.0)
    assert rivalry.spare(20, is_bucket=True) == 20
    rivalry.refused(1.0, 10.0)
    assert rivalry.spare(20, is_bucket=True) == 14
    assert rivalry.spare(20, is_bucket=False) == 20


@pytest.mark.parametrize("replies", [1.0, 600.0, 900.0, 1e6])
@pytest.mark.parametrize("spare", [2, 3, 4, 7, 100, 1_000_000])
def test_who_is_at_ease_may_always_have_half_of_what_is_left_in_flight(spare, replies):
    """What `Beside` goes by where it need not know how many replies fill a window."""
    rivalry = Rivalry()
    assert rivalry.is_at_ease
    assert spare // 2 - 1 < rivalry.slice_of(spare, replies)


def test_nobody_is_at_ease_in_a_window_that_others_began_or_beside_them():
    rivalry = Rivalry()
    rivalry.saw(Sighting(0.0, 0.1, 20, 30), (0, math.inf), 60.0)
    assert not rivalry.is_at_ease
    refused = Rivalry()
    refused.refused(1.0, 10.0)
    assert not refused.is_at_ease
