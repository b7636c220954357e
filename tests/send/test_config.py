"""On which terms is a plan sent?"""

from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.ratelimit.rate import Rate
from bulk_sync.send.config import SendConfig

RATES = st.builds(Rate, st.integers(1, 500), st.floats(0.01, 3600))


@given(st.none() | RATES, st.integers(0, 20_000), st.integers(1, 64))
def test_what_is_foretold_without_a_budget_is_what_a_new_one_foretells(ceiling, calls, concurrency):
    pace = SendConfig(ceiling, concurrency)
    assert pace.forecast(calls) == pace.budget().forecast(calls)
