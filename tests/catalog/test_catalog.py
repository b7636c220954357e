"""By which names a run goes: whole runs, against the sandbox and against APIs that give less, over sockets."""

import csv
import json
import os
import stat
import time
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from bulk_sync import job
from bulk_sync.catalog import sources
from bulk_sync.catalog.sources import ListingCache, from_json
from bulk_sync.errors import BadInput
from bulk_sync.ledger import Ledger
from bulk_sync.model import Listings
from bulk_sync.report.log import Log
from bulk_sync.sandbox.seed import CAMPAIGNS
from bulk_sync.send import circuit, tries
from bulk_sync.settings import Settings
from tests.fake_api import fake_api

KEY = "gua_a1b2c3d4_a-secret-that-nobody-may-see"
RENEWALS, TRADE_FAIR = CAMPAIGNS[1].id, CAMPAIGNS[4].id
VIP = {"name": "vip", "label": "Very Important", "isTerminal": False}
LISTED = {"data": [{"id": RENEWALS, "name": "Renewals", "status": "active"}], "pagination": {"total": 1, "limit": 100}}
BOTH = {"/contacts/statuses": [VIP], "/campaigns": LISTED}
NAMED = ("Very important", "renewals")
FORBIDDEN = (403, {"error": "Forbidden", "message": "Not for this key"})
REFUSED = (401, {"message": "Invalid or missing API key"})
AWAY, BUSY = (503, {"message": "maintenance"}), (503, {"message": "busy"})


class Heard(Log):
    """An observer that remembers what it is told."""

    def __init__(self):
        super().__init__()
        self.sentences = []

    def message(self, sentence):
        self.sentences.append(sentence)

    def __contains__(self, part):
        return any(part in sentence for sentence in self.sentences)


