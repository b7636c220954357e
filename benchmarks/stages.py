"""Where does the time of a large dry run go, and what would each step take if there were nothing to do but its bytes?

    python benchmarks/stages.py [--rows 1000000] [--times 3]

The steps of a dry run of a text file, one after the other. Seconds of the clock, the least of several runs, so imports
are not counted. Beside them the physical limit where a step has one: reading the same bytes from the system's cache,
writing the same bytes and having them on the disk.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from unittest.mock import patch

from make_rows import make

from bulk_sync.input_table import open_input
from bulk_sync.plan.phones import Phones
from bulk_sync.plan.planning import PlanOptions, make_plan
from bulk_sync.plan.row_decisions import ReadRows
from bulk_sync.results.sync_columns import Results
from bulk_sync.results.writers import write_file
from bulk_sync.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

A = TypeVar("A")
T = TypeVar("T")

STEPS = {
    "open": "find out encoding, delimiter, header; read all bytes once",
    "read": "find the cells of the columns that are used; read all bytes once",
    "phones": "read the phone numbers",
    "decide": "statuses, campaigns, and the sentence of each row that cannot be sent",
    "contacts": "settle rows of the same contact, put calls in order",
    "columns": "make the columns of the results",
    "write": "put each line and its new cells together; read all bytes once, have the results on the disk",
}
READS, WRITES = ("open", "read"), ("write",)


class Stopwatch:
    """Seconds by step. Of steps inside each other, time counts for the inner one."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._running: list[str] = []
        self._since = time.perf_counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """The block is a step."""
        self._turn()
        self._running.append(name)
        try:
            yield
        finally:
            self._turn()
            self._running.pop()

    def _turn(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now

    def items(self, name: str, items: Iterable[A]) -> Iterator[A]:
        """The items; what it takes to make them is a step."""
        made = iter(items)
        while True:
            with self.step(name):
                item = next(made, None)
            if item is None:
                return
            yield item

    def called(self, name: str, function: Callable[..., T]) -> Callable[..., T]:
        """The function; each call of it is a step."""

        def timed(*given: object) -> T:
            with self.step(name):
                return function(*given)

        return timed


def dry_run(file: Path, out: Path) -> Counter[str]:
    """Seconds by step."""
    watch, settings = Stopwatch(), Settings(input=str(file), dry_run=True)
    with watch.step("open"):
        table, columns = open_input(file, settings)
    chunks = type(table).chunks
    with (
        patch.object(Phones, "read", watch.called("phones", Phones.read)),
        patch.object(ReadRows, "_read", watch.called("decide", ReadRows._read)),
        patch.object(type(table), "chunks", lambda *given, **more: watch.items("read", chunks(*given, **more))),
        watch.step("contacts"),
    ):
        plan = make_plan(table, columns, PlanOptions(region=settings.region))
    results = Results(plan, "run", lambda _start, _stop: {}, None)
    with watch.step("write"):
        write_file(table, out, watch.items("columns", results.frames()))
    return watch.seconds


def reading(file: Path) -> float:
    began = time.perf_counter()
    with file.open("rb") as bytes_of:
        for _ in iter(partial(bytes_of.read, 1 << 20), b""):
            pass
    return time.perf_counter() - began


def writing(file: Path) -> float:
    """Seconds that as many bytes take to be written, and to be on the disk."""
    data = file.read_bytes()
    began = time.perf_counter()
    with file.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bulk-sync-stages-") as name:
        file = make(options.rows, Path(name) / "rows.csv")
        out = file.with_name("out.csv")
        runs = [dry_run(file, out) for _ in range(options.times)]
        size, read = file.stat().st_size, min(reading(file) for _ in range(options.times))
        written, wrote = out.stat().st_size, min(writing(out) for _ in range(options.times))
    least = {step: min(run[step] for run in runs) for step in STEPS}
    print(f"{options.rows:,} rows, {size / 1e6:,.0f} MB; results of {written / 1e6:,.0f} MB.\n")
    print("| step | s | of all | its bytes alone, s |\n|---|---|---|---|")
    for step, what in STEPS.items():
        limit = f"{read:.2f}" if step in READS else f"{wrote:.2f}" if step in WRITES else ""
        print(f"| {what} | {least[step]:.2f} | {least[step] / sum(least.values()):.0%} | {limit} |")
    print(f"| together | {sum(least.values()):.2f} | | {len(READS) * read + wrote:.2f} |")


if __name__ == "__main__":
    main()
