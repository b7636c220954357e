"""What becomes of rows that name the same contact? Rows are numbered from 0 here."""

import pytest

from bulk_sync.errors import Code
from bulk_sync.model import DNC, Change
from bulk_sync.plan.conflicts import settle
from bulk_sync.plan.status import Statuses

from .building import RENEWALS, SPRING

is_terminal = Statuses().is_terminal
POLICIES = ("safest", "last", "first", "error")

PAUSED, ACTIVE, NEVER = Change("paused"), Change("active"), Change(DNC)
TO_SPRING, TO_RENEWALS = Change(campaign=SPRING), Change(campaign=RENEWALS)


def settled(*changes, policy="safest"):
    return settle(list(enumerate(changes)), policy, is_terminal)


def told(*changes, policy="safest"):
    """The row that is sent, its change, and the others as {row: (code, because of)}."""
    found = settled(*changes, policy=policy)
    return (
        found.sent,
        found.change,
        {row: (verdict.code.word, verdict.because_of) for row, verdict in found.others.items()},
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_rows_that_say_the_same_make_one_call_and_the_first_is_sent(policy):
    assert told(PAUSED, PAUSED, PAUSED, policy=policy) == (0, PAUSED, {1: ("duplicate", 0), 2: ("duplicate", 0)})


@pytest.mark.parametrize("policy", POLICIES)
def test_rows_that_complete_each_other_make_one_call(policy):
    both = Change("paused", SPRING)
    assert told(PAUSED, TO_SPRING, policy=policy) == (0, both, {1: ("merged", 0)})
    assert told(TO_SPRING, PAUSED, policy=policy) == (0, both, {1: ("merged", 0)})


@pytest.mark.parametrize("policy", POLICIES)
def test_a_row_that_says_a_part_of_what_another_says_travels_with_it(policy):
    assert told(Change("paused", SPRING), PAUSED, policy=policy)[2] == {1: ("merged", 0)}
    assert told(PAUSED, Change("paused", SPRING), policy=policy) == (0, Change("paused", SPRING), {1: ("merged", 0)})


@pytest.mark.parametrize("policy", POLICIES)
def test_a_move_is_never_merged_into_a_dnc(policy):
    assert told(NEVER, TO_SPRING, policy=policy) == (0, NEVER, {1: ("superseded", 0)})
    assert told(TO_SPRING, NEVER, policy=policy) == (1, NEVER, {0: ("superseded", 1)})


@pytest.mark.parametrize("policy", POLICIES)
def test_a_move_that_a_dnc_row_names_itself_has_one_fate_in_whatever_order_the_rows_stand(policy):
    whole = Change(DNC, SPRING)
    found = [settled(whole, NEVER, policy=policy), settled(NEVER, whole, policy=policy)]
    assert found[0].change == found[1].change
    assert found[0].change in (whole, NEVER)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_row_that_names_the_move_of_a_dnc_row_travels_with_it(policy):
    assert told(Change(DNC, SPRING), TO_SPRING, policy=policy) == (0, Change(DNC, SPRING), {1: ("merged", 0)})


@pytest.mark.parametrize(
    ("changes", "sent", "winner"),
    [
        ((ACTIVE, PAUSED), 1, PAUSED),
        ((PAUSED, ACTIVE), 0, PAUSED),
        ((NEVER, ACTIVE), 0, NEVER),
        ((ACTIVE, NEVER), 1, NEVER),
        ((NEVER, PAUSED), 0, NEVER),
        ((PAUSED, NEVER), 1, NEVER),
        ((PAUSED, Change("fulfilled")), 1, Change("fulfilled")),
        ((Change("fulfilled"), PAUSED), 1, PAUSED),
        ((ACTIVE, Change("talk-to-human")), 1, Change("talk-to-human")),
        ((Change("talk-to-human"), ACTIVE), 1, ACTIVE),
        ((TO_SPRING, TO_RENEWALS), 1, TO_RENEWALS),
        ((TO_RENEWALS, TO_SPRING), 1, TO_SPRING),
        ((Change(name="Anna"), Change(name="Ann")), 1, Change(name="Ann")),
        ((Change(DNC, SPRING), Change(DNC, RENEWALS)), 1, Change(DNC, RENEWALS)),
        ((Change("active", SPRING), PAUSED), 1, PAUSED),
        ((Change("active", SPRING), NEVER), 1, NEVER),
    ],
)
def test_safest_lets_dnc_win_then_what_stops_outreach_then_the_last_row(changes, sent, winner):
    loser = 1 - sent
    assert told(*changes) == (sent, winner, {loser: ("superseded", sent)})


@pytest.mark.parametrize(
    ("policy", "changes", "sent"),
    [
        ("last", (PAUSED, ACTIVE), 1),
        ("last", (ACTIVE, PAUSED), 1),
        ("last", (NEVER, ACTIVE), 1),
        ("last", (ACTIVE, NEVER), 1),
        ("last", (TO_SPRING, TO_RENEWALS), 1),
        ("first", (PAUSED, ACTIVE), 0),
        ("first", (ACTIVE, PAUSED), 0),
        ("first", (ACTIVE, NEVER), 0),
        ("first", (NEVER, ACTIVE), 0),
        ("first", (TO_SPRING, TO_RENEWALS), 0),
    ],
)
def test_last_and_first_go_by_the_place_in_the_file(policy, changes, sent):
    assert told(*changes, policy=policy) == (sent, changes[sent], {1 - sent: ("superseded", sent)})


def test_error_refuses_every_row_of_a_contact_about_whom_rows_disagree():
    sent, change, others = told(PAUSED, ACTIVE, TO_SPRING, policy="error")
    assert sent is None
    assert not change
    assert [word for word, _ in others.values()] == ["conflict"] * 3
    assert set(others) == {0, 1, 2}


def test_a_conflict_names_a_row_that_says_something_else():
    _, _, others = told(PAUSED, PAUSED, ACTIVE, policy="error")
    assert others[0] == ("conflict", 2)
    assert others[1] == ("conflict", 2)
    assert others[2][1] in {0, 1}


def test_a_row_that_stops_outreach_carries_what_other_rows_add():
    assert told(TO_SPRING, TO_RENEWALS, PAUSED) == (
        1,
        Change("paused", RENEWALS),
        {0: ("superseded", 1), 2: ("merged", 1)},
    )


def test_what_loses_names_the_row_that_is_sent_and_not_its_duplicate():
    assert told(PAUSED, NEVER, NEVER) == (1, NEVER, {0: ("superseded", 1), 2: ("duplicate", 1)})


@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        ("last", (ACTIVE, Change("paused", SPRING), TO_RENEWALS)),
        ("first", (TO_RENEWALS, Change("paused", SPRING), ACTIVE)),
    ],
)
def test_a_row_that_lost_does_not_clear_the_way_for_one_that_it_beats(policy, changes):
    """The word that counts about the status is `paused`; that its row lost for its campaign makes nobody active."""
    assert told(*changes, policy=policy)[1].status != "active"


@pytest.mark.parametrize("policy", POLICIES)
def test_the_case_of_a_campaign_id_is_no_contradiction(policy):
    found = settled(TO_SPRING, Change(campaign=SPRING.upper()), policy=policy)
    assert found.sent == 0
    assert {verdict.code for verdict in found.others.values()} <= {Code.DUPLICATE, Code.MERGED}
