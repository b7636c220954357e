"""How long do 95 rows take against a real server that allows 30 writes in 15 seconds? (Real time: under a minute.)

    python benchmarks/limiters.py

Three sandboxes at once, one per kind of limiter, each in a process of its own, and a run of the command against each.
The ideal is a client without a network that knows the limiter.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROWS, LIMIT, PERIOD = 95, 30, 15
IDEAL = {"fixed": 45.0, "sliding": 45.0, "bucket": (ROWS - LIMIT) * PERIOD / LIMIT}
COMMAND = [sys.executable, "-m", "bulk_sync"]


def measure(limiter: str, folder: Path) -> tuple[str, float, int]:
    """Sync `ROWS` rows against a sandbox with this limiter: its name, the seconds of sending, the rows updated."""
    file = folder / f"{limiter}.csv"
    with file.open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["phone", "status"])
        rows.writerows([f"+1415555{100 + number:04d}", "paused"] for number in range(ROWS))
    options = ["--port", "0", "--limiter", limiter, "--writes", f"{LIMIT}/{PERIOD}s", "--contacts", str(file)]
    with subprocess.Popen([*COMMAND, "sandbox", *options], stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        url, key = (sandbox.stdout.readline().strip() for _ in range(2))
        environment = os.environ | {"BULK_SYNC_API_KEY": key, "BULK_SYNC_STATE_DIR": str(folder / "state")}
        done = subprocess.run(
            [*COMMAND, str(file), "--base-url", url, "--json", "--quiet", "--no-input"],
            stdout=subprocess.PIPE,
            env=environment,
            check=False,
        )
        sandbox.terminate()
    summary = json.loads(done.stdout)
    return limiter, summary["seconds"], summary["codes"].get("updated", 0)


def main() -> None:
    """Measure all three, and print a table."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        print("| limiter | rows updated | seconds | ideal | of the ideal |\n|---|---|---|---|---|")
        for limiter, seconds, updated in pool.map(measure, IDEAL, [Path(folder)] * len(IDEAL)):
            share = f"{IDEAL[limiter] / seconds:.0%}"
            print(f"| {limiter} | {updated} of {ROWS} | {seconds:.1f} | {IDEAL[limiter]:.1f} | {share} |")


if __name__ == "__main__":
    main()
