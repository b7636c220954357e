"""What must be known of a contact before its update may leave, and what follows from how it stands?"""

import pytest

from bulk_sync.api.contact import Contact
from bulk_sync.errors import Code
from bulk_sync.model import Change, Outcome, ReadFailed, Unavailable, Update
from bulk_sync.preflight.lookup import Missing
from bulk_sync.preflight.policy import Need, Policy
from bulk_sync.release import ReadyUpdate

STOPPING = frozenset({"DNC", "paused"})
PHONE, ID, A, B = "+14155550123", "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "a0000000-0000-4000-8000-000000000000", "b"
GUARD, WHOLE, COMPARE, NOTHING = Need.GUARD, Need.WHOLE, Need.COMPARE, Need.NOTHING


def by_phone(**change):
    return Update(0, Change(**change), phone=PHONE)


def by_id(**change):
    return Update(0, Change(**change), contact_id=ID)


@pytest.mark.parametrize(
    ("update", "need"),
    [
        (by_phone(status="paused"), GUARD),
        (by_phone(status="DNC"), NOTHING),
        (by_phone(status="DNC", campaign=A), NOTHING),
        (by_phone(status="active"), GUARD),
        (by_phone(status="one-of-their-own"), GUARD),
        (by_phone(campaign=A), GUARD),
        (by_phone(status="paused", campaign=A), GUARD),
        (by_phone(name="Anna"), WHOLE),
        (by_phone(timezone="Europe/Paris"), WHOLE),
        (by_phone(variables={"a": "b"}), WHOLE),
        (by_phone(status="active", name="Anna"), GUARD | WHOLE),
        (by_id(name="Anna", timezone="Europe/Paris"), NOTHING),
        (by_id(name="Anna", timezone="Europe/Paris", phone=PHONE), GUARD),
        (by_id(variables={"a": "b"}), WHOLE),
        (by_id(campaign=A), GUARD),
    ],
)
def test_what_must_be_known(update, need):
    assert Policy(stopping=STOPPING).need_of(update) == need
    assert Policy(stopping=STOPPING, compares=True).need_of(update) == need | COMPARE
    assert Policy(stopping=STOPPING, guards=False).need_of(update) == need & ~GUARD


def judged(update, found, **terms):
    terms = Policy(**{"stopping": STOPPING, **terms})
    return terms.judge(update, found, terms.need_of(update))


CONTACT = Contact(ID, PHONE, "active", (A,), {"name": "Anna", "timezone": "Europe/Paris"}, {"kept": "1"})


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"status": "active"}, True),
        ({"status": "paused"}, False),
        ({"status": "Active"}, False),
        ({"campaign": A.upper()}, True),
        ({"campaign": B}, False),
        ({"status": "active", "campaign": B}, False),
        ({"name": "Anna"}, True),
        ({"name": "anna"}, False),
        ({"timezone": "Europe/Paris"}, True),
        ({"timezone": "Europe/Rome"}, False),
        ({"phone": PHONE}, True),
        ({"phone": "+14155550199"}, False),
        ({"variables": {"kept": "1"}}, True),
        ({"variables": {"kept": "2"}}, False),
        ({"variables": {"new": "1"}}, False),
    ],
)
def test_a_contact_that_stands_as_asked_is_left_alone(change, same):
    verdict = judged(by_id(**change), CONTACT, compares=True)
    assert (isinstance(verdict, Outcome) and verdict.code is Code.UNCHANGED) == same
    assert isinstance(judged(by_id(**change), CONTACT), ReadyUpdate)


def test_variables_that_replace_must_be_all_there_are():
    terms = {"compares": True, "merges": False}
    assert judged(by_id(variables={"kept": "1"}), CONTACT, **terms).code is Code.UNCHANGED
    more = Contact(ID, PHONE, "active", (A,), variables={"kept": "1", "more": "2"})
    assert isinstance(judged(by_id(variables={"kept": "1"}), more, **terms), ReadyUpdate)
    assert isinstance(judged(by_id(variables={"kept": "1"}), Contact(ID, PHONE, "active"), **terms), ReadyUpdate)


@pytest.mark.parametrize("status", ["DNC", "dnc"])
@pytest.mark.parametrize("change", [{"status": "active"}, {"campaign": B}, {"status": "paused", "campaign": B}])
def test_nobody_leaves_dnc(status, change):
    verdict = judged(by_phone(**change), Contact(ID, PHONE, status, (A,)))
    assert (verdict.code, verdict.previous_status, verdict.contact_id) == (Code.LEAVES_DNC, status, ID)
    assert isinstance(judged(by_phone(**change), Contact(ID, PHONE, status, (A,)), guards=False), ReadyUpdate)


def test_a_contact_found_by_phone_is_written_by_its_id_with_what_it_stores():
    verdict = judged(by_phone(status="paused", name="Boris", variables={"new": "2"}), CONTACT)
    expected = Change("paused", name="Boris", variables={"kept": "1", "new": "2"})
    assert verdict == ReadyUpdate(Update(0, expected, contact_id=ID), "active", A, ID, phone=PHONE)


def test_variables_that_are_not_shown_cannot_be_merged():
    verdict = judged(by_phone(variables={"a": "b"}), Contact(ID, PHONE, "active"))
    assert verdict.code is Code.CANNOT_MERGE
    assert "--variables replace" in verdict.error
    assert isinstance(judged(by_phone(variables={"a": "b"}), Contact(ID, PHONE, "active"), merges=False), ReadyUpdate)


FAILED, NOT_HAD = ReadFailed(Code.SERVER_ERROR, "It failed.", 503, 5), Unavailable("Forbidden.")


@pytest.mark.parametrize(
    ("update", "found", "code"),
    [
        (by_phone(status="DNC"), FAILED, None),
        (by_phone(status="paused"), FAILED, Code.SERVER_ERROR),
        (by_phone(status="active"), FAILED, Code.SERVER_ERROR),
        (by_phone(name="Anna"), FAILED, Code.SERVER_ERROR),
        (by_phone(status="paused"), NOT_HAD, None),
        (by_phone(status="active"), NOT_HAD, None),
        (by_phone(name="Anna"), NOT_HAD, Code.CANNOT_MERGE),
        (by_phone(status="paused"), Missing(), Code.CONTACT_NOT_FOUND),
        (by_id(status="active"), Missing(), Code.CONTACT_NOT_FOUND),
        (by_phone(status="DNC"), Missing(), None),
        (by_phone(status="DNC", name="Anna"), Missing(), Code.CONTACT_NOT_FOUND),
    ],
)
def test_what_cannot_be_read_holds_only_what_needs_it(update, found, code):
    verdict = judged(update, found, compares=True)
    assert verdict == ReadyUpdate(update) if code is None else verdict.code is code
