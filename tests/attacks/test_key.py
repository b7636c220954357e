"""The key appears nowhere, in none of the spellings in which a server may echo it."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from tests.desk import PHONES
from tests.fake_api import fake_api

pytestmark = pytest.mark.trial

KEY = "gua_a1b2c3d4_se/cr+et-k.ey"


def spellings(key):
    yield key
    yield json.dumps(key)[1:-1].replace("/", "\\/")
    yield "".join(f"\\u{ord(letter):04x}" for letter in key)
    yield "".join(f"\\u{ord(letter):04X}" for letter in key)
    yield key.replace("_", "\\u005f").replace("/", "\\/")
    yield quote(key, safe="")
    yield "".join(f"%{ord(letter):02x}" for letter in key)
    yield "".join(f"&#{ord(letter)};" for letter in key)
    yield "".join(f"&#x{ord(letter):X};" for letter in key)
    yield html.escape(key).replace("_", "&lowbar;")
    for text in (key, f"{key}:"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(text.encode()).decode()
            yield encoded
            yield encoded.rstrip("=")
            yield quote(encoded, safe="")
            yield encoded.replace("/", "\\/")


def hints(key):
    """What must stand nowhere once everything is decoded: the key, and what base64 makes of it."""
    for text in (key, f"{key}:"):
        yield text.rstrip(":")
        yield base64.b64encode(text.encode()).decode().rstrip("=")
        yield base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(text):
    for _ in range(3):
        text = html.unescape(text).replace("\\/", "/")
        for letter in set(KEY):
            text = text.replace(f"\\u{ord(letter):04x}", letter).replace(f"\\u{ord(letter):04X}", letter)
            text = text.replace(quote(f"{letter}") if letter in "/+" else f"%{ord(letter):02x}", letter)
            text = text.replace(f"%{ord(letter):02X}", letter)
    return text


@pytest.mark.parametrize("spelling", range(len(list(spellings(KEY)))))
@pytest.mark.parametrize("place", ["json", "raw", "header"])
def test_a_key_that_the_api_echoes_is_struck_out(at_desk, spelling, place):
    said = list(spellings(KEY))
    body = b'{"error": "no", "message": "You sent ' + said[spelling].encode() + b'."}'
    if place == "raw":
        body = b"<p>You sent " + said[spelling].encode() + b"</p>"
    headers = {"X-RateLimit-Policy": said[spelling], "Retry-After": said[spelling]} if place == "header" else {}
    reply = (400, body)
    at_desk.sheet([[PHONES[0], "paused"], [PHONES[1], "DNC"]])  # the first is looked at, the second is sent at once
    paths = {"/contacts/statuses": reply, "/campaigns": reply, "/contacts": reply}
    with fake_api(paths, headers=headers, posts=reply) as api:
        done = at_desk(
            "rows.csv", "-v", "--json", "--json-results", "s.json", BULK_SYNC_BASE_URL=api.url, BULK_SYNC_API_KEY=KEY
        )
        checked = at_desk("check", "--json", BULK_SYNC_BASE_URL=api.url, BULK_SYNC_API_KEY=KEY)
    texts = [done.out, done.screen, checked.out, checked.screen]
    texts += [path.read_bytes().decode("latin-1") for path in at_desk.home.rglob("*") if path.is_file()]
    for text in texts:
        for shown in (text, decoded(text)):
            assert not [each for each in hints(KEY) if each in shown]
    assert api.sent


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_a_key_in_an_encoding_that_json_may_have_is_struck_out(at_desk, encoding):
    reply = (422, f'{{"message": "You sent {KEY}."}}'.encode(encoding))
    at_desk.sheet([[PHONES[1], "DNC"]])
    with fake_api({}, posts=reply) as api:
        done = at_desk("rows.csv", "-v", BULK_SYNC_BASE_URL=api.url, BULK_SYNC_API_KEY=KEY)
    assert at_desk.codes() == ["rejected"]
    assert "You sent [key]" in at_desk.rows()[0]["sync_error"]
    texts = [done.screen, *(path.read_bytes().decode("latin-1") for path in at_desk.home.rglob("*") if path.is_file())]
    assert not any(KEY in text or KEY in text.replace("\x00", "") for text in texts)
