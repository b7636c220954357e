"""What do bad days of the API cost? (Real time: about three minutes, waiting for answers that never come.)

    python benchmarks/faults.py [rows]

10,000 rows against 5 % 500, 2 % reset, 1 % hang, 1 % HTML, 1 % broken JSON, and 1 % applied and then reset. The sandbox
serves in this process and counts what it is sent; the command runs in a process of its own.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from counting import command, counting

from bulk_sync.sandbox import SandboxOptions

FAULTS = {"500": 0.05, "reset": 0.02, "hang": 0.01, "html": 0.01, "bad-json": 0.01, "applied-reset": 0.01}
STATUSES = ("paused", "DNC", "fulfilled", "not-interested")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    wanted = {f"+1415{2_000_000 + 7 * row}": STATUSES[row % len(STATUSES)] for row in range(rows)}
    options = SandboxOptions(limiter="none", faults=FAULTS, seed=7)
    with tempfile.TemporaryDirectory() as folder, counting(wanted, options) as (running, sent):
        file = Path(folder) / "rows.csv"
        with file.open("w", newline="") as text:
            csv.writer(text).writerows([("phone", "status"), *wanted.items()])
        sync = command(running, Path(folder) / "state", str(file), "--rate", "10000/s", "--json", "--no-input")
        summary = json.loads(subprocess.run(**sync, stdout=subprocess.PIPE, check=False).stdout)
        with (Path(folder) / "rows.results.csv").open(newline="") as text:
            results = {row["sync_phone"]: row for row in csv.DictReader(text)}
        stands = {contact.phone: contact.status for contact in running.store.contacts()}
    tries = {phone: int(row["sync_attempts"]) for phone, row in results.items()}
    print(f"rows in and out:                {rows:,} and {len(results):,}")
    print(f"success:                        {sum(row['sync_result'] == 'success' for row in results.values()):,}")
    print(f"contacts that stand as asked:   {sum(stands[phone] == wanted[phone] for phone in wanted):,}")
    print(f"requests sent:                  {sent.total():,}")
    print(f"sent as often as reported:      {sum(sent[phone] == tries[phone] for phone in wanted):,}")
    print(f"most often sent:                {max(sent.values())} times (5 tries are allowed)")
    print(f"seconds:                        {summary['seconds']:.0f}")


if __name__ == "__main__":
    main()
