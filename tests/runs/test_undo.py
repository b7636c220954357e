"""bulk_sync/runs/undo.py: whole undos in this process, against a sandbox over a socket."""

import csv

import pytest

from bulk_sync import job, sandbox
from bulk_sync.errors import BadInput, Code
from bulk_sync.ledger import Ledger, Runs
from bulk_sync.model import Change, Outcome, Update
from bulk_sync.report.log import Log
from bulk_sync.runs.manifest import fingerprint
from bulk_sync.sandbox import Rate, SandboxOptions
from bulk_sync.sandbox.rules import Contact, Wanted, id_for
from bulk_sync.settings import Settings
from tests.api.raw_server import response, serving

pytestmark = pytest.mark.trial

ANNA, BORIS, CLARA = "+14155550100", "+14155550101", "+14155550102"
SPRING, RENEWALS = "d290f1ee-6c54-4b01-90e6-d701748f0851", "550e8400-e29b-41d4-a716-446655440000"
KEY = "gua_a1b2c3d4_a-secret-that-nobody-may-see"
RUN = "20261101-080000-abcd"
FAST = SandboxOptions(key=KEY, writes=Rate(1000, 1.0), reads=Rate(1000, 1.0))
JSON = "Content-Type: application/json"
NOW = 1_800_000_000.0


class Told(Log):
    """A observer that remembers what it was told."""

    def __init__(self):
        super().__init__()
        self.sentences = []

    def message(self, sentence):
        self.sentences.append(sentence)


