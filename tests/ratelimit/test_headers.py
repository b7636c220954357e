"""bulk_sync/ratelimit/headers.py: every spelling of one limit."""

import pytest

from bulk_sync.http_semantics import epoch, retry_after
from bulk_sync.ratelimit.headers import Moment, Said, moment, said

EPOCH = 1_790_000_012


def three(limit="30", remaining="29", reset=str(EPOCH), prefix="x-ratelimit-"):
    values = {"limit": limit, "remaining": remaining, "reset": reset}
    return {prefix + name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize("prefix", ["x-ratelimit-", "x-rate-limit-", "ratelimit-"])
def test_the_three_headers_are_read_in_every_usual_spelling(prefix):
    assert said(three(prefix=prefix)) == Said(29, 30, Moment(EPOCH, relative=False, grain=1.0))


@pytest.mark.parametrize(
    ("text", "seconds", "relative", "grain"),
    [
        ("1790000012", EPOCH, False, 1.0),
        ("1790000012.25", EPOCH + 0.25, False, 0.01),
        ("1790000012250", EPOCH + 0.25, False, 0.001),
        ("1790000012000", EPOCH, False, 1.0),
        ("1790000012250000", EPOCH + 0.25, False, 0.001),
        ("1790000012250000000", EPOCH + 0.25, False, 0.001),
        ("45", 45, True, 1.0),
        ("0", 0, True, 1.0),
        ("44.5", 44.5, True, 0.1),
        ("6m0s", 360, True, 1.0),
        ("1h2m3s", 3723, True, 1.0),
        ("250ms", 0.25, True, 0.001),
        ("1.5s", 1.5, True, 0.001),
        (" 45 ", 45, True, 1.0),
        ("45, 45", 45, True, 1.0),
        ("Mon, 21 Sep 2026 13:33:32 GMT", 1_789_997_612, False, 1.0),
        ("2026-09-21T13:33:32Z", 1_789_997_612, False, 1.0),
        ("2026-09-21T13:33:32.500+00:00", 1_789_997_612.5, False, 0.001),
    ],
)
def test_a_reset_is_understood_whatever_its_unit(text, seconds, relative, grain):
    assert moment(text) == Moment(pytest.approx(seconds, abs=1e-3), relative, pytest.approx(grain))


@pytest.mark.parametrize(
    "text", ["", "soon", "-5", "nan", "inf", "1e9", "0x10", "٤٥", "1_000", "12:30", "s", "99" * 20]
)
def test_a_reset_that_nobody_can_read_is_none(text):
    assert moment(text) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        three(limit="0", remaining="0"),
        three(limit="30", remaining="31"),
        three(limit="-1", remaining="-1"),
        three(limit="many"),
        three(remaining="some"),
        three(remaining=None),
        three(limit=None, reset=None),
        {"ratelimit": "nonsense"},
        {"ratelimit": '"default";r=40;t=12', "ratelimit-policy": '"default";q=30;w=60'},
    ],
)
def test_headers_that_are_missing_or_contradict_each_other_count_as_none(headers):
    assert said(headers) is None


def test_what_is_sound_is_used_where_one_of_the_three_is_missing():
    assert said(three(reset=None)) == Said(29, 30, None)
    assert said(three(reset="soon")) == Said(29, 30, None)
    assert said(three(limit=None)) == Said(29, None, Moment(EPOCH, relative=False, grain=1.0))


def test_less_than_nothing_remaining_is_nothing():
    assert said(three(remaining="-3")).remaining == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"ratelimit": '"default";r=29;t=12', "ratelimit-policy": '"default";q=30;w=60'},
        {
            "ratelimit": '"day";r=999;t=500, "default";r=29;t=12',
            "ratelimit-policy": '"day";q=1000, "default";q=30;w=60',
        },
        {"ratelimit": "limit=30, remaining=29, reset=12", "ratelimit-policy": "30;w=60"},
        three(reset="12", prefix="ratelimit-") | {"ratelimit-policy": "30;w=60"},
        three(limit="30, 30;w=60", reset="12", prefix="ratelimit-"),
    ],
)
def test_the_drafts_of_the_ietf_are_understood_with_the_length_of_the_window(headers):
    assert said(headers) == Said(29, 30, Moment(12, relative=True, grain=1.0), 60.0)


