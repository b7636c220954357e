"""What do soundings say of the key, the API, its limits and this computer's clock? And how is it sounded?"""

import asyncio

import pytest

from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from bulk_sync.send.config import Address
from bulk_sync.send.health import Probe, health_of, probe
from tests.api.raw_server import response, serving
from tests.api.talking import JSON, KEY

NOW = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"
"""The same moment, as a header says it."""
LIMITS = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "57", "x-ratelimit-reset": str(int(NOW) + 32)}


def health(status=200, body=b"[]", seconds=0.1, left=NOW, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = Response(status, {"content-type": "application/json", "date": DATE} | given, body)
    return health_of([Probe("/campaigns", reply, seconds, left, left + seconds)])


def found(what, it):
    return next(each for each in it.findings if each.what == what)


def test_all_is_well():
    it = health(**LIMITS)
    assert [each.is_well for each in it.findings] == [True] * 4
    assert (it.exit_code, it.seconds, it.ahead) == (0, 0.1, 0.0)
    assert it.limits == {"limit": 100, "left": 57, "resets": 31.9}
    assert "57 of 100 reads are left for the next 32 s" in found("limits", it).says


@pytest.mark.parametrize(
    ("status", "body", "kind", "exit_code", "what", "is_well"),
    [
        (401, b'{"message":"Invalid or missing API key"}', "json", 4, "key", False),
        (403, b'{"message":"Read only for admins"}', "json", 4, "key", False),
        (404, b"{}", "json", 0, "key", None),
        (405, b"{}", "json", 0, "key", None),
        (501, b"<html>", "html", 0, "key", None),
        (429, b"{}", "json", 0, "limits", None),
        (404, b"<html>", "html", 4, "API", False),
        (200, b"<html>", "html", 4, "API", False),
        (200, b"[]", "html", 0, "API", True),
        (200, b'{"success":false,"message":"Try again"}', "json", 0, "key", None),
        (200, b"", "json", 0, "key", None),
        (404, b'{"message":"Not found"}', "html", 0, "API", True),
        (302, b"", "json", 4, "API", False),
        (503, b"{}", "json", 3, "API", False),
        (502, b"<html>", "html", 3, "API", False),
    ],
)
def test_what_is_wrong_is_said_and_is_the_exit_code(status, body, kind, exit_code, what, is_well):
    it = health(status, body, content_type=f"text/{kind}")
    assert it.exit_code == exit_code
    assert found(what, it).is_well is is_well


@pytest.mark.parametrize(
    ("silence", "exit_code", "says"),
    [
        (FailureReason.UNREACHABLE, 3, "internet connection"),
        (FailureReason.TIMED_OUT, 3, "took too long"),
        (FailureReason.CERTIFICATE, 4, "clock"),
    ],
)
def test_an_api_that_says_nothing(silence, exit_code, says):
    it = health_of([Probe("/campaigns", TransportFailure(silence), 1.0, NOW, NOW + 1)])
    assert it.exit_code == exit_code
    assert says in found("API", it).says


@pytest.mark.parametrize(
    ("off", "is_well", "says"),
    [
        (0.0, True, "right"),
        (0.9, True, "right"),  # a Date is a whole second
        (5.9, True, "right"),
        (-5.0, True, "right"),
        (6.5, None, "fast"),
        (96.0, None, "1 min 35 s fast"),
        (-90.1, None, "1 min 30 s slow"),
        (7200.5, None, "2 h fast"),
    ],
)
def test_a_clock_is_wrong_only_where_nothing_else_explains_it(off, is_well, says):
    clock = found("clock", health(left=NOW + off))
    assert clock.is_well is is_well
    assert says in clock.says


def test_a_window_is_told_by_the_servers_clock():
    assert health(left=NOW + 91, **LIMITS).limits["resets"] == pytest.approx(31, abs=1.1)
    assert health(**(LIMITS | {"x-ratelimit-reset": "32"})).limits["resets"] == 32


def test_an_api_without_a_date_or_limits():
    it = health(date="")
    assert it.ahead is None
    assert found("clock", it).is_well is None
    assert found("limits", it).is_well is None
    assert it.limits == {}


def test_a_window_that_is_about_to_end_is_not_counted_down():
    says = found("limits", health(**LIMITS | {"x-ratelimit-reset": str(int(NOW))})).says
    assert says.startswith("57 of 100 reads are left. ")


def sounded(*answers):
    with serving(*answers, keep_open=True) as server:
        return asyncio.run(probe(Address(server.url, KEY))), server


def test_a_read_that_is_not_to_be_had_is_followed_by_another():
    soundings, _ = sounded(response(403, b"{}", JSON), response(200, b"[]", JSON))
    paths = [each.path.partition("?")[0] for each in soundings]
    assert paths == ["/campaigns", "/contacts/statuses", "/contacts/statuses"]


@pytest.mark.parametrize("status", [401, 429])
def test_what_settles_it_is_not_followed(status):
    assert len(sounded(response(status, b"{}", JSON))[0]) == 1
