"""What the runs of a key share may be damaged, full, or left by the dead: that costs the sharing, never a run."""

import contextlib
import os
import signal
import sqlite3
import stat
import time

import pytest

from bulk_sync.sandbox import Rate
from bulk_sync.sandbox.limits import Gate
from tests.desk import PHONES, desk

pytestmark = pytest.mark.trial

ROWS = PHONES[:12]
POSIX = pytest.mark.skipif(os.name != "posix", reason="no such signals there")


@pytest.fixture
def at(at):
    at.sheet([(phone, "paused") for phone in ROWS])
    return at


def shared_files(at):
    return sorted((at.state / "budgets").glob("*.db"))


def runs_alone(at, *, told=1):
    """The command does all its work, and says once at most that its limit is not shared."""
    at.sent.clear()
    done = at("rows.csv", "--fresh")
    assert done.code == 0
    assert at.codes() == ["updated"] * len(ROWS)
    assert at.sent.total() == len(ROWS)
    assert done.screen.count("cannot share the limit") == told
    assert "Another run" not in done.screen
    return done


def test_one_file_is_left_for_its_owner_only_and_the_key_is_not_in_it(at):
    runs_alone(at, told=0)
    [path] = (at.state / "budgets").iterdir()
    assert at.api.key.encode() not in path.read_bytes()
    assert at.api.key not in path.name
    if os.name == "posix":
        assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.parametrize("garbage", [b"\x00" * 9000, b"not a database " * 999, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_garbage_in_the_file_is_said_once_with_its_path(at, garbage):
    runs_alone(at, told=0)
    [path] = shared_files(at)
    path.write_bytes(garbage)
    done = runs_alone(at)
    assert path.name in "".join(done.screen.split())
    path.unlink()
    runs_alone(at, told=0)


def test_an_empty_file_is_a_new_one(at):
    runs_alone(at, told=0)
    shared_files(at)[0].write_bytes(b"")
    runs_alone(at, told=0)


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", "7", '["a", 1.0, "arrived", null]', '["a", 5]', "[[[["])
@pytest.mark.parametrize("table", ["event", "run"])
def test_nonsense_in_a_database_that_is_whole_is_survived(at, table, body):
    runs_alone(at, told=0)
    with contextlib.closing(sqlite3.connect(shared_files(at)[0])) as db, db:
        if table == "event":
            db.execute("INSERT INTO event (at, body) VALUES (?, ?)", (time.monotonic(), body))
        else:
            db.execute("INSERT INTO run VALUES (?, ?, ?)", ("somebody", time.monotonic(), body))
    runs_alone(at)


def test_tables_of_another_program_are_survived(at):
    runs_alone(at, told=0)
    [path] = shared_files(at)
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE event (other TEXT)")
        db.execute("CREATE TABLE run (other TEXT)")
    runs_alone(at)


def test_a_file_in_place_of_the_folder_costs_the_sharing(at):
    at.state.mkdir(exist_ok=True)
    (at.state / "budgets").write_text("a file")
    runs_alone(at)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_to_costs_the_sharing(at):
    runs_alone(at, told=0)
    (at.state / "budgets").chmod(0o500)
    shared_files(at)[0].chmod(0o400)
    runs_alone(at)


@pytest.mark.parametrize("first", [0, 3, 30])
def test_a_disk_that_is_full_sooner_or_later_costs_the_sharing(at, monkeypatch, first):
    class Full(sqlite3.Connection):
        written = 0

        def execute(self, sql, *more):
            Full.written += sql.startswith(("INSERT", "REPLACE"))
            if Full.written > first:
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *more)

    connect = sqlite3.connect

    def connecting(path, *more, **how):
        return connect(path, *more, **how, **({"factory": Full} if "budgets" in str(path) else {}))

    monkeypatch.setattr(sqlite3, "connect", connecting)
    assert "disk is full" in runs_alone(at).screen


def test_what_is_of_a_time_to_come_is_of_before_a_restart_and_holds_nobody(at):
    runs_alone(at, told=0)
    with contextlib.closing(sqlite3.connect(shared_files(at)[0])) as db, db:
        body = '["gone", Infinity, "departed", [9e9, 9e9, 0.0, {}, false, "POST", true]]'
        db.execute("INSERT INTO event (at, body) VALUES (9e9, ?)", (body,))
        db.execute("INSERT INTO run VALUES ('gone', 9e9, '[\"gone\", null, 9e9, [\"POST\"], 0]')")
    runs_alone(at, told=0)


@POSIX
@pytest.mark.trial
def test_a_run_that_was_killed_leaves_no_lock_and_is_nobody_who_uses_the_key(at):
    at.shut_after(4)
    with at.started("rows.csv", "--concurrency", "6") as run:
        at.wait_until_shut(in_flight=3)  # as many as leave; else one of them may arrive when the next run has begun
        run.send_signal(signal.SIGKILL)
        run.wait()
    at.open()
    runs_alone(at, told=0)


@POSIX
@pytest.mark.trial
def test_a_run_that_is_stopped_holds_nobody_up_and_does_its_work_when_it_wakes(at):
    at.shut_after(4)
    with at.started("rows.csv", "--concurrency", "6") as run:
        at.wait_until_shut()
        run.send_signal(signal.SIGSTOP)
        at.open()
        other = at.sheet([(phone, "paused") for phone in PHONES[20:30]], name="other.csv")
        assert at(other).code == 0
        run.send_signal(signal.SIGCONT)
        assert run.wait(timeout=60) == 0
    assert at.codes() == ["updated"] * len(ROWS)


@POSIX
@pytest.mark.trial
def test_four_runs_are_never_refused_and_have_like_shares(tmp_path, monkeypatch, capsys):
    passed, refused = [], []
    admit = Gate.admit

    def watched(gate, method, key, now):
        admission = admit(gate, method, key, now)
        (passed if admission.refusal is None else refused).append(now)
        return admission

    monkeypatch.setattr(Gate, "admit", watched)
    with (
        desk(tmp_path, monkeypatch, capsys, limiter="sliding", writes=Rate(20, 4.0)) as at,
        contextlib.ExitStack() as held,
    ):
        files = [
            at.sheet([(phone, "paused") for phone in PHONES[n * 15 : n * 15 + 15]], name=f"{n}.csv") for n in range(4)
        ]
        runs = [held.enter_context(at.started(file)) for file in files]
        said = [run.communicate(timeout=120)[1].decode() for run in runs]
        assert [run.returncode for run in runs] == [0] * 4
        assert at.statuses(PHONES[:60]) == {"paused"}
    assert refused == []
    assert any("Another run uses the same key" in text for text in said)
    assert all(text.count("Another run uses the same key") <= 1 for text in said)