@dataclass
class Sheet:
    """A sheet of (status, campaign) cells behind a phone number each, and the runs over it."""

    folder: object
    heard: Heard

    def write(self, *rows):
        with (self.folder / "contacts.csv").open("w", newline="") as text:
            table = csv.writer(text)
            table.writerow(("phone", "status", "campaign"))
            table.writerows((f"+1415555{number:04d}", *row) for number, row in enumerate(rows, 100))

    def settings(self, api, **more):
        path = str(self.folder / "contacts.csv")
        return Settings(path, base_url=api.url, **{"key": KEY, "allow_leaving_dnc": True, **more})

    def run(self, api, **more):
        """The summary of a run against an API."""
        return job.run(self.settings(api, **more), self.heard)

    def codes(self, column="sync_code"):
        kinds = ("results", "preview", "not_sent")
        written = [path for kind in kinds if (path := self.folder / f"contacts.{kind}.csv").exists()]
        with max(written, key=lambda path: path.stat().st_mtime_ns).open(newline="") as text:
            return [row[column] for row in csv.DictReader(text)]

    def outcome(self, paths, *rows, **more):
        """What comes of a run of rows against an API that gives these paths: exit code, codes, requests."""
        self.write(*rows)
        with fake_api(paths) as api:
            summary = self.run(api, **more)
        return SimpleNamespace(exit=summary.exit_code, codes=self.codes(), sent=api.sent, asked=api.asked)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def sheet(tmp_path, heard, monkeypatch):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    for name in ("BULK_SYNC_API_KEY", "GUAYABA_API_KEY", "BULK_SYNC_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    return Sheet(tmp_path, heard)


@pytest.fixture
def quick(monkeypatch):
    """Tries that follow each other at once."""
    monkeypatch.setattr(tries, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(circuit, "FIRST_PAUSE", 0.001)


def test_the_embedded_sandbox_knows_its_names_before_it_runs(sheet, heard):
    sheet.write(("already customer", "Renewals"))
    assert job.run(Settings(str(sheet.folder / "contacts.csv"), sandbox=True), heard).exit_code == 0
    assert sheet.codes() == ["updated"]


def test_both_kinds_are_read_once_each_and_sent(sheet):
    found = sheet.outcome(BOTH, NAMED, NAMED, ("vip", RENEWALS))
    assert sorted(path.partition("?")[0] for path in found.asked) == ["/campaigns", "/contacts/statuses"]
    assert [(body["status"], body["campaignId"]) for body in found.sent] == [("vip", RENEWALS)] * 3


def test_a_file_that_needs_no_names_reads_none(sheet):
    found = sheet.outcome(BOTH, ("DNC", ""), ("Do Not Call", ""), ("paused", ""))
    assert (len(found.sent), found.asked) == (3, [])


@pytest.mark.parametrize("dry_run", [False, True])
def test_moves_into_a_paused_campaign_are_warned_of_although_only_ids_are_used(dry_run, sheet, heard):
    paused = {"data": [{"id": RENEWALS.upper(), "name": "Old", "status": "paused"}]}
    sheet.outcome({"/campaigns": paused}, ("", RENEWALS), ("", RENEWALS), ("DNC", ""), dry_run=dry_run)
    assert '2 rows move contacts into the campaign "Old", which is paused' in heard


@pytest.mark.parametrize("answer", [(404, b"<html>"), (302, {}), {"nothing": 1}, BUSY])
def test_a_run_that_does_well_without_the_campaigns_neither_complains_nor_waits(answer, sheet, heard, monkeypatch):
    if answer == BUSY:
        monkeypatch.setattr(sources, "GLANCE", 0.05)
    found = sheet.outcome({"/campaigns": answer}, ("DNC", RENEWALS))
    assert (found.exit, found.codes) == (0, ["updated"])
    assert "names" not in heard


def test_a_key_that_is_refused_at_a_glance_stops_the_run(sheet):
    found = sheet.outcome({"/campaigns": REFUSED}, ("DNC", RENEWALS))
    assert (found.exit, found.codes, found.sent) == (4, ["key_refused"], [])


def test_only_the_kind_that_has_a_column_is_read(sheet):
    (sheet.folder / "contacts.csv").write_text("phone,status\n+14155550100,very important\n")
    with fake_api(BOTH) as api:
        sheet.run(api)
    assert api.asked == ["/contacts/statuses"]


@pytest.mark.parametrize("answer", [FORBIDDEN, (501, b"<html>"), (404, b"<html>")])
def test_names_that_are_not_to_be_had_are_told_and_the_rest_goes_on(answer, sheet, heard):
    paths = {"/contacts/statuses": answer, "/campaigns": answer}
    found = sheet.outcome(paths, NAMED, ("paused", RENEWALS), ("paused", "Renewals"))
    assert (found.exit, found.codes) == (1, ["unknown_status", "updated", "unknown_campaign"])
    assert f"the API does not let this be read ({answer[0]})" in heard
    assert "only IDs" not in heard


def test_each_kind_falls_back_by_itself(sheet, heard):
    found = sheet.outcome(BOTH | {"/contacts/statuses": FORBIDDEN}, ("vip", ""), ("", "Renewals"))
    assert found.codes == ["unknown_status", "updated"]
    assert "Only system statuses are known, and none of the team's own" in heard


def test_a_list_that_fails_while_the_api_answers_is_fallen_back_from(sheet, heard, quick):
    paths = BOTH | {"/contacts/statuses": (500, {"message": "oops"}), "/contacts": {"contacts": [], "pagination": {}}}
    assert sheet.outcome(paths, ("vip", ""), ("paused", "Renewals")).codes == ["unknown_status", "updated"]
    assert "the API failed (500)" in heard


def test_an_api_that_is_away_is_waited_for_and_then_stops_the_run(sheet, heard, quick):
    paths = dict.fromkeys((*BOTH, "/contacts"), AWAY)
    found = sheet.outcome(paths, NAMED, ("paused", ""), max_outage="0.1s")
    assert (found.exit, found.sent, found.codes) == (3, [], ["stopped", "stopped"])
    assert sheet.codes("sync_retryable") == ["yes", "yes"]
    assert "The API is away" in heard


def test_names_are_learned_when_the_api_comes_back(sheet, quick):
    asked = []

    def statuses(_query):
        asked.append(1)
        return [VIP] if len(asked) > 12 else AWAY

    found = sheet.outcome({"/contacts/statuses": statuses, "/contacts": AWAY, "/campaigns": LISTED}, ("vip", ""))
    assert (found.exit, found.codes) == (0, ["updated"])


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_refused_key_stops_before_anything_is_sent_and_the_results_say_so(dry_run, sheet):
    found = sheet.outcome(dict.fromkeys(BOTH, REFUSED), NAMED, ("paused", ""), dry_run=dry_run)
    assert (found.exit, found.sent, found.codes) == (4, [], ["key_refused", "key_refused"])
    assert sheet.codes("sync_retryable") == ["yes", "yes"]


def test_a_preview_without_a_key_goes_by_the_file(sheet, heard):
    found = sheet.outcome(BOTH, NAMED, ("paused", ""), key=None, dry_run=True)
    assert (found.exit, found.asked, found.codes) == (1, [], ["unknown_status", "updated"])
    assert "there is no API key" in sheet.codes("sync_error")[0]
    assert "there is no API key" in heard


def test_a_preview_of_an_api_that_cannot_be_reached_goes_by_the_file(sheet, heard, monkeypatch):
    monkeypatch.setattr(sources, "PATIENCE", 0.05)
    sheet.write(NAMED, ("paused", ""))
    with fake_api({}) as api:
        pass
    assert sheet.run(api, dry_run=True).exit_code == 1
    assert sheet.codes() == ["unknown_status", "updated"]
    assert "could not be reached" in heard


def test_campaigns_of_one_name_are_refused_with_their_ids(sheet):
    twice = {"data": [{"id": RENEWALS, "name": "Renewals"}, {"id": TRADE_FAIR, "name": "renewals", "status": "paused"}]}
    found = sheet.outcome({"/campaigns": twice}, ("paused", "RENEWALS"), ("paused", "Renewals"))
    assert found.codes == ["ambiguous_campaign", "updated"]
    assert [each in sheet.codes("sync_error")[0] for each in (RENEWALS, TRADE_FAIR)] == [True, True]


def test_a_status_of_unknown_effect_is_told(sheet, heard):
    paths = BOTH | {"/contacts/statuses": [{"name": "vip"}]}
    found = sheet.outcome(paths, ("vip", ""), ("active", ""), ("DNC", ""), concurrency=1)
    assert [body["status"] for body in found.sent] == ["DNC", "vip", "active"]
    assert "does not say whether the status vip stops outreach" in heard


def test_a_run_goes_on_by_the_names_that_it_was_planned_with(sheet, heard):
    sheet.write(NAMED, NAMED, NAMED)
    with fake_api(dict(BOTH)) as api:
        begun = sheet.run(api, max_writes=1)
        assert begun.exit_code == 5
        api.paths |= {"/campaigns": {"data": [{"id": TRADE_FAIR, "name": "Renewals"}]}, "/contacts/statuses": []}
        asked = len(api.asked)
        by_command = sheet.run(api, max_writes=1)
        resumed = job.resume(begun.run, {"key": KEY}, heard)
        assert (by_command.run, resumed.run, len(api.asked)) == (begun.run, begun.run, asked)
    assert [body["campaignId"] for body in api.sent] == [RENEWALS] * 3
    assert sheet.codes() == ["updated"] * 3
    with Ledger.open(sheet.folder / "state", begun.run) as ledger:
        noted = ledger.facts()["names"]
    assert from_json(noted).campaigns.entries[0].name == "Renewals"
    assert KEY not in json.dumps(noted)


def test_a_run_of_another_key_does_not_take_over_the_names(sheet):
    sheet.write(NAMED, NAMED)
    with fake_api(dict(BOTH)) as api:
        sheet.run(api, max_writes=1)
        asked = len(api.asked)
        sheet.run(api, key=KEY[:-1], max_writes=1)
    assert len(api.asked) == 2 * asked


def test_a_run_that_ended_before_its_names_were_read_reads_them_when_it_goes_on(sheet, heard):
    sheet.write(NAMED)
    with fake_api(dict.fromkeys(BOTH, REFUSED)) as api:
        begun = sheet.run(api)
        api.paths.update(BOTH)
        resumed = job.resume(begun.run, {"key": KEY}, heard)
    assert (begun.exit_code, resumed.exit_code, sheet.codes()) == (4, 0, ["updated"])


def test_a_preview_of_an_unfinished_run_goes_by_its_names(sheet):
    sheet.write(NAMED, NAMED)
    with fake_api(dict(BOTH)) as api:
        sheet.run(api, max_writes=1)
        api.paths.update({"/contacts/statuses": [], "/campaigns": {"data": []}})
        sheet.run(api, dry_run=True)
    assert sheet.codes("sync_result") == ["success", "would_send"]


def test_offline_is_for_previews_only():
    with pytest.raises(BadInput, match="--dry-run") as refused:
        Settings("contacts.csv", offline=True)
    assert refused.value.exit_code == 2


def test_offline_goes_by_what_was_read_within_a_day(sheet, heard, monkeypatch):
    sheet.write(NAMED)
    with fake_api(BOTH) as api:
        sheet.run(api, dry_run=True)
        asked = len(api.asked)
        sheet.run(api, dry_run=True, offline=True)
        assert (sheet.codes(), len(api.asked)) == (["updated"], asked)
        assert "as they were read" in heard
        now = time.time()
        monkeypatch.setattr(sources.time, "time", lambda: now + 86_401)
        sheet.run(api, dry_run=True, offline=True)
        assert (sheet.codes(), len(api.asked)) == (["unknown_status"], asked)
        assert "none were read in the last 24 hours" in heard
    [kept] = (sheet.folder / "state" / "names").iterdir()
    assert KEY not in kept.read_text()
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_offline_without_a_key_nobody_knows_whose_names(sheet):
    found = sheet.outcome(BOTH, NAMED, key=None, dry_run=True, offline=True)
    assert (found.codes, found.asked) == (["unknown_status"], [])


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"statuses": 5}', '{"statuses": {"read": "x", "entries": 1}}'])
def test_a_kept_file_that_is_damaged_is_none(text, tmp_path, monkeypatch):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path))
    kept = ListingCache("http://a", KEY)
    kept.keep(from_json({"statuses": {"entries": [["vip", [], None]], "why_not": ""}}), 0.0)
    [file] = (tmp_path / "names").iterdir()
    file.write_text(text)
    assert kept.listings({"statuses"}, 0.0)[0] == Listings()


def test_what_is_kept_of_one_kind_stays_when_the_other_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path))
    kept = ListingCache("http://a/", KEY)
    both = from_json({"statuses": {"entries": [["vip", [], None]], "why_not": ""}, "campaigns": None})
    kept.keep(both, 1000.0)
    kept.keep(from_json({"campaigns": {"entries": [[RENEWALS, "Renewals", False]], "why_not": ""}}), 2000.0)
    found, age = ListingCache("http://a", KEY).listings({"statuses", "campaigns"}, 3000.0)
    assert (found.statuses, found.campaigns.entries[0].name, age) == (both.statuses, "Renewals", 2000.0)
    assert ListingCache("http://a", "another").listings({"statuses"}, 3000.0)[0] == Listings()
