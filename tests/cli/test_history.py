"""`bulk-sync history`: what is told of past runs, to people and to machines?"""

import json
import time

import pytest

from bulk_sync.cli.root import run_root
from bulk_sync.errors import Code
from bulk_sync.ledger import Claim, Ledger, Runs
from bulk_sync.model import Change, Outcome, Update

DAY = 86_400


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path / "state"


@pytest.fixture
def history(state, monkeypatch, capsys):
    def history(*arguments):
        monkeypatch.setattr("sys.argv", ["bulk-sync", "history", *arguments])
        try:
            run_root()
        except SystemExit as end:
            return (end.code, *capsys.readouterr())
        return (0, *capsys.readouterr())

    return history


def made(state, run, *, settled=1, ended=None, days=0, **facts):
    """A run of so many days ago, with so many outcomes."""
    known = {"input": "contacts.csv", "subject": f"/data/{run}.csv", "sandbox": False, "options": {"region": "GB"}}
    with Ledger.create(state, run, known | facts) as ledger:
        ledger.note({"started": time.time() - days * DAY})
        for row in range(settled):
            update = Update(row, Change(status="paused"), phone=f"+1415555{row:04d}", contact_id=None)
            ledger.record_all([(update, Outcome(Code.UPDATED, "", 200, 1, 0.0, None, update.phone))])
        (ledger.path.with_name("input.csv")).write_text("phone,status\n")
        if ended is not None:
            ledger.note({"ended": time.time(), "calls": 3, **ended})


FINISHED = {"done": True, "exit_code": 0, "codes": {"updated": 3}, "results": "/data/contacts.results.csv"}
UNFINISHED = {"done": False, "exit_code": 5, "codes": {"updated": 1, "deadline": 2}}


def test_without_a_run_it_says_so(history):
    code, out, _ = history()
    assert code == 0
    assert "There are no runs" in out
    assert json.loads(history("--json")[1]) == []


def test_on_a_narrow_screen_no_name_is_cut_off(history, state, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    made(state, "20260101-000000-aaaa", ended=FINISHED)
    assert "20260101-000000-aaaa" in history()[1]
    assert "contacts.csv" in history()[1]


def test_the_newest_run_comes_first_with_its_state_and_progress(history, state):
    made(state, "20260101-080000-aaaa", settled=3, days=2, ended=FINISHED)
    made(state, "20260102-080000-bbbb", settled=1, days=1, ended=UNFINISHED)
    lines = history()[1].splitlines()
    assert lines[1].split()[::2] == ["20260102-080000-bbbb", lines[1].split()[2], "unfinished", "1", "3"]
    assert lines[2].split()[-5:] == ["finished", "0", "3", "of", "3"]
    assert lines[3] == "To continue an unfinished run: bulk-sync resume RUN"


def test_nothing_is_offered_to_go_on_with_where_all_is_finished(history, state):
    made(state, "a", ended=FINISHED)
    assert "resume" not in history()[1]


def test_a_run_that_somebody_holds_is_running(history, state):
    made(state, "a", subject="/data/a.csv")
    assert json.loads(history("--json")[1])[0]["state"] == "unfinished"
    with Claim(state, "/data/a.csv"):
        assert json.loads(history("--json")[1])[0]["state"] == "running"


def test_one_run_is_shown_in_detail_with_what_to_do_next(history, state):
    made(state, "20260102-080000-bbbb", ended=UNFINISHED, base_url="https://api.example.com")
    code, out, _ = history("20260102-080000-bbbb")
    assert code == 0
    for words in ("contacts.csv", "https://api.example.com", "1 of 3", "deadline", "region=GB"):
        assert words in out
    assert out.splitlines()[-1] == "To continue: bulk-sync resume 20260102-080000-bbbb"


def test_one_run_for_machines(history, state):
    made(state, "one", settled=3, ended=FINISHED)
    found = json.loads(history("one", "--json")[1])
    assert found["state"] == "finished"
    assert (found["calls"], found["calls_settled"], found["exit_code"]) == (3, 3, 0)
    assert found["to_go_on"] is None
    assert found["ended"].endswith("Z")


@pytest.mark.parametrize("part", ["20260102", "bbbb"])
def test_as_much_of_a_name_as_no_other_has_is_enough(history, state, part):
    made(state, "20260101-080000-aaaa")
    made(state, "20260102-080000-bbbb")
    assert json.loads(history(part, "--json")[1])["run"] == "20260102-080000-bbbb"


@pytest.mark.parametrize(("part", "words"), [("2026", "Several runs"), ("zzzz", "no run zzzz")])
def test_a_name_that_names_none_or_several_is_refused(history, state, part, words):
    made(state, "20260101-080000-aaaa")
    made(state, "20260102-080000-bbbb")
    code, _, err = history(part)
    assert code == 2
    assert words in err


def test_a_run_that_cannot_be_read_is_shown_as_such_and_hides_no_other(history, state):
    made(state, "good", ended=FINISHED)
    made(state, "bad")
    (state / "runs" / "bad" / "ledger.db").write_bytes(b"not a database at all" * 300)
    states = {run["run"]: run["state"] for run in json.loads(history("--json")[1])}
    assert states == {"good": "finished", "bad": "unreadable"}
    code, out, _ = history("bad")
    assert code == 0
    assert "trouble" in out


def test_old_runs_are_forgotten_with_all_that_was_kept_of_them(history, state):
    made(state, "old", days=100)
    made(state, "new", days=1)
    code, _, err = history("--prune", "2160h")
    assert (code, err) == (0, "Deleted the records of 1 run.\n")
    assert [run.name for run in Runs(state).all()] == ["new"]
    assert not (state / "runs" / "old").exists()


@pytest.mark.parametrize("arguments", [("--prune", "soon"), ("one", "--prune", "24h")])
def test_what_cannot_be_meant_is_refused_and_nothing_is_forgotten(history, state, arguments):
    made(state, "one", days=1_000)
    assert history(*arguments)[0] == 2
    assert Runs(state).has("one")
