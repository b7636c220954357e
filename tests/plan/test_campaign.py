"""The campaign that a cell names."""

import pytest

from bulk_sync.errors import Code
from bulk_sync.model import Campaign, Listing
from bulk_sync.plan.campaign import Campaigns

from .building import RENEWALS, SPRING, planned, words_of

OTHER = "38b71cb5-fb6e-5d5d-9fe0-6df52775046f"


def campaigns(*listed, **more):
    return Campaigns(Listing(tuple(listed), **more))


KNOWN = campaigns(
    Campaign(SPRING, "Spring Outreach"), Campaign(RENEWALS, "Renewals"), Campaign(OTHER, "★", paused=True)
)
NAMED = {"Spring Outreach": SPRING, "spring-outreach": SPRING, "SPRINGOUTREACH": SPRING, "Renéwals": RENEWALS}


def test_a_name_is_known_in_any_case_and_spelling():
    assert {text: KNOWN.read(text) for text in (*NAMED, "★")} == NAMED | {"★": OTHER}


def test_an_exact_name_wins_over_one_that_is_spelled_alike():
    known = campaigns(Campaign(SPRING, "Spring"), Campaign(RENEWALS, "SPRING"))
    assert (known.read("Spring"), known.read("SPRING")) == (SPRING, RENEWALS)
    assert known.read("spring").code is Code.AMBIGUOUS_CAMPAIGN


def test_two_campaigns_of_one_name_are_refused_with_their_ids():
    refused = campaigns(Campaign(SPRING, "Spring"), Campaign(RENEWALS, "Spring", paused=True)).read("Spring")
    assert refused.code is Code.AMBIGUOUS_CAMPAIGN
    assert SPRING in refused.why
    assert f"{RENEWALS}, paused" in refused.why


def test_many_candidates_are_counted_and_some_named():
    ids = [f"{number:08d}-0000-0000-0000-000000000000" for number in range(30)]
    refused = campaigns(*(Campaign(each, "Spring") for each in ids)).read("spring")
    assert "30 campaigns" in refused.why
    assert "22 more" in refused.why


MANY = campaigns(*(Campaign(f"{number}", f"Campaign of {number * 7919}") for number in range(30)))
ADVICE = [
    (KNOWN, "Renewal", 'Did you mean "Renewals"?'),
    (KNOWN, "Renewal", '"Spring Outreach"'),
    (MANY, "qqqq", "bulk-sync campaigns shows all 30."),
    (campaigns(), "Spring", "lists no campaign"),
    (campaigns(why_not="there is no API key"), "Spring", "there is no API key. Enter the campaign's ID"),
]


@pytest.mark.parametrize(("known", "text", "words"), ADVICE)
def test_an_unknown_name_is_answered_with_what_helps(known, text, words):
    refused = known.read(text)
    assert refused.code is Code.UNKNOWN_CAMPAIGN
    assert words in refused.why


def test_an_id_that_the_api_lists_is_one_whatever_its_form():
    assert campaigns(Campaign("camp_17", "Spring")).read("CAMP_17") == "camp_17"


def test_a_name_and_its_id_are_the_same_instruction():
    rows = [("+14155552671", "active", "spring outreach"), ("+14155552671", "active", SPRING.upper())]
    plan = planned("phone status campaign", rows, campaigns=KNOWN)
    assert words_of(plan) == ["updated", "duplicate"]
    assert plan.change(0).campaign == SPRING


def test_rows_are_counted_by_the_campaign_that_they_move_to():
    rows = [("1", "", "Renewals"), ("2", "", RENEWALS), ("3", "paused", ""), ("3", "", "★")]
    rows += [("5", "DNC", ""), ("5", "", "★")]
    plan = planned("phone status campaign", [(f"+1415555267{at}", *rest) for at, *rest in rows], campaigns=KNOWN)
    assert words_of(plan) == ["updated", "updated", "updated", "merged", "updated", "superseded"]
    assert plan.moved_rows() == {RENEWALS: 2, OTHER: 1}
