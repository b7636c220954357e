"""bulk_sync/job.py and the public functions: a whole run in this process, against a sandbox over a socket."""

import csv
from dataclasses import replace

import pytest

import bulk_sync
from bulk_sync import job, sandbox
from bulk_sync.errors import BadConfiguration
from bulk_sync.ledger import Ledger
from bulk_sync.report.log import Log
from bulk_sync.sandbox import Rate, SandboxContact, SandboxOptions
from bulk_sync.settings import Settings

PHONES = [f"+1415555{number:04d}" for number in range(100, 106)]


@pytest.fixture
def api(monkeypatch, tmp_path):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    options = SandboxOptions(writes=Rate(1000, 1.0))
    with sandbox.running(contacts=[SandboxContact(phone=phone) for phone in PHONES], options=options) as running:
        yield running


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_text("phone,status\n" + "".join(f"{phone},paused\n" for phone in PHONES))
    return path


def rows_of(path):
    with path.open(newline="") as text:
        return list(csv.DictReader(text))


class Meddler(Log):
    """An observer that does something when the first outcome is known."""

    def __init__(self, act):
        super().__init__()
        self._act = act

    def outcome(self, *_):
        act, self._act = self._act, lambda: None
        act()


def test_the_public_names_are_there():
    for name in bulk_sync.__all__:
        assert getattr(bulk_sync, name)
    with pytest.raises(AttributeError):
        bulk_sync.nonsense  # noqa: B018


def test_a_sheet_that_is_edited_while_the_run_lasts_does_not_lose_the_results(api, file):
    before = file.read_text()
    settings = Settings(str(file), base_url=api.url, key=api.key)
    summary = job.run(settings, Meddler(lambda: file.write_text("phone,status\nsomebody else's,active\n")))
    rows = rows_of(summary.results)
    assert [row["phone"] for row in rows] == PHONES
    assert {row["sync_code"] for row in rows} == {"updated"}
    assert file.read_text() != before


def test_a_sheet_that_is_taken_away_while_the_run_lasts_does_not_lose_the_results(api, file):
    summary = job.run(Settings(str(file), base_url=api.url, key=api.key), Meddler(file.unlink))
    assert [row["sync_code"] for row in rows_of(summary.results)] == ["updated"] * 6


def test_nothing_of_the_input_stays_behind(api, file, tmp_path):
    bulk_sync.sync(file, base_url=api.url, key=api.key)
    kept = sorted(path.suffix for path in (tmp_path / "state" / "runs").rglob("*") if path.is_file())
    assert kept == [".db", ".json", ".json"]  # the ledger, its summary, and the rows with errors for its report


def test_results_are_written_even_if_the_program_fails(api, file):
    def fail():
        raise ZeroDivisionError

    summary = job.run(Settings(str(file), base_url=api.url, key=api.key, concurrency=1), Meddler(fail))
    assert summary.exit_code == 7
    assert "ZeroDivisionError" in summary.stopped
    assert [row["sync_code"] for row in rows_of(summary.results)] == ["updated"] + ["stopped"] * 5


def test_a_run_of_a_version_with_fewer_options_is_taken_up(api, file, tmp_path):
    settings = Settings(str(file), base_url=api.url, key=api.key, max_writes=2)
    run = job.run(settings, Log()).run
    with Ledger.open(tmp_path / "state", run) as ledger:
        options = ledger.facts()["options"]
        ledger.note({"options": {name: options[name] for name in options if name not in {"undo", "allow_leaving_dnc"}}})
    assert job.run(replace(settings, max_writes=None), Log()).run == run


def test_without_a_key_nothing_begins(file, monkeypatch):
    for name in ("BULK_SYNC_API_KEY", "GUAYABA_API_KEY", "BULK_SYNC_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    with pytest.raises(BadConfiguration, match="no API key"):
        bulk_sync.sync(file)
    assert not file.with_name("contacts.results.csv").exists()
