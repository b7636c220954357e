"""Tricks of files, folders and surroundings: a sentence and a documented exit code, never a hang or a trace."""

import os
import subprocess
import sys

import pytest

from tests.desk import PHONES

pytestmark = pytest.mark.trial  # a process for each

SHEET = f"phone,status\n{PHONES[0]},DNC\n"
LIMIT = 60
"""Seconds after which a command counts as one that hangs."""


@pytest.fixture
def here(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "rows.csv").write_text(SHEET)
    monkeypatch.chdir(folder)
    return folder


def run(here, *arguments, given=None, **variables):
    """The command as a process: exit code, standard output, standard error."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BULK_SYNC", "GUAYABA"))}
    state = {"BULK_SYNC_STATE_DIR": str(here.parent / "state"), "HOME": str(here.parent)}
    done = subprocess.run(
        [sys.executable, "-m", "bulk_sync", *map(str, arguments)],
        cwd=here, env=kept | state | variables, input=given, capture_output=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    said = done.stderr.decode(errors="replace")
    assert "Traceback" not in said
    assert done.returncode in {0, 1, 2, 3, 4}, said
    return done.returncode, done.stdout.decode("utf-8-sig"), said


NAMES = {
    "a line break": "new\nline.csv",
    "an escape": "\x1b[2Jx.csv",
    "a direction mark": "\N{RIGHT-TO-LEFT OVERRIDE}vsc.csv",
    "bytes that are no text": os.fsdecode(b"\xff\xfe.csv"),
    "the longest": "x" * 250 + ".csv",
    "blanks alone": "   .csv",
    "a template of Python": "{0.__class__}%s%n.csv",
    "markup": "[bold red]x[bold].csv",
    "no suffix": "rows",
    "a suffix of another kind": "rows.pdf",
}


@pytest.mark.skipif(os.name != "posix", reason="other names there")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_file_may_have_any_name(here, name):
    (here / "rows.csv").rename(here / name)
    code, _, said = run(here, name, "-n")
    assert code == 0, said
    assert "\x1b[2J" not in said
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in said


@pytest.mark.skipif(os.name != "posix", reason="no such files there")
@pytest.mark.parametrize("what", ["a folder", "a loop", "a dangling link", "/dev/zero", "/dev/null", "not readable"])
def test_what_is_no_file_is_refused_with_what_to_do(here, what):
    path = here / "odd.csv"
    match what:
        case "a folder":
            path.mkdir()
        case "a loop":
            path.symlink_to(path)
        case "a dangling link":
            path.symlink_to(here / "nowhere")
        case "not readable":
            path.write_text(SHEET)
            path.chmod(0)
            if os.access(path, os.R_OK):
                pytest.skip("whoever runs this may read everything")
        case _:
            path = what
    code, _, said = run(here, path, "-n")
    assert code == 2
    assert str(path) in said.replace("\n", "")


@pytest.mark.skipif(os.name != "posix", reason="no such pipes there")
@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0"])
@pytest.mark.parametrize("flags", [["-n"], ["--sandbox"]])
def test_results_of_what_comes_through_a_pipe_are_not_lost(here, name, flags):
    code, out, said = run(here, name, *flags, given=SHEET.encode())
    assert code == 0, said
    assert out.splitlines()[1].startswith(f"{PHONES[0]},DNC,2,")
    assert [path.name for path in here.iterdir()] == ["rows.csv"]


ODD = [
    {"COLUMNS": "0"},
    {"COLUMNS": "1"},
    {"COLUMNS": "-5"},
    {"COLUMNS": "many"},
    {"TERM": "dumb", "COLUMNS": "0"},
    {"TERM": "", "NO_COLOR": "1"},
    {"FORCE_COLOR": "1"},
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LANG": "tlh_KL.KLINGON"},
    {"TZ": "Nonsense/Nowhere"},
    {"TMPDIR": "/nowhere"},
    {"HOME": "/nowhere"},
    {"BULK_SYNC_STATE_DIR": os.devnull},
    {"BULK_SYNC_STATE_DIR": ""},
    {"PYTHONHASHSEED": "0", "PYTHONWARNINGS": "error"},
    {"SSL_CERT_FILE": "/nowhere"},
]


@pytest.mark.parametrize("variables", ODD, ids=str)
def test_no_surroundings_spoil_a_preview(here, variables):
    code, _, said = run(here, "rows.csv", "-n", **variables)
    assert code == 0, said
    assert "Results:" in said
    assert "would_send" in (here / "rows.preview.csv").read_text("utf-8-sig")


KEYS = ["two\nlines", "schlüssel", "with blank", "\x1b[2J", "x" * 20_000]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_what_is_no_key_is_refused_and_not_repeated(here, key):
    code, out, said = run(here, "rows.csv", BULK_SYNC_API_KEY=key, BULK_SYNC_BASE_URL="http://127.0.0.1:9")
    assert code in {3, 4}
    assert key not in out + said


@pytest.mark.parametrize("path", ["/dev/zero", "/nowhere", ".", "rows.csv"])
def test_what_is_no_file_of_a_key_is_refused(here, path):
    code, _, said = run(here, "rows.csv", BULK_SYNC_API_KEY_FILE=path)
    assert code == 4
    assert PHONES[0] not in said


ADDRESSES = [
    "http://evil.example",
    "https://user:pw@127.0.0.1:1/",
    "http://127.0.0.1.evil.example",
    "http://localhost@evil.example/",
    "file:///etc/passwd",
    "http://2130706433/",
    "http://0x7f.1:99999999999/",
    "https://api.example/?key=1",
    "https://api.example/#x",
    "javascript:alert(1)",
    "//evil.example",
    "http://",
    "http://[::1",
    "ftp://127.0.0.1",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_gets_a_key_that_must_not(here, address):
    code, _, said = run(here, "rows.csv", "--base-url", address, BULK_SYNC_API_KEY="gua_key")
    assert code in {2, 4}
    assert "user:pw" not in said
    assert not list(here.glob("*.results.csv"))


@pytest.mark.parametrize("command", ["history", "resume", "undo"])
@pytest.mark.parametrize(
    "run_name", ["../../etc", "'; DROP TABLE run;--", "a" * 5_000, ".", "\N{RIGHT-TO-LEFT OVERRIDE}x"]
)
def test_no_name_of_a_run_leads_anywhere_else(here, command, run_name):
    code, _, said = run(here, command, run_name)
    assert code == 2
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in said
