"""Are the effects of a plan, counted by column, those of its updates one by one?"""

from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.errors import Code
from bulk_sync.guardrails import impact_of
from bulk_sync.model import Outcome
from bulk_sync.report.summary import NEW, Impact

from .plan.building import RENEWALS, SPRING, planned

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["+14155552671", "+14155552672", "+14155552673", "x"]),
        st.sampled_from(["", "DNC", "active", "paused"]),
        st.sampled_from(["", SPRING, RENEWALS]),
        st.sampled_from(["", "Europe/Rome"]),
    ),
    max_size=8,
)
SEEN = st.dictionaries(
    st.integers(0, 7),
    st.sampled_from(
        [
            Outcome(Code.UPDATED, previous_status="active", previous_campaign=SPRING.upper()),
            Outcome(Code.UPDATED, previous_status="DNC"),
            Outcome(Code.CREATED),
        ]
    ),
)


@given(ROWS, SEEN)
def test_effects_are_counted_by_column_as_one_by_one(rows, seen):
    plan = planned("phone status campaign timezone", rows, by_hand=("timezone",))
    expected = Impact(plan.stopping)
    for update in plan.updates():
        before = seen.get(update.row)
        if before is not None and before.code is Code.CREATED:
            expected.add(update.change, NEW, NEW)
        else:
            expected.add(
                update.change, *((before.previous_status, before.previous_campaign) if before else (None, None))
            )
    assert impact_of(plan, plan.updates().places, seen) == expected
