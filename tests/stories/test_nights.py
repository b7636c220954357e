"""Nights as they are: watchers in processes of their own, killed at the worst moments, and a receiver of notices."""

import json
import os
import signal
import socket
import sys
import time

import pytest

from tests.attacks.test_kills import killed
from tests.desk import PHONES
from tests.raw_api import NOT_OFFERED, raw_api, reply, updated

pytestmark = pytest.mark.trial
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def at(at):
    (at.work / "in").mkdir()
    return at


def left(at):
    return sorted(path.name for path in (at.work / "in").glob("*.csv"))


def moved(at, folder="done"):
    return sorted(path.name for path in (at.work / "in" / folder).rglob("*.csv"))


def wait_until(is_so, seconds=60):
    ends = time.perf_counter() + seconds
    while not is_so():
        assert time.perf_counter() < ends, "it takes too long"
        time.sleep(0.05)


def watcher(at, state, *more):
    variables = {"BULK_SYNC_STATE_DIR": str(at.home / state)}
    return at.started("inbox", "in", "--watch", *more, variables=variables, text=True)


def drop(at, name, phones):
    """Put a list into the folder as a person does who copies it there: under its own name, whole."""
    at.sheet([(phone, "paused") for phone in phones], name)
    (at.work / name).rename(at.work / "in" / name)


@posix
@pytest.mark.parametrize(
    ("states", "files"), [(("state", "state"), 24), (("state", "other"), 8)], ids=["one computer", "two computers"]
)
def test_two_watchers_and_many_files_one_of_which_grows(at, states, files):
    """Each file is synced exactly once, whole."""
    phones = PHONES[: files + 10]
    with watcher(at, states[0]) as one, watcher(at, states[1]) as other:
        for number in range(files - 1):
            drop(at, f"list-{number:02}.csv", [phones[number]])
        growing = at.work / "in" / "growing.csv"
        with growing.open("w") as file:
            file.write("phone,status\n")
            for phone in phones[files - 1 :]:
                file.write(f"{phone},paused\n")
                file.flush()
                time.sleep(0.6)
        wait_until(lambda: not left(at) and len(moved(at)) == 2 * files, seconds=180)
        screens = []
        for each in (one, other):
            each.send_signal(signal.SIGTERM)
            screens.append(each.communicate(timeout=20)[1])
            assert each.returncode == 143
    assert at.sent == dict.fromkeys(phones, 1)
    assert at.statuses(phones) == {"paused"}
    assert len(moved(at)) == 2 * files
    assert not moved(at, "failed")
    assert list((at.work / "in" / ".bulk-sync").iterdir()) == []
    assert all("Moved to" in screen for screen in screens), "one of them did it all"
    assert "Traceback" not in "".join(screens)


@posix
def test_a_watch_that_is_asked_to_end_stops_as_a_run_does_and_the_next_one_goes_on(at):
    drop(at, "rows.csv", PHONES[:12])
    at.shut_after(4)
    with watcher(at, "state", "--concurrency", "2") as process:
        at.wait_until_shut()
        process.send_signal(signal.SIGTERM)
        at.open()
        screen = process.communicate(timeout=20)[1]
    assert process.returncode == 143
    assert "rows.csv: exit code 143. The file stays in the inbox" in screen
    assert left(at) == ["rows.csv", "rows.results.csv"]
    assert "interrupted" in at.codes("in/rows.results.csv")
    assert at("inbox", "in", "--once").code == 0
    assert at.sent == dict.fromkeys(PHONES[:12], 1)
    assert moved(at) == ["rows.csv", "rows.results.csv"]


@posix
def test_a_watcher_that_is_killed_loses_nothing_and_a_rival_leaves_the_file_to_the_next_one(at):
    drop(at, "rows.csv", PHONES[:12])
    at.shut_after(4)
    with watcher(at, "state", "--concurrency", "2") as process:
        at.wait_until_shut()
        assert "being synced by another watcher" in at("inbox", "in", "--once").screen
        process.kill()
        process.wait()
    at.open()
    other = at("inbox", "in", "--once", BULK_SYNC_STATE_DIR=str(at.home / "other"))
    assert (other.code, left(at)) == (0, ["rows.csv"])
    assert "another computer" in other.screen
    done = at("inbox", "in", "--once")
    assert done.code == 0
    assert "Continuing run" in done.screen
    assert set(at.sent) == set(PHONES[:12])
    assert at.sent.total() <= 12 + 2  # what was in flight is sent again, and nothing else
    assert moved(at) == ["rows.csv", "rows.results.csv"]


