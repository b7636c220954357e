"""How much of what a rate limiter permits does the budget use? The table of the README: `python benchmarks/budget.py`.

Simulated in virtual time, with the limiters and the network of tests/simulation: 30 writes a minute, 5 to 50 ms there
and back, the server's clock 77.3 s behind. Nothing is sent anywhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.simulation.limiters import KINDS
from tests.simulation.world import Line, Server, Story, ideal_finish, simulate

LINE = Line((0.0025, 0.025), (0.0025, 0.025))
SKEW = -77.3


def alone(kind: str, rounding: str, form: str, rows: int, period: int) -> str:
    server = Server(KINDS[kind](30, period), rounding, form=form, skew=SKEW)
    story = simulate(server, rows, line=LINE)
    ideal = ideal_finish(KINDS[kind](30, period), rows, skew=SKEW)
    return f"{len(story.refused)} / {100 * min(1.0, ideal / story.finish):.1f} %"


def beside(kind: str, rows: int) -> str:
    story = simulate(Server(KINDS[kind](30, 60), "up", skew=SKEW), rows, line=LINE, rival=0.4)
    return f"{len(story.refused) / (story.finish / 60):.2f} / {100 * _of_what_is_left(story):.1f} %"


def _of_what_is_left(story: Story) -> float:
    left = 30 * (story.finish / 60 + 1) - len(story.rival)
    return min(1.0, len(story.passed) / left)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(
        f"Refused requests / share of the permitted throughput; {rows:,} rows in 60 s windows, unless said otherwise.\n"
    )
    print("| limiter | exact reset | rounded up | rounded down | no headers | 95 rows per 15 s | a rival takes 40 % |")
    print("|---|---|---|---|---|---|---|")
    for kind in KINDS:
        cells = [alone(kind, rounding, "epoch", rows, 60) for rounding in ("exact", "up", "down")]
        cells.append(alone(kind, "exact", "silent", rows, 60))
        cells.append(alone(kind, "up", "epoch", 95, 15))
        cells.append(beside(kind, rows // 10))
        print(f"| {kind} | {' | '.join(cells)} |", flush=True)
    print("\nThe last column counts refused requests per window.")


if __name__ == "__main__":
    main()
