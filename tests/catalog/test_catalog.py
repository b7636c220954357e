"""By which names does a run go? Whole runs, against the sandbox and against APIs that give less, over sockets."""

import json
import os
import stat
import time

import pytest

from bulk_sync import job, sandbox
from bulk_sync.catalog import sources
from bulk_sync.catalog.listings import ListingCache, Listings
from bulk_sync.errors import BadInput
from bulk_sync.ledger import Ledger
from bulk_sync.sandbox import SandboxContact, SandboxOptions
from bulk_sync.sandbox.options import Rate
from bulk_sync.sandbox.seed import CAMPAIGNS
from bulk_sync.send import circuit, tries
from bulk_sync.settings import Settings
from tests.fake_api import fake_api

KEY = "gua_a1b2c3d4_a-secret-that-nobody-may-see"
RENEWALS, TRADE_FAIR = CAMPAIGNS[1].id, CAMPAIGNS[4].id
VIP = {"name": "vip", "label": "Very Important", "isTerminal": False}
LISTED = {"data": [{"id": RENEWALS, "name": "Renewals", "status": "active"}], "pagination": {"total": 1}}
BOTH = {"/contacts/statuses": [VIP], "/campaigns": LISTED}
NAMED = ("Very important", "renewals")
FORBIDDEN = (403, {"error": "Forbidden", "message": "Not for this key"})


