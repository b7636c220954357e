"""Several runs that share one budget against whole limiters, in virtual time: as good as one run alone, and fair."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulk_sync.ratelimit.budget import Budget
from bulk_sync.ratelimit.rate import Rate
from tests.simulation.limiters import KINDS
from tests.simulation.several import Run, Several, busiest
from tests.simulation.world import Line, Server, ideal_finish, simulate

pytestmark = pytest.mark.trial

QUICK = Line((0.0025, 0.025), (0.0025, 0.025))
SLIDING = "sliding, names the oldest"
IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

every_limiter = pytest.mark.parametrize("kind", KINDS if IS_THOROUGH else [SLIDING, "bucket, names the next token"])


def world(kind, limit, period, runs, *, rounding="up", form="epoch", line=QUICK, **more):
    return Several(Server(KINDS[kind](limit, period), rounding, form=form, skew=-77.3), runs, line=line, **more)


def used(story, kind, limit, period, rows):
    return ideal_finish(KINDS[kind](limit, period), rows, skew=-77.3) / story.finish


def shares(runs):
    """What each had when the first was done."""
    first = min(run.finish for run in runs)
    return [sum(1 for moment in run.passed if moment <= first) for run in runs]


@every_limiter
@pytest.mark.parametrize("form", ["epoch", "silent"])
def test_four_runs_use_the_whole_limit_are_never_refused_and_get_equal_shares(kind, form):
    runs = [Run(40, begin=0.001 * number) for number in range(4)]
    story = world(kind, 30, 60, runs, form=form).simulate()
    assert story.refused == []
    one = simulate(Server(KINDS[kind](30, 60), "up", form=form, skew=-77.3), 160, line=QUICK)
    assert story.finish <= 1.01 * one.finish + 1
    assert min(shares(runs)) >= 0.9 * max(shares(runs))
    assert all(run.told for run in runs)
    if "sliding" in kind:
        assert busiest(story.passed, 60) == 30


@every_limiter
def test_at_500_a_second_four_runs_use_what_one_would(kind):
    runs = [Run(200) for _ in range(4)]
    story = world(kind, 500, 1, runs, rounding="exact").simulate()
    one = simulate(Server(KINDS[kind](500, 1), "exact", skew=-77.3), 800, line=QUICK, most_in_flight=128)
    assert story.refused == []
    # names that move with every request are learned from later, the more requests cross
    assert story.finish <= (1.6 if "newest" in kind else 1.05) * one.finish + 0.1


@pytest.mark.parametrize("of_puts", [None, SLIDING])
def test_runs_that_send_by_phone_and_by_id_share_one_bucket_or_two(of_puts):
    runs = [Run(60, begin=0.1 * number, methods=("POST", "PUT")) for number in range(3)]
    server = Server(KINDS[SLIDING](30, 60), "up", skew=-77.3)
    server.of_puts = KINDS[of_puts](30, 60) if of_puts else None
    story = Several(server, runs, line=QUICK).simulate()
    assert story.refused == []
    assert story.finish <= (250 if of_puts else 400)


def test_a_run_that_begins_right_after_another_ended_does_not_begin_a_window():
    for form in ("epoch", "silent"):
        runs = [Run(30), Run(30, begin=2.0)]
        story = world(SLIDING, 30, 60, runs, form=form).simulate()
        assert story.refused == []
        assert min(runs[1].left) >= 59.9
        assert runs[1].told == []


@pytest.mark.parametrize("killed", [0.03, 0.06, 0.1, 0.2, 0.3, 60.07, 60.1] if IS_THOROUGH else [0.06, 60.07])
@pytest.mark.parametrize("form", ["epoch", "silent"])
def test_what_a_killed_run_may_have_sent_counts_as_used(killed, form):
    runs = [Run(90, killed=killed), Run(60, begin=killed + 0.01)]
    story = world(SLIDING, 30, 60, runs, form=form).simulate()
    assert story.refused == []
    assert busiest(story.passed, 60) <= 30
    assert story.finish <= killed + 190


@pytest.mark.parametrize("form", ["epoch", "silent"])
@pytest.mark.parametrize("killed", [0.7, 45.0, 61.0, 62.02, 62.06, 62.1] if IS_THOROUGH else [62.03])
def test_the_death_of_one_of_four_holds_nobody_up_and_breaks_no_limit(killed, form):
    runs = [Run(40, begin=0.1 * number, killed=killed if number == 1 else float("inf")) for number in range(4)]
    story = world(SLIDING, 30, 60, runs, form=form).simulate()
    assert story.refused == []
    rows = sum(len(run.passed) for run in runs)
    assert used(story, SLIDING, 30, 60, rows) >= 0.7  # what it left behind counts as used for a window
    assert busiest(story.passed, 60) <= 30


@pytest.mark.parametrize("form", ["epoch", "silent"])
@pytest.mark.parametrize(
    "stopped", [(0.02, 100.0), (0.7, 130.0), (62.03, 90.0), (62.06, 400.0)] if IS_THOROUGH else [(62.03, 90.0)]
)
def test_a_run_that_hangs_holds_the_others_for_seconds_and_wakes_without_doing_harm(stopped, form):
    runs = [Run(40, begin=0.1 * number, stopped=stopped if number == 1 else (1e9, 1e9)) for number in range(4)]
    story = world(SLIDING, 30, 60, runs, form=form).simulate()
    assert story.refused == []
    assert busiest(story.passed, 60) <= 30
    others = max(run.finish for run in runs if run is not runs[1])
    assert others <= 60 * 8 + 5
    assert len(runs[1].passed) == 40


def test_runs_with_one_ceiling_hold_it_together_and_a_stricter_one_is_not_starved():
    runs = [Run(40, ceiling=Rate(10, 5.0)), Run(40, ceiling=Rate(10, 5.0)), Run(400), Run(20, ceiling=Rate(2, 5.0))]
    story = Several(Server(KINDS[SLIDING](50, 5), "exact"), runs, line=QUICK).simulate()
    assert story.refused == []
    assert busiest(sorted(runs[0].passed + runs[1].passed), 5) <= 10
    assert busiest(runs[3].passed, 5) <= 2
    assert runs[3].finish <= 50


def test_the_forecast_counts_the_other_runs():
    runs = [Run(300), Run(300)]
    story = world(SLIDING, 30, 60, runs)
    seen = {}
    story.at(30.0, lambda: seen.update(shared=runs[0].budget.forecast(runs[0].open)))
    story.simulate()
    alone = Budget(ceiling=None, assumed=Rate(30, 60.0), most_in_flight=32).forecast(285)
    assert 1.8 * alone <= seen["shared"] <= 2.3 * alone


class RefusesFor:
    """Lets nothing through before a moment."""

    limit, period = 30, 60

    def __init__(self, limiter, until):
        self.limiter, self.until, self.began = limiter, until, None

    def take(self, now):
        self.began = now if self.began is None else self.began
        ruling = self.limiter.take(now)
        is_early = now - self.began < self.until
        return type(ruling)(
            ruling.allowed and not is_early, 0 if is_early else ruling.remaining, ruling.reset, now + 60
        )


def test_a_run_that_comes_later_does_not_answer_for_the_windows_that_were_refused_before():
    first, late = Run(40, killed=580.0), Run(10, begin=590.0)
    story = Several(Server(RefusesFor(KINDS["fixed, from the first request"](30, 60), 700)), [first, late])
    counted = []
    story.at(570.0, lambda: counted.append(first.budget.known.refused_windows))
    story.at(640.0, lambda: counted.append(late.budget.known.refused_windows))
    story.simulate()
    before, after = counted
    assert before >= 5
    assert after <= 4


@settings(max_examples=200 if IS_THOROUGH else 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(KINDS)),
    rate=st.sampled_from([(30, 15), (10, 10), (100, 10), (30, 3), (5, 2)]),
    rounding=st.sampled_from(["exact", "up", "down"]),
    form=st.sampled_from(["epoch", "milliseconds", "relative"]),
    runs=st.lists(st.tuples(st.integers(1, 30), st.floats(0, 5), st.sampled_from([1, 4, 32])), min_size=1, max_size=4),
    slowest=st.sampled_from([0.0, 0.05, 1.0]),
    seed=st.integers(0, 2**32),
)
def test_alone_on_the_key_no_run_is_ever_refused(kind, rate, rounding, form, runs, *, slowest, seed):
    runs = [Run(rows, begin=begin, workers=workers) for rows, begin, workers in runs]
    line = Line((0, slowest), (0, slowest))
    story = world(kind, *rate, runs, rounding=rounding, form=form, line=line, seed=seed).simulate()
    assert story.refused == []
    assert [len(run.passed) for run in runs] == [run.rows for run in runs]
