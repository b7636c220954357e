"""What comes of answers that are none? From a server that may say anything, and break off at any byte."""

import asyncio
import gzip
import random
import socket
import zlib
from unittest.mock import patch

import httpx
import pytest

from bulk_sync.api import client as module
from bulk_sync.api.client import Client
from bulk_sync.api.responses import Accepted, FailureReason, Response, TransportFailure, classify
from bulk_sync.errors import Code
from tests.api.raw_server import dripping, reset, response, serving, silence
from tests.api.talking import DONE, JSON, KEY, UPDATE, answered, exchanged


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reset, FailureReason.BROKEN_OFF),
        (b"", FailureReason.BROKEN_OFF),
        (b"HTTP/1.1 200 OK\r\nContent-Le", FailureReason.BROKEN_OFF),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", FailureReason.GARBLED),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", FailureReason.GARBLED),
        (b"HTTP/1.1 abc OK\r\n\r\n", FailureReason.GARBLED),
        (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", FailureReason.GARBLED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", FailureReason.GARBLED),
        (b"x" * 300_000, FailureReason.GARBLED),
        (b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 20_000, FailureReason.GARBLED),
    ],
)
def test_what_is_no_answer_is_a_value_that_says_why(answer, expected):
    (found,), _ = answered(answer)
    assert isinstance(found, TransportFailure)
    if answer != b"HTTP/1.1 200 OK\r\nContent-Le":
        assert found.reason is expected


def one_after_the_other(answers):
    """What comes of each of these answers, each on a connection of its own."""

    async def talk(url):
        async with Client(url, KEY, connections=1) as client:
            return [await client.exchange(UPDATE) for _ in answers]

    def way(*_):
        return httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    with patch("bulk_sync.api.client.way_to", way), serving(*answers) as server:
        found = asyncio.run(talk(server.url))
        assert len(server.requests) == server.connections == len(answers)
    return found


WHOLE = response(200, DONE, JSON, "X-RateLimit-Remaining: 29")


def test_a_connection_closed_at_any_byte_never_looks_like_success():
    found = one_after_the_other([WHOLE[:cut] for cut in range(len(WHOLE))])
    head = WHOLE.index(b"\r\n\r\n") + 4
    for cut, each in enumerate(found):
        if cut < head:
            assert isinstance(each, TransportFailure)
        else:
            assert isinstance(each, TransportFailure) or (each.status, each.body) == (200, WHOLE[head:cut])


def test_a_body_that_breaks_off_keeps_the_status_and_the_headers():
    (found,), _ = answered(response(503, b'{"mess', "Retry-After: 9", length=500))
    assert isinstance(found, Response)
    assert (found.status, found.headers["retry-after"], found.body) == (503, "9", b'{"mess')


