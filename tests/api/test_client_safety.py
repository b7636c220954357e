"""Where may the key go? Certificates, addresses, proxies, and what comes back of it."""

import asyncio
import json
import socket
import ssl

import pytest
import trustme

from bulk_sync.api.client import Client, checked_base_url
from bulk_sync.api.responses import FailureReason, Response, TransportFailure
from bulk_sync.errors import BadConfiguration
from tests.api.raw_server import response, serving
from tests.api.talking import DONE, KEY, UPDATE, answered, exchanged


def context_for(name, monkeypatch=None, folder=None):
    """A server's certificate for a name; with a folder, one that this computer trusts."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    if folder is not None:
        authority.cert_pem.write_to_path(folder / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    return context


@pytest.mark.parametrize(("name", "is_trusted"), [("127.0.0.1", False), ("somebody-else.example", True)])
def test_a_certificate_that_nobody_vouches_for_or_of_another_name_is_said_to_be_that(
    monkeypatch, tmp_path, name, is_trusted
):
    tls = context_for(name, monkeypatch, tmp_path if is_trusted else None)
    with serving(response(200, DONE), tls=tls) as server:
        (found,) = exchanged(f"https://127.0.0.1:{server.port}")
        assert found.reason is FailureReason.CERTIFICATE
        assert server.requests == []


def test_a_certificate_that_the_system_trusts_is_trusted_and_calls_share_the_connection(monkeypatch, tmp_path):
    tls = context_for("127.0.0.1", monkeypatch, tmp_path)
    with serving(response(200, DONE), tls=tls, keep_open=True) as server:
        found = exchanged(f"https://127.0.0.1:{server.port}", UPDATE, UPDATE, UPDATE)
        assert [each.status for each in found] == [200, 200, 200]
        assert (len(server.requests), server.connections) == (3, 1)


def test_https_to_a_port_that_speaks_plain_http_cannot_be_reached():
    with serving(response(400, b"")) as server:
        (found,) = exchanged(f"https://127.0.0.1:{server.port}")
        assert isinstance(found, TransportFailure)
        assert found.reason is not FailureReason.CERTIFICATE


@pytest.mark.parametrize(
    "answer",
    [
        response(401, json.dumps({"message": f"The key {KEY} is unknown"}).encode(), f"X-Echo: {KEY}"),
        response(302, b"", f"Location: https://elsewhere.example/?key={KEY}"),
        f"HTTP/1.1 200 {KEY}\r\nbroken {KEY}\r\n\r\n".encode(),
        response(500, f"<html>{KEY}</html>".encode(), "Content-Type: text/html"),
    ],
)
def test_a_key_that_the_api_repeats_goes_no_further(answer):
    (found,), _ = answered(answer)
    assert KEY not in repr(found)
    if isinstance(found, Response):
        assert KEY.encode() not in found.body
        assert KEY not in "".join(found.headers.values())


def test_the_key_is_in_no_representation_of_the_client():
    client = Client("https://api.example", KEY, connections=1)
    assert KEY not in repr(client)
    asyncio.run(client.__aexit__(None, None, None))


@pytest.mark.parametrize(
    "url",
    [
        "http://api.guayaba.ai",
        "http://10.0.0.1",
        "http://0.0.0.0:8765",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.1",
        "http://2130706433",
        "http://[2001:db8::1]",
        "HTTP://EXAMPLE.COM",
    ],
)
def test_plain_http_to_anything_but_this_computer_is_refused_before_a_connection(url, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    with pytest.raises(BadConfiguration, match="https"):
        Client(url, KEY, connections=1)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://127.0.0.2", "http://localhost", "http://LOCALHOST:8765", "http://[::1]:8765"]
)
def test_plain_http_to_this_computer_is_fine(url):
    assert checked_base_url(url).scheme == "http"


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "api.guayaba.ai",
        "//api.guayaba.ai",
        "https://",
        "https:/api.guayaba.ai",
        "ftp://api.guayaba.ai",
        "file:///etc/passwd",
        "https://x:port",
        "https://user:secret@api.guayaba.ai",
        "http://127.0.0.1@evil.example",
        "http://0x7f.1:99999999999/",
        "javascript:alert(1)",
        "https://api.guayaba.ai/?key=1",
        "https://api.guayaba.ai/#there",
        "https://\x00",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_refused_in_words(url):
    with pytest.raises(BadConfiguration) as refused:
        checked_base_url(url)
    assert "https://api.guayaba.ai" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:3128", "127.0.0.1:3128"])
def test_a_proxy_of_the_environment_serves_the_world_and_not_this_computer(monkeypatch, proxy):
    with serving(response(407, b"who are you?")) as server:
        monkeypatch.setenv("HTTPS_PROXY", proxy.replace("3128", str(server.port)))
        monkeypatch.setenv("HTTP_PROXY", proxy.replace("3128", str(server.port)))
        (found,) = exchanged("https://api.example")
        assert isinstance(found, TransportFailure)
        assert found.reason is FailureReason.PROXY
        assert server.line().startswith("CONNECT api.example:443")
        assert KEY.encode() not in server.requests[0]
        with serving(response(200, DONE)) as here:
            (found,) = exchanged(here.url)
            assert found.status == 200
        assert server.connections == 1


@pytest.mark.parametrize("proxy", ["socks5://user:secret@127.0.0.1:1", "nonsense://user:secret@proxy"])
def test_a_proxy_that_cannot_be_used_is_a_sentence_and_no_traceback(monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(BadConfiguration) as refused:
        Client("https://api.example", KEY, connections=1)
    assert "secret" not in str(refused.value)
