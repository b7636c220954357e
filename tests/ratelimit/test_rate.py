"""A rate as people write it."""

import pytest

from bulk_sync.ratelimit.rate import Rate


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
