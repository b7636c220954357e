"""A run that is killed at an exact moment is gone on with, and leaves nothing behind."""

import os
import signal
import subprocess
import sys

import pytest

from tests.desk import PHONES, own_terminal

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"), pytest.mark.trial]

ROWS = PHONES[:6]

DYING = """
import os, signal, sys

number, moments = int(sys.argv.pop(1)), [moment.split(" ") for moment in sys.argv.pop(1).split(", ")]

def heard(event, args):
    if moments and event == moments[0][0] and any(str(each).endswith(moments[0][1]) for each in args):
        moments.pop(0)
        os.kill(os.getpid(), number)

sys.addaudithook(heard)
sys.argv[0] = "bulk-sync"
from bulk_sync.cli import main
main()
"""

RECORDED = ("open", ".run_results.json.unfinished")
"""The results are in their place, and the record of the run does not know it yet."""


@pytest.fixture
def at(at):
    at.sheet([(phone, "paused") for phone in ROWS])
    return at


def struck(at, number, moments, *arguments):
    """The exit code of a command that sends itself a signal at these moments.

    Each is something that Python is about to do (an audit event) with a file whose name ends so.
    """
    command = [sys.executable, "-c", DYING, str(int(number)), ", ".join(map(" ".join, moments)), *map(str, arguments)]
    env = at.environment()
    done = subprocess.run(command, cwd=at.work, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    return done.returncode


def killed(at, moment, *arguments):
    """A command that dies at a moment."""
    assert struck(at, signal.SIGKILL, [moment], *arguments) == -signal.SIGKILL


def beside(at):
    return sorted(path.name for path in at.work.iterdir())


def kept(at):
    """What is kept of sheets."""
    return [path.name for path in (at.state / "runs").glob("*/*") if path.name.startswith(("input", "unfinished"))]


def all_is_done(at):
    assert at.codes() == ["updated"] * len(ROWS)
    assert at.sent == dict.fromkeys(ROWS, 1)
    assert at.statuses(ROWS) == {"paused"}
    assert beside(at) == ["rows.csv", "rows.results.csv"]
    assert kept(at) == []


def test_results_of_a_resumed_run_that_died_before_it_noted_them_are_its_own(at):
    at("rows.csv", "--max-writes", 2)
    killed(at, RECORDED, "resume", "--max-writes", 2)
    assert at.codes().count("updated") == 4
    assert at("resume", "--max-writes", 9).code == 0
    all_is_done(at)


def test_results_of_a_retry_that_died_before_it_noted_them_are_its_own(at):
    at("rows.csv", "--max-writes", 2)
    killed(at, RECORDED, "retry", "rows.results.csv", "--max-writes", 2)
    assert at("resume", "--max-writes", 9).code == 0
    all_is_done(at)


def test_results_that_history_wrote_before_it_died_are_the_runs_own(at):
    killed(at, ("os.rename", ".part"), "rows.csv", "--max-writes", 2)
    run = at.history()[0]["run"]
    at("history", run)
    (at.work / "rows.results.csv").unlink()
    killed(at, ("os.remove", ".part"), "history", run)
    assert at("resume", "--max-writes", 9).code == 0
    all_is_done(at)


def test_an_edit_of_results_that_a_run_had_not_noted_is_kept(at):
    at("rows.csv", "--max-writes", 2)
    killed(at, RECORDED, "resume", "--max-writes", 2)
    edited = at.work / "rows.results.csv"
    edited.write_text(edited.read_text() + "by hand\n")
    at("resume", "--max-writes", 9)
    assert edited.read_text().endswith("by hand\n")
    assert len(beside(at)) == 3


@pytest.mark.parametrize("again", ["retry", "fresh"])
def test_no_copy_is_kept_of_the_sheet_of_a_run_that_another_has_overtaken(at, again):
    at("rows.csv", "--max-writes", 2)
    assert len(kept(at)) == 1
    assert (
        at(*(["retry", "rows.results.csv"] if again == "retry" else ["rows.csv", "--fresh"]), "--max-writes", 9).code
        == 0
    )
    assert kept(at) == []


def test_no_copy_is_kept_of_a_run_that_died_when_all_was_done(at):
    killed(at, ("os.remove", "input.csv"), "rows.csv")
    at.sheet([(PHONES[20], "paused")], "other.csv")
    assert at("other.csv").code == 0
    assert kept(at) == []
    assert {run["state"] for run in at.history()} == {"finished"}


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(("os.rename", "begun.db"), id="before the record says anything"),
        pytest.param(("os.rename", "unfinished-copy"), id="before the copy is whole"),
        pytest.param(("open", ".json.unfinished"), id="before the sheet is claimed"),
        pytest.param(("os.rename", ".json.unfinished"), id="while the sheet is claimed"),
    ],
)
def test_a_run_that_died_before_it_began_is_no_run(at, moment):
    """Later it must not be gone on with by chance: what it would send may be old by then."""
    killed(at, moment, "rows.csv")
    assert at("rows.csv").code == 0
    all_is_done(at)
    at.sheet([(phone, "active") for phone in ROWS])
    assert at("rows.csv").code == 0
    assert at("resume").code == 2
    assert at.statuses(ROWS) == {"active"}
    assert kept(at) == []
    assert {run["state"] for run in at.history()} <= {"finished", "overtaken"}


