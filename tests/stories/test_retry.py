"""A results file comes back from a person, edited and saved, and is sent again. Who is called, who is not?"""

import pytest

from tests.desk import PHONES

pytestmark = pytest.mark.trial

A, B, C, D, E, F = PHONES[:6]


def half_done(at, **how):
    """Six rows of which four were sent, and three that have errors."""
    at.sheet(
        [*[(phone, "paused") for phone in PHONES[:6]], ("555", "paused"), (PHONES[6], "nonsense"), ("", "")], **how
    )
    assert at(how.get("name", "rows.csv"), "--max-writes", 4).code == 5


def change(at, phone, **cells):
    rows = at.rows()
    next(row for row in rows if row["phone"].lstrip("+") == phone.lstrip("+")).update(cells)
    at.rewrite(rows)


def test_a_retry_sends_what_was_not_sent_and_what_was_corrected_and_nothing_else(at):
    half_done(at)
    change(at, B, status="DNC")
    change(at, PHONES[6], status="fulfilled")

    done = at("retry", "rows.results.csv")

    assert done.code == 1  # 555 is still no number
    assert "3 updates of 7 already done" in done.screen
    assert at.sent == {A: 1, B: 2, C: 1, D: 1, E: 1, F: 1, PHONES[6]: 1}
    assert at.codes() == [*["updated"] * 6, "invalid_phone", "updated", "blank"]
    assert (at.status(B), at.status(PHONES[6])) == ("DNC", "fulfilled")

    assert at("retry", "rows.results.csv").code == 1
    assert at.sent.total() == 8


def by_result(rows):
    return sorted(rows, key=lambda row: row["sync_result"])


def without_successes(rows):
    return [row for row in rows if row["sync_result"] != "success"]


def with_a_column_more(rows):
    return [{"who looked": "me", **row, "note": "call back"} for row in rows]


def as_numbers(rows):
    return [{head: cell.removeprefix("+") for head, cell in row.items()} for row in rows]


def with_columns_reversed(rows):
    return [dict(reversed(row.items())) for row in rows]


def with_few_sync_columns(rows):
    kept = {"phone", "status", "sync_result", "sync_run"}
    return [{head: cell for head, cell in row.items() if head in kept} for row in rows]


@pytest.mark.parametrize(
    "edit", [by_result, without_successes, with_a_column_more, as_numbers, with_columns_reversed, with_few_sync_columns]
)
def test_whatever_a_spreadsheet_does_to_the_results_nothing_is_sent_twice(at, edit):
    half_done(at)
    edited = edit(at.rows())
    at.rewrite(edited)

    at("retry", "rows.results.csv")

    assert at.sent == dict.fromkeys(PHONES[:6], 1)
    rows = at.rows()
    assert [row["phone"] for row in rows] == [row["phone"] for row in edited]
    assert all(row["sync_result"] for row in rows)
    assert {"note", "who looked"} <= set(rows[0]) or edit is not with_a_column_more


def test_rows_that_were_appended_are_sent(at):
    half_done(at)
    at.rewrite([*at.rows(), {"phone": PHONES[9], "status": "DNC"}])
    at("retry", "rows.results.csv")
    assert at.status(PHONES[9]) == "DNC"
    assert max(at.sent.values()) == 1


def test_text_results_that_were_saved_as_a_workbook_are_sent_again_from_there(at):
    import pandas as pd

    half_done(at)
    pd.read_csv(at.work / "rows.results.csv").to_excel(at.work / "saved.xlsx", index=False)  # phones become floats
    at("retry", "saved.xlsx")
    assert at.sent == dict.fromkeys(PHONES[:6], 1)
    table = pd.read_excel(at.work / "saved.xlsx", dtype=str, engine="calamine")
    assert table["sync_code"].tolist()[:6] == ["updated"] * 6


def test_semicolons_and_an_old_encoding_stay_as_they_are(at):
    rows = [(phone, "paused", "Jörg Müller, Köln") for phone in PHONES[:6]]
    name = "Liste für März (2).csv"
    at.sheet(rows, name, head=("Telefon", "Status", "Größe"), encoding="latin-1", delimiter=";")
    assert at(name, "--max-writes", 2).code == 5
    assert at("retry", "Liste für März (2).results.csv").code == 0
    assert at.sent == dict.fromkeys(PHONES[:6], 1)
    found = at.rows("Liste für März (2).results.csv", encoding="latin-1", delimiter=";")
    assert [row["Größe"] for row in found] == ["Jörg Müller, Köln"] * 6


def test_a_row_whose_result_was_emptied_is_sent_again(at):
    half_done(at)
    change(at, A, sync_result="")
    at("retry", "rows.results.csv")
    assert at.sent[A] == 2


def test_a_file_that_no_run_wrote_is_refused(at):
    at.sheet([(A, "paused")])
    done = at("retry", "rows.csv")
    assert (done.code, at.sent.total()) == (2, 0)
    assert "not a results file" in done.screen


def test_a_preview_of_a_retry_sends_nothing_and_the_retry_after_it_sends_what_was_left(at):
    half_done(at)
    assert at("retry", "rows.results.csv", "--dry-run").code == 1
    assert at.sent.total() == 4
    assert at.codes()[:6] == ["updated"] * 6
    assert [row["sync_result"] for row in at.rows()][:6] == ["success"] * 4 + ["would_send"] * 2
    at("retry", "rows.results.csv")
    assert at.sent == dict.fromkeys(PHONES[:6], 1)


def test_a_retry_that_stopped_early_is_repeated_until_all_is_sent(at):
    half_done(at)
    codes = [at("retry", "rows.results.csv", "--max-writes", 1).code for _ in range(3)]
    assert codes == [5, 1, 1]
    assert at.sent == dict.fromkeys(PHONES[:6], 1)


