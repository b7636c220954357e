"""What a person meets when something is wrong: one sentence, the right exit code, nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.stories.conftest import Run, sandbox
from tests.stories.test_contacts import results

pytestmark = pytest.mark.trial

SMALL = "phone,status\n+14155550123,paused\n"


@pytest.fixture
def at(samples):
    return samples


def told(done, code):
    """The one sentence with which a command ends."""
    assert done.code == code
    assert done.screen.startswith("Error: "), done.screen
    assert len(done.screen.strip().splitlines()) == 1, done.screen
    return done.screen


UNUSABLE = {
    "empty.csv": b"",
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "broken.xlsx": b"PK\x03\x04 not really a workbook",
    "page.xls": b"<html><body><table><tr><td>phone</td></tr></table></body></html>",
    "columns.csv": b"first,second\nhello,world\n",
    "two-phones.csv": b"phone,mobile,status\n+14155550123,+14155550124,paused\n",
}


def test_a_file_that_cannot_be_used(at, subtests):
    for name, content in UNUSABLE.items():
        with subtests.test(name):
            (at.work / name).write_bytes(content)
            before = set(at.work.iterdir())
            told(at(name, "--dry-run"), 2)
            assert set(at.work.iterdir()) == before


def test_files_and_folders_that_are_not_there_or_not_to_be_written(at):
    assert "nowhere.csv" in told(at("nowhere.csv", "--dry-run"), 2)
    assert "folder" in told(at(".", "--dry-run"), 2)
    told(at("contacts.csv", "-n", "-o", "contacts.csv"), 2)
    assert "nowhere" in told(at("contacts.csv", "-n", "-o", "nowhere/results.csv"), 2)


def test_no_key_and_plain_http_to_another_computer(at):
    assert "BULK_SYNC_API_KEY" in told(at("contacts.csv", BULK_SYNC_API_KEY=""), 4)
    assert "https" in told(at("contacts.csv", BULK_SYNC_BASE_URL="http://198.51.100.7:8080"), 4)
    assert not list(at.work.glob("*.results.*"))


def test_a_refused_key_stops_after_the_first_call(at):
    done = at("contacts.csv", BULK_SYNC_API_KEY="gua_a1b2c3d4_wrong")
    assert done.code == 4
    assert "gua_a1b2c3d4_wrong" not in done.out + done.screen
    rows = at.rows("contacts.results.csv")
    unsent = [row for row in rows if row["sync_result"] == "not_sent"]
    assert len(rows) == 58
    assert len(unsent) == 43  # 39 calls' rows, and 4 whose names were not found out any more
    assert {row["sync_code"] for row in unsent} == {"key_refused"}
    assert {row["sync_retryable"] for row in unsent} == {"yes"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_results_of_a_folder_that_cannot_be_written_to_go_to_the_working_folder(at):
    locked = at.home / "locked"
    locked.mkdir()
    (locked / "small.csv").write_text(SMALL)
    locked.chmod(0o500)
    try:
        done = at(locked / "small.csv", "-n")
    finally:
        locked.chmod(0o700)
    assert done.code == 0
    assert "working folder" in done.screen
    assert (at.work / "small.preview.csv").exists()


def test_standard_input_and_output(run, api):
    done = run("-", api=api, stdin=SMALL.encode())
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("phone,status,sync_row")
    assert lines[1].startswith("+14155550123,paused,2,success,updated")


def test_the_summary_for_machines(at):
    done = at("contacts.csv", "--json")
    summary = json.loads(done.out)
    assert summary["exit_code"] == done.code == 1
    assert summary["rows"] == 58 == sum(summary["codes"].values())
    assert summary["calls"] == summary["calls_settled"] == 38


def test_an_old_results_file_stays_until_the_new_one_is_whole(at):
    old = at.work / "small.preview.csv"
    old.write_text("old")
    (at.work / "small.csv").write_text("number of guests,notes\n3,x\n")
    assert at("small.csv", "-n").code == 2
    assert old.read_text() == "old"

    (at.work / "small.csv").write_text(SMALL)
    assert at("small.csv", "-n").code in {0, 1}
    assert old.read_text().startswith("phone,status,sync_row")
    assert not list(at.work.glob(".*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_a_run_that_waits_for_its_window_is_interrupted_at_once_and_writes_what_it_did(run: Run, tmp_path) -> None:
    with sandbox(tmp_path, "--writes", "10/min") as slow:
        process = subprocess.Popen(
            **run.command("contacts.csv", "-v", "--log-format", "json", api=slow),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        settled = 0
        while settled < 10:  # the window's allowance; then the run waits for the next window
            settled += b'"attempts"' in process.stderr.readline()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert process.returncode == 143
    assert time.monotonic() - began < 10
    rows = results(run.folder / "contacts.results.csv")
    assert len(rows) == 58
    sent = [row for row in rows if row["sync_http_status"]]
    unsent = {row["sync_code"] for row in rows if row["sync_result"] == "not_sent"}
    assert len(sent) == 10
    assert unsent == {"interrupted"}
    assert [row["Outcome"] for row in rows if row["sync_code"] == "updated"].count("Do Not Call") == 1