IN_12 = Moment(12, relative=True, grain=1.0)
IN_AN_HOUR = Moment(3600, relative=True, grain=1.0)


@pytest.mark.parametrize(
    ("field", "policy", "word"),
    [
        ('"default"; r=29; t=12', '"default"; q=30; w=60', Said(29, 30, IN_12, 60.0)),
        ("default;r=29;t=12", "default;l=30;w=60", Said(29, 30, IN_12, 60.0)),
        ('"default";r=29;t=12', "30;w=60", Said(29, 30, IN_12, 60.0)),
        ("limit=30,remaining=29,reset=12", "1000;w=3600, 30;w=60", Said(29, 30, IN_12, 60.0)),
        ("policy=b, remaining=29, reset=12", "a;l=9;w=1, b;l=30;w=60", Said(29, 30, IN_12, 60.0)),
        ('"a, b;c=1";r=29;t=12', '"other";q=1;w=1, "a, b;c=1";q=30;w=60', Said(29, 30, IN_12, 60.0)),
        ('"d";r=29;t=12;pk=:cHsdsRa894==:', '"d";q=30;w=60;pk=:cHsdsRa894==:;qu="requests"', Said(29, 30, IN_12, 60.0)),
        ('"min";r=29;t=12, "day";r=500;t=3600', '"min";q=30;w=60, "day";q=1000;w=86400', Said(29, 30, IN_12, 60.0)),
        ('"min";r=29;t=12, "day";r=3;t=3600', '"min";q=30;w=60, "day";q=9;w=86400', Said(3, 9, IN_AN_HOUR, 86400.0)),
        ('"min";r=0;t=12, "day";r=0;t=3600', '"min";q=30;w=60, "day";q=9;w=86400', Said(0, 9, IN_AN_HOUR, 86400.0)),
        ('"min";r=29;t=12, "odd";r=40;t=1', '"min";q=30;w=60, "odd";q=30;w=60', Said(29, 30, IN_12, 60.0)),
        ('"b";r=1;t=3600, "d";r=29;t=12', '"b";q=9;w=10;qu="content-bytes", "d";q=30;w=60', Said(29, 30, IN_12, 60.0)),
        ('"c";r=1, "d";r=29;t=12', '"c";q=4;qu="concurrent-requests", "d";q=30;w=60', Said(29, 30, IN_12, 60.0)),
        ('"d";r=29;t=12', "", Said(29, None, IN_12, None)),
        ('"d";r=29', '"d";q=30;w=60', Said(29, 30, None, 60.0)),
        ('"b";r=100;t=5', '"b";q=65535;qu="content-bytes";w=10', None),
        ('"d";t=12', '"d";q=30;w=60', None),
        ('"d";r=-1;t=12', '"d";q=30;w=60', None),
        ('"d', '"d";q=30;w=60', None),
        (",;=,,;;==", ";;,,==", None),
    ],
)  # fmt: skip
def test_of_several_windows_the_strictest_counts_and_of_other_units_none(field, policy, word):
    assert said({"ratelimit": field, "ratelimit-policy": policy}) == word


@pytest.mark.parametrize("policy", ["30;w=60", "1000;w=86400, 30;w=60", '"a";q=1000;w=86400, "b";q=30;w=60'])
def test_the_length_of_a_window_is_that_of_the_policy_that_has_its_limit(policy):
    assert said(three(reset="12", prefix="ratelimit-") | {"ratelimit-policy": policy}).window == 60.0
    assert said(three(limit="29", remaining="2") | {"ratelimit-policy": policy}).window is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "45"}, 45),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "Mon, 21 Sep 2026 13:33:32 GMT", "date": "Mon, 21 Sep 2026 13:33:02 GMT"}, 31),
        ({"retry-after": "Mon, 21 Sep 2026 13:33:32 GMT"}, 11),
        ({"retry-after": "Mon, 21 Sep 2026 13:00:00 GMT"}, 0),
        ({"retry-after": "later"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date_by_the_servers_own_clock(headers, seconds):
    assert retry_after(headers, wall=1_789_997_602.0) == seconds


def test_a_date_is_an_epoch_second_and_anything_else_is_none():
    assert epoch("Mon, 21 Sep 2026 13:33:32 GMT") == 1_789_997_612
    assert epoch("yesterday") is None
    assert epoch("Mon, 99 Sep 2026 13:33:32 GMT") is None
