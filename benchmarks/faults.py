"""What do bad days of the API cost? (Real time: about three minutes, waiting for answers that never come.)

    python benchmarks/faults.py [rows]

10,000 rows against 5 % 500, 2 % reset, 1 % hang, 1 % HTML, 1 % broken JSON, and 1 % applied and then reset. The sandbox
serves in this process and counts what it is sent; the command runs in a process of its own.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync import sandbox
from bulk_sync.sandbox import serving
from bulk_sync.sandbox.app import App

if TYPE_CHECKING:
    from bulk_sync.sandbox.app import Receive, Scope, Send

FAULTS = {"500": 0.05, "reset": 0.02, "hang": 0.01, "html": 0.01, "bad-json": 0.01, "applied-reset": 0.01}
STATUSES = ("paused", "DNC", "fulfilled", "not-interested")
SENT: Counter[str] = Counter()


class Counting(App):
    """Counts how often each phone number is sent, whatever becomes of the request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def heard() -> Any:  # noqa: ANN401 -- an ASGI message
            message = await receive()
            if message.get("body"):
                SENT[json.loads(message["body"])["phone"]] += 1
            return message

        await super().__call__(scope, heard, send)


def sync(file: Path, running: serving.Running, state: Path) -> dict[str, Any]:
    environment = os.environ | {"BULK_SYNC_API_KEY": running.key, "BULK_SYNC_STATE_DIR": str(state)}
    command = [sys.executable, "-m", "bulk_sync", str(file), "--base-url", running.url, "--rate", "10000/s", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False)
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    wanted = {f"+1415{2_000_000 + 7 * row}": STATUSES[row % len(STATUSES)] for row in range(rows)}
    serving.App = Counting  # type: ignore[misc]  # the one place where a request can be counted before it meets a fault
    options = sandbox.SandboxOptions(limiter="none", faults=FAULTS, seed=7)
    contacts = [sandbox.SandboxContact(phone=phone) for phone in wanted]
    with tempfile.TemporaryDirectory() as folder, sandbox.running(contacts=contacts, options=options) as running:
        file = Path(folder) / "rows.csv"
        with file.open("w", newline="") as text:
            csv.writer(text).writerows([("phone", "status"), *wanted.items()])
        summary = sync(file, running, Path(folder) / "state")
        with (Path(folder) / "rows.results.csv").open(newline="") as text:
            results = {row["sync_phone"]: row for row in csv.DictReader(text)}
        stands = {contact.phone: contact.status for contact in running.store.contacts()}
    tries = {phone: int(row["sync_attempts"]) for phone, row in results.items()}
    print(f"rows in and out:                {rows:,} and {len(results):,}")
    print(f"success:                        {sum(row['sync_result'] == 'success' for row in results.values()):,}")
    print(f"contacts that stand as asked:   {sum(stands[phone] == wanted[phone] for phone in wanted):,}")
    print(f"requests sent:                  {SENT.total():,}")
    print(f"sent as often as reported:      {sum(SENT[phone] == tries[phone] for phone in wanted):,}")
    print(f"most often sent:                {max(SENT.values())} times (5 tries are allowed)")
    print(f"seconds:                        {summary['seconds']:.0f}")


if __name__ == "__main__":
    main()
