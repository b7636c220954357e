"""What holds for every group of rows that name one contact, under every policy?"""

from itertools import permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bulk_sync.errors import Code
from bulk_sync.model import DNC, Change
from bulk_sync.plan.conflicts import settle
from bulk_sync.plan.status import Statuses

from .building import RENEWALS, SPRING

is_terminal = Statuses().is_terminal
POLICIES = ("safest", "last", "first", "error")


def settled(*changes, policy="safest"):
    return settle(list(enumerate(changes)), policy, is_terminal)


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


def said(change):
    values = {
        "status": change.status,
        "campaign": change.campaign,
        "phone": change.phone,
        "name": change.said.get("name"),
        "timezone": change.said.get("timezone"),
        "variables": change.variables,
    }
    return {field: value for field, value in values.items() if value is not None}


def contradict(one, other):
    return any(field in said(other) and said(other)[field] != value for field, value in said(one).items())


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
    whole = said(found.change)
    for row in kept:
        assert said(changes[row]).items() <= whole.items()
    for field, value in whole.items():
        assert any(said(changes[row]).get(field) == value for row in kept)


@settings(deadline=None)
@given(GROUPS, st.sampled_from(POLICIES))
def test_a_fate_names_a_row_that_explains_it(changes, policy):
    found = settled(*changes, policy=policy)
    for row, verdict in found.others.items():
        other = changes[verdict.because_of]
        assert verdict.because_of != row
        match verdict.code:
            case Code.DUPLICATE:
                assert said(other) == said(changes[row])
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


@settings(deadline=None)
@given(WITH_DNC)
def test_under_safest_dnc_wins_in_whatever_order_the_rows_stand(changes):
    assert {settled(*order).change.status for order in (changes, changes[::-1], sorted(changes, key=repr))} == {DNC}


class Counted(str):
    """A text that counts how often it is compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other):
        Counted.compared += 1
        return str.__eq__(self, other)

    def __ne__(self, other):
        Counted.compared += 1
        return str.__ne__(self, other)

    __hash__ = str.__hash__


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("different", [1, 2])
def test_many_rows_of_one_contact_are_not_compared_each_with_each(policy, different):
    """A switchboard's number may stand in every row of a long sheet."""
    rows = [Change(name=Counted(f"Anna {row % different}")) for row in range(1000)]
    Counted.compared = 0
    settled(*rows, policy=policy)
    assert Counted.compared < 50 * len(rows)
