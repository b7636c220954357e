"""Sixty runs against an API that says anything. Thousands of them: `python -m tests.attacks.fuzz`."""

import random
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.trial
@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="each run is forked")
def test_no_api_makes_a_run_crash_hang_or_say_what_is_not_so():
    seed = random.randrange(10**9)
    command = [sys.executable, "-m", "tests.attacks.fuzz", "--runs", "60", "--seconds", "45", "--seed", str(seed)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)  # the seed is among it
    assert done.returncode == 0, done.stdout + done.stderr
