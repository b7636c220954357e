"""Histories by hand: how many are wrong, of which kinds, and the smallest of each.

    python benchmarks/histories.py [HISTORIES] [SEED]

What the trials of tests/right_person/test_histories.py play, without an end at the first fault. A history is whole
commands in virtual time, some of them killed, against a team that changes while it is read.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.histories.drawn import histories
from tests.histories.player import History, Player, Step


def kinds_of(history: History) -> dict[str, str]:
    """What went wrong, by kind: a sentence without its figures and names."""
    found: dict[str, str] = {}
    for wrong in Player(history).play().judge.wrongs:
        kind = re.sub(r"Request\(.*|\{.*|\[.*?\]|\(Row\(.*?\)\)", "", wrong)
        found.setdefault(re.sub(r"\d[\d.]*|inf", "N", kind)[:120], wrong)
    return found


def smaller_steps(step: Step) -> Iterator[Step]:
    """The same command with something less."""
    for name in ("events", "faults", "rows"):
        parts = getattr(step, name)
        for at in range(len(parts) if name != "rows" or len(parts) > 1 else 0):
            yield replace(step, **{name: parts[:at] + parts[at + 1 :]})
    plain = {"kill": None, "flags": frozenset(), "rest": 1.0}
    yield from (replace(step, **{name: value}) for name, value in plain.items() if getattr(step, name) != value)
    for at, row in enumerate(step.rows):
        for name in ("new", "move", "by_id"):
            if getattr(row, name) and (name != "move" or row.status):
                yield replace(step, rows=(*step.rows[:at], replace(row, **{name: False}), *step.rows[at + 1 :]))


def smaller(history: History) -> Iterator[History]:
    """Histories with something less."""
    steps = history.steps
    for at in range(len(steps) if len(steps) > 1 else 0):
        yield replace(history, steps=steps[:at] + steps[at + 1 :])
    for at, step in enumerate(steps):
        yield from (replace(history, steps=(*steps[:at], each, *steps[at + 1 :])) for each in smaller_steps(step))
    people = history.people
    for at, status in enumerate(people):
        if status != "active":
            yield replace(history, people=(*people[:at], "active", *people[at + 1 :]))
    plain: dict[str, Any] = vars(History((), ()))
    for name in ("writes", "reads", "most", "reads_by_id", "latency", "concurrency", "seed"):
        if getattr(history, name) != plain[name]:
            yield replace(history, **{name: plain[name]})


def smallest(history: History, kind: str) -> tuple[History, str]:
    """The least that still goes wrong in this way, and its sentence."""
    while (found := next((each for each in smaller(history) if kind in kinds_of(each)), None)) is not None:
        history = found
    return history, kinds_of(history)[kind]


def main() -> None:
    given_numbers = [int(each) for each in sys.argv[1:]]
    number, start = (*given_numbers, *(2_000, 0)[len(given_numbers) :])
    counts: Counter[str] = Counter()
    first: dict[str, History] = {}
    played = 0

    @seed(start)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def play(history: History) -> None:
        nonlocal played
        played += 1
        for kind in kinds_of(history):
            counts[kind] += 1
            first.setdefault(kind, history)

    began = time.perf_counter()
    play()
    print(f"{played:,} histories in {time.perf_counter() - began:.0f} s; {counts.total():,} faults")
    for kind, count in counts.most_common():
        history, wrong = smallest(first[kind], kind)
        print(f"\n{count:,} × {wrong}\n{history}", flush=True)


if __name__ == "__main__":
    main()
