"""How does a budget fare against a server? A simulation in virtual time: events in a heap, nobody sleeps.

Time is what a perfect clock shows, from 0. Our monotonic clock stands `MONOTONIC` ahead of it, our wall clock `EPOCH`,
the server's clock `EPOCH + skew`.
"""

import heapq
import math
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import count
from random import Random

from bulk_sync.send.budget import Budget
from bulk_sync.send.exchange import ReplyNews
from bulk_sync.send.rate import Rate

MONOTONIC = 5_000.25
EPOCH = 1_790_000_000.0
ROUNDING = {"exact": float, "up": math.ceil, "down": math.floor}


@dataclass
class Server:
    """A limiter and how it talks.

    `rounding` of the reset: exact, up, down. `form`: epoch, milliseconds, relative, or silent (no headers at all).
    `dated`: replies carry a Date. `retry_after`: a 429 carries it. `skew`: its clock is so far ahead of ours.
    """

    limiter: object
    rounding: str = "exact"
    form: str = "epoch"
    dated: bool = True
    retry_after: bool = True
    skew: float = 0.0

    def take(self, time):
        """The ruling about a request that is processed at `time`."""
        # the limiter counts in the server's clock, so that round times are round there; small numbers keep it exact
        return self.limiter.take(time + self.skew + EPOCH % 3600)

    def headers(self, ruling, time):
        """The headers of the reply that leaves at `time`."""
        clock = time + self.skew
        headers = {"date": formatdate(math.floor(clock + EPOCH), usegmt=True)} if self.dated else {}
        if not ruling.allowed and self.retry_after:
            wait = ruling.frees - EPOCH % 3600 - clock
            headers["retry-after"] = str(max(1, math.ceil(wait)))
        if self.form == "silent":
            return headers
        reset = ruling.reset - EPOCH % 3600
        named = reset - clock if self.form == "relative" else reset + EPOCH
        scale = 1000 if self.form == "milliseconds" else 1
        value = ROUNDING[self.rounding](named) * scale
        return headers | {
            "x-ratelimit-limit": str(self.limiter.limit),
            "x-ratelimit-remaining": str(ruling.remaining),
            "x-ratelimit-reset": f"{value:.6f}" if self.rounding == "exact" and scale == 1 else str(int(value)),
        }


@dataclass
class Line:
    """The network: one way up, one way down, each drawn from its range of seconds."""

    up: tuple[float, float] = (0.002, 0.025)
    down: tuple[float, float] = (0.002, 0.025)


@dataclass
class Story:
    """What happened: moments at which requests left, were processed and were refused, and the rival's that passed.

    `refusals` counts our refused requests by the server's window; where it has no windows, by periods from `begin` on.
    """

    left: list[float] = field(default_factory=list)
    passed: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    rival: list[float] = field(default_factory=list)
    refusals: Counter[float] = field(default_factory=Counter)
    begin: float = 0.0
    finish: float = 0.0


def simulate(server, rows, *, line=None, seed=0, rival=None, most_in_flight=32, begin=0.0, budget=None, faults=None):
    """Send `rows` requests by a budget, each until it passes. `rival` is one of `rivals`, or None.

    `faults(random)` says what becomes of a processed request's reply: None (arrives), "lost", or "bare" (no rate
    headers).
    """
    budget = budget or Budget(ceiling=None, assumed=Rate(30, 60.0), most_in_flight=most_in_flight)
    world = _World(server, rows, line=line or Line(), random=Random(seed), rival=rival, begin=begin, faults=faults)
    return world.run(budget)


