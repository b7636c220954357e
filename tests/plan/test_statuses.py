"""Which status does a cell name?"""

import pytest

from bulk_sync.errors import Code
from bulk_sync.model import Listing, Status
from bulk_sync.plan.statuses import SYSTEM_STATUSES, Statuses


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("active", "active"),
        ("Active", "active"),
        ("ACTIVE", "active"),
        ("paused", "paused"),
        ("fulfilled", "fulfilled"),
        ("Fulfilled", "fulfilled"),
        ("DNC", "DNC"),
        ("dnc", "DNC"),
        ("D.N.C.", "DNC"),
        ("Do Not Call", "DNC"),
        ("do-not-call", "DNC"),
        ("do_not_call", "DNC"),
        ("DONOTCALL", "DNC"),
        ("Do not contact", "DNC"),
        ("dö nöt cäll", "DNC"),
        ("Do\u00a0Not\u00a0Call", "DNC"),
        ("not-qualifies", "not-qualifies"),
        ("Not Qualified", "not-qualifies"),
        ("not qualifies", "not-qualifies"),
        ("Not_Interested", "not-interested"),
        ("not interested", "not-interested"),
        ("No Answer", "not-answering"),
        ("not answering", "not-answering"),
        ("wrong number", "wrong-number"),
        ("WrongNumber", "wrong-number"),
        ("Talk to human", "talk-to-human"),
        ("talk-to-human", "talk-to-human"),
    ],
)
def test_a_status_is_known_by_name_and_label_in_any_case_and_spelling(text, name):
    assert Statuses().read(text).name == name


def test_terminal_are_all_system_statuses_but_active_and_talk_to_human():
    assert {status.name for status in SYSTEM_STATUSES if not status.terminal} == {"active", "talk-to-human"}
    assert len(SYSTEM_STATUSES) == 9
    assert Statuses().is_terminal("DNC")
    assert not Statuses().is_terminal("talk-to-human")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("actve", "active"),
        ("Do Not Cal", "DNC"),
        ("fulfiled", "fulfilled"),
        ("not interessted", "not-interested"),
        ("wrong numbr", "wrong-number"),
        ("talk 2 human", "talk-to-human"),
    ],
)
def test_a_slip_is_answered_with_what_was_probably_meant(text, meant):
    refused = Statuses().read(text)
    assert refused.code is Code.UNKNOWN_STATUS
    assert f"Did you mean {meant}?" in refused.why


@pytest.mark.parametrize("text", ["nicht interessiert", "n/a", "-", "…", "停止", "#N/A", "Completed", "0"])
def test_an_unknown_status_names_those_that_are_known_and_suggests_nothing_far_off(text):
    refused = Statuses().read(text)
    assert refused.code is Code.UNKNOWN_STATUS
    assert "Did you mean" not in refused.why
    assert "talk-to-human" in refused.why


def test_an_exact_name_wins_over_a_folded_one():
    known = Statuses(lambda: Listing((Status("PAUSED", ("On hold",), terminal=False),)))
    assert known.read("paused").name == "paused"
    assert known.read("PAUSED").name == "PAUSED"


def test_an_exact_label_wins_over_a_folded_one():
    known = Statuses(lambda: Listing((Status("team-dnc", ("do not call",), terminal=True),)))
    assert known.read("Do Not Call").name == "DNC"
    assert known.read("do not call").name == "team-dnc"


def test_a_spelling_that_fits_two_statuses_is_refused_with_both():
    known = Statuses(lambda: Listing((Status("PAUSED", (), terminal=False),)))
    refused = known.read("pAuSeD")
    assert refused.code is Code.UNKNOWN_STATUS
    assert "paused" in refused.why
    assert "PAUSED" in refused.why


@pytest.mark.parametrize("text", ["DNC", "do not call", "Paused", "Sold", "sold!", "", "call me", "Grade A", "grade-a"])
def test_what_is_known_is_what_is_read(text):
    listed = Listing((Status("Grade A", (), terminal=None), Status("grade-a", (), terminal=None)))
    for statuses in (Statuses(), Statuses(lambda: listed)):
        assert statuses.knows(text) == isinstance(statuses.read(text), Status)


def test_a_teams_own_status_is_known_beside_the_systems():
    known = Statuses(lambda: Listing((Status("vip", ("Very important",), terminal=False),)))
    assert known.read("very important").name == "vip"
    assert not known.is_terminal("vip")
    assert known.read("dnc").name == "DNC"


def team(*statuses, **more):
    return Statuses(lambda: Listing(statuses, **more))


def never():
    raise AssertionError("the API was asked")


def test_what_is_exactly_a_system_status_asks_nobody():
    for status in SYSTEM_STATUSES:
        assert [Statuses(never).read(text).name for text in (status.name, *status.labels)] == [status.name] * (
            1 + len(status.labels)
        )


def test_what_the_api_lists_never_replaces_a_system_status():
    known = team(
        Status("paused", ("On hold",), terminal=False), Status("vip", ("Paused", "do not call"), terminal=False)
    )
    assert known.read("on hold").name == "paused"
    assert known.is_terminal("paused")
    assert known.read("Paused").name == "paused"
    assert known.read("DO NOT CALL").name == "DNC"
    assert {status.name for status in known.known} == {status.name for status in SYSTEM_STATUSES} | {"vip"}


def test_a_label_of_two_statuses_is_refused_with_both():
    known = team(Status("one", ("Called",), terminal=True), Status("two", ("Called", "called"), terminal=True))
    refused = known.read("Called")
    assert refused.code is Code.UNKNOWN_STATUS
    assert "one or two" in refused.why


@pytest.mark.parametrize("text", ["★", "停止", "का"])
def test_a_status_may_be_called_anything(text):
    assert team(Status("own", (text,), terminal=True)).read(text).name == "own"


def test_where_the_teams_own_are_not_known_the_reason_is_told():
    assert "not known: there is no API key." in team(why_not="there is no API key").read("vip").why


def test_a_status_of_unknown_effect_goes_early_and_is_guarded():
    known = team(*(Status(str(effect), (), terminal=effect) for effect in (True, False, None)))
    known.read("None")
    effects = {name: (known.is_terminal(name), known.may_restart(name)) for name in ("True", "False", "None")}
    assert effects == {"True": (True, False), "False": (False, True), "None": (True, True)}


def test_of_a_status_that_nobody_has_named_nothing_is_asked_in_the_midst_of_sending():
    known = Statuses(never)
    assert (known.is_terminal("vip"), known.may_restart("vip")) == (True, True)