@pytest.fixture
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("BULK_SYNC_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


@pytest.fixture(scope="module")
def served():
    with sandbox.running(contacts=[], options=FAST) as running:
        yield running


@pytest.fixture
def crm(state, served):
    """`crm((phone, status, campaign), …)`: the sandbox, once these contacts stand so."""

    def stand(*contacts):
        for phone, status, campaign in contacts:
            served.store.update(Wanted(status=status, campaign=campaign), NOW, phone=phone)
        return served

    for phone in (ANNA, BORIS, CLARA):
        if served.store.by_phone(phone) is None:
            fresh = Contact(id_for(phone), phone, None, "active", SPRING, None, {}, NOW, NOW)
            served.store.create(fresh, NOW)
    return stand


def ran(state, url, *calls, run=RUN, key=KEY, **facts):
    """The record of a run that made these calls: (update, previous status, previous campaign), by row."""
    known = {
        "input": "a.csv",
        "subject": "/data/a.csv",
        "sha256": "",
        "options": {"input": "a.csv"},
        "base_url": url,
        "key": fingerprint(key),
        "sandbox": False,
    }
    with Ledger.create(state, run, known | facts) as ledger:
        for update, status, campaign in calls:
            phone = update.phone or None
            outcome = Outcome(Code.UPDATED, "", 200, 1, 1.0, phone and id_for(phone), phone, status, campaign)
            ledger.record_all([(update, outcome)])
        ledger.finish({"exit_code": 0}, is_done=True)


def set_status(row, phone, status, before="active"):
    return Update(row, Change(status), phone=phone), before, SPRING


def undone(*, yes=True, run=RUN, observer=None, **given):
    return job.undo(run, given, observer or Told(), yes=yes)


def rows_of(summary):
    with summary.results.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def codes_of(summary):
    return [row["sync_code"] for row in rows_of(summary)]


def test_a_status_and_a_campaign_are_put_back(crm, state):
    api = crm((ANNA, "paused", RENEWALS), (BORIS, "fulfilled", SPRING))
    moved = (Update(3, Change("paused", RENEWALS), phone=ANNA), "active", SPRING)
    ran(state, api.url, moved, set_status(5, BORIS, "fulfilled"), first_row=4)
    summary = undone()
    assert (summary.exit_code, codes_of(summary)) == (0, ["updated", "updated"])
    assert [row["run_row"] for row in rows_of(summary)] == ["7", "9"]
    assert (api.store.by_phone(ANNA).status, api.store.by_phone(ANNA).campaign) == ("active", SPRING)
    assert api.store.by_phone(BORIS).status == "active"
    assert summary.results.name == f"undo-{RUN}.csv"


def test_without_a_yes_nothing_is_written(crm, state):
    api = crm((ANNA, "paused", SPRING), (BORIS, "fulfilled", SPRING))
    ran(state, api.url, set_status(0, ANNA, "paused"), set_status(1, BORIS, "paused"))
    before = api.store.contacts()
    summary = undone(yes=False)
    assert api.store.contacts() == before
    assert [row["sync_result"] for row in rows_of(summary)] == ["would_send", "skipped"]
    assert codes_of(summary) == ["updated", "changed_since"]
    assert (summary.calls, summary.exit_code) == (1, 0)
    assert summary.to_go_on == f"To put this back: bulk-sync undo {RUN} --yes"
    assert [run.name for run in Runs(state).all()] == [RUN]


def test_a_run_that_read_nothing_is_told_in_a_sentence_without_a_key_or_a_request(state, monkeypatch):
    monkeypatch.delenv("BULK_SYNC_API_KEY")
    ran(state, "http://127.0.0.1:9", set_status(0, ANNA, "paused", before=None))
    observer = Told()
    summary = undone(observer=observer)
    assert f"Run {RUN} did not read the previous values, so nothing can be put back." in observer.sentences
    assert (codes_of(summary), summary.exit_code) == (["unknown_previous"], 0)
    assert [run.name for run in Runs(state).all()] == [RUN]


def test_nobody_leaves_dnc_unless_that_is_allowed(crm, state):
    api = crm((ANNA, "DNC", SPRING))
    ran(state, api.url, set_status(0, ANNA, "DNC"))
    summary = undone()
    assert (codes_of(summary), summary.exit_code, api.store.by_phone(ANNA).status) == (["leaves_dnc"], 1, "DNC")
    assert undone(yes=False, allow_leaving_dnc=True).to_go_on.endswith("--yes --allow-leaving-dnc")
    assert codes_of(undone(allow_leaving_dnc=True)) == ["updated"]
    assert api.store.by_phone(ANNA).status == "active"


def test_a_contact_that_was_changed_by_its_id_is_found_by_the_number_of_its_reply(crm, state):
    api = crm((ANNA, "paused", SPRING))
    ran(state, api.url)
    with Ledger.open(state, RUN) as ledger:
        outcome = Outcome(Code.UPDATED, "", 200, 1, 1.0, id_for(ANNA), ANNA, "active", SPRING)
        ledger.record_all([(Update(0, Change("paused", name="Anna"), contact_id=id_for(ANNA)), outcome)])
    [row] = rows_of(undone())
    assert (row["sync_code"], api.store.by_phone(ANNA).status) == ("updated", "active")
    assert "the name" in row["not_put_back"]


def test_an_api_that_lets_nobody_read_gets_no_writes(state):
    with serving(response(403, b'{"message":"Not for this key"}', JSON), keep_open=True) as server:
        ran(state, server.url, set_status(0, ANNA, "paused"), set_status(1, BORIS, "paused"))
        summary = undone()
        assert {server.line(at).split(" ")[0] for at in range(len(server.requests))} == {"GET"}
    assert (codes_of(summary), summary.exit_code) == (["cannot_merge"] * 2, 1)


@pytest.mark.parametrize("by_name", [True, False])
def test_an_undo_that_was_stopped_goes_on(crm, state, by_name):
    api = crm((ANNA, "paused", SPRING), (BORIS, "paused", SPRING), (CLARA, "fulfilled", SPRING))
    ran(state, api.url, *[set_status(row, phone, "paused") for row, phone in enumerate((ANNA, BORIS, CLARA))])
    stopped = undone(max_writes=1, concurrency=1)
    # of contacts looked up together, whichever is answered first goes first
    assert (stopped.exit_code, sorted(codes_of(stopped)[:2])) == (5, ["deadline", "updated"])
    assert stopped.to_go_on == f"To continue: bulk-sync resume {stopped.run}"
    done = job.resume(stopped.run, {"max_writes": None}, Told()) if by_name else undone()
    assert done.run == stopped.run
    assert codes_of(done) == ["updated", "updated", "changed_since"]
    assert [api.store.by_phone(phone).status for phone in (ANNA, BORIS, CLARA)] == ["active", "active", "fulfilled"]


def test_a_run_that_changed_nothing_has_nothing_to_undo(state):
    ran(state, "http://127.0.0.1:9")
    with pytest.raises(BadInput, match="nothing to put back"):
        undone()
    with Ledger.open(state, RUN) as ledger:
        ledger.record_all([(Update(0, Change("paused"), phone=ANNA), Outcome(Code.UPDATED, run="20260101-aaaa"))])
    with pytest.raises(BadInput, match="what 20260101-aaaa sent: undo that run"):
        undone()


def test_an_undos_results_are_not_sent_as_rows(crm, state):
    api = crm((ANNA, "paused", SPRING))
    ran(state, api.url, set_status(0, ANNA, "paused"))
    results = undone(yes=False).results
    for retry in (False, True):
        with pytest.raises(BadInput, match="bulk-sync undo RUN --yes"):
            job.run(Settings(str(results), base_url=api.url, key=KEY, retry=retry), Told())
    assert api.store.by_phone(ANNA).status == "paused"
