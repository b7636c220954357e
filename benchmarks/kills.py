"""What does an interruption cost? Runs of every kind, ended by kill -9 or a signal at random moments, and gone on with.

    python benchmarks/kills.py [runs] [seed] [signals]        (some seconds a run)

signals: a comma-separated choice of KILL, HUP, TERM, INT and INT2 (twice); all of them if left out. About half of the
signals come while the results are written, and every third time the command that goes on is interrupted as well. What
counts: `judging` finds no fault.
"""

from __future__ import annotations

import random
import signal
import sys
from collections import Counter, defaultdict
from itertools import cycle
from typing import TYPE_CHECKING

from interruptions import IN_FLIGHT, Mode, Moment, Undisturbed, modes, undisturbed
from judging import Fate, trial

if TYPE_CHECKING:
    from collections.abc import Iterable

SIGNALS = {"KILL": "SIGKILL", "HUP": "SIGHUP", "TERM": "SIGTERM", "INT": "SIGINT", "INT2": "SIGINT"}
_MOST_AGAIN = 3000
"""Calls of functions between a signal and the next."""


def drawn(chance: random.Random, name: str, calm: Undisturbed, *, while_writing: bool) -> Moment:
    """A moment for a signal."""
    number, twice = signal.Signals[SIGNALS[name]], name == "INT2"
    if while_writing:
        mark = chance.choice(["written", "written", "placed"])
        again = chance.randint(1, _MOST_AGAIN) if twice else 0
        most = max(1, calm.calls[mark] - again)
        evenly = mark == "written" and chance.random() < 1 / 2
        return Moment(number, mark, chance.uniform(1, most) if evenly else most ** chance.random(), again)
    again = chance.uniform(0.0, 0.2) if twice else 0
    if chance.random() < 1 / 3:
        return Moment(number, "seconds", chance.uniform(0.1, calm.seconds), again)
    return Moment(number, chance.choice(["arrived", "done"]), chance.randint(1, max(1, calm.writes)), again)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    names = sys.argv[3].split(",") if len(sys.argv) > 3 else [*SIGNALS]
    chance = random.Random(seed)
    calm: dict[Mode, Undisturbed] = {}
    fates: dict[tuple[str, str], list[Fate]] = defaultdict(list)
    plans = [(mode, name) for name in names for mode in modes()]
    chance.shuffle(plans)
    for run, (mode, name) in zip(range(runs), cycle(plans), strict=False):
        if mode not in calm:
            calm[mode] = undisturbed(mode)
        times = chance.choice([1, 1, 2])
        moments = [drawn(chance, name, calm[mode], while_writing=chance.random() < 1 / 2) for _ in range(times)]
        fate = trial(mode, moments, calm[mode], same_command=chance.random() < 1 / 2)
        fates[f"{mode.name} {mode.suffix}", name].append(fate)
        for fault in dict.fromkeys(fate.faults):
            when = ", ".join(f"{moment.kind} {moment.at:.2f}" for moment in moments)
            print(f"run {run}: {mode.name} {mode.suffix}, {name} {when}: {fault}", flush=True)
    show(fates)


def show(fates: dict[tuple[str, str], list[Fate]]) -> None:
    """Print a table by mode and signal, and the sums."""
    print("| mode | signal | runs | before | sending | writing | after | told otherwise | twice, at most | faults |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for (mode, name), found in sorted(fates.items()):
        print(f"| {mode} | {name} | {_line(found)} |")
    print(f"| all | | {_line([fate for found in fates.values() for fate in found])} |")
    print(f"told otherwise: rows whose call was in flight, and which the next look found done; in flight: {IN_FLIGHT}")


def _line(fates: Iterable[Fate]) -> str:
    found = list(fates)
    landed = Counter(fate.landed for fate in found)
    cells: list[int] = [len(found), *(landed[name] for name in ("before", "sending", "writing", "after"))]
    cells += [sum(fate.told_otherwise for fate in found), max(fate.twice for fate in found)]
    return " | ".join(map(str, [*cells, sum(bool(fate.faults) for fate in found)]))


if __name__ == "__main__":
    main()
