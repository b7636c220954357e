"""What does `kill -9` cost? 100 runs of 300 rows, each killed at a random moment and taken up again. (Some minutes.)

    python benchmarks/kills.py [runs] [seed]

Each run has a sandbox, a file and a state folder of its own. What counts: every row has an outcome, the API stands as
after an undisturbed run, and nothing was sent twice but what was in flight when the process died.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from counting import command, counting

from bulk_sync.sandbox import SandboxOptions

if TYPE_CHECKING:
    from collections import Counter

    from bulk_sync.sandbox.serving import Running

ROWS, IN_FLIGHT = 300, 8
STATUSES = ("paused", "DNC", "active", "fulfilled", "not-interested")


def rows() -> list[tuple[str, str]]:
    """300 rows, of which some are duplicates, some contradict each other, and some cannot be sent."""
    made = [(f"+1415{2_000_000 + 7 * (row % 270)}", STATUSES[row % len(STATUSES)]) for row in range(ROWS - 10)]
    return [*made, *[("not a number", "paused")] * 5, *[("+14152000000", "nonsense")] * 5]


class Fate(NamedTuple):
    """What a run came to: (result, code) by row, contacts as (phone, status, campaign), what was sent how often."""

    outcomes: list[tuple[str, str]]
    contacts: list[tuple[str, str, str]]
    sent: Counter[str]
    was_killed: bool
    settled_before: int


def trial(kill_after: float | None) -> Fate:
    phones = dict.fromkeys(phone for phone, _ in rows() if phone.startswith("+"))
    with tempfile.TemporaryDirectory() as name, counting(phones, SandboxOptions(limiter="none")) as (running, sent):
        folder = Path(name)
        file = folder / "rows.csv"
        with file.open("w", newline="") as text:
            csv.writer(text).writerows([("phone", "status"), *rows()])
        was_killed = _killed(running, folder, kill_after)
        before = sum(sent.values())
        if was_killed:
            _go_on(running, folder)
        with (folder / "rows.results.csv").open(newline="") as text:
            outcomes = [(row["sync_result"], row["sync_code"]) for row in csv.DictReader(text)]
        contacts = sorted((each.phone, each.status, each.campaign) for each in running.store.contacts())
    return Fate(outcomes, contacts, sent, was_killed, before)


def _go_on(running: Running, folder: Path) -> None:
    """`bulk-sync resume`; where the run died before it had begun, the same command."""
    again = command(running, folder / "state", "resume", "--quiet")
    subprocess.run(**again, cwd=folder, capture_output=True, check=False)
    if not (folder / "rows.results.csv").exists():
        subprocess.run(**command(running, folder / "state", "rows.csv", *_PACE), cwd=folder, check=False)


_PACE = ("--rate", "150/s", "--concurrency", str(IN_FLIGHT), "--quiet")


def _killed(running: Running, folder: Path, after: float | None) -> bool:
    """Run, and kill after so many seconds; whether it was still running then."""
    sync = command(running, folder / "state", str(folder / "rows.csv"), *_PACE)
    with subprocess.Popen(**sync, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 7)
    began = time.monotonic()
    undisturbed = trial(None)
    longest = time.monotonic() - began
    calls = undisturbed.sent.total()
    print(f"an undisturbed run: {len(undisturbed.outcomes)} rows, {calls} requests")
    fates = []
    while len(fates) < runs:
        fate = trial(chance.uniform(0.2, longest))
        if fate.was_killed:
            fates.append(fate)
    twice = [fate.sent.total() - calls for fate in fates]
    print(f"killed and taken up:                  {len(fates)}, of them {_between(fates, calls)} while it was sending")
    print(f"every row with the outcome it has undisturbed:  {sum(f.outcomes == undisturbed.outcomes for f in fates)}")
    print(f"the API stands as it does undisturbed:          {sum(f.contacts == undisturbed.contacts for f in fates)}")
    print(f"sent twice: {max(twice)} at most, {sum(twice) / len(twice):.1f} on average (in flight: up to {IN_FLIGHT})")
    print(f"sent more than twice: {sum(max(f.sent.values()) > 2 for f in fates)}; never sent: {_missing(fates, calls)}")


def _between(fates: list[Fate], calls: int) -> int:
    return sum(0 < fate.settled_before < calls for fate in fates)


def _missing(fates: list[Fate], calls: int) -> int:
    return sum(len(fate.sent) < calls for fate in fates)


if __name__ == "__main__":
    main()
