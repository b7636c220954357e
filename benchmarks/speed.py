"""How fast is a dry run, and how much memory does it take? Against the script that a user would write instead.

    python benchmarks/speed.py [--rows 1000000] [--sheet-rows 200000] [--times 5] [--long ROWS]

The peer (`naive_peer.py`) and bulk-sync read the same file and write their results, in turns; each figure is a median,
but for memory, which is counted in one more run of each: to look at a process takes of the time that is measured.
`--long` adds a file of so many rows, which only bulk-sync reads, once: is its time per row that of the shorter file?
The last table compares what everybody waits for with a Python that does nothing. Half an hour as it stands; the
machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from make_rows import make

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PEER = [sys.executable, str(Path(__file__).with_name("naive_peer.py"))]
OURS = [sys.executable, "-m", "bulk_sync"]
EMPTY = [sys.executable, "-c", "pass"]
FINE = (0, 1)
"""Exit codes of a run that came to its end: 1 says that some rows have errors, and the benchmark's rows do."""


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds of the clock, seconds of processors, MB at its peak (None where nobody can tell).

    The peak is that of all its processes together where the system shows them (Linux), else that of the largest.
    """

    wall: float
    cpu: float
    peak: float | None


def held(process: int) -> float:
    """MB that a process and those it started hold now; 0 where the system does not show it."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        started = [task.read_text().split() for task in Path(f"/proc/{process}/task").glob("*/children")]
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(held(int(child)) for each in started for child in each)


@contextmanager
def watched(process: int) -> Iterator[list[float]]:
    """What a process and those it started hold together, from time to time while the block lasts."""
    found, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            found.append(held(process))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()


def cost(command: Sequence[str], *, weighed: bool = False) -> Cost:
    """Run a command once; how much memory all of its processes hold is looked at if it is `weighed`.

    Raises RuntimeError where it failed: a figure of a failure would look fast.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=said, stderr=said)
        if hasattr(os, "wait4"):
            with watched(child.pid) if weighed else nullcontext([0.0]) as together:
                _, status, used = os.wait4(child.pid, 0)
                wall = time.perf_counter() - began
            code = os.waitstatus_to_exitcode(status)
            child.returncode = code
            # kilobytes, but on macOS bytes
            unit = 2**20 if sys.platform == "darwin" else 2**10
            found = Cost(wall, used.ru_utime + used.ru_stime, max(used.ru_maxrss / unit, *together))
        else:
            code, before = child.wait(), os.times()
            found = Cost(time.perf_counter() - began, before.children_user + before.children_system, None)
        if code not in FINE:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{said.read().decode(errors='replace')}")
    return found


def medians(commands: Sequence[Sequence[str]], times: int) -> list[Cost]:
    """The median costs of several commands, run in turns; the memory of one more run."""
    found = [[cost(command) for command in commands] for _ in range(times)]
    return [
        Cost(
            median(each.wall for each in costs),
            median(each.cpu for each in costs),
            cost(command, weighed=True).peak,
        )
        for command, costs in zip(commands, zip(*found, strict=True), strict=True)
    ]


def against_the_peer(name: str, file: Path, times: int) -> tuple[str, Cost]:
    """A line of the table, and what ours took."""
    out = file.with_name(f"out{file.suffix}")
    peer, ours = medians(
        [
            [*PEER, str(file), "--dry-run", "--out", str(out)],
            [*OURS, str(file), "--dry-run", "--quiet", "--output", str(out)],
        ],
        times,
    )
    peak = (
        "| | | |"
        if ours.peak is None or peer.peak is None
        else f"| {peer.peak:,.0f} | {ours.peak:,.0f} | **{ours.peak / peer.peak:.2f}×** |"
    )
    line = (
        f"| {name} | {peer.wall:.1f} | {ours.wall:.1f} | **{peer.wall / ours.wall:.1f}×** "
        f"| {peer.cpu:.1f} | {ours.cpu:.1f} | {peer.cpu / ours.cpu:.1f}× {peak}"
    )
    return line, ours


def starts(folder: Path, times: int) -> list[str]:
    """The lines about starting: `--help`, and a dry run of five rows beside the peer's."""
    few = make(5, folder / "five.csv")
    peer = [*PEER, str(few), "--dry-run", "--out", str(folder / "out.csv")]
    commands = [EMPTY, [*OURS, "--help"], peer, [*OURS, str(few), "--dry-run", "--quiet"]]
    empty, *ours = medians(commands, times)
    return [
        f"| {name} | {1000 * empty.wall:.0f} | {1000 * each.wall:.0f} | **{each.wall / empty.wall:.1f}×** |"
        for name, each in zip(("`--help`", "the script on 5 rows", "dry run of 5 rows"), ours, strict=True)
    ]


def given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sheet-rows", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--long", type=int)
    return parser.parse_args()


def main() -> None:
    options = given()
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores{load}; medians of {options.times}.\n")
    with tempfile.TemporaryDirectory(prefix="bulk-sync-speed-") as name:
        folder = Path(name)
        os.environ["BULK_SYNC_STATE_DIR"] = str(folder / "state")
        print(
            "| dry run, results written | peer, s | ours, s | faster | peer, CPU s | ours | less | peer, MB | ours | |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        text = make(options.rows, folder / "rows.csv")
        line, short = against_the_peer(f"{options.rows:,} rows of CSV", text, options.times)
        print(line, flush=True)
        sheet = make(options.sheet_rows, folder / "rows.xlsx")
        print(against_the_peer(f"{options.sheet_rows:,} rows of XLSX", sheet, options.times)[0], flush=True)
        if options.long:
            long = make(options.long, folder / "long.csv")
            command = [*OURS, str(long), "--dry-run", "--quiet", "--output", str(folder / "out.csv")]
            took, peak = cost(command), cost(command, weighed=True).peak
            ratio = (took.wall / options.long) / (short.wall / options.rows)
            memory = "" if peak is None else f", {peak:,.0f} MB"
            print(f"\n{options.long:,} rows of CSV: {took.wall:.1f} s{memory}; {ratio:.2f}× the time per row.")
        print("\n| start | empty Python, ms | ours, ms | |\n|---|---|---|---|")
        print("\n".join(starts(folder, options.times)))


if __name__ == "__main__":
    main()
