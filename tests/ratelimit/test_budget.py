"""bulk_sync/ratelimit/budget.py: one rule a test, by hand. Whole limiters stand in test_budget_simulated."""

import math
from email.utils import formatdate

import pytest

from bulk_sync.ratelimit.budget import Budget
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.ratelimit.window import ReplyNews

EPOCH = 1_790_000_000.0
"""The epoch when the monotonic clock stands at 0."""


class Talk:
    """A budget, and a server with a word for each reply."""

    def __init__(self, ceiling=None, assumed="30/min", most_in_flight=32):
        self.budget = Budget(
            ceiling=Rate.parse(ceiling) if ceiling else None, assumed=Rate.parse(assumed), most_in_flight=most_in_flight
        )

    def leave(self, now, count=1):
        for _ in range(count):
            assert self.budget.next_departure(now) <= now
            self.budget.departed(now)

    def reply(self, sent, now, remaining=None, reset=60.0, limit=30, *, refused=False, **more):
        """`reset` is on the monotonic scale; None leaves it out."""
        headers = {"date": formatdate(math.floor(EPOCH + now), usegmt=True)}
        if remaining is not None:
            headers |= {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(remaining)}
        if remaining is not None and reset is not None:
            headers["x-ratelimit-reset"] = f"{EPOCH + reset:.0f}"
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        self.budget.arrived(ReplyNews(sent, now, EPOCH + now, headers, refused=refused))

    def free(self, now):
        """How many may leave now."""
        count = 0
        while self.budget.next_departure(now) <= now and count < 1000:
            self.budget.departed(now)
            count += 1
        return count

    def opens(self, now):
        return self.budget.next_departure(now)


def first_reply(talk, remaining=29, **more):
    talk.leave(0.0)
    talk.reply(0.0, 0.1, remaining, **more)
    return talk


def test_when_the_window_has_passed_one_request_asks_and_its_reply_decides():
    talk = first_reply(Talk(), remaining=0, reset=60.0)
    moment = talk.opens(0.1)
    assert 61.0 <= moment < 62.2  # a second for the rounding, less than another for the server's clock
    assert talk.free(moment) == 1
    talk.reply(moment, moment + 0.1, remaining=17, reset=121.0)
    assert talk.free(moment + 0.1) == 17


def test_a_reset_that_lay_in_the_past_leaves_it_to_our_own_window():
    talk = first_reply(Talk(assumed="30/min"), remaining=1, reset=-500.0)
    talk.leave(0.2)
    talk.reply(0.2, 0.3, remaining=0, reset=-500.0)
    assert talk.opens(0.3) <= 0.3  # two of thirty are used as far as we know: one may ask
    assert talk.free(0.3) == 1


def test_a_429_holds_everybody_and_then_one_request_asks():
    talk = first_reply(Talk(), remaining=20)
    talk.leave(0.1, 5)
    talk.reply(0.1, 0.2, remaining=0, reset=30.0, refused=True, retry_after="20")
    assert talk.opens(0.2) >= 31.0  # the later of both
    talk.reply(0.1, 0.3, remaining=15)
    assert talk.opens(0.3) >= 31.0
    for _ in range(3):
        talk.reply(0.1, 0.4, remaining=14)
    assert talk.free(32.5) == 1


@pytest.mark.parametrize(
    ("after", "until"), [("20", 20.2), (formatdate(EPOCH + 20, usegmt=True), 21.2), (None, 60.2), ("rubbish", 60.2)]
)
def test_a_429_that_says_no_more_than_retry_after_holds_that_long_or_the_assumed_period(after, until):
    talk = Talk()
    talk.leave(0.0)
    talk.reply(0.0, 0.2, refused=True, **({"retry_after": after} if after else {}))
    assert talk.opens(0.2) == pytest.approx(until, abs=0.3)


def test_refused_windows_are_counted_once_each_and_forgotten_with_the_first_success():
    talk = first_reply(Talk(), remaining=20)
    talk.leave(0.1, 3)
    for _ in range(3):
        talk.reply(0.1, 0.2, refused=True, retry_after="5")
    assert talk.budget.refused_windows == 1
    for count in range(2, 13):
        moment = talk.opens(1.0)
        talk.leave(moment)
        talk.reply(moment, moment + 0.1, refused=True, retry_after="5")
        assert talk.budget.refused_windows == count
    moment = talk.opens(1.0)
    talk.leave(moment)
    talk.reply(moment, moment + 0.1, remaining=29, reset=moment + 60)
    assert talk.budget.refused_windows == 0


def test_an_api_that_says_wait_no_time_at_all_is_not_hammered():
    talk = Talk()
    now = 0.0
    for _ in range(8):
        talk.leave(now)
        talk.reply(now, now + 0.1, refused=True, retry_after="0")
        now = talk.opens(now + 0.1)
    assert now > 100


def test_a_server_that_tells_what_remained_before_the_request_is_understood():
    talk = first_reply(Talk(), remaining=30)
    assert talk.free(0.1) == 29


@pytest.mark.parametrize(
    ("text", "limit", "period"),
    [
        ("30/min", 30, 60.0), ("10/s", 10, 1.0), ("30/3s", 30, 3.0), ("5 per 2 mins", 5, 120.0), ("7/hours", 7, 3600.0),
        ("30/250ms", 30, 0.25), ("1/1ms", 1, 0.001),
    ],
)  # fmt: skip
def test_a_rate_is_read(text, limit, period):
    assert Rate.parse(text) == Rate(limit, period)
    assert Rate.parse(str(Rate(limit, period))) == Rate(limit, period)


@pytest.mark.parametrize("text", ["fast", "30", "30/", "0/s", "30/0s", "30/.s", "30/2d", "30/ks", "-1/s", "2000000/s"])
def test_what_is_no_rate_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r"is not a rate|not a possible rate"):
        Rate.parse(text)
