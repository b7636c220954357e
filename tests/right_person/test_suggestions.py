"""What is suggested to somebody whose status or campaign is not known? Never the opposite, and never one for two."""

import re

from tests.desk import PHONES

from .preview import DATA


def meant(sentence):
    """The name that a sentence suggests, if it suggests one."""
    found = re.search(r'Did you mean "?(.*?)"?\?', sentence)
    return found[1] if found else None


def test_no_cell_is_told_the_opposite_of_what_it_says(previews):
    seen = previews(DATA / "24-opposite-suggestions.csv")
    assert seen.codes == ["unknown_status"] * 6
    assert [meant(row["sync_error"]) for row in seen.rows] == [None] * 6
    assert "more than one status (active and DNC)" in seen.rows[4]["sync_error"]


def suggested(previews, cells):
    """What is suggested for each cell, and the rows: each cell is a row's status."""
    rows = previews("Phone;Status\n" + "".join(f'+1415555{2000 + at};"{cell}"\n' for at, cell in enumerate(cells))).rows
    assert {row["sync_code"] for row in rows} == {"unknown_status"}
    return {cell: meant(row["sync_error"]) for cell, row in zip(cells, rows, strict=True)}, rows


OPPOSITES = """inactive; in-active; in active; Inactve; not active; no longer active; never active; non active;
    nonactive; isn't active; unactive; deactive; nicht active; nicht aktiv; inactivo; no activo; não active; pas active;
    sans active; interested; Intrested; very interested; no DNC; not DNC; non-DNC; sin DNC; kein DNC; ohne DNC; do call;
    do contact; please call; qualified; qualifies; answering; answered; unpaused; not paused; un-paused; kein paused;
    unfulfilled; not fulfilled; nonfulfilled; right number; correct number; not wrong number; no wrong number; don't
    talk to human; talk to robot; not not-interested; was active; formerly active; x active; [x] active"""
SLIPS = {
    "actve": "active",
    "puased": "paused",
    "not intrested": "not-interested",
    "notintrested": "not-interested",
    "uninterested": "not-interested",
    "disqualified": "not-qualifies",
    "no answr": "not-answering",
    "wrng numbr": "wrong-number",
    "do not cal": "DNC",
    "talk to humam": "talk-to-human",
}
STOPS = ["never call again", "Stop calling", "NO LLAMAR", "blacklisted", "nie anrufen"]
TWO = [
    "active, DNC", "DNC/active", "DNC active", "paused and active", "activ; DNC", "not interested + DNC", "DNC|paused",
]  # fmt: skip
CAMPAIGNS = {
    "Spring Outraech": "Spring Outreach",
    "renewal": "Renewals",
    "No Spring Outreach": None,
    "Not Renewals": None,
    "Non-renewals": None,
    "without Welcome Calls": None,
    "kein Win-back": None,
    "Renewals, Spring Outreach": None,
    "Renewals / Welcome Calls": None,
    "Autumn Outreach": None,
}


def test_whoever_says_do_not_call_in_other_words_is_told_of_dnc_alone(previews):
    assert suggested(previews, STOPS)[0] == dict.fromkeys(STOPS, "DNC")


def test_no_suggestion_crosses_a_negation(previews):
    cells = [" ".join(text.split()) for text in OPPOSITES.split(";")]
    assert suggested(previews, cells)[0] == dict.fromkeys(cells)


def test_a_cell_that_names_two_statuses_is_told_so(previews):
    found, rows = suggested(previews, TWO)
    assert found == dict.fromkeys(TWO)
    assert all("more than one status" in row["sync_error"] for row in rows)


def test_a_slip_is_still_told_what_was_meant(previews):
    assert suggested(previews, list(SLIPS))[0] == SLIPS


def test_no_campaign_is_suggested_across_a_negation_or_for_two(at):
    at.sheet(zip(PHONES, CAMPAIGNS, strict=False), head=("phone", "campaign"))
    at("rows.csv", "-n")
    rows = at.rows()
    assert {row["sync_code"] for row in rows} == {"unknown_campaign"}
    assert {row["campaign"]: meant(row["sync_error"]) for row in rows} == CAMPAIGNS
