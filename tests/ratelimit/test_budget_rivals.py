"""ratelimit/budget.py beside somebody else: few refused requests a window, and what they leave is used."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.limiters import KINDS
from tests.simulation.rivals import RIVALS, Bursty, ComingAndGoing, Crowd, Smooth
from tests.simulation.world import Line, Server, share_of_what_is_left, simulate

pytestmark = pytest.mark.trial

QUICK = Line((0.0025, 0.025), (0.0025, 0.025))
SLOW = Line((0.1, 0.9), (0.1, 0.9))
IS_THOROUGH = settings().max_examples > 30
ROUNDINGS = ["exact", "up", "down"] if IS_THOROUGH else ["up"]

every_limiter = pytest.mark.parametrize("kind", KINDS)


@every_limiter
@pytest.mark.parametrize("name", RIVALS)
def test_three_requests_a_window_are_refused_on_average_at_most_and_most_of_what_is_left_is_used(kind, name):
    for rounding in ROUNDINGS:
        limiter = KINDS[kind](30, 60)
        story = simulate(Server(limiter, rounding, skew=12.2), 600, line=QUICK, rival=RIVALS[name])
        assert len(story.refused) <= 3 * story.finish / 60
        assert share_of_what_is_left(story, limiter, skew=12.2) >= 0.9


@every_limiter
def test_500_a_second_beside_a_rival_is_far_from_lost_to_the_second_that_each_refusal_costs(kind):
    limiter = KINDS[kind](500, 1)
    story = simulate(Server(limiter), 3000, line=QUICK, rival=Smooth())
    assert len(story.refused) <= 3 * story.finish
    assert share_of_what_is_left(story, limiter) >= 0.7


def test_when_the_rival_has_gone_whole_windows_are_used_again():
    server = Server(KINDS["fixed, from the first request"](30, 60))
    story = simulate(server, 900, line=QUICK, rival=Crowd(windows=2))
    assert len([each for each in story.passed if each > 600]) / ((story.finish - 600) / 60) >= 29


@pytest.mark.parametrize(
    ("kind", "rival"),
    [
        ("fixed, at round times", Crowd(begin=25.0)),  # once taken for a bucket that fills in twenty minutes
        ("bucket, names the next token", ComingAndGoing()),  # once believed to fill as slowly as it was asked
    ],
)
def test_worst_cases_that_were_found_leave_nothing_unused(kind, rival):
    limiter = KINDS[kind](100, 10)
    for seed in range(2):
        story = simulate(Server(limiter, "up", skew=-77.3), 1500, line=QUICK, seed=seed, rival=rival)
        assert share_of_what_is_left(story, limiter, skew=-77.3) >= 0.9
        limiter = KINDS[kind](100, 10)


rivals = st.one_of(
    st.builds(Smooth, st.floats(0.05, 0.6)),
    st.builds(Bursty, st.floats(0.05, 0.6), late=st.floats(0, 10), begin=st.floats(0, 200)),
    st.builds(Crowd, st.integers(2, 40), windows=st.integers(1, 4), begin=st.floats(0, 200)),
    st.builds(ComingAndGoing, st.floats(0.05, 0.6), st.floats(1, 6), st.floats(0, 5)),
)


@settings(max_examples=settings().max_examples // 2 + 1, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(KINDS)),
    rate=st.sampled_from([(30, 60), (100, 60), (30, 15), (500, 1), (10, 10)] if IS_THOROUGH else [(30, 60), (500, 1)]),
    rounding=st.sampled_from(["exact", "up", "down"]),
    form=st.sampled_from(["epoch", "milliseconds", "relative"]),
    line=st.sampled_from([QUICK, SLOW]),
    rival=rivals,
    skew=st.floats(-120, 120),
    seed=st.integers(0, 2**32),
)
def test_whoever_the_rival_is_every_row_passes_and_refusals_stay_rare(**case):
    server = Server(KINDS[case["kind"]](*case["rate"]), case["rounding"], form=case["form"], skew=case["skew"])
    story = simulate(server, 200, line=case["line"], seed=case["seed"], rival=case["rival"])
    assert len(story.passed) == 200
    if case["line"] is QUICK:  # the first meeting may cost a slice of a window, as nobody could know
        assert len(story.refused) <= server.limiter.limit + 3 * story.finish / server.limiter.period
