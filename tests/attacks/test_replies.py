"""Can a reply end a run, or make it say what is not so? Whole runs against a server that says whatever it likes."""

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, formatdate

import pytest

from .raw_api import NOT_OFFERED, desk_at, now, reply, updated

pytestmark = pytest.mark.trial

PHONES = [f"+1415555{number:04d}" for number in range(100, 130)]


@pytest.fixture
def at(tmp_path, monkeypatch, capsys):
    """`at(answer)`: a desk whose API answers updates so, and has nothing to be read; rows that stop outreach."""
    entered = []

    def begin(answer, reads=lambda asked: NOT_OFFERED, rows=3, status="paused"):
        api = desk_at(lambda asked: (answer if asked.writes else reads)(asked), tmp_path, monkeypatch, capsys)
        entered.append(api)
        desk = api.__enter__()
        desk.sheet([(phone, status) for phone in PHONES[:rows]])
        return desk

    yield begin
    for api in entered:
        api.__exit__(None, None, None)


def limits(left, ahead, limit=30):
    """The three headers, with a reset so many seconds from now."""
    reset = int(time.time() + ahead)
    return (f"X-RateLimit-Limit: {limit}", f"X-RateLimit-Remaining: {left}", f"X-RateLimit-Reset: {reset}")


@pytest.mark.parametrize("ahead", [-1e9, -86_400, -3_600, -60, -2, -1, 0])
@pytest.mark.parametrize(
    "date", [now, lambda: now(3_600), None, lambda: "Date: nonsense", lambda: "Date: Thu, 01 Jan 1970 00:00:00 GMT"]
)
def test_a_reset_in_the_past_ends_no_run_and_every_row_is_sent_once(at, ahead, date):
    def answer(asked):
        dated = (date(),) if date else ()
        return updated(asked, *limits(max(0, 29 - len(desk.api.writes)), ahead), *dated)

    desk = at(answer, rows=20)
    done = desk("rows.csv")
    assert done.code == 0
    assert desk.codes() == ["updated"] * 20
    assert sorted(body["phone"] for body in desk.api.writes) == PHONES[:20]


PAST = datetime(2020, 2, 29, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
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
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 503])
def test_no_retry_after_ends_a_run_or_loses_a_row(at, monkeypatch, status, text):
    from tests import adapter

    adapter.assume_a_period(monkeypatch, 0.05)

    def answer(asked):
        if len(desk.api.writes) % 2:
            return reply(status, {"message": "wait"}, f"Retry-After: {text}".encode(), now())
        return updated(asked)

    desk = at(answer)
    done = desk("rows.csv")
    assert done.code == 0
    assert desk.codes() == ["updated"] * 3


@pytest.mark.parametrize(
    "body",
    [
        b'{"success":true,"message":"\\ud83d","contact":{"id":"\\udc00","phoneNumber":"\\ud800","name":"\\ud83d"}}',
        b'{"success":true,"message":"\xed\xa0\x80"}',
        b'{"success":true,"contact":{"name":"Jos\xe9 \xff"}}',
        '{"success":true,"contact":{"name":"José"}}'.encode("utf-16"),
        '{"success":true}'.encode("utf-8-sig"),
        b'{"success":true,"contact":{"id":"' + b"x" * 100_000 + b'"}}',
        b'{"success":true,"contact":{"id":"a\\u0000b","phoneNumber":"\\u202e+1"}}',
        b'{"success":true,"contact":[[[[1e999,-1e999,NaN]]]]}',
    ],
)
def test_what_is_not_utf_8_in_a_success_takes_nothing_from_it(at, body):
    desk = at(lambda asked: reply(200, body, b"X-Odd: \xff\xfe\xed\xa0\x80", b"X-RateLimit-Remaining: \xb2"))
    assert desk("rows.csv").code == 0
    assert desk.codes() == ["updated"] * 3
    assert desk("history", "--json").code == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":"\\ud83d","message":"\\ud800 phone is not valid \\udfff \xff"}',
        b'{"message":"phone is not valid \xed\xa0\x80"}',
        b'{"errors":{"\\ud800":["phone is not valid"]}}',
        b"phone is not valid \xff\xfe\xed\xa0\x80",
    ],
)
def test_what_is_not_utf_8_in_an_error_is_written_down_as_far_as_it_can_be(at, body):
    desk = at(lambda asked: reply(400, body))
    assert desk("rows.csv", "-v").code == 1
    for row in desk.rows():
        assert row["sync_code"] == "rejected"
        assert "hone is not valid" in row["sync_error"]
    assert desk("retry", "rows.results.csv").code in {0, 1}


def test_half_characters_in_everything_that_is_read_end_no_run(at):
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

    desk = at(updated, reads, status="active")
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


@pytest.mark.parametrize(
    "header",
    [
        b"X-RateLimit-Limit: " + b"9" * 5_000,
        b"X-RateLimit-Reset: " + b"9" * 5_000,
        b"X-RateLimit-Remaining: -0",
        b"RateLimit: " + b'"a";r=1;t=1,' * 500,
        b"RateLimit-Policy: " + b"((((((" * 500,
        b"Date: " + b"9" * 5_000,
        b"Content-Type: \xff\xff",
        b"Content-Type: text/html",
        b"Set-Cookie: \xed\xa0\x80",
    ],
)
def test_no_header_ends_a_run(at, header):
    desk = at(lambda asked: updated(asked, header))
    assert desk("rows.csv").code == 0
    assert desk.codes() == ["updated"] * 3
    assert json.loads(desk("rows.csv", "--json").out)["exit_code"] == 0
