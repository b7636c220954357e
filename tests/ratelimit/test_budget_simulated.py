"""bulk_sync/ratelimit/budget.py against whole limiters, in virtual time: every permitted request used, none refused."""

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bulk_sync.ratelimit.budget import Budget
from bulk_sync.ratelimit.rate import Rate
from tests.simulation.limiters import KINDS, FixedWindow
from tests.simulation.rivals import Smooth
from tests.simulation.world import Line, Server, ideal_finish, simulate

QUICK = Line((0.0025, 0.025), (0.0025, 0.025))
LIMITS = [
    (30, 60),
    (30, 15),
    (100, 60),
    (10, 10),
    (500, 1),
    (10, 1),
    (30, 3),
    (2, 1),
    (1, 2),
    (5, 2),
    (7, 5),
    (13, 60),
    (20, 4),
    (12, 12),
]

every_limiter = pytest.mark.parametrize("kind", KINDS)
every_rounding = pytest.mark.parametrize("rounding", ["exact", "up", "down"])


def share(story, kind, limit, period, rows, *, skew=0.0, begin=0.0):
    """What part of the time that the limiter needs anyway."""
    ideal = ideal_finish(KINDS[kind](limit, period), rows, skew=skew, begin=begin) - begin
    return ideal / (story.finish - begin)


@every_limiter
@every_rounding
def test_a_short_file_is_never_refused_and_wastes_little(kind, rounding):
    for seed in range(6):
        random = Random(seed)
        skew, begin = random.uniform(-120, 120), random.uniform(0, 60)
        server = Server(KINDS[kind](30, 15), rounding, skew=skew)
        story = simulate(server, 95, line=QUICK, seed=seed, begin=begin)
        assert story.refused == []
        assert share(story, kind, 30, 15, 95, skew=skew, begin=begin) >= 0.85


@every_limiter
@every_rounding
def test_a_long_file_is_never_refused_and_wastes_next_to_nothing(kind, rounding):
    story = simulate(Server(KINDS[kind](30, 60), rounding, skew=-77.3), 1200, line=QUICK)
    assert story.refused == []
    assert share(story, kind, 30, 60, 1200, skew=-77.3) >= (0.98 if rounding == "exact" else 0.97)


@every_limiter
@every_rounding
def test_beside_somebody_who_takes_40_percent_at_most_three_requests_a_window_are_refused(kind, rounding):
    story = simulate(Server(KINDS[kind](30, 60), rounding, skew=12.2), 900, line=QUICK, rival=Smooth(0.4))
    windows = story.finish / 60
    assert len(story.refused) <= 3 * windows
    assert len(story.passed) / (30 * (windows + 1) - len(story.rival)) >= 0.95


@every_limiter
def test_lost_and_bare_replies_cost_no_refusal(kind):
    def faults(random):
        return random.choices([None, "lost", "bare"], [90, 2, 8])[0]

    story = simulate(Server(KINDS[kind](30, 60), "up", skew=7.3), 600, line=QUICK, faults=faults)
    assert story.refused == []
    assert share(story, kind, 30, 60, 600) >= 0.85  # a lost reply is waited for, 30 seconds each


class Changing:
    """Fixed windows whose limit and length change at certain seconds."""

    def __init__(self, *plan):
        self._plan, self._began = plan, None
        self._window = FixedWindow(*plan[0][1:])

    @property
    def limit(self):
        return self._window.limit

    def take(self, now):
        self._began = now if self._began is None else self._began
        limit, period = [step[1:] for step in self._plan if now - self._began >= step[0]][-1]
        if (limit, period) != (self._window.limit, self._window.period):
            self._window = FixedWindow(limit, period)
        return self._window.take(now)


@every_rounding
@pytest.mark.parametrize(
    "plan",
    [
        [(0, 30, 60), (100, 10, 60), (400, 100, 60)],
        [(0, 30, 60), (200, 30, 15), (400, 30, 60)],
        [(0, 30, 15), (100, 30, 60)],
    ],
)
def test_a_limit_or_a_window_that_changes_on_the_way_costs_no_refusal(plan, rounding):
    story = simulate(Server(_sized(Changing(*plan)), rounding, skew=3.3), 500, line=QUICK)
    assert story.refused == []


def _sized(limiter):
    limiter.period = 60
    return limiter


@dataclass(frozen=True)
class Case:
    """A server, a network and a file."""

    kind: str
    rate: tuple[int, int]
    rounding: str
    form: str
    line: Line
    skew: float
    begin: float
    most_in_flight: int
    rows: int
    seed: int


seconds = st.floats(0, 1, allow_subnormal=False)
ways = st.tuples(seconds, seconds).map(sorted).map(tuple)
cases = st.builds(
    Case,
    kind=st.sampled_from(sorted(KINDS)),
    rate=st.sampled_from(LIMITS),
    rounding=st.sampled_from(["exact", "up", "down"]),
    form=st.sampled_from(["epoch", "milliseconds", "relative", "silent"]),
    line=st.builds(Line, ways, ways),
    skew=st.floats(-120, 120),
    begin=st.floats(0, 100),
    most_in_flight=st.sampled_from([1, 4, 32, 200]),
    rows=st.sampled_from([1, 40, 95, 150, 2_000, 20_000] if settings().max_examples > 30 else [1, 40, 95, 150]),
    seed=st.integers(0, 2**32),
)
STILL, BOTH_SLOW = Line((0, 0), (0, 0)), Line((0, 1), (0, 1))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases)
@example(Case("fixed, at round times", (30, 3), "down", "epoch", STILL, 0.0, 16.292, 32, 95, 19784))
@example(Case("fixed, from the first request", (60, 60), "down", "relative", STILL, 0.0, 48.848, 1, 400, 707))
@example(Case("bucket, names the next token", (5, 2), "up", "epoch", STILL, -0.306, 75.429, 32, 200, 84))
@example(Case("sliding, names the newest", (13, 60), "up", "epoch", Line((0, 0.2), (0, 0.2)), 9.3, 40.3, 4, 400, 11180))
@example(Case("fixed, at round times", (5, 2), "exact", "milliseconds", BOTH_SLOW, -0.169, 91.79, 200, 95, 9278))
@example(Case("fixed, from the server's start", (2, 1), "exact", "milliseconds", BOTH_SLOW, 0.0, 6.31, 32, 400, 9078))
def test_alone_on_the_key_nothing_is_ever_refused(case):
    server = Server(KINDS[case.kind](*case.rate), case.rounding, form=case.form, skew=case.skew)
    assumed = Rate(*case.rate) if case.form == "silent" else Rate(30, 60.0)
    budget = Budget(ceiling=None, assumed=assumed, most_in_flight=case.most_in_flight)
    story = simulate(server, case.rows, line=case.line, seed=case.seed, begin=case.begin, budget=budget)
    assert story.refused == []
    assert len(story.passed) == case.rows


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("period", [3, 10, 60])
def test_a_limit_that_looks_like_the_documented_one_is_not_taken_for_it_where_it_comes_back_sooner(kind, period):
    budget = Budget(ceiling=None, assumed=Rate(30, 60.0), most_in_flight=32)
    simulate(Server(KINDS[kind](30, period), "up"), 150, budget=budget)
    assert budget.forecast(300) <= max(60, 12 * period), "a minute is what ten windows of three seconds take us"
    if period == 60:
        assert budget.period == 60
