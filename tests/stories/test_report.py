"""A run, and then its report: for whom it was a success, for whom it was stopped, and for whom it cannot be written."""

import re
import stat

import pytest

from bulk_sync import run_report
from bulk_sync.ledger import Runs
from tests.desk import PHONES
from tests.report.test_html import Page

ROWS = [*[(phone, "paused") for phone in PHONES[:6]], (PHONES[6], "nonsense"), ("555 0199", "DNC")]


def text(path):
    return Page(path.read_text("utf-8")).text


def test_samples_are_synced_and_the_report_tells_all_of_it(samples):
    done = samples("contacts.csv", "--report", "at-once.html")
    assert done.code == 1
    assert "Report: at-once.html" in done.screen
    [name] = [path.name for path in (samples.state / "runs").iterdir()]
    asked = samples("report", name[-4:])
    assert (asked.code, asked.out) == (0, "")
    html = (samples.work / f"report-{name}.html").read_text("utf-8")
    assert html == (samples.work / "at-once.html").read_text("utf-8")
    assert stat.S_IMODE((samples.work / "at-once.html").stat().st_mode) == 0o600
    assert samples.api.key not in html
    assert set(re.findall(r"\+\d{6,}", html)) == {"+14155552671"}  # how a number is written, in our sentences
    said = Page(html).text
    for words in (
        "Run of contacts.csv", "Finished. 17 rows have errors.", "Outcomes of 58 rows", "38 updates finished in ",
        "→ DNC (stops outreach) 6", "→ Win-back", "Did you mean DNC?", "17 ✕ With errors", "The CRM has no contact",
    ):  # fmt: skip
        assert words in said, words
    assert samples("report", name, "-o", "open.html", "--show-phones", "-q").screen == ""
    assert "+12135550144" in (samples.work / "open.html").read_text("utf-8")


def test_a_run_that_was_stopped_says_how_to_go_on_and_the_session_that_ends_it_writes_the_report_too(at):
    at.sheet(ROWS)
    assert at("rows.csv", "--max-writes", 4, "--report", "r.html").code == 5
    [run] = Runs(at.state).all()
    first = text(at.work / "r.html")
    assert "This run is not finished: 2 updates left to send." in first
    assert f"bulk-sync resume {run.name}" in first
    assert "Stopped after 4 writes" in first
    (at.work / "r.html").unlink()
    assert at("resume", "--max-writes", 100).code == 1
    last = text(at.work / "r.html")
    assert "Finished. 2 rows have errors." in last
    assert "Continued 1 time" in last
    assert at.sent.total() == 6


def test_a_run_that_a_newer_one_replaced_names_it(at):
    at.sheet(ROWS)
    at("rows.csv", "--max-writes", 4)
    at("rows.csv", "--fresh")
    new, old = Runs(at.state).all()
    assert at("report", old.name).code == 0
    assert f"replaced by a newer run ({new.name})" in text(at.work / f"report-{old.name}.html")


def test_a_preview_has_a_report_and_is_no_run(at):
    at.sheet(ROWS)
    assert at("rows.csv", "--dry-run", "--report", "p.html").code == 1
    said = text(at.work / "p.html")
    assert "Preview: run of rows.csv" in said
    assert "active → paused (stops outreach) 6" in said
    assert not at.sent
    assert at("report", "2").code == 2


def test_an_undo_and_a_retry_say_what_they_are(at):
    at.sheet(ROWS)
    at("rows.csv", "--only-changed", "--max-stop", "100")
    [run] = Runs(at.state).all()
    assert at("retry", "rows.results.csv", "--report", "retry.html").code == 1
    assert "Retry of rows.results.csv" in text(at.work / "retry.html")
    assert "Progress" not in text(at.work / "retry.html")  # what the run before had sent took no time in this one
    assert at("undo", run.name, "--report", "preview.html").code == 0
    assert f"Preview: undo of run {run.name}" in text(at.work / "preview.html")
    assert at("undo", run.name, "--yes", "--report", "undo.html").code == 0
    assert f"Undo of run {run.name}" in text(at.work / "undo.html")
    assert "paused → active" in text(at.work / "undo.html")


def test_of_a_run_that_died_the_report_is_made_of_its_record(at):
    at.sheet(ROWS)
    at.shut_after(4)
    with at.started("rows.csv") as process:
        at.wait_until_shut()
        [run] = Runs(at.state).all()
        assert at("report", run.name, "-o", "now.html").code == 0
        assert "This run is still going on." in text(at.work / "now.html")
        process.kill()
        process.wait()
    at.open()
    assert at("report", run.name).code == 0
    said = text(at.work / f"report-{run.name}.html")
    assert "This run is not finished" in said
    assert f"bulk-sync resume {run.name}" in said
    assert at.rows()[0]["sync_result"]  # as with `history`, its results are written now


def test_a_report_that_cannot_be_written_is_told_and_the_runs_own_exit_code_stands(at):
    at.sheet(ROWS[:2])
    (at.work / "mine.html").write_text("my own")
    for place in ("nowhere/r.html", "mine.html"):
        for how in ((), ("--dry-run",), ("-q",), ("--log-format", "json")):
            done = at("rows.csv", "--fresh", "--report", place, *how)
            assert done.code == 0
            assert "The report could not be written" in done.screen
    assert (at.work / "mine.html").read_text() == "my own"
    assert at("report", Runs(at.state).all()[0].name, "-o", "mine.html").code == 2


@pytest.mark.parametrize("place", ["rows.csv", "rows.results.csv", "s.json"])
def test_a_report_replaces_no_file_of_the_run(at, place):
    at.sheet(ROWS)
    assert at("rows.csv", "--json-results", "s.json", "--report", place).code == 2
    assert not at.sent


def test_of_a_run_that_is_not_there_the_names_are_told_that_are(at):
    assert at("report", "nobody").code == 2
    at.sheet(ROWS[:1])
    at("rows.csv")
    [run] = Runs(at.state).all()
    done = at("report", "nobody")
    assert done.code == 2
    assert run.name in done.screen
    (at.state / "runs" / run.name / "ledger.db").write_bytes(b"no database")
    assert at("report", run.name).code == 4


def test_what_a_run_left_beside_its_record_may_be_missing_or_damaged(at):
    at.sheet([*ROWS, ("+14155559998", "paused"), ("+14155559999", "active")])
    at("rows.csv", "--create-missing", "Spring Outreach", "--rate", "1000/s")
    [run] = Runs(at.state).all()
    kept = at.state / "runs" / run.name / run_report.NAME
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    for content in (b"{", b"[]", b"\xff", None):
        kept.unlink() if content is None else kept.write_bytes(content)
        assert at("report", run.name).code == 0
        said = text(at.work / f"report-{run.name}.html")
        assert "Rows that were wrong before sending are not in this report" in said
        assert "8 updates finished in " in said
        assert "1,000 updates a second (--rate)" in said
        assert "new → active 1" in said
        assert "Row 10: The CRM has no contact" in said
