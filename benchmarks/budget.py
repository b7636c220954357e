"""How much of what a rate limiter permits does the budget use, and what does it cost? The table of the README.

    python benchmarks/budget.py [ROWS]

Simulated in virtual time with tests/simulation: seven kinds of limiters, 30 writes a minute unless said otherwise, 5 to
50 ms there and back, a server whose clock is 77.3 s behind. Each figure is the worst of all kinds, which is named behind
it. Nothing is sent anywhere. 20,000 rows, the default, take a few minutes of one core; the rivals get a tenth of them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bulk_sync.send.budget import Budget, ReplyNews
from bulk_sync.send.rate import Rate
from tests.simulation.limiters import KINDS
from tests.simulation.rivals import RIVALS
from tests.simulation.world import Line, Server, ideal_finish, share_of_what_is_left, simulate

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
    """The most refused requests in any one window, and the least share of what the rival left."""
    most, shares = 0, {}
    for kind in KINDS:
        for rounding in ("exact", "up", "down"):
            limiter = KINDS[kind](30, 60)
            story = simulate(Server(limiter, rounding, skew=SKEW), rows, line=QUICK, rival=RIVALS[name])
            most = max(most, *story.refusals.values(), 0)
            share = min(1.0, share_of_what_is_left(story, limiter, skew=SKEW))
            shares[kind] = min(share, shares.get(kind, 1.0))
    worst = min(shares, key=lambda kind: shares[kind])
    return str(most), f"{100 * shares[worst]:.1f} % ({worst})"


def cost(limit: int = 2_000, rounds: int = 20) -> str:
    """Real microseconds of arithmetic for a request, asking when it may leave included, at so many a second."""
    budget = Budget(ceiling=Rate(limit, 1.0), assumed=Rate(30, 60.0), most_in_flight=256)
    now, spent = 0.0, 0.0
    for second in range(rounds):
        headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-reset": str(second + 1)}
        under_way: list[float] = []
        for remaining in range(limit - 1, -1, -1):
            begin = time.perf_counter()
            while len(under_way) < 64 and budget.next_departure(now) <= now:
                budget.departed(now)
                under_way.append(now)
            news = headers | {"x-ratelimit-remaining": str(remaining)}
            if under_way:
                budget.arrived(ReplyNews(under_way.pop(0), now + 0.01, 1.79e9 + now, news, refused=False))
            spent += time.perf_counter() - begin
            now += 1 / limit
        for sent in under_way:
            budget.lost(sent, now)
        now += 1.1
    return f"{1e6 * spent / (rounds * limit):.0f} µs"


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print("| against every kind of limiter | refused: allowed | measured | used: required | measured, at worst |")
    print("|---|---|---|---|---|")
    lines = [
        (f"alone, exact reset, {rows:,} rows", "≥ 99 %", (rows, 60, "exact")),
        (f"alone, reset rounded up, {rows:,} rows", "≥ 97.5 %", (rows, 60, "up")),
        (f"alone, reset rounded down, {rows:,} rows", "≥ 97.5 %", (rows, 60, "down")),
        (f"alone, no headers, {rows:,} rows", "≥ 97 %", (rows, 60, "exact", "silent")),
        (f"the same, 0.2 to 1.8 s there and back, {rows:,} rows", "≥ 97 %", (rows, 60, "exact", "silent", SLOW)),
        ("a short file, rounded up: 95 rows, 30 writes in 15 s", "≥ 90 %", (95, 15, "up")),
        ("a short file, rounded down: 95 rows, 30 writes in 15 s", "≥ 90 %", (95, 15, "down")),
    ]
    for name, required, arguments in lines:
        refused, share = alone(*arguments)
        print(f"| {name} | 0 | {refused} | {required} | {share} |", flush=True)
    for name in RIVALS:
        most, share = beside(rows // 10, name)
        print(f"| beside a rival: {name}, {rows // 10:,} rows | 1 a window | {most} | ≥ 95 % | {share} |", flush=True)
    print(f"\nThe first 30 requests have left after {first_window()}.")
    print(f"The budget's arithmetic takes {cost()} a request, at 2,000 requests a second.")


if __name__ == "__main__":
    main()
