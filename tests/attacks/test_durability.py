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


def sheet(at, name="rows.csv"):
    return at.sheet([(phone, "paused") for phone in ROWS], name)


def killed(at, after=2):
    """A run that was killed with kill -9 while it was sending; its name."""
    at.shut_after(after)
    with at.started("rows.csv", "--concurrency", "1") as process:
        at.wait_until_shut()
        process.kill()
        process.wait()
    at.open()
    return at.history()[0]["run"]


def kept_copy(at):
    return next((at.state / "runs").glob("*/input*"))


@posix
def test_a_second_ctrl_c_leaves_the_results_file_all_the_same(at):
    sheet(at)
    at.shut_after(1)
    with at.started("rows.csv", "--concurrency", "1", stderr=subprocess.PIPE) as process:
        at.wait_until_shut()
        process.send_signal(signal.SIGINT)
        for line in process.stderr:
            if b"Press Ctrl-C again" in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    at.open()
    assert [row["phone"] for row in at.rows()] == ROWS


@posix
def test_the_results_of_a_private_file_are_private(at):
    for name, mode in (("rows.csv", 0o600), ("open.csv", 0o644)):
        sheet(at, name).chmod(mode)
    before = os.umask(0o022)
    try:
        assert at("rows.csv", "--dry-run").code == 0
        results, preview = at.work / "rows.results.csv", at.work / "rows.preview.csv"
        assert stat.S_IMODE(preview.stat().st_mode) == 0o600
        preview.rename(results)
        results.chmod(0o644)
        run = killed(at)
        (at.work / "rows.csv").chmod(0o644)
        assert at("resume", run).code == 0
        assert stat.S_IMODE(results.stat().st_mode) == 0o600
        assert at("open.csv").code == 0
        assert stat.S_IMODE((at.work / "open.results.csv").stat().st_mode) == 0o644
    finally:
        os.umask(before)


@posix
@pytest.mark.parametrize("damage", ["other", "cut", "empty", "gone"])
def test_a_damaged_copy_of_the_input_is_not_gone_by(at, damage):
    sheet(at)
    run = killed(at)
    copy = kept_copy(at)
    content = copy.read_bytes()
    sent = at.sent.total()
    match damage:
        case "other":
            copy.write_bytes(content.replace(ROWS[4].encode(), PHONES[40].encode()))
        case "cut":
            copy.write_bytes(content[:-9])
        case "empty":
            copy.write_bytes(b"")
        case "gone":
            copy.unlink()
    original = (at.work / "rows.csv").read_bytes()
    (at.work / "rows.csv").write_bytes(original.replace(b"paused", b"active"))
    done = at("resume", run)
    assert done.code == 2
    assert "rows.csv" in done.screen
    assert at.sent.total() == sent
    (at.work / "rows.csv").write_bytes(original)
    assert at("resume", run).code == 0
    assert at.codes() == ["updated"] * len(ROWS)
    assert at.status(PHONES[40]) == "active"


@posix
def test_what_a_killed_process_left_beside_the_results_is_removed_and_that_of_a_living_one_is_not(at):
    sheet(at)
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    left = at.work / f".rows.results.csv.{dead.pid}-0123456789ab.part"
    living = at.work / f".rows.results.csv.{os.getppid()}-0123456789ab.part"
    others = at.work / ".rows.results.csv.mine.part"
    for path in (left, living, others):
        path.write_text("half")
    assert at("rows.csv").code == 0
    assert not left.exists()
    assert living.exists()
    assert others.exists()


@posix
def test_an_edit_of_the_same_size_and_time_is_noticed(at, monkeypatch):
    """The file is changed while the run sends; the results say what was sent, not what stands there now."""
    path = sheet(at)
    at.shut_after(1)
    with at.started("rows.csv", "--concurrency", "1") as process:
        at.wait_until_shut()
        found = path.stat()
        path.write_bytes(path.read_bytes().replace(ROWS[3].encode(), PHONES[41].encode()))
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
        at.open()
        assert process.wait(30) == 0
    assert [row["phone"] for row in at.rows()] == ROWS


@posix
def test_history_writes_the_results_that_a_killed_run_could_not(at):
    sheet(at)
    run = killed(at)
    assert not (at.work / "rows.results.csv").exists()
    sent = at.sent.total()
    for arguments in ([run], [run, "--json"]):
        done = at("history", *arguments)
        assert done.code == 0
        assert [row["phone"] for row in at.rows()] == ROWS
        codes = at.codes()
        assert codes.count("updated") == 2
        assert codes.count("interrupted") == 4
        assert at.sent.total() == sent
    assert "written now" not in done.screen
    (at.work / "rows.results.csv").unlink()
    assert at("resume").code == 0
    assert at.codes() == ["updated"] * len(ROWS)
    left = {path.name for path in at.work.iterdir()}
    assert left == {"rows.csv", "rows.results.csv"}