@pytest.mark.parametrize(
    "answer",
    [
        response(200, gzip.compress(DONE)[:-9], "Content-Encoding: gzip"),
        response(200, b"this is not gzip at all", "Content-Encoding: gzip"),
        response(200, b"\x00" * 50, "Content-Encoding: deflate"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
def test_a_body_that_cannot_be_unpacked_is_a_reply_without_success(answer):
    (found,), _ = answered(answer)
    assert isinstance(found, TransportFailure) or b'"success":true}' not in found.body


BEGINNING = b'{"success":true,"message":"'


def test_sixteen_megabytes_are_read():
    body = BEGINNING + b"x" * ((16 << 20) - len(BEGINNING) - 2) + b'"}'
    (found,), _ = answered(response(200, body))
    assert isinstance(classify(found, understood=True), Accepted)


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_of_more_than_sixteen_megabytes_is_a_bad_reply(packed):
    body = BEGINNING + b"x" * (16 << 20) + b'"}'
    answer = response(200, gzip.compress(body, 9), "Content-Encoding: gzip") if packed else response(200, body)
    (found,), _ = answered(answer)
    verdict = classify(found, understood=True)
    assert (verdict.code, verdict.status) == (Code.BAD_REPLY, 200)
    assert "longer than 16 MB" in verdict.why


TWICE = gzip.compress(gzip.compress(DONE))


@pytest.mark.parametrize(
    "headers",
    [
        *([each] for each in ("gzip, gzip", "gzip,identity,gzip", "deflate, gzip", "br, gzip", "x-gzip , gzip")),
        ["gzip", "gzip"],
    ],
)
def test_several_layers_of_packing_are_not_unpacked(headers):
    (found,), _ = answered(response(200, TWICE, *(f"Content-Encoding: {each}" for each in headers)))
    verdict = classify(found, understood=True)
    assert (verdict.code, "packed" in verdict.why) == (Code.BAD_REPLY, True)


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        ("identity", DONE, DONE),
        ("whatever", DONE, DONE),
        ("gzip", gzip.compress(DONE, mtime=0), DONE),
        ("deflate", zlib.compress(DONE), DONE),
        ("deflate", zlib.compress(DONE, wbits=-15), DONE),
        ("gzip", b"", b""),
    ],
)
def test_one_layer_of_packing_is_unpacked_and_what_nobody_knows_left_as_it_is(encoding, body, expected):
    (found,), _ = answered(response(200, body, f"Content-Encoding: {encoding}"))
    assert found.body == expected


@pytest.mark.parametrize(
    "answer",
    [silence, dripping(b"HTTP/1.1 200 OK\r\n"), dripping(b"HTTP/1.1 200 OK\r\nX-Slow: 1\r\nContent-Length: 5\r\n")],
)
def test_an_api_that_takes_too_long_is_given_up(monkeypatch, answer):
    monkeypatch.setattr(module, "READ_SECONDS", 0.03)
    (found,), _ = answered(answer)
    assert isinstance(found, TransportFailure)
    assert found.reason is FailureReason.TIMED_OUT


def test_an_api_that_never_ends_its_answer_does_not_hold_a_worker(monkeypatch):
    monkeypatch.setattr(module, "WHOLE_SECONDS", 0.03)
    (found,), _ = answered(dripping(response(200, b"{", length=500)))
    assert found == TransportFailure(FailureReason.TIMED_OUT)


def test_who_waits_for_a_connection_waits_no_longer_than_for_an_answer(monkeypatch):
    async def talk(url):
        async with Client(url, KEY, connections=1) as client:
            return await asyncio.gather(client.exchange(UPDATE), client.exchange(UPDATE))

    monkeypatch.setattr(module, "WHOLE_SECONDS", 0.3)  # a busy machine takes a while to connect
    with serving(dripping(response(200, b"{", length=500))) as server:
        assert asyncio.run(talk(server.url)) == 2 * [TransportFailure(FailureReason.TIMED_OUT)]
        assert server.connections == 1


def test_where_nobody_listens_the_api_cannot_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (found,) = exchanged(f"http://127.0.0.1:{port}")
    assert isinstance(found, TransportFailure)
    assert found.reason is FailureReason.UNREACHABLE


def garbled(seed):
    """The whole answer with a few bytes lost, doubled or replaced, and sometimes cut."""
    lots = random.Random(seed)
    answer = bytearray(WHOLE)
    for _ in range(lots.randint(1, 6)):
        at = lots.randrange(len(answer))
        answer[at : at + lots.randint(0, 2)] = lots.choice(
            [b"", b"\r\n", b"\0", b"\xff", b": ", b"9", bytes(answer[at : at + 20])]
        )
    return bytes(answer[: lots.choice([len(answer), lots.randrange(1, len(answer))])])


def test_whatever_bytes_come_back_there_is_a_verdict_and_success_only_where_it_says_so():
    answers = [garbled(seed) for seed in range(200)]
    found = one_after_the_other(answers)
    for answer, each in zip(answers, found, strict=True):
        verdict = classify(each, understood=True)
        if isinstance(verdict, Accepted):
            assert b'"success"' in answer
            assert b"true" in answer
