"""How do several runs fare that share one budget? The world of `world.py` with several senders, in virtual time.

Each run has a shared budget of its own; the file they share is text in memory, its lock is never taken for longer than
a step. A run can be killed (nothing of it ever happens again) or stopped and go on later (as by SIGSTOP).
"""

import heapq
import math
from dataclasses import dataclass, field
from itertools import count
from random import Random

from bulk_sync.send.exchange import ReplyNews
from bulk_sync.send.rate import Rate
from bulk_sync.send.sharing.handover import Here
from bulk_sync.send.sharing.shared_budget import SharedBudget, Surroundings
from tests.simulation.world import EPOCH, MONOTONIC, Line


class MemoryFile:
    """The file of one run, as `common_file` is; `disk` is what all have in common."""

    def __init__(self, disk):
        self.disk, self.seen = disk, None

    def changed(self):
        return self.seen != self.disk["version"]

    def acquire(self):
        self.disk["visits"] += 1
        return not self.disk["is_locked"]

    def load(self):
        self.seen = self.disk["version"]
        return self.disk["text"]

    def save(self, text):
        self.disk["text"] = text
        self.disk["version"] += 1
        self.disk["saves"] += 1
        self.seen = self.disk["version"]
        return True

    def release(self):
        pass

    def close(self):
        pass


def empty_disk():
    return {"text": None, "version": 0, "visits": 0, "saves": 0, "is_locked": False}


@dataclass
class Run:
    """One run: `rows` to send from `begin` on by `workers`; `killed` and `stopped` (from, to) are moments."""

    rows: int
    begin: float = 0.0
    ceiling: Rate | None = None
    workers: int = 32
    killed: float = math.inf
    stopped: tuple[float, float] = (math.inf, math.inf)
    left: list = field(default_factory=list)
    passed: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    told: list = field(default_factory=list)
    steps: int = 0
    finish: float = math.inf


class Several:
    """Runs against a server."""

    def __init__(self, server, runs, *, line=None, seed=0, disk=None, wall_jump=(math.inf, 0.0)):
        self.server, self.runs, self.line = server, runs, line or Line()
        self.random, self.now = Random(seed), 0.0
        self.disk = disk or empty_disk()
        self.events, self.order = [], count()
        self.wall_jump = wall_jump

    def simulate(self):
        """Let everybody finish, or die."""
        for number, run in enumerate(self.runs):
            self.at(run.begin, lambda run=run, number=number: self._begin(run, number))
        steps, most = 0, 4000 * sum(run.rows for run in self.runs) + 400_000
        while any(run.finish == math.inf and run.killed > self.now for run in self.runs):
            steps += 1
            assert steps < most, "the runs hang"
            assert self.events, "nobody will ever leave again"
            self.now, _, act = heapq.heappop(self.events)
            act()
        return self

    def at(self, moment, act):
        heapq.heappush(self.events, (max(moment, self.now), next(self.order), act))

    def of(self, run, moment, act):
        """Something that happens in a run: never once it is killed, later while it is stopped."""

        def happen():
            if self.now >= run.killed:
                return
            if run.stopped[0] <= self.now < run.stopped[1]:
                self.at(run.stopped[1], happen)
                return
            run.steps += 1
            act()

        self.at(moment, happen)

    def _begin(self, run, number):
        run.open, run.in_flight = run.rows, 0
        run.waiting = min(run.rows, run.workers)
        run.budget = SharedBudget(
            MemoryFile(self.disk),
            f"run {number}",
            Surroundings(self.here, lambda when, act: Called(self, run, when, act), run.told.append),
            ceiling=run.ceiling,
            assumed=run.ceiling or Rate(30, 60.0),
            most_in_flight=run.workers,
        )
        run.timer = None
        run.budget.forecast(run.rows)
        run.budget.attach(lambda: run.waiting, lambda: self._let_go(run))
        self._let_go(run)

    def here(self):
        jump = self.wall_jump[1] if self.now >= self.wall_jump[0] else 0.0
        return Here(self.now + MONOTONIC, self.now + EPOCH + jump, "")

    def _let_go(self, run):
        if run.timer:
            run.timer.cancel()
        while run.waiting:
            clock = self.now + MONOTONIC
            moment = run.budget.next_departure(clock)
            if moment > clock:
                if moment < math.inf:
                    run.timer = Called(self, run, moment, lambda: self._let_go(run))
                return
            run.budget.departed(clock)
            run.waiting -= 1
            run.in_flight += 1
            run.left.append(self.now)
            # once it has left, a request is on its way whatever becomes of its run
            sent = self.now
            self.at(self.now + self.random.uniform(*self.line.up), lambda sent=sent: self._processed(run, sent))

    def _processed(self, run, sent):
        ruling = self.server.take(self.now)
        (run.passed if ruling.allowed else run.refused).append(self.now)
        headers = self.server.headers(ruling, self.now)
        back = self.now + self.random.uniform(*self.line.down)
        self.of(run, back, lambda: self._arrived(run, sent, headers, not ruling.allowed))

    def _arrived(self, run, sent, headers, refused):
        here = self.here()
        run.open -= not refused
        run.in_flight -= 1
        run.waiting = min(run.workers - run.in_flight, run.open - run.in_flight)
        run.budget.arrived(ReplyNews(sent + MONOTONIC, here.monotonic, here.wall, headers, refused=refused))
        run.budget.forecast(run.open)
        if not run.open:
            run.budget.close(lambda _: None)
            run.finish = self.now
            return
        self._let_go(run)

    @property
    def passed(self):
        return sorted(moment for run in self.runs for moment in run.passed)

    @property
    def refused(self):
        return sorted(moment for run in self.runs for moment in run.refused)

    @property
    def finish(self):
        return max(run.finish for run in self.runs if run.finish < math.inf)


class Called:
    """A timer in the world's time, given in monotonic seconds."""

    def __init__(self, world, run, when, act):
        self.act = act
        world.of(run, max(world.now + 1e-9, when - MONOTONIC), self.happen)

    def happen(self):
        act, self.act = self.act, None
        if act:
            act()

    def cancel(self):
        self.act = None


def busiest(moments, period):
    """The most of them in any window of this length."""
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moments[first] + period <= moment + 1e-9:
            first += 1
        most = max(most, last - first + 1)
    return most
