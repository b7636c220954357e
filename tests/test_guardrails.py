"""May so many contacts be stopped, restarted or moved at once? And are they counted by column as one by one?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync import guardrails
from bulk_sync.errors import Code, PastGuardRail
from bulk_sync.guardrails import impact_of
from bulk_sync.model import Outcome
from bulk_sync.report.summary import NEW, Impact
from bulk_sync.settings import Settings

from .plan.building import RENEWALS, SPRING, planned


def effects(*, stops=0, restarts=0, rescheduled=0):
    return Impact(frozenset({"paused"}), stops=stops, restarts=restarts, rescheduled=rescheduled)


def settings(**given):
    return Settings(input="x.csv", **given)


def held(given, seen, rows=100, answers=()):
    """What was asked, and the sentence of the guard rail that held the run."""
    asked, answers = [], iter(answers)

    def ask(option, question, count):
        asked.append((option, question, count))
        return next(answers, False)

    try:
        guardrails.check(settings(**given), effects(**seen), rows, ask)
    except PastGuardRail as stopped:
        assert stopped.exit_code == 3
        return asked, str(stopped)
    return asked, None


@pytest.mark.parametrize("option", ["max_stop", "max_restart", "max_move"])
def test_only_a_guard_rail_that_is_given_has_to_be_counted(option):
    assert not guardrails.are_set(settings())
    assert guardrails.are_set(settings(**{option: "0"}))


CASES = [("max_stop", "stops", "stop"), ("max_restart", "restarts", "restart"), ("max_move", "rescheduled", "move")]


@pytest.mark.parametrize(("option", "what", "word"), CASES)
def test_as_many_as_allowed_may_pass_and_one_more_may_not(option, what, word):
    assert held({option: "5"}, {what: 5}) == ([], None)
    asked, why = held({option: "5"}, {what: 6})
    assert [(each[0], each[2]) for each in asked] == [("--" + option.replace("_", "-"), 6)]
    assert word in why
    assert f"add --yes, or --{option.replace('_', '-')} 6" in why


@pytest.mark.parametrize(
    ("share", "rows", "allowed"), [("29%", 100, 29), ("0.5%", 199, 0), ("0.5%", 200, 1), ("100%", 7, 7)]
)
def test_a_share_is_one_of_the_rows_of_the_file(share, rows, allowed):
    assert held({"max_stop": share}, {"stops": allowed}, rows)[1] is None
    assert held({"max_stop": share}, {"stops": allowed + 1}, rows)[1] is not None


def test_who_types_the_count_goes_past_one_rail_and_is_asked_at_the_next():
    asked, why = held({"max_stop": "1", "max_move": "1"}, {"stops": 1200, "rescheduled": 3}, answers=[True])
    assert [each[0] for each in asked] == ["--max-stop", "--max-move"]
    assert asked[0][1:] == ("This file would stop outreach to 1,200 contacts, and --max-stop allows 1.", 1200)
    assert "--max-move 3" in why


def test_yes_asks_nobody():
    assert held({"max_stop": "0", "yes": True}, {"stops": 9}) == ([], None)


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
