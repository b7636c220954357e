"""A run is killed, interrupted or beaten to it, and somebody goes on with it. Is every row sent, and none twice?"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

import bulk_sync
from bulk_sync import wiring
from tests.desk import PHONES

pytestmark = pytest.mark.trial

ROWS = PHONES[:24]
AT_ONCE = 3
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals to send")


@pytest.fixture
def at(at):
    at.sheet([(phone, "paused") for phone in ROWS])
    return at


def all_is_done(at, twice=0):
    assert [row["phone"] for row in at.rows()] == ROWS
    assert at.codes() == ["updated"] * len(ROWS)
    assert at.statuses(ROWS) == {"paused"}
    assert set(at.sent) == set(ROWS)
    assert at.sent.total() <= len(ROWS) + twice


def nothing_is_left_open(at):
    """Whoever looks finds nothing to read: neither the key nor what others should not see."""
    for path in at.home.rglob("*"):
        if path.is_file():
            assert at.api.key.encode() not in path.read_bytes(), path
    if os.name == "posix":
        modes = {path.stat().st_mode & 0o777 for path in at.state.rglob("*") if path.is_file()}
        assert modes == {0o600}
        assert {path.stat().st_mode & 0o777 for path in [at.state, *at.state.rglob("*")] if path.is_dir()} == {0o700}


def test_a_run_that_is_killed_while_others_look_on_is_taken_up_and_loses_nothing(at):
    at.shut_after(8)
    with at.started("rows.csv", "--concurrency", AT_ONCE) as process:
        at.wait_until_shut()
        beaten = at("rows.csv")
        assert beaten.code == 6
        assert f"process {process.pid})" in beaten.screen
        assert at("resume").code in {2, 6}
        assert [run["state"] for run in at.history()] == ["running"]
        process.kill()
        process.wait()
    at.open()
    assert [run["state"] for run in at.history()] == ["unfinished"]
    nothing_is_left_open(at)

    done = at("rows.csv")

    assert done.code == 0
    assert "Continuing run" in done.screen
    all_is_done(at, twice=AT_ONCE)
    nothing_is_left_open(at)
    assert [run["state"] for run in at.history()] == ["finished"]


@posix
def test_an_interruption_that_code_of_a_library_drops_ends_the_run_before_it_sends(at, monkeypatch):
    """C code that is called while pandas is imported may drop what a signal raises."""

    def asked_to_end(_):
        with contextlib.suppress(SystemExit):
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patch:
        patch.setattr(wiring, "check_access", asked_to_end)
        done = at("rows.csv")
    signal.signal(signal.SIGTERM, before)
    assert (done.code, at.sent.total()) == (143, 0)
    assert at("resume").code == 0
    all_is_done(at)


@posix
@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, 143, id="the computer shuts down"),
        pytest.param(getattr(signal, "SIGHUP", None), 129, id="the terminal is closed"),
    ],
)
def test_an_interrupted_run_says_how_to_go_on_and_that_command_sends_the_rest(at, number, code):
    at.shut_after(8)
    with at.started("rows.csv", "--concurrency", AT_ONCE) as process:
        at.wait_until_shut()
        process.send_signal(number)
        at.open()
        screen = process.communicate(timeout=20)[1].decode()
    assert process.returncode == code
    sent = at.sent.total()
    assert at.codes() == ["updated"] * sent + ["interrupted"] * (len(ROWS) - sent)
    [run] = at.history()
    assert run["to_go_on"] == f"To continue: bulk-sync resume {run['run']}"
    assert run["to_go_on"] in screen.splitlines()

    assert at("resume", run["run"]).code == 0
    all_is_done(at)


@posix
@pytest.mark.parametrize("pause", [0.2, 0.002])
def test_more_than_one_ctrl_c_leaves_results_or_says_so_and_the_terminal_as_it_was(at, pause):
    import pty

    at.shut_after(0)
    ours, theirs = pty.openpty()
    with at.started("rows.csv", "--no-confirm", stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        at.wait_until_shut()
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(pause)
    screen = b""
    with contextlib.suppress(OSError):  # how a pty says that there is no more
        while more := os.read(ours, 65536):
            screen += more
    os.close(ours)
    assert process.returncode == 130, screen
    # the second cuts off what is in flight and the results are written; a third may come before they are
    assert (at.work / "rows.results.csv").exists() or b"is recorded" in screen
    assert [run["state"] for run in at.history()] == ["unfinished"]
    assert screen.rfind(b"\x1b[?25h") > screen.rfind(b"\x1b[?25l")  # the cursor is back


def test_while_a_run_goes_on_it_counts_as_running_and_is_not_forgotten(at):
    at("rows.csv", "--max-writes", 2)
    at.shut_after(4)
    with at.started("resume", "--max-writes", 1000, "--concurrency", 1) as process:
        at.wait_until_shut()
        assert f"process {process.pid})" in at("rows.csv").screen
        assert [run["state"] for run in at.history()] == ["running"]
        at.monkeypatch.setattr("time.time", lambda now=time.time: now() + 10 * 86_400)
        at("history", "--prune", "24h")
        assert len(at.history()) == 1


# by its own limit


def test_a_run_in_instalments_sends_every_row_exactly_once(at):
    codes = [at("rows.csv", "--max-writes", 7).code for _ in range(4)]
    assert codes == [5, 5, 5, 0]
    all_is_done(at)
    assert len(at.history()) == 1


def test_resume_takes_the_limits_again_unless_they_are_given_anew(at):
    at("rows.csv", "--max-writes", 5)
    assert at("resume").code == 5
    assert at.sent.total() == 10
    assert at("resume", "--max-writes", 100).code == 0
    all_is_done(at)
    finished = at("resume")
    assert finished.code == 2
    assert "no unfinished run" in finished.screen


@pytest.mark.parametrize("fate", ["edited", "deleted", "renamed", "rewritten the same"])
def test_resume_goes_on_with_the_file_as_it_was_whatever_became_of_it(at, fate):
    file = at.work / "rows.csv"
    at("rows.csv", "--max-writes", 5)
    content = file.read_text()
    file.unlink()
    if fate == "edited":
        file.write_text(content.replace("paused", "DNC"))
    elif fate == "renamed":
        (at.work / "other.csv").write_text(content)
    elif fate == "rewritten the same":
        file.write_text(content)
    assert at("resume", "--max-writes", 100).code == 0
    all_is_done(at)


def test_the_same_command_on_a_changed_file_is_a_new_run_and_says_so(at):
    at("rows.csv", "--max-writes", 5)
    at.sheet([(phone, "DNC") for phone in ROWS])
    done = at("rows.csv")
    assert (done.code, at.statuses(ROWS)) == (0, {"DNC"})
    assert "this is a new run" in done.screen


@pytest.mark.parametrize("how", ["changed", "fresh"])
def test_a_run_that_a_later_one_has_overtaken_is_not_gone_on_with_by_chance(at, how):
    at("rows.csv", "--max-writes", 5)
    if how == "changed":
        at.sheet([(phone, "DNC") for phone in ROWS])
    assert at("rows.csv", "--fresh").code == 0
    now, sent = at.statuses(ROWS), at.sent.total()
    at("resume", "--max-writes", 100)
    assert (at.statuses(ROWS), at.sent.total()) == (now, sent)


def test_fresh_starts_over(at):
    at("rows.csv", "--max-writes", 5)
    assert at("rows.csv", "--fresh").code == 0
    assert Counter(at.sent.values()) == {2: 5, 1: len(ROWS) - 5}


def test_another_key_is_refused_until_it_is_said_to_be_the_same_account(at):
    at("rows.csv", "--max-writes", 5)
    other = {"BULK_SYNC_API_KEY": "gua_of_somebody_else"}
    refused = at("resume", **other)
    assert (refused.code, at.sent.total()) == (4, 5)
    assert "--new-key" in refused.screen
    believed = at("resume", "--new-key", **other)
    assert "The API refused the key" in believed.screen
    assert at.sent.total() == 5  # a read told, before anything was sent
    assert "gua_of_somebody_else" not in refused.screen + believed.screen


def test_standard_input_that_comes_again_is_taken_up(at):
    import io

    content = (at.work / "rows.csv").read_bytes()
    for limit in (5, 100):
        at.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        done = at("-", "--max-writes", limit, "-o", "rows.results.csv")
    assert "Continuing run" in done.screen
    all_is_done(at)


@posix
def test_a_link_to_a_file_is_that_file(at):
    (at.work / "linked.csv").symlink_to("rows.csv")
    at("rows.csv", "--max-writes", 5)
    assert "Continuing run" in at("linked.csv").screen
    assert at.sent == dict.fromkeys(ROWS, 1)


def test_results_that_were_edited_meanwhile_are_not_written_over(at):
    at("rows.csv", "--max-writes", 5)
    edited = at.work / "rows.results.csv"
    edited.write_text(edited.read_text() + "by hand\n")
    done = at("resume", "--max-writes", 100)
    assert edited.read_text().endswith("by hand\n")
    [other] = at.work.glob("rows.results-*.csv")
    assert other.name in done.screen
    assert at.codes(other.name) == ["updated"] * len(ROWS)


def test_results_that_were_edited_after_a_retry_was_killed_are_not_written_over(at):
    at("rows.csv", "--max-writes", 2)
    at.shut_after(4)
    with at.started("retry", "rows.results.csv", "--concurrency", 1) as process:
        at.wait_until_shut()
        process.kill()
        process.wait()
    at.open()
    rows = at.rows()
    rows[-1]["status"] = "DNC"
    at.rewrite(rows)
    at("resume")
    assert at.rows()[-1]["status"] == "DNC"


def test_a_run_whose_copy_is_gone_does_not_stand_in_the_way_of_others(at):
    at("rows.csv", "--max-writes", 5)
    at.sheet([(PHONES[30], "paused"), (PHONES[31], "paused")], "later.csv")
    at("later.csv", "--max-writes", 1)
    newest = at.history()[0]["run"]
    next((at.state / "runs" / newest).glob("input*")).unlink()
    assert at("resume", "--max-writes", 100).code == 0
    assert [at.sent[phone] for phone in ROWS] == [1] * len(ROWS)


def test_a_preview_beside_an_unfinished_run_does_not_disturb_it(at):
    at("rows.csv", "--max-writes", 5)
    assert at("rows.csv", "--dry-run").code == 0
    assert at.sent.total() == 5
    assert at("rows.csv", "--max-writes", 100).code == 0
    assert at.sent == dict.fromkeys(ROWS, 1)


def test_a_clock_that_jumps_back_an_hour_loses_nothing(at):
    now = time.time
    at("rows.csv", "--max-writes", 5)
    at.monkeypatch.setattr("time.time", lambda: now() - 3600)
    assert at("rows.csv", "--max-writes", 100).code == 0
    all_is_done(at)
    assert [run["state"] for run in at.history()] == ["finished"]


@pytest.mark.skipif(sys.platform != "linux", reason="only there a name can be any bytes")
def test_a_name_that_is_not_utf_8_is_a_name(at, caplog):
    for name in ("bulk_sync", "bulk_sync.details"):
        caplog.set_level("CRITICAL", name)  # what is logged of a test travels between processes as UTF-8
    file = at.work / os.fsdecode(b"caf\xe9.csv")
    file.write_text(f"phone,status\n{PHONES[0]},paused\n")
    assert bulk_sync.sync(file, base_url=at.api.url, key=at.api.key).exit_code == 0
    assert [run["state"] for run in at.history()] == ["finished"]
