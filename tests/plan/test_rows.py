"""What does each row ask for, taken by itself?"""

import pytest

from bulk_sync.errors import Code

from .building import ANNA, RENEWALS, SPRING, planned, words_of

PHONE = "+14155552671"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ([PHONE, "paused", ""], "updated"),
        ([PHONE, "", SPRING], "updated"),
        ([PHONE, "Do Not Call", SPRING.upper()], "updated"),
        ([PHONE, "", ""], "nothing_to_change"),
        (["", "", ""], "blank"),
        ([" ", "\u00a0", "\u200b"], "blank"),
        (["", "paused", ""], "missing_phone"),
        (["", "", SPRING], "missing_phone"),
        (["12", "paused", ""], "invalid_phone"),
        (["4155552671/4155552672", "paused", ""], "ambiguous_phone"),
        (["1.41556E+10", "paused", ""], "mangled_phone"),
        ([PHONE, "no idea", ""], "unknown_status"),
        ([PHONE, "", "Spring"], "unknown_campaign"),
        ([PHONE, "paused", "Spring"], "unknown_campaign"),
    ],
)
def test_a_row_gets_its_code(row, word):
    plan = planned("phone status campaign", [row])
    assert words_of(plan) == [word]
    assert len(plan.sequence) == (word == "updated")


@pytest.mark.parametrize(
    ("row", "word", "names"),
    [
        (["12", "?", "?", "x" * 256, "?"], "invalid_phone", 3),
        (["", "?", "?", "", ""], "missing_phone", 3),
        ([PHONE, "?", "?", "", ""], "unknown_status", 2),
        ([PHONE, "paused", "?", "", ""], "unknown_campaign", 1),
        (["12", "", "", "", ""], "invalid_phone", 2),
    ],
)
def test_of_several_faults_the_first_gives_the_code_and_the_sentence_names_all(row, word, names):
    plan = planned("phone status campaign name timezone", [row])
    assert words_of(plan) == [word]
    assert plan.reasons[0].count("Row 2") == names


def test_the_faults_of_a_row_found_by_id_come_in_the_order_of_the_fields():
    cells = {
        "var.a": "#N/A",
        "timezone": "Mars",
        "name": "x" * 256,
        "campaign": "?",
        "status": "?",
        "phone": "12",
        "country": "Atlantis",
        "id": "17",
    }
    order = ["id", "country", "status", "campaign", "name", "timezone", "var.a"]
    codes = [
        "invalid_id",
        "unknown_country",
        "unknown_status",
        "unknown_campaign",
        "name_too_long",
        "invalid_timezone",
        "invalid_variables",
    ]
    plan = planned(" ".join(cells), [list(cells.values())])
    told = plan.reasons[0]
    places = [told.index(f", {field.title()} (") for field in order]
    assert places == sorted(places)
    for wrong, code in zip(order, codes, strict=True):
        row = {"id": ANNA, "status": "paused"} | {wrong: cells[wrong]}
        if wrong == "country":
            row["phone"] = "415-555-2671"
        assert words_of(planned(" ".join(row), [list(row.values())])) == [code]


def test_a_sentence_names_the_cell_and_quotes_it():
    plan = planned("phone status", [[PHONE, "paused"], [PHONE, "actve"]])
    assert plan.reasons[1].startswith('Row 3, Status (B3): "actve" is not a known status.')


@pytest.mark.parametrize("word", ["id", "phone"])
def test_a_row_that_names_nobody_is_told_what_to_enter(word):
    plan = planned(f"{word} status", [["", "paused"]])
    assert words_of(plan) == ["missing_phone"]
    assert plan.reasons[0].startswith("Row 2, ")
    assert word in plan.reasons[0].lower()
    assert word == "phone" or "phone number" not in plan.reasons[0]


def test_a_row_that_cannot_be_read_is_not_sent_and_shows_nobodys_number_or_id():
    plan = planned("id phone status", [[ANNA, PHONE, "paused"], [ANNA, PHONE, "paused"]], broken={0: "it has 9 cells."})
    assert words_of(plan) == ["unreadable_row", "updated"]
    assert plan.reasons[0] == "Row 2: it has 9 cells."
    assert plan.phone(0) is None
    assert plan.rows.contact[0] == -1


def test_a_number_is_shown_on_every_row_that_has_one():
    rows = [[PHONE, "?"], [PHONE, ""], [PHONE, "paused"], [PHONE, "paused"], [PHONE, "active"], ["12", "paused"]]
    plan = planned("phone status", rows)
    assert [plan.phone(at) for at in range(6)] == [PHONE] * 5 + [None]


def test_a_row_with_a_country_alone_names_no_contact():
    assert words_of(planned("phone country status", [["", "US", ""]])) == ["missing_phone"]


def test_a_row_that_says_nothing_but_a_name_that_is_not_used_is_blank():
    assert words_of(planned("phone status name", [["", "", "Anna"]])) == ["blank"]


def test_an_id_and_a_new_number_are_something_to_change():
    assert words_of(planned("id phone status", [[ANNA, PHONE, ""], [ANNA, "", ""]])) == ["updated", "nothing_to_change"]


@pytest.mark.parametrize("size", [1, 2, 3, 50_000])
def test_the_sentences_number_the_rows_as_a_spreadsheet_does_whatever_the_chunks(size):
    rows = [[PHONE, "paused"], ["12", "paused"], ["13", "paused"], [PHONE, "active"]]
    plan = planned("phone status", rows, size=size)
    assert plan.reasons[1].startswith("Row 3, ")
    assert plan.reasons[2].startswith("Row 4, ")
    assert plan.reasons[3].startswith("Row 2 ")


def test_statuses_are_sent_by_name_and_campaigns_as_written():
    plan = planned("phone status campaign", [[PHONE, "Do Not Contact", SPRING.upper()], ["+14155552672", "", RENEWALS]])
    assert plan.change(0).status == "DNC"
    assert plan.change(0).campaign == SPRING.upper()
    assert plan.change(1).campaign == RENEWALS


def test_no_code_of_a_plan_is_about_the_api():
    about_sending = {Code.CREATED, Code.UNCHANGED, Code.SERVER_ERROR, Code.STOPPED, Code.CONTACT_NOT_FOUND}
    plan = planned("phone status", [[PHONE, "paused"], ["", ""], ["1", ""], [PHONE, "active"]])
    assert not about_sending & {plan.code(place) for place in range(len(plan))}


def test_every_faulty_cell_is_told_about_its_own_text():
    rows = [["12", "paused"], ["1.4E+10", "?"], [PHONE, "??"], ["13", "paused"], ["12", "???"]]
    reasons = planned("phone status", rows).rows.reasons
    for place, row in enumerate(rows):
        for cell in row:
            assert (f'"{cell}"' in reasons[place]) is (cell not in {PHONE, "paused"})
