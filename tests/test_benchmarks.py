"""The benchmarks work; what they measure is nobody's verdict here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.trial

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def printed(name, arguments):
    """What a benchmark prints."""
    command = [sys.executable, str(BENCHMARKS / name), *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def table(text, mark):
    """The cells of the lines that have this mark."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if mark in line]


def test_the_benchmark_of_speed_prints_its_tables():
    lines = printed("speed.py", "--rows 300 --sheet-rows 40 --times 1 --long 600").splitlines()
    for name in ("300 rows of CSV", "40 rows of XLSX", "`--help`", "dry run of 5 rows"):
        [line] = [line for line in lines if line.startswith(f"| {name} |")]
        assert re.search(r"[0-9.]+×", line)
    assert any(line.startswith("600 rows of CSV: ") and "the time per row" in line for line in lines)


def test_the_benchmark_of_stages_tells_where_all_the_time_goes():
    cells = table(printed("stages.py", "--rows 3000 --times 1"), "%")
    assert len(cells) == 7
    assert 97 <= sum(int(share.rstrip("%")) for _, _, share, _ in cells) <= 103


@pytest.mark.parametrize("server", ["fast", "sandbox"])
def test_the_benchmark_of_sending_prints_its_table(server):
    text = printed("sending.py", f"--rows 120 --times 1 --server {server}")
    assert re.search(r"The server's ceiling: [0-9,]+ requests/s", text)
    for name in ("the peer", "bulk-sync"):
        assert re.search(rf"^\| {name} \| [0-9.]+ \| [0-9,]+ \| [0-9,]+ \|", text, re.MULTILINE)
    assert re.search(r"the time of the peer \*\*[0-9.]+×\*\* less", text)


def test_the_trials_of_interruptions_find_no_fault():
    text = printed("kills.py", "3 1")
    assert re.search(r"^\| all \| +\| 3 \|.* \| 0 \|$", text, re.MULTILINE), text


def test_the_benchmark_of_the_look_at_contacts_holds_what_it_promises():
    text = printed("live.py", "600")
    lines = table(text, "|")
    shares = [cells[3] for cells in lines if cells[0].startswith("600 rows")]
    assert len(shares) == 18
    assert all(float(share) <= 1.1 for share in shares if share)
    held = [cells for cells in lines if cells[0].endswith("on a page") and len(cells) == 6]
    assert [(cells[3], cells[4]) for cells in held] == [("40", "0")] * 6
    assert text.count(": 0 DNC rows leave after another row") == 2
