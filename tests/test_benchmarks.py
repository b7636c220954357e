"""The benchmark of speed works; what it measures is nobody's verdict here."""

import re
import subprocess
import sys
from pathlib import Path

SPEED = Path(__file__).parents[1] / "benchmarks" / "speed.py"


def test_the_benchmark_of_speed_prints_its_tables():
    command = [sys.executable, str(SPEED), "--rows", "300", "--sheet-rows", "40", "--times", "1", "--long", "600"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for name in ("300 rows of CSV", "40 rows of XLSX", "`--help`", "dry run of 5 rows"):
        [line] = [line for line in lines if line.startswith(f"| {name} |")]
        assert re.search(r"[0-9.]+×", line)
    assert any(line.startswith("600 rows of CSV: ") and "the time per row" in line for line in lines)
