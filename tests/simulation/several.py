"""How do several runs fare that share one budget? The world of `world.py` with several senders, in virtual time.

Each run has a shared budget of its own; the file that they share is a real one. A run can be killed (nothing of it ever
happens again) or stopped and go on later (as by SIGSTOP).
"""

import heapq
import math
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from bulk_sync.ratelimit.rate import Rate
from bulk_sync.ratelimit.shared_budget import BEAT, SharedBudget
from bulk_sync.ratelimit.window import ReplyNews
from tests.simulation.world import EPOCH, MONOTONIC, Line


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
    methods: tuple[str, ...] = ("POST",)
    finish: float = math.inf


class Several:
    """Runs against a server; `path` is that of their file, which is theirs alone where it is left out."""

    def __init__(self, server, runs, *, line=None, seed=0, path=None, wall_jump=(math.inf, 0.0)):
        self.server, self.runs, self.line = server, runs, line or Line()
        self.random, self.now = Random(seed), 0.0
        self.path = path
        self.events, self.order = [], count()
        self.wall_jump = wall_jump

    def simulate(self):
        """Let everybody finish, or die."""
        with tempfile.TemporaryDirectory() as folder:
            self.path = self.path or Path(folder) / "shared.db"
            self._simulate()
        return self

    def _simulate(self):
        for number, run in enumerate(self.runs):
            self.at(run.begin, lambda run=run, number=number: self._begin(run, number))
        steps, most = 0, 4000 * sum(run.rows for run in self.runs) + 400_000
        while any(run.finish == math.inf and run.killed > self.now for run in self.runs):
            steps += 1
            assert steps < most, "the runs hang"
            assert self.events, "nobody will ever leave again"
            self.now, _, act = heapq.heappop(self.events)
            act()
        for run in self.runs:
            if run.finish == math.inf:
                run.budget._db.close()

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
            act()

        self.at(moment, happen)

    def _begin(self, run, number):
        run.open, run.in_flight, run.taken = run.rows, 0, 0
        run.waiting = []
        run.budget = SharedBudget(
            self.path,
            ceiling=run.ceiling,
            assumed=run.ceiling or Rate(30, 60.0),
            most_in_flight=run.workers,
            clock=lambda: self.now + MONOTONIC,
            tell=run.told.append,
        )
        run.timer = None
        run.budget.forecast(run.rows)
        self._take_rows(run)
        self._beat(run)
        self._let_go(run)

    def _take_rows(self, run):
        while len(run.waiting) + run.in_flight < run.workers and run.taken < run.rows:
            run.waiting.append(run.methods[run.taken % len(run.methods)])
            run.taken += 1

    def _beat(self, run):
        if run.open:
            run.budget.beat()
            self.of(run, self.now + BEAT, lambda: self._beat(run))

    def _let_go(self, run):
        if run.timer:
            run.timer.cancel()
        again, clock = math.inf, self.now + MONOTONIC
        for method in dict.fromkeys(run.waiting):
            while method in run.waiting:
                moment = run.budget.next_departure(clock, method)
                if moment > clock:
                    again = min(again, moment)
                    break
                sent = run.budget.departed(clock, method)
                run.waiting.remove(method)
                run.in_flight += 1
                run.left.append(self.now)
                # once it has left, a request is on its way whatever becomes of its run
                up = self.now + self.random.uniform(*self.line.up)
                self.at(up, lambda sent=sent, method=method: self._processed(run, sent, method))
        if again < math.inf:
            run.timer = Called(self, run, again, lambda: self._let_go(run))

    def _processed(self, run, sent, method):
        ruling = self.server.take(self.now, method)
        (run.passed if ruling.allowed else run.refused).append(self.now)
        headers = self.server.headers(ruling, self.now, method)
        back = self.now + self.random.uniform(*self.line.down)
        self.of(run, back, lambda: self._arrived(run, sent, headers, not ruling.allowed, method))

    def _arrived(self, run, sent, headers, refused, method):
        jump = self.wall_jump[1] if self.now >= self.wall_jump[0] else 0.0
        clock, wall = self.now + MONOTONIC, self.now + EPOCH + jump
        run.in_flight -= 1
        if refused:
            run.waiting.append(method)
        else:
            run.open -= 1
        self._take_rows(run)
        run.budget.arrived(ReplyNews(sent, clock, wall, headers, refused=refused, method=method, succeeded=not refused))
        run.budget.forecast(run.open)
        if not run.open:
            run.budget.leave()
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
