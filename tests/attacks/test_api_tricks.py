"""Tricks of an API, or of somebody in its place: whatever comes back, rows have a true fate and the run an end."""

import itertools
import json
import time

import pytest

from tests.desk import PHONES
from tests.raw_api import NOT_OFFERED, each, reply, updated

pytestmark = pytest.mark.trial

ANNA, BEN = PHONES[:2]


@pytest.fixture
def at(raw_desk):
    """`at(write, read)`: a desk of two DNC rows and one that starts outreach, whose API answers so."""

    def begin(write=updated, read=NOT_OFFERED):
        desk = raw_desk(write, read)
        desk.sheet([(ANNA, "DNC"), (BEN, "DNC"), (PHONES[2], "active")])
        return desk

    return begin


def sends(content):
    """These bytes, then nothing more."""
    return lambda connection: connection.sendall(content)


def drips(content, wait=0.01):
    def drip(connection):
        for at in range(len(content)):
            connection.sendall(content[at : at + 1])
            time.sleep(wait if at < 50 else 0)

    return drip


def raw(body, *headers, status="200 OK", length=None):
    head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


GOOD = json.dumps({"success": True, "message": "Contact updated successfully"}).encode()

SUCCESSES = {
    "HTTP/1.0": sends(b"HTTP/1.0 200 OK\r\n\r\n" + GOOD),
    "a body byte by byte": drips(raw(GOOD)),
    "in chunks, with trailers": sends(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(GOOD), GOOD)
    ),
    "a hundred 102s before": sends(b"HTTP/1.1 102 Processing\r\n\r\n" * 100 + raw(GOOD)),
    "100 Continue unasked": sends(b"HTTP/1.1 100 Continue\r\n\r\n" + raw(GOOD)),
    "cookies": sends(raw(GOOD, "Set-Cookie: a=b; Domain=.example", "Set-Cookie: " + "x" * 4000)),
    "a number of ten thousand digits": sends(raw(b'{"success": true, "n": ' + b"9" * 10_000 + b"}")),
    "NaN and Infinity": sends(raw(b'{"success": true, "a": NaN, "b": -Infinity, "c": 1e999}')),
    "the same key twice": sends(raw(b'{"success": false, "success": true}')),
    "a UTF-8 BOM": sends(raw(b"\xef\xbb\xbf" + GOOD)),
    "white space of a megabyte": sends(raw(b" " * 1_000_000 + GOOD)),
    "another content type": sends(raw(GOOD, "Content-Type: image/png")),
    "no content type and a charset of nobody": sends(raw(GOOD, "Content-Type: application/json; charset=klingon")),
    "an encoding of nobody": sends(raw(GOOD, "Content-Encoding: rot13")),
    "whole, and then cut": sends(raw(GOOD, length=len(GOOD) + 100)),
    "two connections headers": sends(raw(GOOD, "Connection: close", "Connection: keep-alive")),
}


def test_a_success_in_odd_clothes_is_one(raw_desk):
    """Each twice, one after another, so that what one leaves behind on its way meets the next."""
    names = [name for name in SUCCESSES for _ in range(2)]
    desk = raw_desk(each(*(SUCCESSES[name] for name in names)), rows=len(names), status="DNC")
    done = desk("rows.csv", "--max-outage", "30s", "--order", "file", "--concurrency", 1)
    odd = [(name, row["sync_error"]) for name, row in zip(names, desk.rows(), strict=True) if row["sync_error"]]
    assert (done.code, odd, set(desk.codes())) == (0, [], {"updated"})


def deep(depth):
    return b'{"success": true, "x": ' + b"[" * depth + b"]" * depth + b"}"


FAILURES = {
    "nested a hundred thousand times": raw(deep(100_000)),
    "cut in the middle": raw(GOOD[:20], length=len(GOOD)),
    "a length of no number": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + GOOD,
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 900\r\n\r\n" + GOOD,
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + GOOD,
    "a chunk size of no number": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + GOOD,
    "a header line of a megabyte": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n" + GOOD,
    "a hundred thousand headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n" + GOOD,
    "a status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "status 0": b"HTTP/1.1 000 Oh\r\nContent-Length: 0\r\n\r\n",
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.0\r\n" * 10,
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "HTTP/2 frames": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" * 10,
    "200 and an empty body": raw(b""),
    "200 and a web page": raw(b"<html>captive portal</html>", "Content-Type: text/html"),
    "success as text": raw(b'{"success": "true"}'),
    "success as 1": raw(b'{"success": 1}'),
    "a list": raw(b'[{"success": true}]'),
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "206 and nothing": raw(b"", status="206 Partial Content"),
    "deflate that is none": raw(b"\x00garbage", "Content-Encoding: deflate"),
}


