"""Files that want memory: each is refused in a sentence, or read where it is harmless, and neither takes much of it."""

import json
import subprocess
import sys

import pytest

from tests.attacks.bombs import BINARY, DAMAGED, ODS, XLSX, Bomb, spoiled
from tests.stories.conftest import ROOT, environment

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.trial

MOST = 256 << 20
"""Bytes. A file of three rows takes some 120 MB, most of it the program itself."""

SECONDS = 60
LIMITED = f"""
import json, os, resource, signal, sys

import openpyxl, pandas, phonenumbers, python_calamine, xlsxwriter
from bulk_sync.cli import main
from tests import adapter

adapter.load_everything()
for name in sys.argv[1:]:
    ours, theirs = os.pipe()
    if not (child := os.fork()):
        for stream in (1, 2):
            os.dup2(theirs, stream)
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        signal.alarm({SECONDS})
        sys.argv = ["bulk-sync", name, "--dry-run", "--offline"]
        main()
    os.close(theirs)
    with open(ours) as said:
        told = " ".join(said.read().split())
    _, status, used = os.wait4(child, 0)
    peak = used.ru_maxrss if sys.platform == "darwin" else used.ru_maxrss << 10
    print(json.dumps([os.waitstatus_to_exitcode(status), told, peak]), flush=True)
"""
"""Runs a command for each file in limited memory, and tells its exit code, what it said, and how much it took."""


def previewed(folder, names, home):
    """How a preview of each of these files ends, what it says, and the bytes of memory that it takes."""
    env = environment(home, PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *names], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


SPOILED = [
    Bomb(f"{how}.xlsx", lambda path, how=how: path.write_bytes(spoiled(how)), DAMAGED)
    for how in ("cut short", "changed")
]


@pytest.mark.parametrize("bombs", [XLSX + SPOILED, ODS, BINARY], ids=["xlsx", "ods", "binary"])
def test_it_is_refused_in_a_sentence_or_read_and_takes_little_memory(tmp_path, bombs, subtests):
    for bomb in bombs:
        bomb.make(tmp_path / bomb.name)
    ends = previewed(tmp_path, [bomb.name for bomb in bombs], tmp_path)
    for bomb, (code, said, peak) in zip(bombs, ends, strict=True):
        with subtests.test(bomb.name):
            assert "Traceback" not in said
            if bomb.said is None:
                assert code == 0, said
                assert "2 contacts" in said or "1 contact " in said
            else:
                assert (code, bomb.said in said) == (2, True), said
            assert peak < MOST


def test_parts_with_names_that_lead_out_of_the_folder_write_nothing_there(tmp_path):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    bomb = next(each for each in XLSX if each.name == "outside.xlsx")
    bomb.make(folder / bomb.name)
    assert previewed(folder, [bomb.name], folder)[0][0] == 0
    assert {path.name for path in folder.iterdir()} >= {"outside.xlsx", "outside.preview.xlsx"}
    assert {path.name for path in tmp_path.rglob("x*")} == set()
