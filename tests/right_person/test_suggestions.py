"""What is suggested to somebody whose status or campaign is not known? Never the opposite, and never one for two."""

import re

import pytest

from tests.desk import PHONES, desk

from .preview import DATA

ANNA = "+14155552671"


def meant(sentence):
    """The name that a sentence suggests, if it suggests one."""
    found = re.search(r'Did you mean "?(.*?)"?\?', sentence)
    return found[1] if found else None


def test_no_cell_is_told_the_opposite_of_what_it_says(previews):
    seen = previews(DATA / "24-opposite-suggestions.csv")
    assert seen.codes == ["unknown_status"] * 6
    assert [meant(row["sync_error"]) for row in seen.rows] == [None] * 6
    assert "more than one status (active and DNC)" in seen.rows[4]["sync_error"]


OPPOSITES = """inactive; in-active; in active; Inactve; not active; no longer active; never active; non active;
    nonactive; isn't active; unactive; deactive; nicht active; nicht aktiv; inactivo; no activo; não active; pas active;
    sans active; interested; Intrested; very interested; no DNC; not DNC; non-DNC; sin DNC; kein DNC; ohne DNC; do call;
    do contact; please call; qualified; qualifies; answering; answered; unpaused; not paused; un-paused; kein paused;
    unfulfilled; not fulfilled; nonfulfilled; right number; correct number; not wrong number; no wrong number; don't
    talk to human; talk to robot; not not-interested"""


@pytest.mark.parametrize("status", ["never call again", "Stop calling", "NO LLAMAR", "blacklisted", "nie anrufen"])
def test_whoever_says_do_not_call_in_other_words_is_told_of_dnc_alone(previews, status):
    [row] = previews(f"Phone,Status\n{ANNA},{status}\n").rows
    assert (row["sync_code"], meant(row["sync_error"])) == ("unknown_status", "DNC")


@pytest.mark.parametrize("status", [" ".join(text.split()) for text in OPPOSITES.split(";")])
def test_no_suggestion_crosses_a_negation(previews, status):
    seen = previews(f'Phone,Status\n{ANNA},"{status}"\n')
    assert seen.codes == ["unknown_status"]
    assert meant(seen.rows[0]["sync_error"]) is None


@pytest.mark.parametrize(
    "status",
    [
        "active, DNC",
        "DNC/active",
        "DNC active",
        "paused and active",
        "activ; DNC",
        "not interested + DNC",
        "DNC|paused",
    ],
)
def test_a_cell_that_names_two_statuses_is_told_so(previews, status):
    seen = previews(f'Phone;Status\n{ANNA};"{status}"\n')
    assert meant(seen.rows[0]["sync_error"]) is None
    assert "more than one status" in seen.rows[0]["sync_error"]


@pytest.mark.parametrize(
    ("status", "near"),
    [
        ("actve", "active"),
        ("puased", "paused"),
        ("not intrested", "not-interested"),
        ("notintrested", "not-interested"),
        ("uninterested", "not-interested"),
        ("disqualified", "not-qualifies"),
        ("no answr", "not-answering"),
        ("wrng numbr", "wrong-number"),
        ("do not cal", "DNC"),
        ("talk to humam", "talk-to-human"),
    ],
)
def test_a_slip_is_still_told_what_was_meant(previews, status, near):
    assert meant(previews(f"Phone,Status\n{ANNA},{status}\n").rows[0]["sync_error"]) == near


@pytest.mark.parametrize(
    ("campaign", "near"),
    [
        ("Spring Outraech", "Spring Outreach"),
        ("renewal", "Renewals"),
        ("No Spring Outreach", None),
        ("Not Renewals", None),
        ("Non-renewals", None),
        ("without Welcome Calls", None),
        ("kein Win-back", None),
        ("Renewals, Spring Outreach", None),
        ("Renewals / Welcome Calls", None),
        ("Autumn Outreach", None),
    ],
)
def test_no_campaign_is_suggested_across_a_negation_or_for_two(tmp_path, monkeypatch, capsys, campaign, near):
    with desk(tmp_path, monkeypatch, capsys) as at:
        at.sheet([(PHONES[0], campaign)], head=("phone", "campaign"))
        at("rows.csv", "-n")
        (row,) = at.rows()
    assert row["sync_code"] == "unknown_campaign"
    assert meant(row["sync_error"]) == near
