"""What would put back what a run has changed."""

import pytest

from bulk_sync.errors import Code
from bulk_sync.model import Change, Kind, Outcome, Update
from bulk_sync.plan.restoration import Restoration, plan_of, restorations, without

from .building import ANNA, RENEWALS, SPRING

PHONE, OTHER = "+14155550123", "+14155550199"


def call(change, row=0, code=Code.UPDATED, *, status=None, campaign=None, by_id=False, at=100.0, **more):
    """A settled call, by phone or by ID; `status` and `campaign` stood there before."""
    update = Update(row, change, contact_id=ANNA) if by_id else Update(row, change, phone=PHONE)
    return update, Outcome(code, at=at, previous_status=status, previous_campaign=campaign, **more)


def only(*calls):
    [row] = restorations(calls, first_row=2)
    return row


def test_only_what_the_run_set_is_put_back_and_only_where_it_was_another():
    stood = {"status": "active", "campaign": RENEWALS}
    assert only(call(Change("paused"), **stood)).back == Change("active")
    assert only(call(Change(None, SPRING), **stood)).back == Change(None, RENEWALS)
    same = Restoration((2,), PHONE, None, Change("paused"), Change(), "")
    assert only(call(Change("paused"), status="paused")) == same
    assert not only(call(Change(None, SPRING.upper()), campaign=SPRING)).back


NOT_PUT_BACK = [
    (Change("paused", SPRING), "campaign: previous value unknown"),
    (Change("paused", name="Anna"), "the name"),
    (Change("paused", timezone="Europe/Paris"), "the time zone"),
    (Change("paused", variables={"plan": "pro"}), "the variables"),
    (Change("paused", phone=OTHER), "the number"),
]


@pytest.mark.parametrize(("change", "words"), NOT_PUT_BACK)
def test_what_cannot_be_put_back_stays_and_is_named(change, words):
    row = only(call(change, status="active", by_id=True))
    assert row.back == Change("active")
    assert row.note.startswith(words)


def test_a_contact_is_known_by_its_new_number():
    changes = [(Change("paused", phone=OTHER), PHONE), (Change("paused"), PHONE), (Change("paused"), None)]
    assert [only(call(change, by_id=True, phone=said)).phone for change, said in changes] == [OTHER, PHONE, None]


@pytest.mark.parametrize("code", [each for each in Code if each not in (Code.UPDATED, Code.CREATED)])
def test_only_successes_are_undone(code):
    assert restorations([call(Change("paused"), code=code, status="active")], 2) == []


def test_what_an_earlier_run_sent_is_that_runs_to_undo():
    assert restorations([call(Change("paused"), status="active", run="20260101-aaaa")], 2) == []


def test_a_contact_that_the_run_created_stays():
    row = only(call(Change(), code=Code.CREATED))
    assert not row.back
    assert "created" in row.note


def test_into_dnc_no_campaign_goes_back():
    row = only(call(Change("active", SPRING), status="DNC", campaign=RENEWALS))
    assert row.back == Change("DNC")
    assert "campaign" in row.note


def test_several_calls_to_one_contact_are_undone_as_one_from_the_last_to_before_the_first():
    first = call(Change("paused"), 4, status="active", contact_id=ANNA)
    last = call(Change("fulfilled", SPRING), 1, status="paused", campaign=RENEWALS, by_id=True, at=200.0)
    back = Restoration((3, 6), PHONE, ANNA, Change("fulfilled", SPRING), Change("active", RENEWALS), "")
    assert only(last, first) == back


def planned(*backs):
    """The plan that puts these back: (change, note)."""
    return plan_of([Restoration((2,), PHONE, None, Change("paused"), *each) for each in backs], first_row=2)


def test_what_stops_outreach_goes_first_and_what_nobody_knows_last():
    plan = planned(*((Change(each), "") for each in ("active", "on-holiday", "fulfilled", "DNC")))
    assert [update.change.status for update in plan.updates()] == ["DNC", "fulfilled", "active", "on-holiday"]
    assert plan.by_kind()[Kind.RESTARTS] == 2


def test_what_has_nothing_to_put_back_says_why():
    plan = planned((Change(), "status: not read"), (Change(), ""))
    assert [plan.code(place) for place in range(2)] == [Code.UNKNOWN_PREVIOUS, Code.UNCHANGED]
    assert "status: not read." in plan.reasons[0]
    assert plan.reasons[1]
    assert list(plan.updates()) == []


def test_a_plan_without_some_of_its_rows_says_why_and_is_another_plan():
    plan = planned(*((Change(each), "") for each in ("active", "DNC", "fulfilled")))
    fewer = without(plan, {1: (Code.CHANGED_SINCE, "Somebody did.")})
    assert [update.row for update in fewer.updates()] == [2, 0]
    assert (fewer.code(1), fewer.reasons[1]) == (Code.CHANGED_SINCE, "Somebody did.")
    assert (fewer.by_kind().get(Kind.DNC, 0), plan.by_kind()[Kind.DNC]) == (0, 1)
    assert plan.code(1) is Code.UPDATED
