"""Does a contact still stand as a run left it, and may what stood before be put back?"""

import pytest

from bulk_sync.api.contact import Contact
from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import Change
from bulk_sync.preflight.policy import hindrance

ANNA, PHONE = "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "+14155550123"
SPRING, RENEWALS = "d290f1ee-6c54-4b01-90e6-d701748f0851", "550e8400-e29b-41d4-a716-446655440000"
PAUSED = Change("paused")


def against(contact, wrote=PAUSED, back=None, *, phone=PHONE, contact_id=ANNA, leaving_dnc=False):
    return hindrance(
        contact, wrote, back or Change("active"), phone=phone, contact_id=contact_id, leaving_dnc=leaving_dnc,
        dnc=DncStatuses(),
    )  # fmt: skip


def code(*args, **options):
    found = against(*args, **options)
    return found and found[0]


def anna(status="paused", *campaigns, phone=PHONE, contact_id=ANNA):
    return Contact(contact_id, phone, status, campaigns or (SPRING,))


def test_what_stands_as_the_run_left_it_may_be_put_back():
    assert against(anna()) is None
    assert against(anna("active", SPRING), Change(None, SPRING), Change(None, RENEWALS)) is None
    assert against(anna("paused", SPRING.upper()), Change("paused", SPRING), Change("active", RENEWALS)) is None


def test_one_field_that_was_changed_since_leaves_the_whole_contact_alone():
    both, before = Change("paused", SPRING), Change("active", RENEWALS)
    assert code(anna("paused", RENEWALS), both, before) is Code.CHANGED_SINCE
    assert code(anna("fulfilled", SPRING), both, before) is Code.CHANGED_SINCE
    assert code(anna("fulfilled", SPRING), both, Change(None, RENEWALS)) is Code.CHANGED_SINCE


def test_what_stands_as_before_already_is_unchanged():
    assert code(anna("active")) is Code.UNCHANGED
    both, before = Change("paused", SPRING), Change("active", RENEWALS)
    assert code(anna("active", RENEWALS), both, before) is Code.UNCHANGED
    assert code(anna("active", SPRING), both, before) is Code.CHANGED_SINCE


@pytest.mark.parametrize(
    ("contact", "wrote", "back"),
    [
        (Contact(ANNA, PHONE, None, (SPRING,)), PAUSED, Change("active")),
        (Contact(ANNA, PHONE, "active", None), Change(None, SPRING), Change(None, RENEWALS)),
        (Contact(ANNA, PHONE, None, (SPRING,)), Change(None, SPRING), Change(None, RENEWALS)),
        (Contact(ANNA, None, "paused", (SPRING,)), PAUSED, Change("active")),
    ],
)
def test_what_is_not_shown_is_not_touched(contact, wrote, back):
    assert code(contact, wrote, back) is Code.CANNOT_MERGE


@pytest.mark.parametrize("back", [Change("active"), Change("paused"), Change("active", RENEWALS)])
def test_nobody_is_taken_out_of_dnc_unasked(back):
    wrote = Change("DNC", SPRING) if back.campaign else Change("DNC")
    assert code(anna("DNC"), wrote, back) is Code.LEAVES_DNC
    assert "--allow-leaving-dnc" in against(anna("DNC"), wrote, back)[1]
    assert against(anna("DNC"), wrote, back, leaving_dnc=True) is None


def test_a_move_out_of_a_campaign_takes_a_contact_in_dnc_out_too():
    moved = {"wrote": Change(None, SPRING), "back": Change(None, RENEWALS)}
    assert code(anna("DNC"), **moved) is Code.LEAVES_DNC
    assert code(anna("dnc"), **moved) is Code.LEAVES_DNC


def test_a_number_that_belongs_to_somebody_else_by_now_is_not_called_on():
    other = anna(contact_id="38b71cb5-fb6e-5d5d-9fe0-6df52775046f")
    assert code(other) is Code.CHANGED_SINCE
    assert against(other, contact_id=None) is None
    assert against(anna(contact_id=ANNA.upper())) is None
