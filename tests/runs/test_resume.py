"""Does a run begin anew, or does it go on where another ended?"""

import json
import os
from collections import Counter

import pytest

from bulk_sync.errors import AlreadyRunning
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.runs import resume
from bulk_sync.runs.manifest import PLANNED_BY, settings_of
from bulk_sync.settings import Settings
from tests.desk import PHONES

pytestmark = pytest.mark.trial

A, B, C = PHONES[:3]
OTHERS = {
    "region": ["--region", "GB"],
    "phone_check": ["--phone-check", "possible"],
    "columns": ["--map", "status=state"],
    "encoding": ["--encoding", "latin-1"],
    "delimiter": ["--delimiter", ","],
    "on_conflict": ["--on-conflict", "last"],
    "variables": ["--variables", "replace"],
}


@pytest.fixture
def at(at):
    at.sheet([(phone, "paused", "paused") for phone in (A, B, C)], head=("phone", "status", "state"))
    at("rows.csv", "--max-writes", 1, "--concurrency", 1)
    return at


@pytest.mark.parametrize("name", OTHERS)
def test_an_option_that_decides_what_is_sent_makes_another_run(at, name):
    assert name in PLANNED_BY
    assert "so a run now is a new one" in at("rows.csv", "--dry-run", *OTHERS[name]).screen
    first = Counter(at.sent)  # of contacts looked up together, whichever is answered first
    done = at("rows.csv", "--quiet", *OTHERS[name])
    assert "this is a new run; what that one left is not sent" in done.screen
    assert at.sent == first + Counter((A, B, C))


@pytest.mark.parametrize("given", [["--rate", "5/s"], ["--order", "file"], ["--max-errors", "3"], ["-o", "other.csv"]])
def test_an_option_that_decides_only_how_it_is_sent_does_not(at, given):
    done = at("rows.csv", *given)
    assert "Continuing run" in done.screen
    assert at.sent == {A: 1, B: 1, C: 1}


def test_settings_survive_being_noted_and_read_again(tmp_path):
    settings = Settings(
        "rows.csv",
        output=tmp_path / "out.csv",
        columns={"phone": "Tel", "var.x": "X"},
        rate=Rate(30, 60.0),
        max_writes=7,
        until="23:00",
        json_results=tmp_path / "summary.json",
    )
    noted = {name: getattr(settings, name) for name in Settings.__dataclass_fields__ if name != "key"}
    noted |= {"output": str(settings.output), "json_results": str(settings.json_results), "rate": str(settings.rate)}
    assert settings_of(json.loads(json.dumps(noted | {"of_a_later_version": 1}))) == settings


def test_who_claims_a_file_keeps_others_from_it(at):
    settings = Settings("rows.csv")
    with (
        resume.claimed(settings, at.work / "rows.csv"),
        pytest.raises(AlreadyRunning),
        resume.claimed(settings, at.work / ".." / "work" / "rows.csv"),
    ):
        pass


def test_who_keeps_a_run_from_going_on_is_named_and_not_the_process_that_ended(at):
    """Whoever was told to stop that one could end any program that has its number by now."""
    [note] = (at.state / "claims").glob("*.json")
    said = json.loads(note.read_text())
    note.write_text(json.dumps(said | {"process": 1}))
    with (
        resume.held([said["run"]], besides=""),
        pytest.raises(AlreadyRunning, match=rf"run {said['run']}, process {os.getpid()}\)"),
        resume.claimed(Settings("rows.csv"), at.work / "rows.csv"),
    ):
        pass
    assert "Continuing run" in at("rows.csv").screen


def test_a_damaged_record_sends_nothing_and_says_how_to_start_over(at):
    ledger = next(at.state.rglob("ledger.db"))
    ledger.write_bytes(b"no database" * 1_000)
    first = Counter(at.sent)
    for command in (["rows.csv"], ["resume", ledger.parent.name]):
        done = at(*command)
        assert (done.code, at.sent.total()) == (4, 1)
        assert "nothing was sent" in done.screen.lower()
    assert at("rows.csv", "--fresh").code == 0
    assert at.sent == first + Counter((A, B, C))
