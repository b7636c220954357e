"""Rows that name the same contact: their fates by example, what holds for all, and groups of a shape together."""

from collections import defaultdict
from itertools import permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bulk_sync.errors import Code
from bulk_sync.model import DNC, Change, Listing, Status
from bulk_sync.plan import conflicts
from bulk_sync.plan.conflicts import settle
from bulk_sync.plan.plan import own_change
from bulk_sync.plan.status import Statuses

from .building import ANNA, BORIS, RENEWALS, SPRING, planned

is_terminal = Statuses().is_terminal
POLICIES = ("safest", "last", "first", "error")
under_every_policy = pytest.mark.parametrize("policy", POLICIES)

PAUSED, ACTIVE, NEVER, HUMAN = Change("paused"), Change("active"), Change(DNC), Change("talk-to-human")
TO_SPRING, TO_RENEWALS = Change(campaign=SPRING), Change(campaign=RENEWALS)
FULFILLED, ANN = Change("fulfilled"), Change(name="Ann")


def settled(*changes, policy="safest"):
    return settle(list(enumerate(changes)), policy, Statuses())


def told(*changes, policy="safest"):
    """The row that is sent, its change, and the others as {row: (code, because of)}."""
    found = settled(*changes, policy=policy)
    others = {row: (verdict.code.word, verdict.because_of) for row, verdict in found.others.items()}
    return found.sent, found.change, others


@under_every_policy
def test_rows_that_say_the_same_make_one_call_and_the_first_is_sent(policy):
    assert told(PAUSED, PAUSED, PAUSED, policy=policy) == (0, PAUSED, {1: ("duplicate", 0), 2: ("duplicate", 0)})


@under_every_policy
def test_rows_that_complete_each_other_make_one_call(policy):
    both = Change("paused", SPRING)
    for rows in ((PAUSED, TO_SPRING), (TO_SPRING, PAUSED), (both, PAUSED), (PAUSED, both)):
        assert told(*rows, policy=policy) == (0, both, {1: ("merged", 0)})


@under_every_policy
def test_a_move_is_never_merged_into_a_dnc_unless_that_names_it_itself(policy):
    whole = Change(DNC, SPRING)
    assert told(NEVER, TO_SPRING, policy=policy) == (0, NEVER, {1: ("superseded", 0)})
    assert told(TO_SPRING, NEVER, policy=policy) == (1, NEVER, {0: ("superseded", 1)})
    assert told(whole, TO_SPRING, policy=policy) == (0, whole, {1: ("merged", 0)})
    found = {settled(whole, NEVER, policy=policy).change.campaign, settled(NEVER, whole, policy=policy).change.campaign}
    assert len(found) == 1


WINS = [(PAUSED, ACTIVE), (NEVER, ACTIVE), (NEVER, PAUSED), (PAUSED, Change("active", SPRING))]
WINS += [(NEVER, Change("active", SPRING))]
LAST = [(PAUSED, FULFILLED), (ACTIVE, HUMAN), (TO_SPRING, TO_RENEWALS), (Change(name="Anna"), ANN)]
LAST += [(Change(DNC, SPRING), Change(DNC, RENEWALS))]


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        *((pair, 0) for pair in WINS),
        *((pair[::-1], 1) for pair in WINS),
        *((pair, 1) for pair in LAST),
        *((pair[::-1], 1) for pair in LAST),
    ],
)
def test_safest_lets_dnc_win_then_what_stops_outreach_then_the_last_row(changes, sent):
    assert told(*changes) == (sent, changes[sent], {1 - sent: ("superseded", sent)})


@pytest.mark.parametrize(("policy", "sent"), [("last", 1), ("first", 0)])
@pytest.mark.parametrize("changes", [(PAUSED, ACTIVE), (NEVER, ACTIVE), (TO_SPRING, TO_RENEWALS)])
def test_last_and_first_go_by_the_place_in_the_file(policy, changes, sent):
    for rows in (changes, changes[::-1]):
        assert told(*rows, policy=policy) == (sent, rows[sent], {1 - sent: ("superseded", sent)})


def test_error_refuses_every_row_of_a_contact_about_whom_rows_disagree():
    sent, change, others = told(PAUSED, ACTIVE, TO_SPRING, policy="error")
    assert (sent, bool(change)) == (None, False)
    assert {row: word for row, (word, _) in others.items()} == dict.fromkeys(range(3), "conflict")
    _, _, others = told(PAUSED, PAUSED, ACTIVE, policy="error")
    assert [others[row] for row in (0, 1)] == [("conflict", 2)] * 2
    assert others[2][1] in {0, 1}