@posix
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(("os.mkdir", ".bulk-sync"), id="before it looked"),
        pytest.param(("os.rename", "rows.csv.claim"), id="before it claimed the file"),
        pytest.param(("os.rename", "begun.db"), id="before there was a run"),
        pytest.param(("open", ".json.unfinished"), id="before the run had claimed the file"),
        pytest.param(("os.rename", ".part"), id="before the results were in their place"),
        pytest.param(("open", ".run_results.json.unfinished"), id="before the run had noted its end"),
        pytest.param(("os.remove", "input.csv"), id="while the run ended"),
        pytest.param(("os.mkdir", "done"), id="before it moved anything (done)"),
        pytest.param(("os.link", "rows.results.csv"), id="before the results were moved"),
        pytest.param(("os.remove", "in/rows.results.csv"), id="while the results were moved"),
        pytest.param(("os.link", "/rows.csv"), id="before the file was moved"),
        pytest.param(("os.remove", "in/rows.csv"), id="while the file was moved"),
        pytest.param(("shutil.rmtree", "rows.csv.claim"), id="before it let go"),
    ],
)
def test_a_watcher_that_dies_at_any_moment_has_synced_nothing_twice(at, moment):
    drop(at, "rows.csv", PHONES[:6])
    killed(at, moment, "inbox", "in", "--once")
    at.monkeypatch.setattr("bulk_sync.inbox.STILL", 0.0)
    assert at("inbox", "in", "--once").code == 0
    assert at.sent == dict.fromkeys(PHONES[:6], 1)
    assert left(at) == []
    files = {path.name: path for path in (at.work / "in" / "done").rglob("*.csv")}
    assert {"rows.csv", "rows.results.csv"} == set(files)
    assert at.codes(files["rows.results.csv"]) == ["updated"] * 6
    drop(at, "rows.csv", PHONES[:6])  # the same list on the next night is a new one
    assert at("inbox", "in", "--once").code == 0
    assert at.sent == dict.fromkeys(PHONES[:6], 2)


@pytest.mark.parametrize("command", [["in/tonight.csv"], ["inbox", "in", "--once"]], ids=["a run", "an inbox"])
def test_nights_that_fail_recover_and_go_well(raw_desk, monkeypatch, command):
    away, answers = [True], []

    def crm(asked):
        if away:
            return lambda connection: None
        return updated(asked) if asked.writes else NOT_OFFERED

    at = raw_desk(crm, crm)
    tonight = at.work / "in" / "tonight.csv"
    tonight.parent.mkdir()
    monkeypatch.setattr("bulk_sync.inbox.STILL", 0.0)

    def night(code, first=PHONES[0]):
        if not tonight.exists():
            at.sheet([(first, "DNC", "Ann Miller")], "in/tonight.csv", head=("phone", "status", "name"))
        address = f"json://127.0.0.1:{receiver.port}/token"
        done = at(*command, "-q", "--max-outage", "1s", BULK_SYNC_NOTIFY=address)
        assert done.code == code, done.screen
        assert "token" not in done.screen
        return done.screen

    with raw_api(lambda asked: reply(answers[-1] if answers else 200)) as receiver:
        night(3)  # nobody answers
        away.clear()
        night(0)
        night(0)
        tonight.unlink(missing_ok=True)
        night(1, first="12")
        answers.append(500)
        tonight.unlink(missing_ok=True)
        assert "could not be delivered to address 1 (JSON)" in night(0)
        answers.append(200)
        night(0)
        night(0)
    told = receiver.writes
    assert [each["title"].partition(", ")[2] for each in told] == [
        "exit code 3",
        "no problem any more",
        "exit code 1",
        "no problem any more",  # which nobody took
        "no problem any more",
    ]
    assert [each["type"] for each in told] == ["failure", "success", "failure", "success", "success"]
    assert "could not be reached" in told[0]["message"]
    assert "1 row: 1 succeeded. Exit code 0. Run 2" in told[1]["message"]
    for secret in ("4155550100", "Ann", at.api.key, "token", str(at.home)):
        assert secret not in json.dumps(told)


def test_a_receiver_that_never_answers_holds_nobody_up(at):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        at.sheet([("12", "DNC")])
        address = f"json://127.0.0.1:{deaf.getsockname()[1]}/?rto=60"
        began = time.perf_counter()
        with at.started("rows.csv", "-q", "--notify", address, text=True) as process:
            said = process.communicate()[1]
    assert process.returncode == 1
    assert "could not be delivered" in said
    assert 10 <= time.perf_counter() - began < 40  # and not the 60 that the address allows
    assert os.fspath(at.home) not in said.splitlines()[-1]


def test_nothing_is_said_of_results_in_a_place_that_they_leave(at):
    (at.work / "in").mkdir(exist_ok=True)
    drop(at, "rows.csv", ["555"])
    at.monkeypatch.setattr("bulk_sync.inbox.STILL", 0.0)
    done = at("inbox", "in", "--once")
    assert done.code == 1
    assert "bulk-sync retry" not in done.screen
