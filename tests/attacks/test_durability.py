"""Nothing lost: results, the kept copy of the input, and what a killed process leaves behind."""

import os
import signal
import stat
import subprocess
import sys

import pytest

from tests.desk import PHONES

pytestmark = pytest.mark.trial

ROWS = PHONES[:6]
posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and signals of POSIX")


def sheet(at_desk, name="rows.csv"):
    return at_desk.sheet([(phone, "paused") for phone in ROWS], name)


def killed(at_desk, after=2):
    """A run that was killed with kill -9 while it was sending; its name."""
    at_desk.shut_after(after)
    with at_desk.started("rows.csv", "--concurrency", "1") as process:
        at_desk.wait_until_shut()
        process.kill()
        process.wait()
    at_desk.open()
    return at_desk.history()[0]["run"]


def kept_copy(at_desk):
    return next((at_desk.state / "runs").glob("*/input*"))


@posix
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_results_and_its_own_exit_code(at_desk, number):
    sheet(at_desk)
    at_desk.shut_after(1)
    with at_desk.started("rows.csv", "--concurrency", "1") as process:
        at_desk.wait_until_shut()
        process.send_signal(number)
        at_desk.open()
        assert process.wait(30) == 128 + number
    assert [row["phone"] for row in at_desk.rows()] == ROWS
    assert "interrupted" in at_desk.codes()
    assert at_desk("resume").code == 0
    assert at_desk.codes() == ["updated"] * len(ROWS)


@posix
def test_a_second_ctrl_c_leaves_the_results_file_all_the_same(at_desk):
    sheet(at_desk)
    at_desk.shut_after(1)
    with at_desk.started("rows.csv", "--concurrency", "1", stderr=subprocess.PIPE) as process:
        at_desk.wait_until_shut()
        process.send_signal(signal.SIGINT)
        for line in process.stderr:
            if b"Press Ctrl-C again" in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    at_desk.open()
    assert [row["phone"] for row in at_desk.rows()] == ROWS


@posix
def test_the_results_of_a_private_file_are_private(at_desk):
    for name, mode in (("rows.csv", 0o600), ("open.csv", 0o644)):
        sheet(at_desk, name).chmod(mode)
    before = os.umask(0o022)
    try:
        assert at_desk("rows.csv", "--dry-run").code == 0
        results, preview = at_desk.work / "rows.results.csv", at_desk.work / "rows.preview.csv"
        assert stat.S_IMODE(preview.stat().st_mode) == 0o600
        preview.rename(results)
        results.chmod(0o644)
        run = killed(at_desk)
        (at_desk.work / "rows.csv").chmod(0o644)
        assert at_desk("resume", run).code == 0
        assert stat.S_IMODE(results.stat().st_mode) == 0o600
        assert at_desk("open.csv").code == 0
        assert stat.S_IMODE((at_desk.work / "open.results.csv").stat().st_mode) == 0o644
    finally:
        os.umask(before)


@posix
@pytest.mark.parametrize("damage", ["other", "cut", "empty", "gone"])
def test_a_damaged_copy_of_the_input_is_not_gone_by(at_desk, damage):
    sheet(at_desk)
    run = killed(at_desk)
    copy = kept_copy(at_desk)
    content = copy.read_bytes()
    sent = at_desk.sent.total()
    match damage:
        case "other":
            copy.write_bytes(content.replace(ROWS[4].encode(), PHONES[40].encode()))
        case "cut":
            copy.write_bytes(content[:-9])
        case "empty":
            copy.write_bytes(b"")
        case "gone":
            copy.unlink()
    original = (at_desk.work / "rows.csv").read_bytes()
    (at_desk.work / "rows.csv").write_bytes(original.replace(b"paused", b"active"))
    done = at_desk("resume", run)
    assert done.code == 2
    assert "rows.csv" in done.screen
    assert at_desk.sent.total() == sent
    (at_desk.work / "rows.csv").write_bytes(original)
    assert at_desk("resume", run).code == 0
    assert at_desk.codes() == ["updated"] * len(ROWS)
    assert at_desk.status(PHONES[40]) == "active"


@posix
def test_what_a_killed_process_left_beside_the_results_is_removed_and_that_of_a_living_one_is_not(at_desk):
    sheet(at_desk)
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    left = at_desk.work / f".rows.results.csv.{dead.pid}-0123456789ab.part"
    living = at_desk.work / f".rows.results.csv.{os.getppid()}-0123456789ab.part"
    others = at_desk.work / ".rows.results.csv.mine.part"
    for path in (left, living, others):
        path.write_text("half")
    assert at_desk("rows.csv").code == 0
    assert not left.exists()
    assert living.exists()
    assert others.exists()


@posix
def test_an_edit_of_the_same_size_and_time_is_noticed(at_desk, monkeypatch):
    """The file is changed while the run sends; the results say what was sent, not what stands there now."""
    path = sheet(at_desk)
    at_desk.shut_after(1)
    with at_desk.started("rows.csv", "--concurrency", "1") as process:
        at_desk.wait_until_shut()
        found = path.stat()
        path.write_bytes(path.read_bytes().replace(ROWS[3].encode(), PHONES[41].encode()))
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
        at_desk.open()
        assert process.wait(30) == 0
    assert [row["phone"] for row in at_desk.rows()] == ROWS


@posix
def test_history_writes_the_results_that_a_killed_run_could_not(at_desk):
    sheet(at_desk)
    run = killed(at_desk)
    assert not (at_desk.work / "rows.results.csv").exists()
    sent = at_desk.sent.total()
    for arguments in ([run], [run, "--json"]):
        done = at_desk("history", *arguments)
        assert done.code == 0
        assert [row["phone"] for row in at_desk.rows()] == ROWS
        codes = at_desk.codes()
        assert codes.count("updated") == 2
        assert codes.count("interrupted") == 4
        assert at_desk.sent.total() == sent
    assert "written now" not in done.screen
    (at_desk.work / "rows.results.csv").unlink()
    assert at_desk("resume").code == 0
    assert at_desk.codes() == ["updated"] * len(ROWS)
    left = {path.name for path in at_desk.work.iterdir()}
    assert left == {"rows.csv", "rows.results.csv"}
