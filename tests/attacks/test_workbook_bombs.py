"""Files that want memory: each is refused in a sentence, or read where it is harmless, and neither takes much of it."""

import subprocess
import sys

import pytest

from tests.attacks.bombs import BINARY, DAMAGED, ODS, XLSX, spoiled
from tests.stories.conftest import COMMAND, environment

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.trial  # half a minute of processes

MOST = 256 << 20
"""Bytes. A file of three rows takes some 60 MB."""

SECONDS = 60
LIMITED = f"""
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
done = subprocess.run(sys.argv[1:], timeout={SECONDS})
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(peak if sys.platform == "darwin" else peak << 10)
sys.exit(done.returncode)
"""
"""Runs a command in limited memory, and says how much of it the command took."""


def previewed(path, tmp_path):
    """How a preview of a file ends, what it says, and the bytes of memory that it takes."""
    command = [sys.executable, "-c", LIMITED, *COMMAND, path.name, "--dry-run", "--offline"]
    done = subprocess.run(
        command, cwd=path.parent, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    *_, peak = done.stdout.split()
    return done.returncode, " ".join((done.stdout + done.stderr).split()), int(peak)


@pytest.mark.parametrize("bomb", XLSX + ODS + BINARY, ids=lambda bomb: bomb.name)
def test_it_is_refused_in_a_sentence_or_read_and_takes_little_memory(tmp_path, bomb):
    path = tmp_path / bomb.name
    bomb.make(path)
    code, said, peak = previewed(path, tmp_path)
    if bomb.said is None:
        assert code == 0, said
        assert "2 contacts" in said or "1 contact " in said
    else:
        assert (code, bomb.said in said) == (2, True), said
    assert peak < MOST


@pytest.mark.parametrize("how", ["cut short", "changed"])
def test_a_package_that_was_spoiled_is_refused_in_a_sentence(tmp_path, how):
    path = tmp_path / "list.xlsx"
    path.write_bytes(spoiled(how))
    code, said, peak = previewed(path, tmp_path)
    assert (code, DAMAGED in said) == (2, True), said
    assert peak < MOST


def test_parts_with_names_that_lead_out_of_the_folder_write_nothing_there(tmp_path):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    bomb = next(each for each in XLSX if each.name == "outside.xlsx")
    bomb.make(folder / bomb.name)
    assert previewed(folder / bomb.name, folder)[0] == 0
    assert {path.name for path in folder.iterdir()} >= {"outside.xlsx", "outside.preview.xlsx"}
    assert {path.name for path in tmp_path.rglob("x*")} == set()
