"""Can a reply end a run, or make it say what is not so? Whole runs against a server that says whatever it likes."""

import gzip
import json
import time
import zlib
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, formatdate

import pytest

from tests import adapter
from tests.desk import PHONES
from tests.raw_api import NOT_OFFERED, each, now, reply, updated

pytestmark = pytest.mark.trial


def limits(left, ahead, limit=30):
    """The three headers, with a reset so many seconds from now."""
    reset = int(time.time() + ahead)
    return (f"X-RateLimit-Limit: {limit}", f"X-RateLimit-Remaining: {left}", f"X-RateLimit-Reset: {reset}")


NONSENSE, EPOCH = "Date: nonsense", "Date: Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize(
    ("ahead", "date"),
    [
        *((ahead, now) for ahead in (-1e9, -86_400, -3_600, -60, -2, -1, 0)),
        *((ahead, date) for ahead in (-3_600, -1) for date in (lambda: now(3_600), None, lambda: NONSENSE)),
        *((ahead, lambda: EPOCH) for ahead in (-1e9, 0)),
    ],
)
def test_a_reset_in_the_past_ends_no_run_and_every_row_is_sent_once(raw_desk, ahead, date):
    def answer(asked):
        dated = (date(),) if date else ()
        return updated(asked, *limits(max(0, 29 - len(desk.api.writes)), ahead), *dated)

    desk = raw_desk(answer, rows=20)
    done = desk("rows.csv")
    assert done.code == 0
    assert desk.codes() == ["updated"] * 20
    assert sorted(body["phone"] for body in desk.api.writes) == PHONES[:20]


PAST = datetime(2020, 2, 29, 8, 49, 37, tzinfo=UTC)


AFTER = [
    "Sat, 29 Feb 2020 08:49:37 -0000",
    "Sat, 29 Feb 2020 08:49:37 +0000",
    "Sat, 29 Feb 2020 08:49:37 GMT",
    "Sat, 29 Feb 2020 08:49:37",
    "Saturday, 29-Feb-20 08:49:37 GMT",
    "Sat Feb 29 08:49:37 2020",
    "Sat, 29 Feb 99999 08:49:37 GMT",
    "Sat, 29 Feb 2020 08:49:37 +9999",
    "Sat, 29 Feb 2020 08:49:37 +99999999999999999999",
    "Sat, 31 Feb 2020 08:49:37 GMT",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "29 Feb 2020",
    "2020-02-29T08:49:37Z",
    "2020-02-29 08:49:37+00:00",
    "2020-02-29T08:49:37",
    str(PAST),
    PAST.ctime(),
    format_datetime(PAST),
    format_datetime(PAST.astimezone(timezone(timedelta(hours=-12)))),
    formatdate(PAST.timestamp(), localtime=True),
    "0", "00", "-1", "+0", "0.0", "1e400", "nan", "inf", "0x10", "½", "\xb2", "\u0664", "0, 0", "0;q=1", "", "soon",
]  # fmt: skip


@pytest.mark.parametrize("status", [429, 503])
def test_no_retry_after_ends_a_run_or_loses_a_row(raw_desk, monkeypatch, status):
    """Each row is refused with another one at first."""
    adapter.assume_a_period(monkeypatch, 0.05)
    refused = set()

    def answer(asked):
        if asked.json["phone"] in refused:
            return updated(asked)
        refused.add(asked.json["phone"])
        return reply(status, {"message": "wait"}, f"Retry-After: {AFTER[len(refused) - 1]}".encode(), now())

    desk = raw_desk(answer, rows=len(AFTER))
    done = desk("rows.csv", "--concurrency", 1)
    assert done.code == 0
    assert desk.codes() == ["updated"] * len(AFTER)
    assert len(desk.api.writes) == 2 * len(AFTER)


SUCCESSES = [
    b'{"success":true,"message":"\\ud83d","contact":{"id":"\\udc00","phoneNumber":"\\ud800","name":"\\ud83d"}}',
    b'{"success":true,"message":"\xed\xa0\x80"}',
    b'{"success":true,"contact":{"name":"Jos\xe9 \xff"}}',
    '{"success":true,"contact":{"name":"José"}}'.encode("utf-16"),
    '{"success":true}'.encode("utf-8-sig"),
    b'{"success":true,"contact":{"id":"' + b"x" * 100_000 + b'"}}',
    b'{"success":true,"contact":{"id":"a\\u0000b","phoneNumber":"\\u202e+1"}}',
    b'{"success":true,"contact":[[[[1e999,-1e999,NaN]]]]}',
]


def test_what_is_not_utf_8_in_a_success_takes_nothing_from_it(raw_desk):
    odd = b"X-Odd: \xff\xfe\xed\xa0\x80", b"X-RateLimit-Remaining: \xb2"
    desk = raw_desk(each(*(reply(200, body, *odd) for body in SUCCESSES)), rows=len(SUCCESSES))
    assert desk("rows.csv").code == 0
    assert desk.codes() == ["updated"] * len(SUCCESSES)
    assert desk("history", "--json").code == 0


ERRORS = [
    b'{"error":"\\ud83d","message":"\\ud800 phone is not valid \\udfff \xff"}',
    b'{"message":"phone is not valid \xed\xa0\x80"}',
    b'{"errors":{"\\ud800":["phone is not valid"]}}',
    b"phone is not valid \xff\xfe\xed\xa0\x80",
]


