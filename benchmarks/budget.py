"""How much of what a rate limiter permits does the budget use, and what does it cost? See docs/measurements.md.

    python benchmarks/budget.py [ROWS]

Simulated in virtual time with tests/simulation: seven kinds of limiters, 30 writes a minute unless said otherwise, 5 to
50 ms there and back, a server whose clock is 77.3 s behind. Each figure is the worst of all kinds, which is named
behind it. Nothing is sent anywhere. 20,000 rows, the default, take two minutes; beside rivals it is a tenth of them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from bulk_sync.ratelimit.budget import Budget
from bulk_sync.ratelimit.rate import Rate
from tests.simulation.limiters import KINDS
from tests.simulation.rivals import RIVALS
from tests.simulation.world import Line, Server, ideal_finish, share_of_what_is_left, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.ratelimit.window import ReplyNews

T = TypeVar("T")
R = TypeVar("R")

QUICK = Line((0.0025, 0.025), (0.0025, 0.025))
SLOW = Line((0.1, 0.9), (0.1, 0.9))
SKEW = -77.3


def alone(rows: int, period: int, rounding: str, form: str = "epoch", line: Line = QUICK) -> tuple[str, str]:
    """Refused requests of all kinds, and the least share of the permitted throughput."""
    refused, shares = 0, {}
    for kind in KINDS:
        story = simulate(Server(KINDS[kind](30, period), rounding, form=form, skew=SKEW), rows, line=line)
        refused += len(story.refused)
        shares[kind] = min(1.0, ideal_finish(KINDS[kind](30, period), rows, skew=SKEW) / story.finish)
    worst = min(shares, key=lambda kind: shares[kind])
    return str(refused), f"{100 * shares[worst]:.1f} % ({worst})"


def first_window() -> str:
    """Seconds until 30 requests had left, where the window does not end in between."""
    kinds = [kind for kind in KINDS if kind != "fixed, from the server's start"]
    last = {kind: simulate(Server(KINDS[kind](30, 60)), 30, line=QUICK).left[-1] for kind in kinds}
    worst = max(last, key=lambda kind: last[kind])
    return f"{last[worst]:.2f} s ({worst})"


def beside(rows: int, name: str) -> tuple[str, str]:
    """The most refused requests in a window on average, and the least share of what the rival left."""
    most, shares = 0.0, {}
    for kind in KINDS:
        for rounding in ("exact", "up", "down"):
            limiter = KINDS[kind](30, 60)
            story = simulate(Server(limiter, rounding, skew=SKEW), rows, line=QUICK, rival=RIVALS[name])
            most = max(most, len(story.refused) / (story.finish / 60))
            share = min(1.0, share_of_what_is_left(story, limiter, skew=SKEW))
            shares[kind] = min(share, shares.get(kind, 1.0))
    worst = min(shares, key=lambda kind: shares[kind])
    return f"{most:.1f}", f"{100 * shares[worst]:.1f} % ({worst})"


class Timed(Budget):
    """A budget that notes what its arithmetic takes of the processor."""

    spent = 0.0
    steps = 0

    def _timed(self, step: Callable[[T], R], argument: T) -> R:
        begin = time.thread_time()
        result = step(argument)
        self.spent += time.thread_time() - begin
        self.steps += 1
        return result

    def next_departure(self, now: float) -> float:
        """See Budget."""
        return self._timed(super().next_departure, now)

    def departed(self, now: float) -> None:
        """See Budget."""
        self._timed(super().departed, now)

    def arrived(self, news: ReplyNews) -> None:
        """See Budget."""
        self._timed(super().arrived, news)


def cost(rate: Rate, rows: int = 20_000) -> str:
    """Microseconds of the processor for each step (a question, a departure, a reply) at this rate."""
    budget = Timed(ceiling=None, assumed=Rate(30, 60.0), most_in_flight=256)
    simulate(Server(KINDS["fixed, at round times"](rate.limit, rate.period)), rows, line=QUICK, budget=budget)
    return f"{1e6 * budget.spent / budget.steps:.1f} µs a step, {1e6 * budget.spent / rows:.0f} µs a request"


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print("| against every kind of limiter | refused: allowed | measured | used: required | measured, at worst |")
    print("|---|---|---|---|---|")
    lines = [
        (f"alone, exact reset, {rows:,} rows", "≥ 98 %", (rows, 60, "exact")),
        (f"alone, reset rounded up, {rows:,} rows", "≥ 97 %", (rows, 60, "up")),
        (f"alone, reset rounded down, {rows:,} rows", "≥ 97 %", (rows, 60, "down")),
        (f"alone, no headers, {rows:,} rows", "≥ 98 %", (rows, 60, "exact", "silent")),
        (f"the same, 0.2 to 1.8 s there and back, {rows:,} rows", "≥ 97 %", (rows, 60, "exact", "silent", SLOW)),
        ("a short file, rounded up: 95 rows, 30 writes in 15 s", "≥ 85 %", (95, 15, "up")),
        ("a short file, rounded down: 95 rows, 30 writes in 15 s", "≥ 85 %", (95, 15, "down")),
    ]
    for name, required, arguments in lines:
        refused, share = alone(*arguments)
        print(f"| {name} | 0 | {refused} | {required} | {share} |", flush=True)
    for name in RIVALS:
        most, share = beside(rows // 10, name)
        print(f"| beside a rival: {name}, {rows // 10:,} rows | 3 a window | {most} | ≥ 90 % | {share} |", flush=True)
    print(f"\nThe first 30 requests have left after {first_window()}.")
    print(f"The budget's arithmetic takes {cost(Rate(2_000, 1.0))}, at 2,000 requests a second.")


if __name__ == "__main__":
    main()