def test_a_run_that_begins_over_and_dies_is_gone_on_with_and_not_the_one_before(at):
    at("rows.csv", "--max-writes", 2)
    killed(at, ("open", ".json.unfinished"), "rows.csv", "--fresh")
    assert at("resume").code == 0
    assert at.codes() == ["updated"] * len(ROWS)
    assert kept(at) == []
    assert at("resume").code == 2


def test_a_run_against_a_sandbox_takes_the_place_of_none(at):
    at("rows.csv", "--max-writes", 2)
    at("rows.csv", "--sandbox", "--base-url", "", "-o", "tried.csv")
    at.sent.clear()
    assert "Continuing run" in at("rows.csv", "--max-writes", 9).screen
    assert at.codes() == ["updated"] * len(ROWS)
    assert at.sent.total() == len(ROWS) - 2


def test_a_process_of_the_same_number_removes_what_the_one_before_left(at):
    """In a container every run may be process 1."""
    left = at.work / f".rows.results.csv.{os.getpid()}-0123456789ab.part"
    left.write_text("half")
    assert at("rows.csv").code == 0
    all_is_done(at)


WRITING = [("open", ".part"), ("os.rename", ".part")]
"""The results are being written, and are about to be moved into their place."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_results_are_written_waits_until_they_are(at, number):
    assert struck(at, number, WRITING[:1], "rows.csv") == 0
    all_is_done(at)


def test_a_terminal_whose_end_is_told_twice_leaves_results(at):
    """Its shell says it, and the system does."""
    assert struck(at, signal.SIGHUP, WRITING, "rows.csv") == 0
    all_is_done(at)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_insists_while_results_are_written_is_heeded_and_nothing_is_left_beside_the_sheet(at, number):
    assert struck(at, number, WRITING, "rows.csv") == 128 + number
    assert beside(at) == ["rows.csv"]
    assert at("resume").code == 0
    all_is_done(at)


def at_a_terminal(at, *arguments):
    """A command at a terminal of its own; the process, and the terminal's other end."""
    import pty

    ours, theirs = pty.openpty()
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    return ours, theirs, at.started(*arguments, **streams, preexec_fn=lambda: own_terminal(theirs))


@pytest.mark.parametrize("more", [[], ["--verbose"], ["--log-format", "json"], ["--quiet"]], ids=str)
def test_a_terminal_that_is_closed_for_good_ends_the_run_with_its_results(at, more):
    """Whatever is said from then on is an error: nobody is there to hear it."""
    at.shut_after(2)
    ours, theirs, started = at_a_terminal(at, "rows.csv", "--concurrency", 1, "--no-confirm", *more)
    with started as process:
        os.close(theirs)
        at.wait_until_shut()
        os.close(ours)
        at.open()
        assert process.wait(20) == 129
    sent = at.sent.total()
    assert sent < len(ROWS)
    assert at.codes() == ["updated"] * sent + ["interrupted"] * (len(ROWS) - sent)
    assert [run["exit_code"] for run in at.history()] == [129]
    assert at("resume").code == 0
    all_is_done(at)