def test_what_is_no_answer_is_never_a_success(at, subtests):
    desk = at(lambda asked: sends(FAILURES[name]))
    for name in FAILURES:
        with subtests.test(name):
            done = desk("rows.csv", "--fresh", "--max-outage", "5s", "--max-errors", "100%")
            assert set(desk.codes()) <= {"bad_reply", "network_error", "server_error", "stopped", "rejected"}
            assert done.code in {1, 3}
            assert all(row["sync_error"] for row in desk.rows())


def contact(number, status="active", **more):
    return {"id": f"00000000-0000-4000-8000-{number:012d}", "phoneNumber": PHONES[number], "status": status, **more}


def listing(*contacts, **pagination):
    return reply(200, {"contacts": contacts, "pagination": {"page": 1, "limit": 25, "total": 3, **pagination}})


LISTS = {
    "pages without end": lambda asked: listing(contact(9), total=10**12, totalPages=10**12),
    "a negative total": lambda asked: listing(contact(9), total=-5, totalPages=-1),
    "a total that is text": lambda asked: listing(contact(9), total="many"),
    "a limit of 0": lambda asked: listing(contact(9), limit=0, total=10),
    "null everywhere": lambda asked: reply(200, {"contacts": None, "pagination": None}),
    "contacts that are numbers": lambda asked: reply(200, {"contacts": [1, 2, None]}),
    "the wrong contact for any search": lambda asked: listing(contact(7), total=1),
    "contacts without status": lambda asked: listing({**contact(2), "status": None}, total=1),
    "contacts whose status is a list": lambda asked: listing({**contact(2), "status": ["active"]}, total=1),
    "contacts whose number is a number": lambda asked: listing({**contact(2), "phoneNumber": 14155550102}, total=1),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_makes_no_sense_ends_no_run_and_frees_nobody(at, name):
    desk = at(read=lambda asked: LISTS[name](asked) if asked.path == "/contacts" else NOT_OFFERED)
    done = desk("rows.csv", "--max-outage", "5s")
    assert done.code in {0, 1, 3}
    assert desk.codes()[:2] == ["updated"] * 2
    assert desk.codes()[2] in {"bad_reply", "unchecked", "contact_not_found", "leaves_dnc", "cannot_merge", "updated"}
    if name.startswith("contacts w"):
        assert [each["phone"] for each in desk.api.writes] == [ANNA, BEN], "how the contact stands is not known"


TURNED = "\N{RIGHT-TO-LEFT OVERRIDE}evitca"
ODD_NAMES = ["__proto__", "", " ", "DNC\x00", TURNED, "a" * 100_000, "{0}", "%s%n", "[bold]x[/]", "DNC", None, 7]


def test_statuses_of_odd_names_steer_nothing(at):
    found = [{"name": name, "label": name, "terminal": False} for name in ODD_NAMES]
    desk = at(read=lambda asked: reply(200, found) if asked.path.endswith("statuses") else NOT_OFFERED)
    desk.sheet([(ANNA, "DNC"), (BEN, "evitca"), (PHONES[2], "{0}"), (PHONES[3], "[bold]x[/]")])
    done = desk("rows.csv", "--max-outage", "30s")
    assert desk.codes()[0] == "updated"
    assert done.code in {0, 1}
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in done.screen


def test_an_api_that_says_something_else_each_time_is_asked_five_times_at_most(at):
    answers = itertools.cycle([reply(500, {}), sends(b"junk\r\n\r\n"), reply(200, b"?"), reply(503, {})])
    desk = at(lambda asked: next(answers))
    desk("rows.csv", "--max-errors", "100%", "--max-outage", "60s")
    assert len(desk.api.writes) <= 15
    assert set(desk.codes()) <= {"server_error", "network_error", "bad_reply"}
