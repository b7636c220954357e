"""Is every group settled as `settle` would settle it by itself, although groups of a shape are settled together?"""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.errors import Code
from bulk_sync.plan import groups
from bulk_sync.plan.conflicts import settle
from bulk_sync.plan.plan import own_change
from bulk_sync.plan.plan_options import PlanOptions

from .building import ANNA, BORIS, RENEWALS, SPRING, planned

PHONES = ["+14155552671", "+442079460123", "(415) 555-2671", "+14155552672"]
STATUSES = ["", "DNC", "active", "paused", "do not call", "talk-to-human"]
CAMPAIGNS = ["", SPRING, RENEWALS, RENEWALS.upper()]
POLICIES = ["safest", "last", "first", "error"]
ROWS = st.tuples(st.sampled_from(PHONES), st.sampled_from(STATUSES), st.sampled_from(CAMPAIGNS))
ROWS_BY_ID = st.tuples(
    st.sampled_from([ANNA, BORIS, ""]),
    st.sampled_from(["", *PHONES[:2]]),
    st.sampled_from(STATUSES),
    st.sampled_from(CAMPAIGNS[:2]),
    st.sampled_from(["", "Ann"]),
)


def one_by_one(plan, policy):
    """(code, leader) of every row that another may decide about, and what combined calls carry."""
    rules = PlanOptions(on_conflict=policy)
    contacts = defaultdict(list)
    for place in range(len(plan)):
        if plan.code(place) in {Code.UPDATED, Code.MERGED, Code.DUPLICATE, Code.SUPERSEDED, Code.CONFLICT}:
            by_id = int(plan.rows.contact[place])
            contacts[("id", by_id) if by_id >= 0 else int(plan.rows.phone[place])].append(place)
    fates, combined = {}, {}
    for places in contacts.values():
        said = [(place, own_change(plan.rows, place, plan.statuses, plan.campaigns)) for place in places]
        fates |= dict.fromkeys(places, (Code.UPDATED, -1))
        if len(places) > 1:
            settled = settle(said, policy, rules.statuses.is_terminal)
            fates |= {place: (verdict.code, verdict.because_of) for place, verdict in settled.others.items()}
            if settled.sent is not None and settled.change != dict(said)[settled.sent]:
                combined[settled.sent] = settled.change
    return fates, combined


def as_planned(names, rows, policy):
    plan = planned(names, rows, on_conflict=policy)
    fates, combined = one_by_one(plan, policy)
    assert {place: (plan.code(place), int(plan.leader[place])) for place in fates} == fates
    assert plan.combined == combined
    return plan


@pytest.mark.parametrize("policy", POLICIES)
@given(st.lists(ROWS, max_size=30))
def test_groups_are_settled_as_one_by_one(policy, rows):
    as_planned("phone status campaign", rows, policy)


@pytest.mark.parametrize("policy", POLICIES)
@given(st.lists(ROWS_BY_ID, max_size=15))
def test_groups_whose_rows_say_more_than_status_and_campaign_are_too(policy, rows):
    as_planned("id phone status campaign name", rows, policy)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_contact_that_is_named_a_thousand_times_is_settled_by_few_rows(policy, monkeypatch):
    shown = []
    monkeypatch.setattr(groups, "settle", lambda rows, *rest: shown.append(len(rows)) or settle(rows, *rest))
    rows = [[PHONES[0], STATUSES[1 + at % 4], CAMPAIGNS[at % 3]] for at in range(1_000)]
    as_planned("phone status campaign", rows, policy)
    assert shown == [18]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_largest_groups_of_a_shape_have_numbers_of_their_own(policy):
    pairs = [(status, campaign) for status in STATUSES[1:4] for campaign in CAMPAIGNS[:3]]
    rows = [
        [f"+1415555{2_000 + at:04}", *pairs[(at * 5 + turn * (at + 1)) % 9]] for at in range(200) for turn in range(7)
    ]
    as_planned("phone status campaign", rows, policy)


def test_groups_of_one_shape_are_settled_once(monkeypatch):
    shapes = []
    monkeypatch.setattr(groups, "settle", lambda rows, *rest: shapes.append(rows) or settle(rows, *rest))
    stops = [("paused", "fulfilled")[at % 2] for at in range(100)]
    rows = [[f"+1415555{2_000 + at:04}", status, ""] for at in range(100) for status in (stops[at], "DNC")]
    plan = planned("phone status campaign", rows)
    assert len(shapes) == 1
    assert len(plan.sequence) == 100
    assert {plan.change(int(place)).status for place in plan.sequence} == {"DNC"}


def test_what_a_combined_call_carries_is_that_groups_own():
    campaigns = [f"{SPRING[:-4]}{at:04x}" for at in range(100)]
    rows = [[f"+1415555{2_000 + at:04}", *said] for at in range(100) for said in (("paused", ""), ("", campaigns[at]))]
    plan = as_planned("phone status campaign", rows, "safest")
    assert [plan.change(2 * at).campaign for at in range(100)] == campaigns
