"""Results of a real run that are there already: a preview, a run that sends nothing and a sandbox leave them alone."""

import contextlib
import csv
import sqlite3

import openpyxl
import pytest

from tests.desk import PHONES


@pytest.fixture
def at(at):
    at.sheet([(PHONES[0], "paused"), (PHONES[1], "fulfilled"), ("555", "paused")])
    return at


def files(at):
    return sorted(path.name for path in at.work.iterdir())


def as_it_was(at):
    return (at.work / "rows.results.csv").read_bytes()


def test_a_preview_has_a_file_of_its_own(at):
    assert at("rows.csv").code == 1
    results = as_it_was(at)
    for command in (["rows.csv", "-n"], ["retry", "rows.results.csv", "-n"], ["rows.csv", "-n"]):
        assert "rows.preview.csv" in at(*command).screen
        assert as_it_was(at) == results
        assert files(at) == ["rows.csv", "rows.preview.csv", "rows.results.csv"]


def test_a_preview_of_an_undo_and_of_a_resumption_have_one_too(at):
    at("rows.csv", "--max-writes", 1)
    results, [run] = as_it_was(at), at.history()
    assert at("resume", "-n").code == 1
    assert as_it_was(at) == results
    *two, wrong = [row["sync_result"] for row in at.rows("rows.preview.csv")]
    assert (sorted(two), wrong) == (["success", "would_send"], "error")  # whichever was looked up first went first
    at("undo", run["run"], "-n")
    assert files(at) == ["rows.csv", "rows.preview.csv", "rows.results.csv", f"undo-{run['run']}.preview.csv"]


@pytest.mark.parametrize(
    ("why", "code"),
    [
        (["--fresh", "--max-stop", 0, "--no-input"], 3),
        (["--fresh", "--only-changed"], 1),
        (["--fresh", "--max-stop", "0%", "--no-input"], 3),
    ],
)
def test_a_run_that_sends_nothing_leaves_the_results_of_one_that_did(at, why, code):
    at("rows.csv")
    results = as_it_was(at)
    done = at("rows.csv", *why)
    assert done.code == code
    assert as_it_was(at) == results
    assert "Nothing was sent. rows.results.csv has the results of an earlier run" in " ".join(done.screen.split())
    assert len(at.rows("rows.not_sent.csv")) == 3


def test_a_run_against_an_api_that_is_away_leaves_them_and_one_that_sends_replaces_them(at):
    at("rows.csv")
    results = as_it_was(at)
    assert at("rows.csv", "--fresh", "--max-outage", "1s", BULK_SYNC_BASE_URL="http://127.0.0.1:9").code in {3, 4}
    assert as_it_was(at) == results
    assert at("rows.csv", "--fresh").code == 1
    assert as_it_was(at) != results


def test_results_of_a_run_that_sent_nothing_are_replaced(at):
    assert at("rows.csv", "--max-stop", 0, "--no-input").code == 3
    assert at("rows.csv", "--max-stop", 0, "--no-input").code == 3
    assert files(at) == ["rows.csv", "rows.results.csv"]
    assert at("rows.csv").code == 1
    assert at.codes("rows.results.csv") == ["updated", "updated", "invalid_phone"]


def test_a_run_that_goes_on_writes_where_its_results_belong(at):
    at("rows.csv")
    at("rows.csv", "--fresh", "--max-stop", 0, "--no-input")
    [run, _] = at.history()
    assert at("resume", run["run"], "--yes").code == 1
    assert {row["sync_run"] for row in at.rows("rows.results.csv")} == {run["run"]}


def test_a_sandbox_leaves_the_results_of_a_real_run_and_replaces_its_own(at):
    at("rows.csv", "--sandbox", "--rate", "1000/s")
    assert files(at) == ["rows.csv", "rows.results.csv"]
    at("rows.csv")
    results = as_it_was(at)
    done = at("rows.csv", "--sandbox", "--rate", "1000/s")
    assert as_it_was(at) == results
    assert "This was a sandbox." in done.screen
    assert files(at) == ["rows.csv", "rows.results.csv", "rows.sandbox.csv"]


def test_a_retry_that_gets_nothing_through_writes_into_its_own_file(at):
    at("rows.csv", "--max-writes", 1)
    at("retry", "rows.results.csv", "--max-outage", "1s", BULK_SYNC_BASE_URL="http://127.0.0.1:9")
    assert files(at) == ["rows.csv", "rows.results.csv"]


