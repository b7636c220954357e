"""What does a look at the contacts save, and what does it cost? The table of docs/measurements.md.

    python benchmarks/live.py [ROWS]

A fake API in virtual time, with the documented limits of 30 writes and 100 reads a minute, and the run's own look,
gate, workers and budgets; nothing is sent anywhere. 10,000 rows, the default, take a minute.

The bound is what the writes take that are needed, or the reads if those take longer: a first window at once, then one a
minute. What differs, what is missing and who is in DNC is drawn with a fixed seed.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.simulation.limiters import FixedWindow
from tests.simulation.live_run import LiveRun, planned, row
from tests.simulation.team import Crowd, Team, person

QUICK, SLOW = 0.05, 1.0


class Figures(NamedTuple):
    """How a run went: minutes, the bound of them, reads and writes; and the run itself."""

    minutes: float
    bound: float
    reads: int
    writes: int
    run: Any


def team_of(people: Any, page: int, latency: float) -> Team:
    """An API with the documented limits."""
    limits = {"reads": FixedWindow(100, 60), "writes": FixedWindow(30, 60)}
    return Team(people, most=page, latency=latency, exact=True, **limits)


def figures(team: Team, updates: list[Any], needed: int, reads: int, **how: Any) -> Figures:
    """Send them; `needed` writes, and `reads` (the pages, and a search for each that is missing)."""
    run = LiveRun(team, planned(updates), **how)
    bound = max((needed - 1) // 30, (reads - 1) // 100) if needed else 0
    return Figures(run.took / 60, bound, len(team.asked), len(team.wrote), run)


def nightly(rows: int, page: int, latency: float, *, dnc: float = 0.0, missing: float = 0.0, **how: Any) -> Figures:
    """Rows against five times as many contacts, 3 % of them differing; `dnc` and `missing` are parts of the rows."""
    random, size = Random(1), 5 * rows
    in_dnc = int(dnc * size)
    people = [person(number, "DNC" if number < in_dnc else "paused") for number in range(size)]
    updates, needed, absent = [], 0, 0
    for number in range(0, size, 5):
        asked = "DNC" if number < in_dnc else "paused"
        if random.random() < missing:
            updates.append(row(size + number, "paused"))
            absent += 1
            continue
        if random.random() < 0.03:
            people[number]["status"] = "active"
            needed += 1
        updates.append(row(number, asked))
    return figures(team_of(people, page, latency), updates, needed, math.ceil(size / page) + absent, **how)


def many(rows: int, size: int, latency: float = QUICK) -> Figures:
    """Few rows of very many contacts, none of which differs."""
    team = team_of(Crowd(size, "paused"), 100, latency)
    return figures(team, [row(number * (size // rows), "paused") for number in range(rows)], 0, rows)


def all_differ(rows: int, latency: float, **how: Any) -> Figures:
    """Rows that all have to be sent."""
    people = [person(number) for number in range(5_000)]
    return figures(
        team_of(people, 100, latency), [row(n, "DNC" if n % 2 else "paused") for n in range(rows)], rows, 1, **how
    )


def guarded(rows: int, page: int, *, compares: bool) -> Figures:
    """Rows that set `active`, one in 25 of whose contacts are in DNC, in a team of 50,000 with 2,000 in DNC."""
    people = [person(number, "DNC" if number % 25 == 0 else "paused") for number in range(50 * rows)]
    team = team_of(people, page, QUICK)
    return figures(team, [row(number, "active") for number in range(rows)], rows - rows // 25, 0, compares=compares)


def dnc_order(rows: int, *, compares: bool) -> tuple[int, float]:
    """How many DNC rows left after the first other row, and when the last of them did; 5 % of the rows are DNC."""
    people = [person(number, "active") for number in range(5 * rows)]
    updates = [row(5 * number, "DNC" if number % 20 == 0 else "paused") for number in range(rows)]
    team = team_of(people, 100, QUICK)
    run = LiveRun(team, planned(updates), compares=compares, pace=None)
    asked = [(moment, body["status"]) for moment, _, body, _ in team.wrote]
    first = min(moment for moment, status in asked if status != "DNC")
    assert run.sent.stopped is None
    return sum(moment > first for moment, status in asked if status == "DNC"), max(
        t for t, s in asked if s == "DNC"
    ) / 60


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| with --only-changed | minutes | bound | share | reads | writes | sending all |")
    print("|---|---|---|---|---|---|---|")
    for latency in (QUICK, SLOW):
        for page in (25, 100, 1000):
            for name, parts in (("", {}), (", 5 % DNC", {"dnc": 0.05}), (", 2 % missing", {"missing": 0.02})):
                found = nightly(rows, page, latency, **parts)
                title = f"{rows:,} rows of {5 * rows:,}, 3 % differ{name}; {page} on a page, {latency:g} s"
                share = f"{found.minutes / found.bound:.3f}" if found.bound else ""
                all_of_them = (rows - 1) // 30
                print(
                    f"| {title} | {found.minutes:.1f} | {found.bound} | {share} | {found.reads:,} | {found.writes:,} "
                    f"| {all_of_them} |",
                    flush=True,
                )
    found = many(200, 1_000_000)
    print(f"| 200 rows of 1,000,000, none differs | {found.minutes:.1f} | | | {found.reads} | {found.writes} | 6 |")
    print("\n| 20 rows, all differ | seconds | reads | writes |\n|---|---|---|---|")
    for latency in (QUICK, SLOW):
        for compares in (False, True):
            found = all_differ(20, latency, compares=compares)
            title = f"{'with' if compares else 'without'} --only-changed, {latency:g} s"
            print(f"| {title} | {60 * found.minutes:.2f} | {found.reads} | {found.writes} |")
    print("\n| 1,000 rows set active, 40 are in DNC | minutes | reads | held | in DNC and written | the first leaves |")
    print("|---|---|---|---|---|---|")
    for page in (25, 100, 1000):
        for compares in (False, True):
            found = guarded(1_000, page, compares=compares)
            held = list(found.run.codes().values()).count("leaves_dnc")
            wrong = sum(before == "DNC" for *_, before in found.run.team.wrote)
            title = f"{'with' if compares else 'without'} --only-changed, {page} on a page"
            first = found.run.team.wrote[0][0]
            print(f"| {title} | {found.minutes:.1f} | {found.reads} | {held} | {wrong} | {first:.1f} s |", flush=True)
    for compares in (False, True):
        late, minute = dnc_order(rows, compares=compares)
        title = "with" if compares else "without"
        print(
            f"\n{rows:,} rows, {rows // 20:,} DNC, {title} --only-changed, all differ: {late} DNC rows leave after "
            f"another row; all have left after {minute:.1f} min."
        )


if __name__ == "__main__":
    main()
