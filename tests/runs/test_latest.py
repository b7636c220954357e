"""bulk_sync/runs/latest.py: what an inbox has to know of the run of a file before it touches the file."""

import filelock
import pytest

from bulk_sync import sandbox
from bulk_sync.errors import AlreadyRunning, BadConfiguration
from bulk_sync.ledger import Runs
from bulk_sync.runs.latest import hold, latest, note_place
from bulk_sync.sandbox import SandboxContact, SandboxOptions
from tests.skipped_waits import skip_waits

PHONES = [f"+1415555{number:04d}" for number in range(100, 104)]


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def sync(tmp_path):
    from bulk_sync import sync

    options = SandboxOptions(limiter="none")
    with sandbox.running(contacts=[SandboxContact(phone=phone) for phone in PHONES], options=options) as api:
        path = tmp_path / "rows.csv"

        def go(phones=PHONES, **more):
            path.write_text("phone,status\n" + "".join(f"{phone},paused\n" for phone in phones))
            return path, sync(path, **{"base_url": api.url, "key": api.key, **more})

        yield go


@pytest.mark.parametrize(("phones", "code"), [(PHONES, 0), ([*PHONES, "12"], 1)])
def test_a_run_that_is_over_is_known_by_its_file(sync, phones, code):
    path, summary = sync(phones)
    found = latest(path)
    assert (found.run, found.exit_code, found.results) == (summary.run, code, summary.results)


def test_a_run_that_can_go_on_is_not_over_and_neither_is_one_of_other_contents(sync, tmp_path):
    assert latest(tmp_path / "rows.csv") is None
    path, _ = sync(max_writes=2)
    assert latest(path) is None
    path, _ = sync()
    path.write_text("phone,status\n")
    assert latest(path) is None
    path.unlink()
    assert latest(path) is None


def test_a_run_all_of_whose_rows_met_an_api_that_was_away_is_not_over(sync, monkeypatch):
    skip_waits(monkeypatch)
    path, summary = sync(base_url="http://127.0.0.1:9", max_outage="1s")
    assert summary.exit_code == 3
    assert latest(path) is None


def test_a_run_that_another_has_overtaken_is_over(sync, state):
    path, summary = sync(max_writes=2)
    Runs(state).overtake(summary.run, "another")
    assert latest(path).exit_code == 0


def test_a_run_that_was_undone_before_its_end_is_not_over(sync, state):
    path, summary = sync(max_writes=2)
    Runs(state).undoing(summary.run, "its undoing")
    assert latest(path) is None


def test_where_results_were_moved_to_is_noted(sync, state, tmp_path):
    _, summary = sync(max_writes=2)
    note_place(summary.run, tmp_path / "elsewhere.csv")
    facts = Runs(state).get(summary.run).facts
    assert facts["results"] == facts["options"]["output"] == str(tmp_path / "elsewhere.csv")
    note_place("no-such-run", tmp_path / "elsewhere.csv")


def test_lists_whose_results_have_one_name_are_held_together(tmp_path):
    with hold(tmp_path / "a.xls"):
        with pytest.raises(AlreadyRunning), hold(tmp_path / "a.xlsx"):
            raise AssertionError
        with hold(tmp_path / "b.xlsx"):
            pass
    with hold(tmp_path / "a.xlsx"):
        pass


def test_without_locks_nothing_is_held(tmp_path, monkeypatch):
    def none(*_, **__):
        raise NotImplementedError

    monkeypatch.setattr(filelock.FileLock, "acquire", none)
    with pytest.raises(BadConfiguration, match="BULK_SYNC_STATE_DIR"), hold(tmp_path / "a.csv"):
        raise AssertionError
