"""Which runs are there, and how did they end?"""

import pytest

from bulk_sync.errors import BadConfiguration, BadInput, Code
from bulk_sync.ledger import Claim, Ledger, Runs
from bulk_sync.model import Change, Outcome, Update

DONE = Outcome(Code.UPDATED, "", 200, 1, 1.0)


def make(folder, name, *, started, settled=0, ended=None, **facts):
    with Ledger.create(folder, name, {"input": "a.csv", "subject": f"/data/{name}.csv", **facts}) as ledger:
        ledger.note({"started": started})
        (folder / "a.csv").write_text("phone")
        ledger.keep(folder / "a.csv")
        for row in range(settled):
            ledger.record(Update(row, Change("paused"), phone=f"+1415555{row:04d}"), DONE)
        if ended is not None:
            ledger.finish({"exit_code": ended, "calls": 3}, is_done=ended < 2)
    return name


@pytest.fixture
def runs(tmp_path):
    make(tmp_path, "20260101-aaaa", started=100.0, settled=3, ended=0)
    make(tmp_path, "20260301-cccc", started=300.0, settled=1, ended=130)
    make(tmp_path, "20260201-bbbb", started=200.0, settled=2)
    return Runs(tmp_path)


def test_runs_are_listed_the_newest_first(runs):
    assert [(run.name, run.settled, run.state) for run in runs.all()] == [
        ("20260301-cccc", 1, "unfinished"),
        ("20260201-bbbb", 2, "unfinished"),
        ("20260101-aaaa", 3, "finished"),
    ]


def test_the_newest_unfinished_run_is_the_one_to_go_on_with(runs, tmp_path):
    assert runs.newest_unfinished().name == "20260301-cccc"
    make(tmp_path, "20260401-dddd", started=400.0, sandbox=True)
    make(tmp_path, "20260501-eeee", started=500.0, ended=1)
    assert runs.newest_unfinished().name == "20260301-cccc"


def test_a_run_without_the_copy_of_its_input_cannot_go_on(runs, tmp_path):
    (tmp_path / "runs" / "20260301-cccc" / "input.csv").unlink()
    assert runs.newest_unfinished().name == "20260201-bbbb"


def test_a_run_that_was_taken_up_again_is_running_and_not_pruned(runs, tmp_path):
    with Ledger.open(tmp_path, "20260301-cccc") as ledger:
        ledger.note({"ended": None})
    with Claim(tmp_path, "/data/20260301-cccc.csv"):
        assert runs.find("cccc").state == "running"
        assert "20260301-cccc" not in runs.prune(before=1e9)


def test_a_ledger_that_is_there_and_cannot_be_read_is_not_taken_for_a_missing_one(runs, tmp_path):
    (tmp_path / "runs" / "20260301-cccc" / "ledger.db").write_bytes(b"x" * 5000)
    with pytest.raises(BadConfiguration):
        runs.open("20260301-cccc")
    with pytest.raises(BadInput, match="20260301-cccc cannot be read"):
        runs.prune(before=201.0)
        (tmp_path / "runs" / "20260201-bbbb" / "input.csv").unlink(missing_ok=True)
        runs.newest_unfinished()


@pytest.mark.parametrize(
    ("asked", "found"), [("20260201-bbbb", "20260201-bbbb"), ("202603", "20260301-cccc"), ("aaaa", "20260101-aaaa")]
)
def test_a_run_is_found_by_its_name_or_a_part_of_it_that_is_its_own(runs, asked, found):
    assert runs.find(asked).name == found


def test_old_runs_are_forgotten_and_what_runs_now_is_not(runs, tmp_path):
    with Claim(tmp_path, "/data/20260201-bbbb.csv"):
        assert runs.prune(before=250.0) == ["20260101-aaaa"]
    assert [run.name for run in runs.all()] == ["20260301-cccc", "20260201-bbbb"]
    assert runs.prune(before=301.0) == ["20260301-cccc", "20260201-bbbb"]
    assert runs.all() == []
    assert list((tmp_path / "runs").iterdir()) == []


def test_for_machines_a_run_is_a_flat_object(runs):
    found = runs.find("cccc").as_json()
    assert found["run"] == "20260301-cccc"
    assert (found["state"], found["exit_code"], found["calls"], found["calls_settled"]) == ("unfinished", 130, 3, 1)
    assert found["began"] == "1970-01-01T00:05:00.000Z"
    assert found["to_go_on"] == "To continue: bulk-sync resume 20260301-cccc"
    assert runs.find("aaaa").as_json()["to_go_on"] is None
