"""Tricks of files, folders and surroundings: a sentence and a documented exit code, never a hang or a trace."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.desk import PHONES
from tests.stories.conftest import COMMAND, environment

pytestmark = pytest.mark.trial
posix = pytest.mark.skipif(os.name != "posix", reason="other names and files there")

SHEET = f"phone,status\n{PHONES[0]},DNC\n"
LIMIT = 60
"""Seconds after which a command counts as one that hangs."""


@pytest.fixture(autouse=True)
def nothing_hangs():
    """Everything here ends in time."""

    def hangs(*_):
        raise TimeoutError("it hangs")

    if hasattr(signal, "SIGALRM"):
        before = signal.signal(signal.SIGALRM, hangs)
        signal.alarm(LIMIT)
        yield
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    else:
        yield


@pytest.fixture
def at(at):
    (at.work / "rows.csv").write_text(SHEET)
    return at


def process(at, *arguments, given=None, **variables):
    """The command as a process: exit code, standard output, standard error."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=at.work, env=environment(at.home, **variables), input=given,
        capture_output=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    said = done.stderr.decode(errors="replace")
    assert "Traceback" not in said
    return done.returncode, done.stdout.decode("utf-8-sig"), said


NAMES = [
    "new\nline.csv",
    "\x1b[2Jx.csv",
    "\N{RIGHT-TO-LEFT OVERRIDE}vsc.csv",
    os.fsdecode(b"\xff\xfe.csv"),
    "x" * 250 + ".csv",
    "   .csv",
    "{0.__class__}%s%n.csv",
    "[bold red]x[bold].csv",
    "rows",
    "rows.pdf",
]


@posix
def test_a_file_may_have_any_name(at, subtests):
    for name in NAMES:
        (at.work / name).write_text(SHEET)
        with subtests.test(repr(name)):
            done = at(name, "-n", "--offline")
            assert done.code == 0, done.screen
            assert "\x1b[2J" not in done.screen
            assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in done.screen


@posix
@pytest.mark.parametrize("what", ["a folder", "a loop", "a dangling link", "/dev/zero", "/dev/null", "not readable"])
def test_what_is_no_file_is_refused_with_what_to_do(at, what):
    path = at.work / "odd.csv"
    match what:
        case "a folder":
            path.mkdir()
        case "a loop":
            path.symlink_to(path)
        case "a dangling link":
            path.symlink_to(at.work / "nowhere")
        case "not readable":
            path.write_text(SHEET)
            path.chmod(0)
            if os.access(path, os.R_OK):
                pytest.skip("whoever runs this may read everything")
        case _:
            path = what
    done = at(path, "-n", "--offline")
    assert done.code == 2
    assert str(path) in done.screen.replace("\n", "")
    assert what != "a folder" or "Name a file in it" in done.screen


@pytest.mark.parametrize("command", [["dnc", "add"], ["dnc", "check"], ["retry"]])
def test_only_who_syncs_a_file_is_told_how_to_sync_a_folder(at, command):
    """A folder of lists of people who must never be called is no inbox."""
    (at.work / "odd.csv").mkdir()
    done = at(*command, "odd.csv")
    assert done.code == 2
    assert "Name a file in it" in done.screen
    assert "inbox" not in done.screen


@posix
@pytest.mark.parametrize(("name", "flag"), [("-", "-n"), ("-", "--sandbox"), ("/dev/stdin", "-n"), ("/dev/fd/0", "-n")])
def test_results_of_what_comes_through_a_pipe_are_not_lost(at, name, flag):
    code, out, said = process(at, name, flag, given=SHEET.encode())
    assert code == 0, said
    assert out.splitlines()[1].startswith(f"{PHONES[0]},DNC,2,")
    assert [path.name for path in at.work.iterdir()] == ["rows.csv"]


def unheard(way):
    """What `subprocess` needs for a standard error on a full disk, that nobody reads, or that is shut."""
    if way == "shut":
        return {"stderr": None, "preexec_fn": lambda: os.close(2)}
    if way == "full":
        return {"stderr": os.open("/dev/full", os.O_WRONLY)}
    ours, theirs = os.pipe()
    os.close(ours)
    return {"stderr": theirs}


