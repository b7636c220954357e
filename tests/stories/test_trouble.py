"""What a person meets when something is wrong: one sentence, the right exit code, nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.stories.conftest import Api, Run, sandbox
from tests.stories.test_contacts import results

pytestmark = pytest.mark.trial

SMALL = "phone,status\n+14155550123,paused\n"


def one_sentence(done: subprocess.CompletedProcess[bytes]) -> str:
    said = done.stderr.decode()
    assert "Traceback" not in said
    assert said.startswith("Error: "), said
    assert len(said.strip().splitlines()) == 1, said
    return said


def test_a_missing_file(run: Run) -> None:
    done = run("nowhere.csv", "--dry-run")
    assert done.returncode == 2
    assert "nowhere.csv" in one_sentence(done)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
        ("broken.xlsx", b"PK\x03\x04 not really a workbook"),
        ("page.xls", b"<html><body><table><tr><td>phone</td></tr></table></body></html>"),
        ("columns.csv", b"first,second\nhello,world\n"),
        ("two-phones.csv", b"phone,mobile,status\n+14155550123,+14155550124,paused\n"),
    ],
)
def test_a_file_that_cannot_be_used(run: Run, name: str, content: bytes) -> None:
    (run.folder / name).write_bytes(content)
    before = set(run.folder.iterdir())

    done = run(name, "--dry-run")

    assert done.returncode == 2
    one_sentence(done)
    assert set(run.folder.iterdir()) == before


def test_a_folder(run: Run) -> None:
    done = run(".", "--dry-run")
    assert done.returncode == 2
    assert "folder" in one_sentence(done)


def test_no_key(run: Run) -> None:
    done = run("contacts.csv")
    assert done.returncode == 4
    assert "BULK_SYNC_API_KEY" in one_sentence(done)
    assert not list(run.folder.glob("*.results.*"))


def test_plain_http_to_another_computer(run: Run) -> None:
    done = run("contacts.csv", api=Api("http://198.51.100.7:8080", "gua_a1b2c3d4_secret"))
    assert done.returncode == 4
    assert "https" in one_sentence(done)


def test_a_refused_key_stops_after_the_first_call(run: Run, api: Api) -> None:
    done = run("contacts.csv", api=Api(api.url, "gua_a1b2c3d4_wrong"))

    assert done.returncode == 4
    assert b"gua_a1b2c3d4_wrong" not in done.stderr + done.stdout
    rows = results(run.folder / "contacts.results.csv")
    unsent = [row for row in rows if row["sync_result"] == "not_sent"]
    assert len(rows) == 58
    assert len(unsent) == 43  # 39 calls' rows, and 4 whose names were not found out any more
    assert {row["sync_code"] for row in unsent} == {"key_refused"}
    assert {row["sync_retryable"] for row in unsent} == {"yes"}


def test_the_output_must_not_be_the_input(run: Run) -> None:
    done = run("contacts.csv", "-n", "-o", "contacts.csv")
    assert done.returncode == 2
    one_sentence(done)


def test_the_folder_of_the_output_must_exist(run: Run) -> None:
    done = run("contacts.csv", "-n", "-o", "nowhere/results.csv")
    assert done.returncode == 2
    assert "nowhere" in one_sentence(done)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_results_of_a_folder_that_cannot_be_written_to_go_to_the_working_folder(run: Run, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "small.csv").write_text(SMALL)
    locked.chmod(0o500)
    try:
        done = run(str(locked / "small.csv"), "-n")
    finally:
        locked.chmod(0o700)
    assert done.returncode == 0
    assert b"working folder" in done.stderr
    assert (run.folder / "small.results.csv").exists()


def test_standard_input_and_output(run: Run, api: Api) -> None:
    done = run("-", api=api, stdin=SMALL.encode())

    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("phone,status,sync_row")
    assert lines[1].startswith("+14155550123,paused,2,success,updated")


def test_the_summary_for_machines(run: Run, api: Api) -> None:
    done = run("contacts.csv", "--json", api=api)

    summary = json.loads(done.stdout)
    assert summary["exit_code"] == done.returncode == 1
    assert summary["rows"] == 58 == sum(summary["codes"].values())
    assert summary["calls"] == summary["calls_settled"] == 38


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_writes_what_it_did_and_what_it_did_not(
    run: Run, tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
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
        process.send_signal(number)
        process.communicate(timeout=30)

    assert process.returncode == exit_code
    assert time.monotonic() - began < 10
    rows = results(run.folder / "contacts.results.csv")
    assert len(rows) == 58
    sent = [row for row in rows if row["sync_http_status"]]
    unsent = {row["sync_code"] for row in rows if row["sync_result"] == "not_sent"}
    assert len(sent) == 10
    assert unsent == {"interrupted"}
    assert [row["Outcome"] for row in rows if row["sync_code"] == "updated"].count("Do Not Call") == 1


def test_an_old_results_file_stays_until_the_new_one_is_whole(run: Run) -> None:
    old = run.folder / "small.preview.csv"
    old.write_text("old")
    (run.folder / "small.csv").write_text("number of guests,notes\n3,x\n")
    assert run("small.csv", "-n").returncode == 2
    assert old.read_text() == "old"

    (run.folder / "small.csv").write_text(SMALL)
    assert run("small.csv", "-n").returncode == 0
    assert old.read_text().startswith("phone,status,sync_row")
    assert not list(run.folder.glob(".*"))