class _World:
    def __init__(self, server, rows, *, line, random, rival, begin, faults):
        self.server, self.line, self.random, self.faults = server, line, random, faults
        self.waiting, self.settled, self.rows = rows, 0, rows
        self.now, self.story = begin, Story(begin=begin)
        self.events, self.order = [], count()
        for program in rival.programs(server.limiter, begin, random) if rival else ():
            if (first := next(program, None)) is not None:
                self._at(first, self._rival, program)

    def run(self, budget):
        self.budget = budget
        woken = math.inf
        steps = 0
        while self.settled < self.rows:
            steps += 1
            assert steps < 400 * self.rows + 200_000, "the budget hangs"
            woken = self._let_go()
            due = self.events[0][0] if self.events else math.inf
            assert min(due, woken) < math.inf, "nobody will ever leave again"
            if woken < due:
                self.now = woken
                continue
            self.now, _, act, arguments = heapq.heappop(self.events)
            act(*arguments)
        self.story.finish = self.now
        return self.story

    def _let_go(self):
        """Let everybody leave who may; when to ask again."""
        while self.waiting:
            clock = self.now + MONOTONIC
            moment = self.budget.next_departure(clock)
            if moment > clock:
                return max(self.now + 1e-9, moment - MONOTONIC)
            self.budget.departed(clock)
            self.waiting -= 1
            self.story.left.append(self.now)
            self._at(self.now + self.random.uniform(*self.line.up), self._processed, self.now)
        return math.inf

    def _processed(self, sent):
        ruling = self.server.take(self.now)
        (self.story.passed if ruling.allowed else self.story.refused).append(self.now)
        if not ruling.allowed:
            period = self.server.limiter.period
            window = (self.now - self.story.begin) // period if ruling.window is None else ruling.window
            self.story.refusals[window] += 1
        fault = self.faults(self.random) if self.faults and ruling.allowed else None
        back = self.now + self.random.uniform(*self.line.down)
        if fault == "lost":
            self._at(back + 30.0, self._lost, sent)
            return
        headers = self.server.headers(ruling, self.now) if fault != "bare" else {}
        self._at(back, self._arrived, sent, headers, not ruling.allowed)

    def _arrived(self, sent, headers, refused):
        clock = self.now + MONOTONIC
        self.budget.arrived(ReplyNews(sent + MONOTONIC, clock, self.now + EPOCH, headers, refused=refused))
        self._over(refused)

    def _lost(self, sent):
        self.budget.lost(sent + MONOTONIC, self.now + MONOTONIC)
        self._over(False)

    def _over(self, again):
        if again:
            self.waiting += 1
        else:
            self.settled += 1

    def _rival(self, program):
        ruling = self.server.take(self.now)
        if ruling.allowed:
            self.story.rival.append(self.now)
        end = None if ruling.window is None else ruling.window - self.server.skew - EPOCH % 3600
        try:
            following = program.send((ruling.allowed, end))
        except StopIteration:
            return
        self._at(max(self.now, following), self._rival, program)

    def _at(self, time, act, *arguments):
        heapq.heappush(self.events, (time, next(self.order), act, arguments))


def ideal_finish(limiter, rows, *, skew=0.0, begin=0.0):
    """When the last of `rows` requests passes for one who knows the limiter and has no way to go; from `begin`."""
    now = begin + skew + EPOCH % 3600
    for _ in range(rows):
        ruling = limiter.take(now)
        while not ruling.allowed:
            now = max(ruling.frees, math.nextafter(now, math.inf))
            ruling = limiter.take(now)
    return now - skew - EPOCH % 3600


def share_of_what_is_left(story, limiter, *, skew=0.0):
    """What part of the requests that the limiter had left for us did we get?

    Counted are whole periods, from our first request on (where windows tick by the clock, from the window's start that
    fell into): the limit in each, a full bucket at first, less what the rival got.
    """
    start = story.begin
    phase = getattr(limiter, "phase", None)
    if phase is not None:
        behind = (start + skew + EPOCH % 3600 - phase) % limiter.period
        start -= behind
    periods = math.floor((story.finish - start) / limiter.period)
    end = start + periods * limiter.period
    permitted = limiter.limit * (periods + limiter.begins_full)
    ours, rivals = (sum(1 for each in moments if each < end) for moments in (story.passed, story.rival))
    return ours / max(1, permitted - rivals)