@posix
@pytest.mark.parametrize("options", [(), ("-v",), ("--log-format", "json")])
@pytest.mark.parametrize("way", ["full", "unread", "shut"])
def test_a_run_that_nobody_hears_comes_to_its_end_all_the_same(at, way, options):
    """Its log's disk is full, or `| head` has read enough: exit code 1 would say that it had finished."""
    if way == "full" and not Path("/dev/full").exists():
        pytest.skip("there is no such device")
    at.sheet([(phone, "paused") for phone in PHONES[:5]])
    streams = unheard(way)
    with at.started("rows.csv", *options, **streams) as ended:
        assert ended.wait(LIMIT) == 0
    if streams["stderr"] is not None:
        os.close(streams["stderr"])
    assert at.codes() == ["updated"] * 5
    assert at.sent.total() == 5


@posix
def test_a_summary_that_nobody_reads_leaves_the_exit_code_of_the_run(at):
    ours, theirs = os.pipe()
    os.close(ours)
    with at.started("rows.csv", "--json", stdout=theirs) as ended:
        said = ended.communicate(timeout=LIMIT)[1].decode()
    os.close(theirs)
    assert ended.returncode == 0, said
    assert "The summary could not be written to standard output" in said
    assert "Exception ignored" not in said


@posix
def test_a_standard_stream_that_is_shut_loses_no_results(at):
    with at.started("-", "-q", stdin=subprocess.PIPE, stdout=None, preexec_fn=lambda: os.close(1)) as ended:
        said = ended.communicate(SHEET.encode(), timeout=LIMIT)[1].decode()
    assert ended.returncode == 0, said
    assert "standard-input.results.csv" in said, "also where a person wants quiet"
    assert [row["sync_code"] for row in at.rows("standard-input.results.csv")] == ["updated"]
    with at.started("-", stdin=None, preexec_fn=lambda: os.close(0)) as ended:
        assert "is empty" in ended.communicate(timeout=LIMIT)[1].decode()
    assert ended.returncode == 2


ODD = [
    {"COLUMNS": "0"},
    {"COLUMNS": "1"},
    {"COLUMNS": "-5"},
    {"COLUMNS": "many"},
    {"TERM": "dumb", "COLUMNS": "0"},
    {"TERM": "", "NO_COLOR": "1"},
    {"FORCE_COLOR": "1"},
    {"HOME": "/nowhere"},
    {"BULK_SYNC_STATE_DIR": os.devnull},
    {"BULK_SYNC_STATE_DIR": ""},
    {"SSL_CERT_FILE": "/nowhere"},
]
FROM_THE_START = [
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "LANG": "tlh_KL.KLINGON", "COLUMNS": "many"},
    {"TZ": "Nonsense/Nowhere", "TMPDIR": "/nowhere", "FORCE_COLOR": "1"},
    {"PYTHONHASHSEED": "0", "PYTHONWARNINGS": "error"},
]
"""Surroundings that Python itself goes by when it begins."""


def all_is_well(at, code, said):
    assert code == 0, said
    assert "Results:" in said
    assert "would_send" in (at.work / "rows.preview.csv").read_text("utf-8-sig")


def test_no_surroundings_spoil_a_preview(at, subtests):
    for variables in ODD:
        with subtests.test(str(variables)):
            done = at("rows.csv", "-n", "--offline", **variables)
            all_is_well(at, done.code, done.screen)


@pytest.mark.parametrize("variables", FROM_THE_START, ids=str)
def test_no_surroundings_of_a_process_spoil_a_preview(at, variables):
    code, _, said = process(at, "rows.csv", "-n", **variables)
    all_is_well(at, code, said)


KEYS = ["two\nlines", "schlüssel", "with blank", "\x1b[2J", "x" * 20_000]


def test_what_is_no_key_is_refused_and_not_repeated(at, subtests):
    for key in KEYS:
        with subtests.test(repr(key)[:20]):
            done = at("rows.csv", BULK_SYNC_API_KEY=key, BULK_SYNC_BASE_URL="http://127.0.0.1:9")
            assert done.code in {3, 4}
            assert key not in done.out + done.screen


@pytest.mark.parametrize("path", ["/dev/zero", "/nowhere", ".", "rows.csv"])
def test_what_is_no_file_of_a_key_is_refused(at, path):
    done = at("rows.csv", BULK_SYNC_API_KEY="", BULK_SYNC_API_KEY_FILE=path)
    assert done.code == 4
    assert PHONES[0] not in done.screen


RUNS = ["../../etc", "'; DROP TABLE run;--", "a" * 5_000, ".", "\N{RIGHT-TO-LEFT OVERRIDE}x"]


@pytest.mark.parametrize("command", ["history", "resume", "undo"])
def test_no_name_of_a_run_leads_anywhere_else(at, command, subtests):
    for name in RUNS:
        with subtests.test(name[:20]):
            done = at(command, name)
            assert done.code == 2
            assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in done.screen
