"""The key appears nowhere, in none of the spellings in which a server may echo it."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from tests.desk import PHONES
from tests.fake_api import fake_api
from tests.raw_api import raw_api, reply

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


def nothing_is_left_of_it(at, *told):
    texts = [text for each in told for text in (each.out, each.screen)]
    texts += [path.read_bytes().decode("latin-1") for path in at.home.rglob("*") if path.is_file()]
    for text in texts:
        for shown in (text, decoded(text)):
            assert not [each for each in hints(KEY) if each in shown]


@pytest.mark.parametrize("place", ["json", "raw", "header"])
def test_a_key_that_the_api_echoes_is_struck_out(at, place, subtests):
    """In each row another spelling: when it is looked at (the first half), and when it is sent."""
    said = list(spellings(KEY))
    half = len(said)
    rows = dict(zip(PHONES, ["paused"] * half + ["DNC"] * half, strict=False))

    def answer(asked):
        phone = asked.query.get("search") or (asked.json["phone"] if asked.writes else None)
        spelling = said[PHONES.index(phone) % half if phone else len(api.asked) % half]
        body = f'{{"error": "no", "message": "You sent {spelling}."}}'
        if place == "raw":
            body = f"<p>You sent {spelling}</p>"
        headers = [f"X-RateLimit-Policy: {spelling}", f"Retry-After: {spelling}"] if place == "header" else []
        kind = "text/html" if place == "raw" and not asked.writes else "application/json"
        return reply(400, body.encode(), *headers, kind=kind)

    at.sheet(rows.items())
    with raw_api(answer) as api:
        variables = {"BULK_SYNC_BASE_URL": api.url, "BULK_SYNC_API_KEY": KEY}
        done = at("rows.csv", "-v", "--json", "--json-results", "s.json", "--max-errors", "100", **variables)
        checked = [at("check", "--json", **variables) for _ in range(half)]
        looked = {asked.query.get("search") for asked in api.asked}
        sent = {body["phone"] for body in api.writes}
    nothing_is_left_of_it(at, done, *checked)
    assert set(PHONES[:half]) <= looked
    assert set(PHONES[half : 2 * half]) <= sent


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_a_key_in_an_encoding_that_json_may_have_is_struck_out(at, encoding):
    reply = (422, f'{{"message": "You sent {KEY}."}}'.encode(encoding))
    at.sheet([[PHONES[1], "DNC"]])
    with fake_api({}, posts=reply) as api:
        done = at("rows.csv", "-v", BULK_SYNC_BASE_URL=api.url, BULK_SYNC_API_KEY=KEY)
    assert at.codes() == ["rejected"]
    assert "You sent [key]" in at.rows()[0]["sync_error"]
    texts = [done.screen, *(path.read_bytes().decode("latin-1") for path in at.home.rglob("*") if path.is_file())]
    assert not any(KEY in text or KEY in text.replace("\x00", "") for text in texts)
