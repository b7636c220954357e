"""How well do four runs share the limit of one key? Real processes, real sockets, a real server: about two minutes.

    python benchmarks/shared.py [ROWS]

Four processes sync a file of `ROWS` rows each (60 if left out) with one key, at the same time, against the sandbox.
The shares are those of the rows that had passed when the first process was done. The last lines are the same in
virtual time, with windows of a minute.
"""

from __future__ import annotations

import contextlib
import csv
import math
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))

from bulk_sync import sandbox
from bulk_sync.sandbox.limits import Admission, Gate
from tests.simulation.limiters import KINDS
from tests.simulation.several import Run, Several, busiest
from tests.simulation.world import Line, Server, ideal_finish

if TYPE_CHECKING:
    from collections.abc import Callable

PROCESSES = 4
RATES = ((30, 5.0), (30, 15.0))
COMMAND = [sys.executable, "-m", "bulk_sync"]


def percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def row(name: str, moments: list[float], refused: int, used: float, shares: list[int], rate: tuple[int, float]) -> str:
    limit, period = rate
    most, fair = busiest(moments, period), f"{min(shares)} to {max(shares)}"
    return f"| {name} | {limit} in {period:g} s | {most} | {refused} | {percent(min(1.0, used))} | {fair} |"


class Watched:
    """A sandbox whose gate tells when it let a write in, and when it refused one."""

    def __init__(self, limit: int, period: float) -> None:
        self.passed: list[float] = []
        self.refused: list[float] = []
        self._admit = Gate.admit
        self.options = sandbox.SandboxOptions(writes=sandbox.Rate(limit, period))

    def admitting(self) -> Callable[[Gate, str, bytes, float], Admission]:
        """What takes the place of Gate.admit."""

        def admit(gate: Gate, method: str, key: bytes, now: float) -> Admission:
            admission = self._admit(gate, method, key, now)
            if method != "GET":
                (self.passed if admission.refusal is None else self.refused).append(now)
            return admission

        return admit


def measure(limit: int, period: float, rows: int) -> str:
    """Four processes against one server."""
    watched = Watched(limit, period)
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(Gate, "admit", watched.admitting()),
    ):
        folder = Path(name)
        phones = [[f"+1415555{at * 2000 + number:04d}" for number in range(rows)] for at in range(PROCESSES)]
        stock = [sandbox.SandboxContact(phone=phone) for each in phones for phone in each]
        with sandbox.running(contacts=stock, options=watched.options) as api:
            environment = os.environ | {"BULK_SYNC_API_KEY": api.key, "BULK_SYNC_STATE_DIR": str(folder / "state")}
            runs = [
                subprocess.Popen(
                    [
                        *COMMAND,
                        str(written(folder / f"{at}.csv", each)),
                        "--base-url",
                        api.url,
                        "--quiet",
                        "--no-input",
                    ],
                    env=environment,
                )
                for at, each in enumerate(phones)
            ]
            for run in runs:
                assert run.wait() == 0
        ends = [sorted(ends_of(each)) for each in (folder / "state" / "runs").iterdir()]
    first = min(each[-1] for each in ends)
    shares = [sum(1 for end in each if end <= first) for each in ends]
    needed = ideal(limit, period, len(watched.passed))
    used = needed / (watched.passed[-1] - watched.passed[0])
    return row("real", watched.passed, len(watched.refused), used, shares, (limit, period))


def written(path: Path, phones: list[str]) -> Path:
    with path.open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["phone", "status"])
        rows.writerows([phone, "paused"] for phone in phones)
    return path


def ends_of(folder: Path) -> list[float]:
    db = sqlite3.connect(folder / "ledger.db")
    with contextlib.closing(db):
        return [at for (at,) in db.execute("SELECT at FROM outcome")]


def ideal(limit: int, period: float, requests: int) -> float:
    """Seconds from the first request to the last, for one who knows the windows and has no way to go."""
    return (math.ceil(requests / limit) - 1) * period


def simulated(kind: str, limit: int, period: int, rows: int) -> str:
    """The same in virtual time."""
    line = Line((0.0025, 0.025), (0.0025, 0.025))
    runs = [Run(rows, begin=0.05 * at) for at in range(PROCESSES)]
    world = Several(Server(KINDS[kind](limit, period), "up", skew=-77.3), runs, line=line).simulate()
    first = min(run.finish for run in runs)
    shares = [sum(1 for moment in run.passed if moment <= first) for run in runs]
    used = ideal_finish(KINDS[kind](limit, period), rows * PROCESSES, skew=-77.3) / world.finish
    return row(f"simulated, {kind}", world.passed, len(world.refused), used, shares, (limit, period))


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    print("| server | limit | most in any window | refused | used | rows per process |\n|---|---|---|---|---|---|")
    for limit, period in RATES:
        print(measure(limit, period, rows), flush=True)
    print(simulated("fixed, from the first request", 30, 60, rows))
    print(simulated("sliding, names the oldest", 30, 60, rows))


if __name__ == "__main__":
    main()
