"""How does a call get to the API and its reply back? Over real sockets."""

import httpx
import pytest

from bulk_sync import __version__
from bulk_sync.api.client import WriteInDryRun
from bulk_sync.api.requests import Request
from bulk_sync.api.responses import TransportFailure
from tests.api.raw_server import reset, response, serving
from tests.api.talking import BODY, DONE, JSON, KEY, UPDATE, answered, exchanged


def test_a_call_arrives_as_it_is_meant():
    _, server = answered(response(200, DONE, JSON))
    assert server.line() == "POST /contacts/update HTTP/1.1"
    assert server.body() == BODY
    head = server.head()
    assert head["x-api-key"] == KEY
    assert head["user-agent"] == f"bulk-sync/{__version__}"
    assert head["content-type"] == "application/json"
    assert head["accept"] == "application/json"
    assert head["content-length"] == str(len(BODY))


def test_a_reply_comes_back_with_its_status_headers_and_body():
    (reply,), _ = answered(response(200, DONE, JSON, "X-RateLimit-Remaining: 29", "Retry-After: 5"))
    assert (reply.status, reply.body) == (200, DONE)
    assert reply.headers["x-ratelimit-remaining"] == "29"
    assert reply.headers["retry-after"] == "5"
    assert all(name == name.lower() for name in reply.headers)


@pytest.mark.parametrize("status", [200, 204, 400, 401, 404, 429, 500, 503, 599])
def test_every_status_is_a_reply(status):
    (reply,), _ = answered(response(status, b""))
    assert reply.status == status


def test_a_base_url_with_a_path_keeps_it():
    with serving(response(200, DONE)) as server:
        exchanged(f"{server.url}/v1/")
        assert server.line() == "POST /v1/contacts/update HTTP/1.1"


def test_a_path_is_sent_as_it_was_quoted():
    _, server = answered(response(200, DONE), calls=[Request("PUT", "/contacts/a%2Fb%3Fc", b"{}")])
    assert server.line() == "PUT /contacts/a%2Fb%3Fc HTTP/1.1"


def test_calls_share_a_connection():
    with serving(response(200, DONE, JSON), keep_open=True) as server:
        exchanged(server.url, UPDATE, UPDATE, UPDATE)
        assert len(server.requests) == 3
        assert server.connections == 1


def test_after_a_connection_broke_off_the_next_call_has_a_new_one():
    (first, second), server = answered(reset, response(200, DONE), calls=[UPDATE, UPDATE])
    assert isinstance(first, TransportFailure)
    assert second.status == 200
    assert server.connections == 2


def test_a_call_is_never_sent_twice_by_the_client_itself():
    """The update may have landed: whether to try again is for `attempts` to say."""
    _, server = answered(reset)
    assert len(server.requests) == 1
    _, server = answered(b"")
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


def test_a_client_for_a_dry_run_can_read():
    with serving(response(200, b"[]")) as server:
        (found,) = exchanged(server.url, Request("GET", "/contacts/statuses"), read_only=True)
        assert found.status == 200
        assert server.body() == b""


def test_what_carries_the_requests_can_be_replaced():
    asked = []

    def answer(request):
        asked.append(request.method)
        return httpx.Response(200, json={"success": True})

    (found,) = exchanged("https://api.example", wire=httpx.MockTransport(answer))
    assert found.status == 200
    assert asked == ["POST"]