def test_what_is_not_utf_8_in_an_error_is_written_down_as_far_as_it_can_be(raw_desk):
    desk = raw_desk(each(*(reply(400, body) for body in ERRORS)), rows=len(ERRORS))
    assert desk("rows.csv", "-v").code == 1
    for row in desk.rows():
        assert row["sync_code"] == "rejected"
        assert "hone is not valid" in row["sync_error"]
    assert desk("retry", "rows.results.csv").code in {0, 1}


def test_half_characters_in_everything_that_is_read_end_no_run(raw_desk):
    odd = "\\ud83d"

    def reads(asked):
        if asked.path == "/contacts/statuses":
            return reply(
                200, f'[{{"id":"{odd}","name":"warm{odd}","label":"{odd}"}},{{"name":"warm","label":"Warm"}}]'.encode()
            )
        if asked.path == "/campaigns":
            one = f'{{"id":"550e8400-e29b-41d4-a716-446655440000","name":"Spring {odd}","status":"{odd}"}}'
            return reply(
                200, f'{{"data":[{one}],"pagination":{{"total":1,"totalPages":1,"currentPage":1,"limit":10}}}}'.encode()
            )
        if asked.path == "/contacts":
            phone = asked.query.get("search", PHONES[0])
            one = (
                f'{{"id":"{PHONES.index(phone)}{odd}","phoneNumber":"{phone}","status":"active{odd}","name":"{odd}",'
                f'"campaigns":[{{"id":"{odd}","name":"{odd}"}}],"customVariables":{{"{odd}":"{odd}"}}}}'
            )
            return reply(200, f'{{"contacts":[{one}],"pagination":{{"total":1,"page":1,"limit":25}}}}'.encode())
        return NOT_OFFERED

    desk = raw_desk(updated, reads, rows=3, status="active")
    done = desk("rows.csv", "-v")
    assert done.code == 0
    assert desk.codes() == ["updated"] * 3
    desk.sheet(
        [(phone, "warm", "Spring \ufffd", "x") for phone in PHONES[:3]],
        head=("phone", "status", "campaign", "var.note"),
    )
    assert desk("rows.csv", "--fresh", "--only-changed").code in {0, 1}
    for command in (["statuses"], ["campaigns"], ["check"], ["history"]):
        assert desk(*command).code == 0


HEADERS = [
    b"X-RateLimit-Limit: " + b"9" * 5_000,
    b"X-RateLimit-Reset: " + b"9" * 5_000,
    b"X-RateLimit-Remaining: -0",
    b"RateLimit: " + b'"a";r=1;t=1,' * 500,
    b"RateLimit-Policy: " + b"((((((" * 500,
    b"Date: " + b"9" * 5_000,
    b"Content-Type: \xff\xff",
    b"Content-Type: text/html",
    b"Set-Cookie: \xed\xa0\x80",
]


def test_no_header_ends_a_run(raw_desk, subtests):
    desk = raw_desk(lambda asked: updated(asked, header), rows=3)
    for header in HEADERS:  # each in a run of its own: what is learned of a limit holds for the rest
        with subtests.test(str(header[:30])):
            assert desk("rows.csv", "--fresh").code == 0
            assert desk.codes() == ["updated"] * 3
    assert json.loads(desk("rows.csv", "--json").out)["exit_code"] == 0


MEGABYTE = 1 << 20
TWICE = gzip.compress(gzip.compress(b'{"success":true,"message":"' + b" " * (20 * MEGABYTE) + b'"}', 9), 9)


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (TWICE, ["Content-Encoding: gzip, gzip"], "packed"),
        (TWICE, ["Content-Encoding: gzip", "Content-Encoding: gzip"], "packed"),
        (TWICE, ["Content-Encoding: gzip, identity, x-gzip"], "packed"),
        (gzip.compress(b" " * (20 * MEGABYTE)), ["Content-Encoding: gzip"], "longer than 16 MB"),
        (zlib.compress(b" " * (20 * MEGABYTE)), ["Content-Encoding: deflate"], "longer than 16 MB"),
        (b'{"success":true}' + b" " * (17 * MEGABYTE), [], "longer than 16 MB"),
    ],
)
def test_what_unpacks_to_far_too_much_is_a_bad_reply(raw_desk, body, headers, words):
    desk = raw_desk(reply(200, body, *headers))
    assert desk("rows.csv").code == 1
    [row] = desk.rows()
    assert (row["sync_code"], row["sync_http_status"], row["sync_retryable"]) == ("bad_reply", "200", "yes")
    assert words in row["sync_error"]


@pytest.mark.parametrize("status", [400, 404])
def test_a_status_counts_whatever_its_body_is(raw_desk, status):
    desk = raw_desk(reply(status, TWICE, "Content-Encoding: gzip, gzip"))
    assert desk("rows.csv").code == 1
    assert desk.codes() == ["rejected"]


@pytest.mark.trial
def test_a_reply_that_would_unpack_to_a_quarter_of_a_gigabyte_never_stands_in_memory(raw_desk):
    import tracemalloc

    desk = raw_desk(reply(200, gzip.compress(b" " * (256 * MEGABYTE)), "Content-Encoding: gzip"))
    tracemalloc.start()
    try:
        desk("rows.csv")
        assert tracemalloc.get_traced_memory()[1] < 100 * MEGABYTE
    finally:
        tracemalloc.stop()
