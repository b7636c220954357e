"""How does a budget fare against a server? A simulation in virtual time: events in a heap, nobody sleeps.

Time is what a perfect clock shows, from 0. Our monotonic clock stands `MONOTONIC` ahead of it, our wall clock `EPOCH`,
the server's clock `EPOCH + skew`.
"""

import heapq
import math
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import chain, count, repeat
from random import Random

from bulk_sync.ratelimit.buckets import Buckets
from bulk_sync.ratelimit.budget import Budget
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.ratelimit.window import ReplyNews

MONOTONIC = 5_000.25
EPOCH = 1_790_000_000.0
WORKERS = 64
ROUNDING = {"exact": float, "up": math.ceil, "down": math.floor}


@dataclass
class Server:
    """A limiter and how it talks.

    `rounding` of the reset: exact, up, down. `form`: epoch, milliseconds, relative, or silent (no headers at all).
    `dated`: replies carry a Date. `retry_after`: a 429 carries it. `skew`: its clock is so far ahead of ours.
    `of_puts`: the limiter of PUT, where it has one of its own.
    """

    limiter: object
    rounding: str = "exact"
    form: str = "epoch"
    dated: bool = True
    retry_after: bool = True
    skew: float = 0.0
    of_puts: object = None

    def take(self, time, method="POST"):
        """The ruling about a request that is processed at `time`."""
        # the limiter counts in the server's clock, so that round times are round there; small numbers keep it exact
        return self._limiter(method).take(time + self.skew + EPOCH % 3600)

    def _limiter(self, method):
        return self.of_puts if method == "PUT" and self.of_puts else self.limiter

    def headers(self, ruling, time, method="POST"):
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
            "x-ratelimit-limit": str(self._limiter(method).limit),
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


def simulate(
    server, rows, *, line=None, seed=0, rival=None, most_in_flight=32, begin=0.0, budget=None, faults=None,
    methods=("POST",), ceiling=None,
):  # fmt: skip
    """Send `rows` requests by a budget, each until it passes. `rival` is one of `rivals`, or None.

    `methods`: those of the requests, again and again; they leave in that order, as 32 workers take them.

    `faults(random)` says what becomes of a processed request's reply: None (arrives), "lost", or "bare" (no rate
    headers).
    """

    def make():
        return budget or Budget(ceiling=ceiling, assumed=ceiling or Rate(30, 60.0), most_in_flight=most_in_flight)

    world = _World(server, rows, line=line or Line(), random=Random(seed), rival=rival, begin=begin, faults=faults)
    return world.run(Buckets(make), methods)


class _World:
    def __init__(self, server, rows, *, line, random, rival, begin, faults):
        self.server, self.line, self.random, self.faults = server, line, random, faults
        self.settled, self.rows = 0, rows
        self.now, self.story = begin, Story(begin=begin)
        self.events, self.order = [], count()
        for program in rival.programs(server.limiter, begin, random) if rival else ():
            if (first := next(program, None)) is not None:
                self._at(first, self._rival, program)

    def run(self, budget, methods):
        self.budget, self.to_come = budget, chain.from_iterable(repeat(methods))
        self.waiting = [next(self.to_come) for _ in range(min(WORKERS, self.rows))]
        self.untaken = self.rows - len(self.waiting)
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
        soonest = math.inf
        for method in dict.fromkeys(self.waiting):
            while method in self.waiting:
                clock = self.now + MONOTONIC
                moment = self.budget.next_departure(clock, method)
                if moment > clock:
                    soonest = min(soonest, max(self.now + 1e-9, moment - MONOTONIC))
                    break
                self.budget.departed(clock, method)
                self.waiting.remove(method)
                self.story.left.append(self.now)
                self._at(self.now + self.random.uniform(*self.line.up), self._processed, self.now, method)
        return soonest

    def _processed(self, sent, method):
        ruling = self.server.take(self.now, method)
        (self.story.passed if ruling.allowed else self.story.refused).append(self.now)
        if not ruling.allowed:
            period = self.server.limiter.period
            window = (self.now - self.story.begin) // period if ruling.window is None else ruling.window
            self.story.refusals[window] += 1
        fault = self.faults(self.random) if self.faults and ruling.allowed else None
        back = self.now + self.random.uniform(*self.line.down)
        if fault == "lost":
            self._at(back + 30.0, self._lost, sent, method)
            return
        headers = self.server.headers(ruling, self.now, method) if fault != "bare" else {}
        self._at(back, self._arrived, sent, headers, not ruling.allowed, method)

    def _arrived(self, sent, headers, refused, method):
        clock, wall = self.now + MONOTONIC, self.now + EPOCH
        news = ReplyNews(sent + MONOTONIC, clock, wall, headers, refused=refused, method=method, succeeded=not refused)
        self.budget.arrived(news)
        self._over(method if refused else None)

    def _lost(self, sent, method):
        self.budget.lost(sent + MONOTONIC, self.now + MONOTONIC, method)
        self._over(None)

    def _over(self, again):
        self.settled += again is None
        if again is None and self.untaken:
            self.untaken -= 1
            again = next(self.to_come)
        if again is not None:
            self.waiting.append(again)

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
