"""Which campaign does a cell name?"""

import pytest

from bulk_sync.errors import Code
from bulk_sync.model import Campaign, Listing
from bulk_sync.plan.campaigns import Campaigns

from .building import RENEWALS, SPRING, planned, words_of

OTHER = "38b71cb5-fb6e-5d5d-9fe0-6df52775046f"


def campaigns(*listed, **more):
    return Campaigns(lambda: Listing(tuple(listed), **more))


KNOWN = campaigns(
    Campaign(SPRING, "Spring Outreach"), Campaign(RENEWALS, "Renewals"), Campaign(OTHER, "★", paused=True)
)


def never():
    raise AssertionError("the API was asked")


@pytest.mark.parametrize("text", [SPRING, SPRING.upper(), "00000000-0000-0000-0000-000000000000"])
def test_an_id_is_sent_as_it_is_and_nobody_is_asked(text):
    assert Campaigns(never).read(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Spring Outreach", SPRING),
        ("spring-outreach", SPRING),
        ("SPRINGOUTREACH", SPRING),
        ("Renéwals", RENEWALS),
        ("★", OTHER),
    ],
)
def test_a_name_is_known_in_any_case_and_spelling(text, expected):
    assert KNOWN.read(text) == expected


def test_the_api_is_asked_once():
    asked = []

    def listed():
        asked.append(1)
        return Listing((Campaign(SPRING, "Spring"),))

    known = Campaigns(listed)
    assert [known.read(text) for text in ("Spring", "spring", SPRING)] == [SPRING] * 3
    assert known.read("Autumn").code is Code.UNKNOWN_CAMPAIGN
    assert asked == [1]


def test_an_exact_name_wins_over_one_that_is_spelled_alike():
    known = campaigns(Campaign(SPRING, "Spring"), Campaign(RENEWALS, "SPRING"))
    assert (known.read("Spring"), known.read("SPRING")) == (SPRING, RENEWALS)
    assert known.read("spring").code is Code.AMBIGUOUS_CAMPAIGN


def test_two_campaigns_of_one_name_are_refused_with_their_ids():
    known = campaigns(Campaign(SPRING, "Spring"), Campaign(RENEWALS, "Spring", paused=True))
    refused = known.read("Spring")
    assert refused.code is Code.AMBIGUOUS_CAMPAIGN
    assert SPRING in refused.why
    assert f"{RENEWALS}, paused" in refused.why


def test_many_candidates_are_counted_and_some_named():
    ids = [f"{number:08d}-0000-0000-0000-000000000000" for number in range(30)]
    refused = campaigns(*(Campaign(each, "Spring") for each in ids)).read("spring")
    assert "30 campaigns" in refused.why
    assert "22 more" in refused.why


def test_a_slip_is_answered_with_what_was_probably_meant():
    refused = KNOWN.read("Renewal")
    assert refused.code is Code.UNKNOWN_CAMPAIGN
    assert 'Did you mean "Renewals"?' in refused.why
    assert '"Spring Outreach"' in refused.why


def test_an_unknown_name_among_many_points_to_the_command_that_shows_them():
    known = campaigns(*(Campaign(f"{number}", f"Campaign of {number * 7919}") for number in range(30)))
    assert "bulk-sync campaigns shows all 30." in known.read("qqqq").why


def test_a_team_without_campaigns_is_told_so():
    assert "lists no campaign" in campaigns().read("Spring").why


def test_where_names_are_not_known_only_ids_can_be_used_and_the_reason_is_told():
    refused = campaigns(why_not="there is no API key").read("Spring")
    assert refused.code is Code.UNKNOWN_CAMPAIGN
    assert "there is no API key" in refused.why
    assert "Enter the campaign's ID" in refused.why


def test_an_id_that_the_api_lists_is_one_whatever_its_form():
    assert campaigns(Campaign("camp_17", "Spring")).read("CAMP_17") == "camp_17"


def test_a_name_and_its_id_are_the_same_instruction():
    rows = [("+14155552671", "active", "spring outreach"), ("+14155552671", "active", SPRING.upper())]
    plan = planned("phone status campaign", rows, campaigns=KNOWN)
    assert words_of(plan) == ["updated", "duplicate"]
    assert plan.change(0).campaign == SPRING


def test_rows_are_counted_by_the_campaign_that_they_move_to():
    rows = [
        ("+14155552671", "", "Renewals"),
        ("+14155552672", "", RENEWALS),
        ("+14155552673", "paused", ""),
        ("+14155552673", "", "★"),
        ("nobody", "", "★"),
        ("+14155552675", "DNC", ""),
        ("+14155552675", "", "★"),
    ]
    plan = planned("phone status campaign", rows, campaigns=KNOWN)
    assert words_of(plan) == ["updated", "updated", "updated", "merged", "invalid_phone", "updated", "superseded"]
    assert plan.moved_rows() == {RENEWALS: 2, OTHER: 1}
