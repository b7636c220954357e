"""The page to look at: what it shows, to whom, and that nothing it shows can run."""

import contextlib
import json
import shutil
import subprocess
from html.parser import HTMLParser

import httpx
import pytest

from bulk_sync.sandbox import SandboxOptions, pages, server_module
from bulk_sync.sandbox.pages import page
from bulk_sync.sandbox.rules import Wanted

from .conftest import RENEWALS

NASTY = """<script>document.title='run'</script><img src=x onerror="document.title='run'">'"&amp;"""
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


class Text(HTMLParser):
    """The words of a page, and the tags it is made of."""

    def __init__(self, html):
        super().__init__()
        self.words, self.tags = [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.words += [data.strip()] if data.strip() else []

    def __str__(self):
        return " | ".join(self.words)


def state(api):
    answer = httpx.get(f"{api.served.url}/?part=state")
    assert answer.status_code == 200
    return Text(answer.text)


def test_it_shows_what_an_update_did_and_says_it_in_words(serve):
    api = serve()
    before = str(state(api))
    assert "updates | 61 | 0 | status changes | 48 | 0 | campaign moves | 9 | 0 | creations | 46 | 0" in before
    for phone in ("+12025550101", "+442079460123"):
        api.by_phone(phone, status="DNC")
    shown, outreach = state(api), "2 calls, 1 SMS, 1 trigger, 1 WhatsApp"
    assert f"Maria Alvarez | +12025550101 | Do Not Call | Spring Outreach | — | {outreach}" in str(shown)
    assert "+12025550101 | status active → DNC; 5 cancelled | contacts-actions-by-api" in str(shown)
    assert "Updates by API | 2" in str(shown)
    words = shown.words  # changed last first
    assert words.index("Oliver Smith") < words.index("Maria Alvarez") < words.index("John Doe")
    maria = api.store.by_phone("+12025550101")
    api.by_phone(maria.phone, status="active")
    api.by_id(maria.id, campaignId=RENEWALS, name="Maria", timezone="UTC", customVariables={"plan": "pro"})
    api.by_id(maria.id, name="Maria")
    api.http.post("/contacts", json={"phoneNumber": "+12025550199", "campaignId": RENEWALS})
    shown = state(api)
    moved = "campaign Spring Outreach → Renewals; custom variables replaced: plan; 5 cancelled; 2 scheduled"
    assert f"name Maria Alvarez → Maria; timezone America/New_York → UTC; {moved}" in shown.words
    assert "nothing changed" in shown.words
    # actions in the app and through the API are counted apart
    assert "updates | 61 | 5 | status changes | 48 | 3 | campaign moves | 9 | 1 | creations | 46 | 1" in str(shown)


def test_it_shows_a_limited_number_of_rows_and_the_totals_of_all(api):
    for _ in range(60):
        api.by_phone(api.someone().phone, campaignId=RENEWALS)
    shown = state(api)
    assert f"50 of {api.store.size():,} contacts, changed last first" in str(shown)
    assert len([word for word in shown.words if word == "contacts-actions-by-api"]) <= 51


def test_it_escapes_everything_that_a_request_can_bring(api):
    who = api.someone()
    api.by_id(who.id, name=NASTY, customVariables={NASTY: NASTY})
    shown = state(api)
    assert NASTY in shown.words
    assert {"script", "img"}.isdisjoint(shown.tags)


def test_it_escapes_everything_that_a_contacts_file_can_bring(serve, tmp_path):
    campaign = {"id": RENEWALS.replace("550", "551"), "name": NASTY}
    person = {"phone": "+12025550101", "name": NASTY, "status": NASTY, "campaign": campaign["id"]}
    status = {"name": NASTY, "label": NASTY}
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"contacts": [person], "campaigns": [campaign], "statuses": [status]}))
    with contextlib.closing(server_module().stocked(SandboxOptions(), path)) as store:
        shown = Text(pages.overview(store))
    assert shown.words.count(NASTY) == 4
    assert {"script", "img"}.isdisjoint(shown.tags)