def test_what_loses_names_the_row_that_is_sent_and_not_its_duplicate():
    both = Change("paused", RENEWALS)
    assert told(TO_SPRING, TO_RENEWALS, PAUSED) == (1, both, {0: ("superseded", 1), 2: ("merged", 1)})
    assert told(PAUSED, NEVER, NEVER) == (1, NEVER, {0: ("superseded", 1), 2: ("duplicate", 1)})


@pytest.mark.parametrize("policy", ["last", "first"])
def test_a_row_that_lost_does_not_clear_the_way_for_one_that_it_beats(policy):
    """The word that counts about the status is `paused`; that its row lost for its campaign makes nobody active."""
    changes = ACTIVE, Change("paused", SPRING), TO_RENEWALS
    assert told(*changes[:: 1 if policy == "last" else -1], policy=policy)[1].status != "active"


def test_dnc_itself_wins_over_a_status_that_means_the_same_wherever_it_stands():
    statuses = Statuses(Listing((Status("opted-out", (), terminal=True),)))
    for rows in permutations([NEVER, Change("opted-out")]):
        assert settle(list(enumerate(rows)), "safest", statuses).change == NEVER


@under_every_policy
def test_the_case_of_a_campaign_id_is_no_contradiction(policy):
    found = settled(TO_SPRING, Change(campaign=SPRING.upper()), policy=policy)
    assert found.sent == 0
    assert {verdict.code for verdict in found.others.values()} <= {Code.DUPLICATE, Code.MERGED}


CHANGES = st.builds(
    Change,
    status=st.sampled_from([None, None, "active", "talk-to-human", "paused", "wrong-number", DNC]),
    campaign=st.sampled_from([None, None, SPRING, RENEWALS]),
    phone=st.sampled_from([None, None, None, "+14155552671", "+14155552672"]),
    name=st.sampled_from([None, None, "Anna", "Boris"]),
    timezone=st.sampled_from([None, None, None, "Europe/Berlin"]),
    variables=st.sampled_from([None, None, {"email": "a@example.com"}, {"email": "b@example.com"}]),
).filter(bool)
GROUPS = st.lists(CHANGES, min_size=2, max_size=6)


WITH_DNC = st.tuples(GROUPS, CHANGES, st.integers(0, 5)).map(
    lambda made: [*made[0][: made[2]], Change(**{**made[1].said, "status": DNC}), *made[0][made[2] :]]
)


def contradict(one, other):
    return any(field in other.said and other.said[field] != value for field, value in one.said.items())


@settings(deadline=None)
@given(GROUPS, st.sampled_from(POLICIES))
def test_every_row_has_one_fate_and_the_call_says_what_the_kept_rows_say_and_nothing_else(changes, policy):
    found = settled(*changes, policy=policy)
    rows = set(range(len(changes)))
    if found.sent is None:
        assert policy == "error"
        assert set(found.others) == rows
        assert {verdict.code for verdict in found.others.values()} == {Code.CONFLICT}
        return
    assert set(found.others) == rows - {found.sent}
    kept = [found.sent, *(row for row, verdict in found.others.items() if verdict.code is not Code.SUPERSEDED)]
    whole = found.change.said
    for row in kept:
        assert changes[row].said.items() <= whole.items()
    for field, value in whole.items():
        assert any(changes[row].said.get(field) == value for row in kept)


@settings(deadline=None)
@given(GROUPS, st.sampled_from(POLICIES))
def test_a_fate_names_a_row_that_explains_it(changes, policy):
    found = settled(*changes, policy=policy)
    for row, verdict in found.others.items():
        other = changes[verdict.because_of]
        assert verdict.because_of != row
        match verdict.code:
            case Code.DUPLICATE:
                assert other.said == changes[row].said
                assert verdict.because_of < row
            case Code.MERGED:
                assert verdict.because_of == found.sent
            case Code.SUPERSEDED:
                moved_past_dnc = found.change.status == DNC and changes[row].campaign is not None
                beaten_by_a_beaten_one = any(contradict(changes[row], change) for change in changes)
                sent = verdict.because_of == found.sent
                assert contradict(changes[row], other) or moved_past_dnc or (beaten_by_a_beaten_one and sent)
            case _:
                assert verdict.code is Code.CONFLICT


@settings(deadline=None)
@given(GROUPS, st.sampled_from(POLICIES))
def test_no_fate_leads_to_a_row_that_lost(changes, policy):
    found = settled(*changes, policy=policy)
    assume(found.sent is not None)
    for verdict in found.others.values():
        code = found.others[verdict.because_of].code if verdict.because_of != found.sent else None
        assert code is not Code.SUPERSEDED


