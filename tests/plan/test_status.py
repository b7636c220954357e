"""The status that a cell names."""

import pytest

from bulk_sync.errors import Code
from bulk_sync.model import Listing, Status
from bulk_sync.plan.status import SYSTEM_STATUSES, Statuses, is_surely_system


def team(*statuses, **more):
    return Statuses(Listing(statuses, **more))


SPELLED = {
    "active": "active; Active; ACTIVE",
    "paused": "paused",
    "fulfilled": "fulfilled; Fulfilled",
    "DNC": """DNC; dnc; D.N.C.; Do Not Call; do-not-call; do_not_call; DONOTCALL; Do not contact; dö nöt cäll;
        Do\u00a0Not\u00a0Call""",
    "not-qualifies": "not-qualifies; Not Qualified; not qualifies",
    "not-interested": "Not_Interested; not interested",
    "not-answering": "No Answer; not answering",
    "wrong-number": "wrong number; WrongNumber",
    "talk-to-human": "Talk to human; talk-to-human",
}


@pytest.mark.parametrize("name", SPELLED)
def test_a_status_is_known_by_name_and_label_in_any_case_and_spelling(name):
    texts = [text.strip(" \n") for text in SPELLED[name].split(";")]
    assert {Statuses().read(text).name for text in texts} == {name}


def test_terminal_are_all_system_statuses_but_active_and_talk_to_human():
    assert {status.name for status in SYSTEM_STATUSES if not status.terminal} == {"active", "talk-to-human"}
    assert len(SYSTEM_STATUSES) == 9
    assert (Statuses().is_terminal("DNC"), Statuses().is_terminal("talk-to-human")) == (True, False)


SLIPS = {"actve": "active", "Do Not Cal": "DNC", "fulfiled": "fulfilled", "not interessted": "not-interested"}
SLIPS |= {"wrong numbr": "wrong-number", "talk 2 human": "talk-to-human"}


@pytest.mark.parametrize("text", SLIPS)
def test_a_slip_is_answered_with_what_was_probably_meant(text):
    refused = Statuses().read(text)
    assert refused.code is Code.UNKNOWN_STATUS
    assert f"Did you mean {SLIPS[text]}?" in refused.why


@pytest.mark.parametrize(
    "text",
    [
        *(
            "active?",
            "¿active",
            "\u274c active",
            "Active \u2717",
            "\u2260active",
            "!active",
            "*active",
            "Talk to human?",
        ),
        *(
            "\u26d4 \u2705 active",
            "\u2705 active?",
            "[ ] active",
            "active ()",
            "a\u0336c\u0336t\u0336i\u0336v\u0336e\u0336",
        ),
    ],
)
def test_a_sign_that_may_cross_it_out_makes_a_status_that_goes_on_no_status(text):
    refused = Statuses().read(text)
    assert refused.code is Code.UNKNOWN_STATUS
    assert "Did you mean" not in refused.why
    assert "The sign beside the status may take it back. Write the status alone." in refused.why


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("\u2705 Active", "active"), ("active \u2714\ufe0f", "active"), ("\u2022 Talk to human", "talk-to-human")),
        *(("\u2022 DNC", "DNC"), ("\u2022 sold", "Sold"), ("\u2705 vip", "\u2705 VIP")),
    ],
)
def test_a_tick_or_a_bullet_beside_a_status_says_nothing_else(text, name):
    known = team(*(Status(own, (), terminal=True) for own in ("Sold", "\u2705 VIP", "VIP")))
    assert known.read(text).name == name


@pytest.mark.parametrize(
    "text", ["Active.", "active!", '"active"', "(active)", "Active;", "active\u200b", "DNC?", "\u274c DNC"]
)
def test_other_signs_do_not_count_and_what_stops_outreach_is_believed(text):
    assert Statuses().read(text).name in {"active", "DNC"}


@pytest.mark.parametrize("text", ["nicht interessiert", "n/a", "-", "…", "停止", "#N/A", "Completed", "0"])
def test_an_unknown_status_names_those_that_are_known_and_suggests_nothing_far_off(text):
    refused = Statuses().read(text)
    assert refused.code is Code.UNKNOWN_STATUS
    assert "Did you mean" not in refused.why
    assert "talk-to-human" in refused.why


def test_an_exact_name_or_label_wins_over_a_folded_one():
    known = team(Status("PAUSED", ("On hold",), terminal=False), Status("team-dnc", ("do not call",), terminal=True))
    read = {text: known.read(text).name for text in ("paused", "PAUSED", "Do Not Call", "do not call")}
    assert read == {"paused": "paused", "PAUSED": "PAUSED", "Do Not Call": "DNC", "do not call": "team-dnc"}


def test_a_spelling_that_fits_two_statuses_is_refused_with_both():
    labelled = team(Status("one", ("Called",), terminal=True), Status("two", ("Called", "called"), terminal=True))
    refused = [team(Status("PAUSED", (), terminal=False)).read("pAuSeD"), labelled.read("Called")]
    assert [each.code for each in refused] == [Code.UNKNOWN_STATUS] * 2
    assert "paused or PAUSED" in refused[0].why
    assert "one or two" in refused[1].why


def test_what_is_exactly_a_system_status_is_that_whatever_the_api_lists():
    for status in SYSTEM_STATUSES:
        for text in (status.name, *status.labels):
            assert is_surely_system(text)
            assert team(Status("vip", (text,), terminal=False)).read(text).name == status.name
    assert not is_surely_system("dnc")


def test_what_the_api_lists_adds_to_the_systems_and_never_replaces_them():
    known = team(
        Status("paused", ("On hold",), terminal=False), Status("vip", ("Paused", "do not call"), terminal=False)
    )
    assert [known.read(text).name for text in ("on hold", "Paused", "DO NOT CALL", "VIP")] == [
        *("paused", "paused", "DNC", "vip")
    ]
    assert known.is_terminal("paused")
    assert {status.name for status in known.known} == {status.name for status in SYSTEM_STATUSES} | {"vip"}


def test_a_status_of_unknown_effect_goes_early_and_is_guarded():
    known = team(*(Status(str(effect), (), terminal=effect) for effect in (True, False, None)))
    effects = {name: (known.is_terminal(name), known.may_restart(name)) for name in ("True", "False", "None", "vip")}
    assert effects == {"True": (True, False), "False": (False, True), "None": (True, True), "vip": (True, True)}