def test_only_its_own_script_and_style_may_run_and_without_scripts_it_reloads_as_a_whole(api):
    answer = httpx.get(api.served.url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert policy.count("'sha256-") == 2
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", ""])
def test_a_web_page_that_points_its_own_name_here_sees_no_contacts(api, host):
    for path in ("/", "/?part=state"):
        answer = httpx.get(f"{api.served.url}{path}", headers={"Host": host})
        assert answer.status_code == 403
        assert "John Doe" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8765", "127.0.0.1:1", "[::1]:8765", "[::1]"])
def test_this_machine_by_any_of_its_loopback_names_sees_the_page(api, host):
    assert httpx.get(api.served.url, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("192.0.2.7", {b"host": b"192.0.2.1:8765"}, 403),
        ("192.0.2.1", {b"host": b"192.0.2.1:8765"}, 200),
        ("192.0.2.7", {b"host": b"localhost", b"x-forwarded-for": b"127.0.0.1"}, 403),
    ],
)
def test_another_machine_sees_no_contacts_and_an_address_claimed_by_a_header_is_not_believed(
    api, client, headers, status
):
    scope = {"path": "/", "method": "GET", "query_string": b"", "server": ("192.0.2.1", 8765)}
    assert page(api.store, scope | {"headers": [*headers.items()], "client": (client, 5000)}, 0.0).status == status


OURS = {"X-Sandbox-Page": "1"}


class TestDeleting:
    """What the API has no operation for, and a team does in the app."""

    def delete(self, api, who, **headers):
        return httpx.post(f"{api.served.url}/delete", params={"contact": who.id}, headers=OURS | headers)

    def test_the_page_deletes_a_contact_and_its_outreach_and_shows_that(self, api):
        who = api.someone(name="Gone Soon")
        api.by_phone(who.phone, status="active")
        assert f'data-delete="{who.id}"' in httpx.get(f"{api.served.url}/?part=state").text
        assert self.delete(api, who).status_code == 204
        assert (api.now(who), api.standing(who)) == (None, [])
        shown = str(state(api))
        assert "Gone Soon" not in shown
        assert f"{who.phone} | deleted; 5 cancelled | in-app" in shown
        assert "Deleted contacts | " in shown
        assert self.delete(api, who).status_code == 404

    @pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Sandbox-Page": None}])
    def test_a_web_page_of_somebody_else_deletes_nobody(self, api, headers):
        who = api.someone()
        given = {name: value for name, value in (OURS | headers).items() if value}
        answer = httpx.post(f"{api.served.url}/delete", params={"contact": who.id}, headers=given)
        assert answer.status_code == 403
        assert api.now(who) is not None


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [("/", method, "GET, HEAD") for method in ("POST", "PUT", "DELETE")]
    + [("/delete", method, "POST") for method in ("GET", "PUT", "DELETE", "OPTIONS")],
)
def test_pages_are_only_looked_at_and_nothing_is_deleted_by_looking(api, path, method, allowed):
    answer = httpx.request(method, f"{api.served.url}{path}", headers=OURS)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed, so the page cannot be opened in a browser")
@pytest.mark.parametrize("width", [1280, 500])
def test_a_real_browser_shows_it_refreshes_it_and_runs_nothing_that_it_shows(serve, tmp_path, monkeypatch, width):
    api = serve(limiter="none")
    api.by_id(api.store.by_phone("+11234567890").id, name=NASTY)
    shown, real = [], pages.overview

    def then_changed(store):
        shown.append(real(store))
        store.update(Wanted(status="DNC"), 1_900_000_000.0, phone="+11234567890")
        return shown[-1]

    monkeypatch.setattr(pages, "overview", then_changed)
    dom = browse(api.served.url, tmp_path / "profile", width)
    assert NASTY in Text(shown[0]).words
    assert "status active → DNC; 5 cancelled" not in shown[0]
    found = Text(dom)
    assert len(shown) > 2, "the page refreshed once at most"
    assert "status active → DNC; 5 cancelled" in found.words, "the page did not refresh by itself"
    assert NASTY in found.words
    assert "<title>Sandbox</title>" in dom
    assert "img" not in found.tags


def browse(url, profile, width):
    """The page's elements after five seconds, which virtual time makes pass at once."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    options += ["--disable-component-update", "--disable-sync", f"--user-data-dir={profile}"]
    options += [f"--window-size={width},1000", "--virtual-time-budget=5000", "--dump-dom"]
    return subprocess.run([BROWSER, *options, url], capture_output=True, text=True, timeout=60, check=True).stdout