@settings(deadline=None)
@given(WITH_DNC)
def test_under_safest_a_dnc_is_always_sent_and_with_no_move_but_its_own(changes):
    found = settled(*changes)
    assert found.change.status == DNC
    own = {change.campaign for change in changes if change.status == DNC}
    assert found.change.campaign is None or found.change.campaign in own


@settings(deadline=None)
@given(GROUPS)
def test_under_safest_nothing_restarts_a_contact_that_another_row_stops(changes):
    stops = {change.status for change in changes if change.status and is_terminal(change.status)}
    assume(stops)
    assert settled(*changes).change.status in stops


@settings(deadline=None)
@given(GROUPS, st.sampled_from(POLICIES))
def test_a_dnc_call_carries_no_move_that_no_dnc_row_named(changes, policy):
    found = settled(*changes, policy=policy)
    if found.change.status == DNC and found.change.campaign is not None:
        assert found.change.campaign in {change.campaign for change in changes if change.status == DNC}


@settings(deadline=None)
@given(GROUPS)
def test_error_refuses_exactly_the_groups_in_which_two_rows_that_go_out_disagree(changes):
    found = settled(*changes, policy="error")
    if not any(contradict(one, other) for one in changes for other in changes):
        assert found.sent is not None
    if found.sent is not None:
        rest = [
            change
            for row, change in enumerate(changes)
            if row == found.sent or found.others[row].code is not Code.SUPERSEDED
        ]
        assert not any(contradict(one, other) for one in rest for other in rest)


AGREEING = st.lists(
    st.builds(
        Change,
        status=st.sampled_from([None, DNC]),
        campaign=st.sampled_from([None, SPRING]),
        name=st.sampled_from([None, "Anna"]),
        timezone=st.sampled_from([None, "Europe/Berlin"]),
    ).filter(bool),
    min_size=2,
    max_size=4,
)


@settings(deadline=None)
@given(AGREEING)
def test_where_nobody_disagrees_the_order_of_the_rows_does_not_matter(changes):
    whole = settled(*changes).change
    for order in permutations(changes):
        for policy in POLICIES:
            assert settled(*order, policy=policy).change == whole


@settings(deadline=None)
@given(GROUPS)
def test_first_is_last_read_from_the_end(changes):
    """But for the row that carries the call, which is always the first of those kept."""
    assert settled(*changes, policy="first").change == settled(*reversed(changes), policy="last").change


PHONES = ["+14155552671", "+442079460123", "(415) 555-2671", "+14155552672"]
STATUSES = ["", "DNC", "active", "paused", "do not call", "talk-to-human"]
CAMPAIGNS = ["", SPRING, RENEWALS, RENEWALS.upper()]
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
            found = settle(said, policy, Statuses())
            fates |= {place: (verdict.code, verdict.because_of) for place, verdict in found.others.items()}
            if found.sent is not None and found.change != dict(said)[found.sent]:
                combined[found.sent] = found.change
    return fates, combined


def as_planned(names, rows, policy):
    plan = planned(names, rows, on_conflict=policy)
    fates, combined = one_by_one(plan, policy)
    assert {place: (plan.code(place), int(plan.leader[place])) for place in fates} == fates
    assert plan.combined == combined
    return plan


@under_every_policy
@given(st.lists(ROWS, max_size=30))
def test_groups_are_settled_as_one_by_one(policy, rows):
    as_planned("phone status campaign", rows, policy)


@under_every_policy
@given(st.lists(ROWS_BY_ID, max_size=15))
def test_groups_whose_rows_say_more_than_status_and_campaign_are_too(policy, rows):
    as_planned("id phone status campaign name", rows, policy)


@under_every_policy
def test_a_contact_that_is_named_a_thousand_times_is_settled_by_few_rows(policy, monkeypatch):
    shown = []
    monkeypatch.setattr(conflicts, "settle", lambda rows, *rest: shown.append(len(rows)) or settle(rows, *rest))
    rows = [[PHONES[0], STATUSES[1 + at % 4], CAMPAIGNS[at % 3]] for at in range(1_000)]
    as_planned("phone status campaign", rows, policy)
    assert shown == [18]


@under_every_policy
def test_the_largest_groups_of_a_shape_have_numbers_of_their_own(policy):
    pairs = [(status, campaign) for status in STATUSES[1:4] for campaign in CAMPAIGNS[:3]]
    rows = [
        [f"+1415555{2_000 + at:04}", *pairs[(at * 5 + turn * (at + 1)) % 9]] for at in range(200) for turn in range(7)
    ]
    as_planned("phone status campaign", rows, policy)


def test_groups_of_one_shape_are_settled_once(monkeypatch):
    shapes = []
    monkeypatch.setattr(conflicts, "settle", lambda rows, *rest: shapes.append(rows) or settle(rows, *rest))
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
