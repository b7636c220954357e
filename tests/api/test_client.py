"""How a call gets to the API and its reply back, and how calls share connections. Over real sockets."""

import asyncio
import threading

import pytest

from bulk_sync import __version__
from bulk_sync.api import client as module
from bulk_sync.api.client import Client, WriteInDryRun
from bulk_sync.api.contact import Request
from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from tests.api.raw_server import reset, response, serving
from tests.api.talking import BODY, DONE, JSON, KEY, UPDATE, answered, exchanged

WHOLE = response(200, DONE, JSON)


def statuses(found):
    return [each.status if isinstance(each, Response) else each.reason for each in found]


def test_a_call_arrives_as_it_is_meant_and_its_reply_comes_back():
    (reply,), server = answered(response(200, DONE, JSON, "X-RateLimit-Remaining: 29", "Retry-After: 5"))
    assert server.line() == "POST /contacts/update HTTP/1.1"
    assert server.body() == BODY
    expected = {
        "x-api-key": KEY,
        "user-agent": f"bulk-sync/{__version__}",
        "content-type": "application/json",
        "accept": "application/json",
        "content-length": str(len(BODY)),
    }
    assert server.head().items() >= expected.items()
    assert (reply.status, reply.body) == (200, DONE)
    assert reply.headers.items() >= {"x-ratelimit-remaining": "29", "retry-after": "5"}.items()


def test_a_path_is_sent_as_it_was_quoted_below_that_of_the_base_url():
    with serving(response(200, DONE)) as server:
        exchanged(f"{server.url}/v1/", Request("PUT", "/contacts/a%2Fb%3Fc", b"{}"))
        assert server.line() == "PUT /v1/contacts/a%2Fb%3Fc HTTP/1.1"


@pytest.mark.parametrize("answer", [reset, b""])
def test_a_call_is_never_sent_twice_by_the_client_itself(answer):
    """The update may have landed: whether to try again is for `attempts` to say."""
    _, server = answered(answer)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_request_follows_a_redirect(status):
    with serving(response(200, DONE)) as elsewhere:
        (reply,), server = answered(response(status, b"", f"Location: {elsewhere.url}/contacts/update"))
        assert reply.status == status
        assert (len(server.requests), elsewhere.connections) == (1, 0)


def test_no_cookie_is_sent_back():
    (_, _), server = answered(
        response(200, DONE, "Set-Cookie: track=me; Path=/"), calls=[UPDATE, UPDATE], keep_open=True
    )
    assert len(server.requests) == 2
    assert "cookie" not in server.head(1)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_client_for_a_dry_run_cannot_write(method):
    with serving(response(200, DONE)) as server:
        with pytest.raises(WriteInDryRun):
            exchanged(server.url, Request(method, "/contacts/update", BODY), read_only=True)
        assert server.connections == 0


@pytest.mark.parametrize(
    ("answers", "found", "connections"),
    [
        ([WHOLE], [200, 200, 200], 1),
        ([response(200, DONE, JSON, "Connection: close")], [200, 200, 200], 3),
        ([WHOLE, reset, WHOLE], [200, FailureReason.BROKEN_OFF, 200], 2),
    ],
)
def test_calls_share_a_connection_until_it_ends(answers, found, connections):
    with serving(*answers, keep_open=True) as server:
        assert statuses(exchanged(server.url, UPDATE, UPDATE, UPDATE)) == found
        assert (len(server.requests), server.connections) == (3, connections)


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
        assert statuses(talked(server, talk)) == [200, 200]
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
        assert statuses(talked(server, talk)) == [200, 200]
        assert len(server.requests) == 2


def test_an_answer_that_nobody_asked_for_is_taken_for_no_part_of_any():
    with serving(WHOLE + response(500, b"stale"), WHOLE, keep_open=True) as server:
        found = exchanged(server.url, UPDATE, UPDATE, UPDATE)
        assert [(each.status, each.body) for each in found] == 3 * [(200, DONE)]
        assert server.connections == 2


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch):
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.0)
    with serving(WHOLE, keep_open=True) as server:
        exchanged(server.url, UPDATE, UPDATE)
        assert server.connections == 2


def test_no_more_connections_are_open_than_may_be():
    async def talk(client):
        return await asyncio.gather(*(client.exchange(UPDATE) for _ in range(20)))

    with serving(WHOLE, keep_open=True) as server:
        assert statuses(talked(server, talk, connections=3)) == [200] * 20
        assert len(server.requests) == 20
        assert server.connections <= 3


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
    (found,), _ = answered(answer)
    assert (found.status, found.body) == (200, DONE)
    assert "link" not in found.headers


def test_a_header_with_a_line_break_is_not_sent():
    async def talk():
        async with Client(server.url, "key\r\nX-Other: header", connections=1) as client:
            return await client.exchange(UPDATE)

    with serving(WHOLE) as server:
        assert isinstance(asyncio.run(talk()), TransportFailure)
        assert server.requests == []