@pytest.fixture
def quick(monkeypatch):
    """Tries that follow each other at once."""
    monkeypatch.setattr(tries, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(circuit, "FIRST_PAUSE", 0.001)


def settings(path, api, **more):
    return Settings(str(path), base_url=api.url, **{"key": KEY, "allow_leaving_dnc": True, **more})


def test_names_of_the_team_are_understood_over_a_socket(sheet, codes, heard):
    path = sheet(("Already customer", "Win back"), ("callback_requested", "TRADE FAIR LEADS"), ("active", RENEWALS))
    people = [SandboxContact(phone=f"+1415555{number:04d}") for number in range(100, 103)]
    with sandbox.running(contacts=people, options=SandboxOptions(writes=Rate(1000, 1.0))) as api:
        summary = job.run(settings(path, api, key=api.key), heard)
        first, second = (api.store.by_phone(person.phone) for person in people[:2])
    assert (summary.exit_code, codes()) == (0, ["updated"] * 3)
    assert (first.status, second.status) == ("already-customer", "callback-requested")
    assert (first.campaign, second.campaign) == (CAMPAIGNS[3].id, TRADE_FAIR)
    assert '1 row moves a contact into the campaign "Trade Fair Leads", which is paused' in heard


def test_the_embedded_sandbox_knows_its_names_before_it_runs(sheet, codes, heard):
    summary = job.run(Settings(str(sheet(("already customer", "Renewals"))), sandbox=True), heard)
    assert (summary.exit_code, codes()) == (0, ["updated"])


def test_both_kinds_are_read_once_each_and_sent(sheet, codes, heard):
    with fake_api(BOTH) as api:
        job.run(settings(sheet(NAMED, NAMED, ("vip", RENEWALS)), api), heard)
    assert sorted(path.partition("?")[0] for path in api.asked) == ["/campaigns", "/contacts/statuses"]
    assert [(body["status"], body["campaignId"]) for body in api.sent] == [("vip", RENEWALS)] * 3


def test_a_file_that_needs_no_names_reads_none(sheet, heard):
    with fake_api(BOTH) as api:
        job.run(settings(sheet(("DNC", ""), ("Do Not Call", ""), ("paused", "")), api), heard)
    assert (len(api.sent), api.asked) == (3, [])


def paused(campaign_id):
    return {"data": [{"id": campaign_id.upper(), "name": "Old", "status": "paused"}]}


@pytest.mark.parametrize("dry_run", [False, True])
def test_moves_into_a_paused_campaign_are_warned_of_although_only_ids_are_used(dry_run, sheet, heard):
    with fake_api({"/campaigns": paused(RENEWALS)}) as api:
        job.run(settings(sheet(("", RENEWALS), ("", RENEWALS), ("DNC", "")), api, dry_run=dry_run), heard)
    assert '2 rows move contacts into the campaign "Old", which is paused' in heard


@pytest.mark.parametrize("answer", [(404, b"<html>"), (302, {}), {"nothing": 1}])
def test_a_run_that_does_well_without_the_campaigns_does_not_complain(answer, sheet, codes, heard):
    with fake_api({"/campaigns": answer}) as api:
        summary = job.run(settings(sheet(("DNC", RENEWALS)), api), heard)
    assert (summary.exit_code, codes()) == (0, ["updated"])
    assert "names" not in heard


def test_a_run_that_does_well_without_the_campaigns_does_not_wait_for_them(sheet, codes, heard, monkeypatch):
    monkeypatch.setattr(sources, "GLANCE", 0.05)
    with fake_api({"/campaigns": (503, {"message": "busy"})}) as api:
        summary = job.run(settings(sheet(("DNC", RENEWALS)), api), heard)
    assert (summary.exit_code, codes()) == (0, ["updated"])


def test_a_key_that_is_refused_at_a_glance_stops_the_run(sheet, codes, heard):
    with fake_api({"/campaigns": (401, {"message": "Invalid or missing API key"})}) as api:
        summary = job.run(settings(sheet(("DNC", RENEWALS)), api), heard)
    assert (summary.exit_code, codes(), api.sent) == (4, ["key_refused"], [])


def test_only_the_kind_that_has_a_column_is_read(tmp_path, heard):
    path = tmp_path / "contacts.csv"
    path.write_text("phone,status\n+14155550100,very important\n")
    with fake_api(BOTH) as api:
        job.run(settings(path, api), heard)
    assert api.asked == ["/contacts/statuses"]


@pytest.mark.parametrize("answer", [FORBIDDEN, (501, b"<html>"), (404, b"<html>")])
def test_names_that_are_not_to_be_had_are_told_and_the_rest_goes_on(answer, sheet, codes, heard):
    with fake_api({"/contacts/statuses": answer, "/campaigns": answer}) as api:
        summary = job.run(settings(sheet(NAMED, ("paused", RENEWALS), ("paused", "Renewals")), api), heard)
    assert summary.exit_code == 1
    assert codes() == ["unknown_status", "updated", "unknown_campaign"]
    assert f"the API does not let this be read ({answer[0]})" in heard
    assert "only IDs" not in heard


def test_each_kind_falls_back_by_itself(sheet, codes, heard):
    with fake_api(BOTH | {"/contacts/statuses": FORBIDDEN}) as api:
        job.run(settings(sheet(("vip", ""), ("", "Renewals")), api), heard)
    assert codes() == ["unknown_status", "updated"]
    assert "Only system statuses are known, and none of the team's own" in heard


def test_a_list_that_fails_while_the_api_answers_is_fallen_back_from(sheet, codes, heard, quick):
    paths = BOTH | {"/contacts/statuses": (500, {"message": "oops"}), "/contacts": {"contacts": [], "pagination": {}}}
    with fake_api(paths) as api:
        job.run(settings(sheet(("vip", ""), ("paused", "Renewals")), api), heard)
    assert codes() == ["unknown_status", "updated"]
    assert "the API failed (500)" in heard


def test_an_api_that_is_away_is_waited_for_and_then_stops_the_run(sheet, codes, heard, quick):
    gone = (503, {"message": "maintenance"})
    with fake_api({"/contacts/statuses": gone, "/campaigns": gone, "/contacts": gone}) as api:
        summary = job.run(settings(sheet(NAMED, ("paused", "")), api, max_outage="0.1s"), heard)
    assert (summary.exit_code, api.sent) == (3, [])
    assert codes() == ["stopped", "stopped"]
    assert codes("sync_retryable") == ["yes", "yes"]
    assert "The API is away" in heard


def test_names_are_learned_when_the_api_comes_back(sheet, codes, heard, quick):
    asked = []

    def statuses(_query):
        asked.append(1)
        return [VIP] if len(asked) > 12 else (503, {"message": "maintenance"})

    gone = (503, {"message": "maintenance"})
    with fake_api({"/contacts/statuses": statuses, "/contacts": gone, "/campaigns": LISTED}) as api:
        summary = job.run(settings(sheet(("vip", "")), api), heard)
    assert (summary.exit_code, codes()) == (0, ["updated"])


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_refused_key_stops_before_anything_is_sent_and_the_results_say_so(dry_run, sheet, codes, heard):
    refused = (401, {"message": "Invalid or missing API key"})
    with fake_api({"/contacts/statuses": refused, "/campaigns": refused}) as api:
        summary = job.run(settings(sheet(NAMED, ("paused", "")), api, dry_run=dry_run), heard)
    assert (summary.exit_code, api.sent) == (4, [])
    assert codes() == ["key_refused", "key_refused"]
    assert codes("sync_retryable") == ["yes", "yes"]


def test_a_preview_without_a_key_goes_by_the_file(sheet, codes, heard):
    with fake_api(BOTH) as api:
        summary = job.run(settings(sheet(NAMED, ("paused", "")), api, key=None, dry_run=True), heard)
    assert (summary.exit_code, api.asked) == (1, [])
    assert codes() == ["unknown_status", "updated"]
    assert "there is no API key" in codes("sync_error")[0]
    assert "there is no API key" in heard


def test_a_preview_of_an_api_that_cannot_be_reached_goes_by_the_file(sheet, codes, heard, monkeypatch):
    monkeypatch.setattr(sources, "PATIENCE", 0.05)
    with fake_api({}) as api:
        pass
    summary = job.run(settings(sheet(NAMED, ("paused", "")), api, dry_run=True), heard)
    assert (summary.exit_code, codes()) == (1, ["unknown_status", "updated"])
    assert "could not be reached" in heard


def test_campaigns_of_one_name_are_refused_with_their_ids(sheet, codes, heard):
    twice = {"data": [{"id": RENEWALS, "name": "Renewals"}, {"id": TRADE_FAIR, "name": "renewals", "status": "paused"}]}
    with fake_api({"/campaigns": twice}) as api:
        job.run(settings(sheet(("paused", "RENEWALS"), ("paused", "Renewals")), api), heard)
    assert codes() == ["ambiguous_campaign", "updated"]
    assert RENEWALS in codes("sync_error")[0]
    assert TRADE_FAIR in codes("sync_error")[0]


def test_a_status_of_unknown_effect_is_told(sheet, heard):
    with fake_api(BOTH | {"/contacts/statuses": [{"name": "vip"}]}) as api:
        job.run(settings(sheet(("vip", ""), ("active", ""), ("DNC", "")), api, concurrency=1), heard)
    assert [body["status"] for body in api.sent] == ["DNC", "vip", "active"]
    assert "does not say whether the status vip stops outreach" in heard


def test_a_run_goes_on_by_the_names_that_it_was_planned_with(sheet, codes, heard, tmp_path):
    path = sheet(NAMED, NAMED, NAMED)
    with fake_api(dict(BOTH)) as api:
        begun = job.run(settings(path, api, max_writes=1), heard)
        assert begun.exit_code == 5
        api.paths["/campaigns"] = {"data": [{"id": TRADE_FAIR, "name": "Renewals"}]}
        api.paths["/contacts/statuses"] = []
        asked = len(api.asked)
        by_command = job.run(settings(path, api, max_writes=1), heard)
        resumed = job.resume(begun.run, {"key": KEY}, heard)
        assert (by_command.run, resumed.run, len(api.asked)) == (begun.run, begun.run, asked)
    assert [body["campaignId"] for body in api.sent] == [RENEWALS] * 3
    assert codes() == ["updated"] * 3
    with Ledger.open(tmp_path / "state", begun.run) as ledger:
        noted = ledger.facts()["names"]
    assert Listings.from_json(noted).campaigns.entries[0].name == "Renewals"
    assert KEY not in json.dumps(noted)


def test_a_run_of_another_key_does_not_take_over_the_names(sheet, heard):
    path = sheet(NAMED, NAMED)
    with fake_api(dict(BOTH)) as api:
        job.run(settings(path, api, max_writes=1), heard)
        asked = len(api.asked)
        job.run(settings(path, api, key=KEY[:-1], max_writes=1), heard)
    assert len(api.asked) == 2 * asked


def test_a_run_that_ended_before_its_names_were_read_reads_them_when_it_goes_on(sheet, codes, heard):
    path = sheet(NAMED)
    with fake_api(dict.fromkeys(BOTH, (401, {"message": "no"}))) as api:
        begun = job.run(settings(path, api), heard)
        api.paths.update(BOTH)
        resumed = job.resume(begun.run, {"key": KEY}, heard)
    assert (begun.exit_code, resumed.exit_code, codes()) == (4, 0, ["updated"])


def test_a_preview_of_an_unfinished_run_goes_by_its_names(sheet, codes, heard):
    path = sheet(NAMED, NAMED)
    with fake_api(dict(BOTH)) as api:
        job.run(settings(path, api, max_writes=1), heard)
        api.paths.update({"/contacts/statuses": [], "/campaigns": {"data": []}})
        job.run(settings(path, api, dry_run=True), heard)
    assert codes("sync_result") == ["success", "would_send"]


def test_offline_is_for_previews_only(sheet):
    with pytest.raises(BadInput, match="--dry-run") as refused:
        Settings(str(sheet()), offline=True)
    assert refused.value.exit_code == 2


def test_offline_goes_by_what_was_read_within_a_day(sheet, codes, heard, tmp_path, monkeypatch):
    path = sheet(NAMED)
    with fake_api(BOTH) as api:
        job.run(settings(path, api, dry_run=True), heard)
        asked = len(api.asked)
        job.run(settings(path, api, dry_run=True, offline=True), heard)
        assert (codes(), len(api.asked)) == (["updated"], asked)
        assert "as they were read" in heard
        now = time.time()
        monkeypatch.setattr(sources.time, "time", lambda: now + 86_401)
        job.run(settings(path, api, dry_run=True, offline=True), heard)
        assert (codes(), len(api.asked)) == (["unknown_status"], asked)
        assert "none were read in the last 24 hours" in heard
    [kept] = (tmp_path / "state" / "names").iterdir()
    assert KEY not in kept.read_text()
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_offline_without_a_key_nobody_knows_whose_names(sheet, codes, heard):
    with fake_api(BOTH) as api:
        job.run(settings(sheet(NAMED), api, key=None, dry_run=True, offline=True), heard)
    assert (codes(), api.asked) == (["unknown_status"], [])


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"statuses": 5}', '{"statuses": {"read": "x", "entries": 1}}'])
def test_a_kept_file_that_is_damaged_is_none(text, tmp_path):
    kept = ListingCache(tmp_path, "http://a", KEY)
    (tmp_path / "names").mkdir()
    kept._path.write_text(text)
    assert kept.listings({"statuses"}, 0.0)[0] == Listings()


def test_what_is_kept_of_one_kind_stays_when_the_other_is_read(tmp_path):
    kept = ListingCache(tmp_path, "http://a/", KEY)
    both = Listings.from_json({"statuses": {"entries": [["vip", [], None]], "why_not": ""}, "campaigns": None})
    kept.keep(both, 1000.0)
    kept.keep(Listings.from_json({"campaigns": {"entries": [[RENEWALS, "Renewals", False]], "why_not": ""}}), 2000.0)
    found, age = ListingCache(tmp_path, "http://a", KEY).listings({"statuses", "campaigns"}, 3000.0)
    assert (found.statuses, found.campaigns.entries[0].name, age) == (both.statuses, "Renewals", 2000.0)
    assert ListingCache(tmp_path, "http://a", "another").listings({"statuses"}, 3000.0)[0] == Listings()
