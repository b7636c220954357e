"""Which runs are there, and how did they end?"""

from functools import partial
from pathlib import Path

import pytest

from bulk_sync.errors import BadConfiguration, BadInput, Code
from bulk_sync.ledger import Ledger, Runs, SharedLedger
from bulk_sync.ledger.store import store_at
from bulk_sync.model import Change, Outcome, Update

DONE = Outcome(Code.UPDATED, "", 200, 1, 1.0)


@pytest.fixture
def make(place, tmp_path):
    return partial(begun, place, tmp_path / "a.csv")


def begun(place, file, name, *, started, settled=0, ended=None, **facts):
    with Ledger.create(place, name, {"input": "a.csv", "subject": f"/data/{name}.csv", **facts}) as ledger:
        ledger.note({"started": started})
        file.write_text("phone")
        ledger.keep(file)
        for row in range(settled):
            ledger.record_all([(Update(row, Change("paused"), phone=f"+1415555{row:04d}"), DONE)])
        if ended is not None:
            ledger.finish({"exit_code": ended, "calls": 3}, is_done=ended < 2)
    return name


@pytest.fixture
def runs(make, place):
    make("20260101-aaaa", started=100.0, settled=3, ended=0)
    make("20260301-cccc", started=300.0, settled=1, ended=130)
    make("20260201-bbbb", started=200.0, settled=2)
    return Runs(place)


def test_the_run_of_a_fleets_job_goes_on_where_nobody_named_it_only_in_the_fleet(runs, make):
    make("20260401-dddd", started=400.0, subject="job 17")
    assert runs.newest_unfinished().name == "20260301-cccc"
    assert runs.find("dddd").is_unfinished


def test_a_run_that_was_taken_up_again_is_running_and_not_pruned(runs, place):
    with Ledger.open(place, "20260301-cccc") as ledger:
        ledger.note({"ended": None})
    with runs.claim("/data/20260301-cccc.csv"):
        assert runs.find("cccc").state == "running"
        assert "20260301-cccc" not in runs.prune(before=1e9)


def test_a_ledger_that_is_there_and_cannot_be_read_is_not_taken_for_a_missing_one(tmp_path):
    for number, name in enumerate(["20260101-aaaa", "20260301-cccc", "20260201-bbbb"]):
        begun(tmp_path, tmp_path / "a.csv", name, started=100.0 + number)
    runs = Runs(tmp_path)
    (tmp_path / "runs" / "20260301-cccc" / "ledger.db").write_bytes(b"x" * 5000)
    with pytest.raises(BadConfiguration):
        runs.open("20260301-cccc")
    with pytest.raises(BadInput, match="20260301-cccc cannot be read"):
        runs.prune(before=201.0)
        (tmp_path / "runs" / "20260201-bbbb" / "input.csv").unlink(missing_ok=True)
        runs.newest_unfinished()


def test_old_runs_are_forgotten_and_what_runs_now_is_not(runs, place):
    with runs.claim("/data/20260201-bbbb.csv"):
        assert runs.prune(before=250.0) == ["20260101-aaaa"]
    assert [run.name for run in runs.all()] == ["20260301-cccc", "20260201-bbbb"]
    assert runs.prune(before=301.0) == ["20260301-cccc", "20260201-bbbb"]
    assert runs.all() == []
    if isinstance(place, Path):
        assert list((place / "runs").iterdir()) == []


def test_copies_that_no_run_will_ever_need_are_let_go_of_and_others_of_the_input_are_overtaken(runs, make, place):
    make("20260401-dddd", started=400.0, subject="/data/20260301-cccc.csv")
    runs.clear("/data/20260301-cccc.csv", by="20260401-dddd")
    assert runs.find("cccc").state == "overtaken"
    assert {name for name, _ in store_at(place).with_input()} == {"20260201-bbbb", "20260401-dddd"}
    assert runs.newest_unfinished().name == "20260401-dddd"


@pytest.mark.parametrize("look", [Runs.all, partial(Runs.find, name="cccc")])
def test_a_copy_that_a_run_was_killed_before_letting_go_of_is_let_go_of_by_whoever_looks(runs, place, look):
    with Ledger.open(place, "20260301-cccc") as ledger:
        ledger.note({"ended": 301.0, "done": True})
    look(runs)
    assert {name for name, _ in store_at(place).with_input()} == {"20260201-bbbb"}


def test_a_run_forgets_those_of_its_own_key_alone_where_the_ledger_is_shared(make, place, tmp_path):
    make("20260101-aaaa", started=100.0, key="red")
    make("20260102-bbbb", started=100.0, key="blue")
    make("20260103-cccc", started=100.0, key="red", subject="job 17")
    make("20260104-dddd", started=100.0, key="of a sandbox", sandbox=True)
    make("20260105-eeee", started=100.0, key="red")
    with Ledger.open(place, "20260105-eeee") as by:
        Runs(place).prune(before=250.0, by=by)
    left = ["20260102-bbbb", "20260103-cccc"] if isinstance(place, SharedLedger) else []
    assert sorted(run.name for run in Runs(place).all()) == [*left, "20260105-eeee"]
