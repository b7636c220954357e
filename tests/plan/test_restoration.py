"""What would put back what a run has changed?"""

import pytest

from bulk_sync.errors import Code
from bulk_sync.model import Change, Kind, Outcome, Update
from bulk_sync.plan.restoration import Restoration, plan_of, restorations, without

from .building import ANNA, BORIS, RENEWALS, SPRING

PHONE, OTHER = "+14155550123", "+14155550199"


def by_phone(row, change, phone=PHONE, **outcome):
    return Update(row, change, phone=phone), settled(**outcome)


def by_id(row, change, contact_id=ANNA, **outcome):
    return Update(row, change, contact_id=contact_id), settled(**outcome)


def settled(code=Code.UPDATED, *, status=None, campaign=None, **more):
    return Outcome(code, at=100.0, previous_status=status, previous_campaign=campaign, **more)


def only(*calls):
    [row] = restorations(calls, first_row=2)
    return row


def test_what_was_set_goes_back_to_what_stood_there():
    row = only(by_phone(3, Change("paused", SPRING), status="active", campaign=RENEWALS, contact_id=ANNA))
    assert row == Restoration((5,), PHONE, ANNA, Change("paused", SPRING), Change("active", RENEWALS), "")


def test_only_what_the_run_set_is_put_back():
    assert only(by_phone(0, Change("paused"), status="active", campaign=RENEWALS)).back == Change("active")
    assert only(by_phone(0, Change(None, SPRING), status="active", campaign=RENEWALS)).back == Change(None, RENEWALS)


def test_what_the_run_did_not_learn_stays_and_is_named():
    row = only(by_phone(0, Change("paused", SPRING), status="active"))
    assert row.back == Change("active")
    assert row.note.startswith("campaign: the run did not read")


def test_what_the_run_set_to_what_it_was_needs_nothing():
    assert only(by_phone(0, Change("paused"), status="paused")) == Restoration(
        (2,), PHONE, None, Change("paused"), Change(), ""
    )
    assert not only(by_phone(0, Change(None, SPRING.upper()), campaign=SPRING)).back


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (Change("paused", name="Anna"), "the name"),
        (Change("paused", timezone="Europe/Paris"), "the time zone"),
        (Change("paused", variables={"plan": "pro"}), "the variables"),
        (Change("paused", phone=OTHER), "the number"),
    ],
)
def test_what_cannot_be_put_back_is_named(change, word):
    row = only(by_id(0, change, status="active"))
    assert row.back == Change("active")
    assert word in row.note


def test_a_contact_is_known_by_its_new_number():
    assert only(by_id(0, Change("paused", phone=OTHER), phone=PHONE)).phone == OTHER
    assert only(by_id(0, Change("paused"), phone=PHONE)).phone == PHONE
    assert only(by_id(0, Change("paused"))).phone is None


@pytest.mark.parametrize("code", [each for each in Code if each not in (Code.UPDATED, Code.CREATED)])
def test_only_successes_are_undone(code):
    assert restorations([by_phone(0, Change("paused"), code=code, status="active")], 2) == []


def test_what_an_earlier_run_sent_is_that_runs_to_undo():
    assert restorations([by_phone(0, Change("paused"), status="active", run="20260101-aaaa")], 2) == []


def test_a_contact_that_the_run_created_stays():
    row = only(by_phone(0, Change(), code=Code.CREATED))
    assert not row.back
    assert "created" in row.note


def test_into_dnc_no_campaign_goes_back():
    row = only(by_phone(0, Change("active", SPRING), status="DNC", campaign=RENEWALS))
    assert row.back == Change("DNC")
    assert "campaign" in row.note


def test_several_calls_to_one_contact_are_undone_as_one_from_the_last_to_before_the_first():
    first = by_phone(4, Change("paused"), status="active", contact_id=ANNA)
    last = by_id(1, Change("fulfilled", SPRING), status="paused", campaign=RENEWALS)
    last = (last[0], Outcome(Code.UPDATED, at=200.0, previous_status="paused", previous_campaign=RENEWALS))
    assert only(last, first) == Restoration(
        (3, 6), PHONE, ANNA, Change("fulfilled", SPRING), Change("active", RENEWALS), ""
    )


def restoration(back, note="", phone=PHONE, contact_id=None):
    return Restoration((2,), phone, contact_id, Change("paused"), back, note)


def test_the_plan_sends_what_is_to_be_put_back_by_number_or_else_by_id():
    plan = plan_of(
        [
            restoration(Change("active", SPRING), contact_id=ANNA),
            restoration(Change(None, RENEWALS), phone=None, contact_id=BORIS),
        ],
        first_row=2,
    )
    assert list(plan.updates()) == [
        Update(1, Change(None, RENEWALS), contact_id=BORIS),
        Update(0, Change("active", SPRING), phone=PHONE),
    ]


def test_what_stops_outreach_goes_first_and_what_nobody_knows_last():
    backs = ["active", "on-holiday", "fulfilled", "DNC"]
    plan = plan_of([restoration(Change(each)) for each in backs], first_row=2)
    assert [update.change.status for update in plan.updates()] == ["DNC", "fulfilled", "active", "on-holiday"]
    assert plan.by_kind()[Kind.RESTARTS] == 2


def test_what_has_nothing_to_put_back_says_why():
    plan = plan_of([restoration(Change(), "status: not read"), restoration(Change())], first_row=2)
    assert [plan.code(place) for place in range(2)] == [Code.UNKNOWN_PREVIOUS, Code.UNCHANGED]
    assert "status: not read." in plan.rows.reasons[0]
    assert plan.rows.reasons[1]
    assert list(plan.updates()) == []


def test_a_plan_without_some_of_its_rows_says_why_and_is_another_plan():
    plan = plan_of([restoration(Change(each)) for each in ("active", "DNC", "fulfilled")], first_row=2)
    fewer = without(plan, {1: (Code.CHANGED_SINCE, "Somebody did.")})
    assert [update.row for update in fewer.updates()] == [2, 0]
    assert (fewer.code(1), fewer.rows.reasons[1]) == (Code.CHANGED_SINCE, "Somebody did.")
    assert (fewer.by_kind().get(Kind.DNC, 0), plan.by_kind()[Kind.DNC]) == (0, 1)
    assert plan.code(1) is Code.UPDATED
