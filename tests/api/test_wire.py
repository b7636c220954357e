"""How do requests share connections? Over real sockets."""

import asyncio
import threading

import pytest

from bulk_sync.api import client as module
from bulk_sync.api.client import Client
from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from tests.api.raw_server import reset, response, serving
from tests.api.talking import DONE, JSON, KEY, UPDATE

WHOLE = response(200, DONE, JSON)


def talked(server, talk, *, connections=4):
    async def main():
        async with Client(server.url, KEY, connections=connections) as client:
            return await talk(client)

    return asyncio.run(main())


def test_a_connection_that_the_server_closed_while_idle_is_no_failed_try():
    async def talk(client):
        first = await client.exchange(UPDATE)
        await asyncio.sleep(0.02)
        return first, await client.exchange(UPDATE)

    with serving(WHOLE) as server:  # it closes after each answer, and does not say so
        found = talked(server, talk)
        assert [each.status for each in found] == [200, 200]
        assert len(server.requests) == server.connections == 2


def test_an_end_that_the_event_loop_has_not_seen_yet_is_seen_before_the_next_request():
    async def talk(client):
        first = await client.exchange(UPDATE)
        closed.wait(5)  # holds the loop
        return first, await client.exchange(UPDATE)

    closed = threading.Event()

    def answer_and_close(connection):
        connection.sendall(WHOLE)
        connection.close()
        closed.set()

    with serving(answer_and_close, WHOLE) as server:
        found = talked(server, talk)
        assert [each.status for each in found] == [200, 200]
        assert len(server.requests) == 2


def test_an_answer_that_nobody_asked_for_is_taken_for_no_part_of_any():
    with serving(WHOLE + response(500, b"stale"), WHOLE, keep_open=True) as server:

        async def talk(client):
            return [await client.exchange(UPDATE) for _ in range(3)]

        found = talked(server, talk)
        assert [(each.status, each.body) for each in found] == 3 * [(200, DONE)]
        assert server.connections == 2


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch):
    async def talk(client):
        await client.exchange(UPDATE)
        await client.exchange(UPDATE)

    monkeypatch.setattr(module, "IDLE_SECONDS", 0.0)
    with serving(WHOLE, keep_open=True) as server:
        talked(server, talk)
        assert server.connections == 2


def test_no_more_connections_are_open_than_may_be():
    async def talk(client):
        return await asyncio.gather(*(client.exchange(UPDATE) for _ in range(20)))

    with serving(WHOLE, keep_open=True) as server:
        found = talked(server, talk, connections=3)
        assert all(isinstance(each, Response) for each in found)
        assert len(server.requests) == 20
        assert server.connections <= 3


def test_a_reply_that_says_close_ends_the_connection():
    async def talk(client):
        return [await client.exchange(UPDATE) for _ in range(2)]

    with serving(response(200, DONE, JSON, "Connection: close"), keep_open=True) as server:
        talked(server, talk)
        assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + WHOLE,
        WHOLE.replace(b"\r\n", b"\n"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(DONE), DONE),
        b"HTTP/1.0 200 OK\r\n\r\n" + DONE,
    ],
)
def test_every_form_of_a_reply_is_read(answer):
    async def talk(client):
        return await client.exchange(UPDATE)

    with serving(answer) as server:
        found = talked(server, talk)
        assert (found.status, found.body) == (200, DONE)
        assert "link" not in found.headers


def test_a_head_without_an_end_is_given_up():
    async def talk(client):
        return await client.exchange(UPDATE)

    with serving(b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 20_000) as server:
        found = talked(server, talk)
        assert isinstance(found, TransportFailure)
        assert found.reason is FailureReason.GARBLED


def test_a_header_with_a_line_break_is_not_sent():
    async def talk():
        async with Client(server.url, "key\r\nX-Other: header", connections=1) as client:
            return await client.exchange(UPDATE)

    with serving(WHOLE) as server:
        found = asyncio.run(talk())
        assert isinstance(found, TransportFailure)
        assert server.requests == []


def test_a_broken_connection_is_not_used_again():
    async def talk(client):
        return [await client.exchange(UPDATE) for _ in range(3)]

    with serving(WHOLE, reset, WHOLE, keep_open=True) as server:
        found = talked(server, talk)
        assert [type(each) for each in found] == [Response, TransportFailure, Response]
        assert server.connections == 2