def test_the_options_of_the_first_run_are_taken_again(at):
    at.sheet([("020 7946 0123", "paused"), ("x", "paused")])
    at("rows.csv", "--region", "GB")
    at("retry", "rows.results.csv")
    assert at.sent == {"+442079460123": 1}
    assert at.rows()[0]["sync_phone"] == "+442079460123"


# on another computer


def without(column):
    return lambda rows: [{head: cell for head, cell in row.items() if head != column} for row in rows]


def with_floats(rows):
    return [{**row, "sync_phone": row["sync_phone"] and row["sync_phone"].strip("+") + ".0"} for row in rows]


@pytest.mark.parametrize("edit", [list, without("sync_code"), with_floats], ids=["as it is", "no codes", "floats"])
def test_on_another_computer_the_file_itself_tells_what_need_not_be_sent(at, edit):
    half_done(at)
    at.forget()
    at.rewrite(edit(at.rows()))
    done = at("retry", "rows.results.csv")
    assert "is not on this computer" in done.screen
    assert at.sent == dict.fromkeys(PHONES[:6], 1)
    assert at.codes()[:6] == ["updated"] * 6


def test_on_another_computer_a_failure_that_may_pass_is_sent_again_without_the_column_that_says_so(at):
    half_done(at)
    change(at, A, sync_result="error", sync_code="server_error", sync_retryable="yes")
    at.forget()
    at.rewrite(without("sync_retryable")(at.rows()))
    at("retry", "rows.results.csv")
    assert at.sent[A] == 2


def test_on_another_computer_a_row_corrected_to_never_call_again_is_sent(at):
    half_done(at)
    at.forget()
    change(at, A, status="DNC")
    at("retry", "rows.results.csv")
    assert at.status(A) == "DNC"


# what was settled later counts


def test_a_row_that_lost_is_not_sent_because_the_winner_was_deleted(at):
    at.sheet([(A, "DNC"), (B, "paused"), (A, "active"), ("555", "paused")])
    at("rows.csv")
    assert at.codes() == ["updated", "updated", "superseded", "invalid_phone"]
    at.rewrite(without_successes(at.rows()))
    at("retry", "rows.results.csv")
    assert at.status(A) == "DNC"
    assert at.sent == {A: 1, B: 1}


def test_a_correction_that_goes_back_is_sent(at):
    at.sheet([(A, "paused"), (B, "paused")])
    at("rows.csv")
    for status in ("fulfilled", "paused"):
        change(at, A, status=status)
        assert at("retry", "rows.results.csv").code == 0
        assert at.status(A) == status
    assert at.sent == {A: 3, B: 1}


def test_results_of_a_sandbox_say_nothing_of_the_real_api(at):
    at.sheet([(A, "paused"), (B, "paused")])
    assert at("rows.csv", "--sandbox").code == 0
    done = at("retry", "rows.results.csv")
    assert done.code == 2 or at.statuses([A, B]) == {"paused"}


def test_results_of_another_account_are_not_carried_into_this_one(at):
    half_done(at)
    at("retry", "rows.results.csv", BULK_SYNC_API_KEY="gua_of_somebody_else")
    assert at.sent.total() == 4


def test_what_a_retry_has_sent_is_not_sent_again_by_the_run_it_completes(at):
    half_done(at)
    at("retry", "rows.results.csv")
    assert at("resume").code == 2
    assert at.sent == dict.fromkeys(PHONES[:6], 1)


# where the rows are


def test_the_sheet_that_was_synced_is_the_sheet_that_is_sent_again(at):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["notes", "of", "Monday"])
    book.active.append(["nothing", "to", "see"])
    data = book.create_sheet("Data")
    data.append(["phone", "status"])
    for phone in PHONES[:6]:
        data.append([phone, "paused"])
    book.save(at.work / "two.xlsx")
    assert at("two.xlsx", "--sheet", "Data", "--max-writes", 2).code == 5

    assert at("retry", "two.results.xlsx").code == 0
    assert at.sent == dict.fromkeys(PHONES[:6], 1)


def test_a_delimiter_that_is_named_is_used(at):
    at.sheet([(phone, "paused") for phone in PHONES[:6]], delimiter="~")
    assert at("rows.csv", "--delimiter", "~", "--max-writes", 2).code == 5
    assert at("retry", "rows.results.csv", "--delimiter", "~").code == 0
    assert at.sent == dict.fromkeys(PHONES[:6], 1)


def test_what_a_person_wrote_into_the_column_of_runs_harms_nobody(at):
    half_done(at)
    rows = at.rows()
    for row, word in zip(rows, ("../..", "x" * 400, "call back tomorrow"), strict=False):
        row["sync_run"] = word
    at.rewrite(rows)
    assert at("retry", "rows.results.csv").code == 1
    assert at.sent == dict.fromkeys(PHONES[:6], 1)


@pytest.mark.parametrize("why", ["another key", "a damaged record", "a number that reads as another one now"])
def test_a_retry_that_is_refused_is_no_run_that_resume_goes_on_with(at, why):
    half_done(at)
    variables = {"BULK_SYNC_API_KEY": "another"} if why == "another key" else {}
    if why == "a damaged record":
        next(at.state.rglob("ledger.db")).write_bytes(b"x" * 5000)
    elif why != "another key":
        at.rewrite([{**row, "phone": row["phone"].replace("+1415", "+1416")} for row in at.rows()])
        at.forget()
    assert at("retry", "rows.results.csv", **variables).code in {2, 4}
    assert len(at.history()) == (why != "a number that reads as another one now")
