"""Is a table planned by several hands as one hand would plan it?"""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.plan import Rules
from bulk_sync.plan.asked import NotAskedFor
from bulk_sync.plan.hands import Hand
from bulk_sync.plan.planning import plan_of

from .building import FIRST_ROW, RENEWALS, SPRING, chunks_of, columns_of, planned

PHONES = ["+14155552671", "(415) 555-2671", "020 7946 0123", "+442079460123 ext 5", "x", ""]
STATUSES = ["DNC", "Do Not Call", "paused", "Paused", "talk to human", "nonsense", ""]
CAMPAIGNS = [SPRING, SPRING.upper(), RENEWALS, RENEWALS.title(), "spring", ""]
COUNTRIES = ["", "GB", "United Kingdom", "Atlantis"]
ROWS = st.lists(st.tuples(*map(st.sampled_from, (PHONES, STATUSES, CAMPAIGNS, COUNTRIES))), max_size=40)
NAMES = "phone status campaign country"


@given(ROWS, st.integers(1, 7), st.lists(st.integers(0, 2), min_size=40, max_size=40), st.sets(st.integers(0, 39)))
def test_a_plan_is_the_same_whoever_decided_which_rows(rows, size, turns, broken):
    columns, rules = columns_of(NAMES), Rules()
    broken = {at: "torn" for at in broken if at < len(rows)}
    rules.campaigns.read("spring"), rules.statuses.read("nonsense")  # now the names are known that the API lists
    first = Hand(columns, rules, FIRST_ROW)
    second = pickle.loads(pickle.dumps(first))
    hands = [first, second, pickle.loads(pickle.dumps(second))]
    chunks = chunks_of(rows, 4, size, broken)
    parts = [pickle.loads(pickle.dumps(hands[turn].decide(chunk))) for chunk, turn in zip(chunks, turns, strict=False)]
    several = plan_of(parts, first, rules, first_row=FIRST_ROW)
    alone = planned(NAMES, rows, broken=broken)
    for name in ("code", "phone", "contact", "status", "campaign"):
        ours, theirs = getattr(several.rows, name), getattr(alone.rows, name)
        assert ours.dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist()
    assert (several.statuses, several.campaigns) == (alone.statuses, alone.campaigns)
    assert dict(several.reasons) == dict(alone.reasons)
    assert several.sequence.tolist() == alone.sequence.tolist()
    assert several.combined == alone.combined
    assert several.facts == alone.facts


def test_rows_that_came_back_undone_are_decided_as_if_nobody_had_been_asked_before():
    columns, rules = columns_of("phone status campaign"), Rules()
    rows = [["4155552671", "DNC", ""], ["4155552672", "", SPRING.upper()], ["4155552673", "paused", SPRING]]
    first, second, third = chunks_of(rows, 3, 1)
    hand = Hand(columns, rules, FIRST_ROW)
    parts = [hand.decide(first), hand.decide(third), hand.decide(second)]
    several = plan_of([parts[0], parts[2], parts[1]], hand, rules, first_row=FIRST_ROW)
    alone = planned("phone status campaign", rows)
    assert (several.statuses, several.campaigns, several.facts) == (alone.statuses, alone.campaigns, alone.facts)
    assert several.rows.campaign.tolist() == alone.rows.campaign.tolist()


def test_what_was_counted_of_rows_that_could_not_be_decided_is_not_counted_again():
    hand = pickle.loads(pickle.dumps(Hand(columns_of("phone status"), Rules(), FIRST_ROW)))
    [failing, other] = chunks_of([["4155552671", "nobody asked for it"], ["4155552672", "DNC"]], 2, 1)
    with pytest.raises(NotAskedFor):
        hand.decide(failing)
    assert hand.decide(other).facts.completed == 1


def test_what_a_row_says_beside_status_and_campaign_travels_too():
    names = "phone status name var.email"
    rows = [["+14155552671", "DNC", "Ann", "a@x"], ["+14155552672", "", "", "b@x"]]
    columns, rules = columns_of(names, by_hand=("name",)), Rules()
    hand = Hand(columns, rules, FIRST_ROW)
    other = pickle.loads(pickle.dumps(hand))
    chunks = list(chunks_of(rows, 4, 1))
    parts = [hand.decide(chunks[0]), pickle.loads(pickle.dumps(other.decide(chunks[1])))]
    several = plan_of(parts, hand, rules, first_row=FIRST_ROW)
    assert several.rows.extras == planned(names, rows, by_hand=("name",)).rows.extras