def test_rows_with_errors_have_a_file_of_their_own_which_can_be_synced(at):
    at.sheet([(PHONES[0], "paused", "=1+1"), ("555", "paused", "Ä;b"), (PHONES[1], "nonsense", "")], delimiter=";",
             head=("phone", "status", "note"))  # fmt: skip
    done = at("rows.csv", "--errors-only", "fix.csv")
    assert "Rows with errors: fix.csv (2 rows)." in done.screen
    with (at.work / "fix.csv").open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text, delimiter=";"))
    assert list(rows[0]) == ["sync_error", "sync_row", "phone", "status", "note"]
    assert [(row["sync_row"], row["phone"], row["note"]) for row in rows] == [("3", "555", "Ä;b"), ("4", PHONES[1], "")]
    assert "555" in rows[0]["sync_error"]
    assert "nonsense" in rows[1]["sync_error"]

    corrected = (
        (at.work / "fix.csv").read_text("utf-8-sig").replace("nonsense", "paused").replace(";555;", f";{PHONES[2]};")
    )
    (at.work / "fix.csv").write_text(corrected, "utf-8-sig")
    assert at("fix.csv").code == 0
    assert {at.status(phone) for phone in PHONES[:3]} == {"paused"}
    assert list(at.rows("fix.results.csv", delimiter=";")[0])[:3] == ["phone", "status", "note"]


def test_rows_with_errors_as_a_workbook(at):
    book = openpyxl.Workbook()
    for row in (("Liste",), ("phone", "status", "since"), (PHONES[0], "paused", 3), (555, "paused", 4)):
        book.active.append(row)
    book.save(at.work / "a.xlsx")
    at("a.xlsx", "-n", "--errors-only", "fix.xlsx")
    page = openpyxl.load_workbook(at.work / "fix.xlsx").active
    assert [cell.value for cell in page[1]] == ["sync_error", "sync_row", "phone", "status", "since"]
    assert [cell.value for cell in page[2]][1:] == [4, 555, "paused", 4]
    assert page["A2"].alignment.wrap_text
    assert page.max_row == 2


@pytest.mark.parametrize("place", ["rows.csv", "rows.results.csv", "no/folder/x.csv", "x.xls"])
def test_rows_with_errors_replace_neither_the_input_nor_the_results(at, place):
    before = (at.work / "rows.csv").read_bytes()
    assert at("rows.csv", "--errors-only", place).code == 2
    assert (at.work / "rows.csv").read_bytes() == before
    assert not at.sent


def test_where_no_row_has_an_error_the_file_says_so(at):
    at.sheet([(PHONES[0], "paused")])
    assert at("rows.csv", "--errors-only", "fix.csv").code == 0
    assert (at.work / "fix.csv").read_text("utf-8-sig").splitlines() == ["sync_error,sync_row,phone,status"]


def test_a_workbook_of_results_can_be_read_by_a_person(at):
    book = openpyxl.Workbook()
    for row in (("phone", "status"), (PHONES[0], "paused"), ("555", "paused")):
        book.active.append(row)
    book.save(at.work / "a.xlsx")
    at("a.xlsx")
    at("rows.csv", "-o", "new.xlsx")
    for name in ("a.results.xlsx", "new.xlsx"):
        page = openpyxl.load_workbook(at.work / name).active
        places = {cell.value: cell for cell in page[1]}
        error = page.cell(page.max_row, places["sync_error"].column)
        assert error.alignment.wrap_text, name
        assert page.row_dimensions[error.row].height >= 15 * len(error.value) // 60 >= 15, name  # all of it is seen
        assert page.row_dimensions[2].height is None, name
        assert places["sync_error"].font.b and places["sync_error"].fill.start_color.rgb[-6:] == "1F4E78", name
    assert page.column_dimensions["A"].width >= len(PHONES[0])


def test_records_of_runs_go_when_they_are_old(at):
    at("rows.csv", "--max-writes", 1)
    [old] = at.history()
    name = f"2020{old['run'][4:]}"
    (at.state / "runs" / old["run"]).rename(at.state / "runs" / name)
    with contextlib.closing(sqlite3.connect(at.state / "runs" / name / "ledger.db", isolation_level=None)) as db:
        db.execute("UPDATE run SET value = '1577836800.0' WHERE key = 'started'")

    at("rows.csv", "--fresh", "--keep-runs", "3650d")
    assert len(at.history()) == 2
    at("rows.csv", "--fresh")
    assert name not in {run["run"] for run in at.history()}
    assert not (at.state / "runs" / name).exists()
    assert len(at.history()) == 2


def test_a_file_in_the_working_folder_deletes_no_records(at):
    (at.work / "bulk-sync.toml").write_text('keep_runs = "1s"\n')
    assert at("rows.csv").code == 4


def test_the_summary_says_how_many_updates_could_be_undone(at):
    done = at("rows.csv", "--only-changed")
    [run] = at.history()
    assert f"2 updates could be undone: bulk-sync undo {run['run']}" in done.screen
    at.sheet([(PHONES[5], "DNC")])  # which waits for no look
    assert "could be undone" not in at("rows.csv").screen
