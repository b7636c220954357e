"""Undoing a run as a person does it: a look first, then only what still stands as the run left it."""

import pytest

from bulk_sync.sandbox.rules import Wanted
from tests.desk import PHONES

pytestmark = pytest.mark.trial

ROWS = {
    "+12025550101": "paused",
    "+12025550114": "paused",
    "+14155550123": "DNC",
    "+13055550147": "active",
    "+19995550100": "paused",
}
"""The last is nobody's."""


def statuses(at):
    return {each.phone: each.status for each in at.api.store.contacts()}


def codes(at, name):
    return {row["phone"]: row["sync_code"] for row in at.rows(name)}


def test_a_run_is_looked_at_and_then_put_back_where_nobody_has_changed_anything_since(samples):
    at = samples
    before = statuses(at)
    at.sheet(ROWS.items(), "wrong.csv")
    at("wrong.csv", "--keep-before")
    [wrong] = [each["run"] for each in at.history()]
    at.api.store.update(Wanted(status="not-interested"), 1_800_000_000.0, phone="+12025550114")
    after = statuses(at)

    preview = at("undo", wrong)
    looked = codes(at, f"undo-{wrong}.preview.csv")
    assert preview.code == 1
    assert statuses(at) == after
    said = " ".join(preview.screen.split())
    assert f"Run {wrong} sent changes for 4 contacts; 4 can be put back." in said
    assert "Would send 2 updates" in said
    assert f"To put this back: bulk-sync undo {wrong} --yes" in said

    assert at("undo", wrong, "--yes").code == 1
    assert codes(at, f"undo-{wrong}.csv") == looked == {
        "+12025550101": "updated",
        "+12025550114": "changed_since",
        "+14155550123": "leaves_dnc",
        "+13055550147": "updated",
    }  # fmt: skip
    rows = {row["phone"]: row for row in at.rows(f"undo-{wrong}.csv")}
    assert rows["+12025550101"]["sync_previous_status"] == "paused"
    assert "--allow-leaving-dnc" in rows["+14155550123"]["sync_error"]
    assert statuses(at) == before | {"+12025550114": "not-interested", "+14155550123": "DNC"}


def test_what_an_undone_run_had_done_is_taken_for_done_by_nobody(samples):
    """The same file once more is a new run, which sends the rows that were put back, too."""
    at = samples
    before = statuses(at)
    rows = {phone: status for phone, status in ROWS.items() if status == "paused" and phone in before}
    at.sheet(rows.items(), "rows.csv")
    at("rows.csv", "--keep-before", "--max-writes", 1)
    [begun] = [each["run"] for each in at.history()]
    assert at("undo", begun).code == 0
    assert [each["state"] for each in at.history()] == ["unfinished"], "a preview changes nothing"

    assert at("undo", begun, "--yes").code == 0
    assert statuses(at) == before
    refused = at("resume", begun)
    assert refused.code == 2
    assert "was undone by run" in refused.screen
    assert "no unfinished run" in at("resume").screen

    assert at("rows.csv").code == 0
    assert statuses(at) == before | rows
    assert at.codes() == ["updated"] * len(rows)


def test_a_run_of_which_nothing_was_put_back_is_not_undone(at):
    """Somebody has changed its contact since: what it left is still to be sent, and its results are as they were."""
    phones = PHONES[:3]
    at.sheet([(phone, "paused") for phone in phones], "rows.csv")
    at("rows.csv", "--keep-before", "--max-writes", 1)
    [begun] = [each["run"] for each in at.history()]
    [changed] = at.sent
    at.sheet([(changed, "fulfilled")], "since.csv")
    at("since.csv")
    assert at("undo", begun, "--yes").code == 0
    assert "updated" not in at.codes(f"undo-{begun}.csv")
    assert at("retry", "rows.results.csv", "--dry-run").code == 0
    assert at("resume", begun, "--max-writes", 9).code == 0
    assert {phone: at.status(phone) for phone in phones} == dict.fromkeys(phones, "paused") | {changed: "fulfilled"}
    assert at("retry", "rows.results.csv").code == 0
    assert at.sent.total() == 4


def test_whoever_goes_on_with_a_run_has_given_up_the_undo_that_had_not_begun(samples):
    """Else resume without a name, meant for something else, would put back what is meant to stand."""
    at = samples
    before = statuses(at)
    phones = ["+12025550101", "+12025550114"]
    at.sheet([(phone, "paused") for phone in phones], "rows.csv")
    at("rows.csv", "--keep-before", "--max-writes", 1)
    [begun] = [each["run"] for each in at.history()]
    assert at("undo", begun, "--yes", "--new-key", BULK_SYNC_API_KEY="gua_that_the_api_refuses").code == 4
    undo = at.history()[0]["run"]
    assert at("resume", begun).code == 0
    assert at("resume").code == 2
    assert begun in at("resume", undo).screen
    assert statuses(at) == before | dict.fromkeys(phones, "paused")


def test_results_of_an_undone_run_are_not_retried_but_once_the_undo_is_undone(samples):
    """Who undid them may want none of them again; and they call a success what is none any more."""
    at = samples
    before = statuses(at)
    at.sheet([("+12025550101", "paused"), ("12", "paused")], "rows.csv")
    at("rows.csv", "--keep-before")
    [wrong] = [each["run"] for each in at.history()]
    at("undo", wrong, "--yes")
    refused = at("retry", "rows.results.csv", "--yes")
    assert refused.code == 2
    assert "has undone" in refused.screen
    assert statuses(at) == before
    assert len(at.history()) == 2, "a retry that is refused is no run"

    undo = at.history()[0]["run"]
    at("undo", undo, "--yes")
    assert statuses(at) == before | {"+12025550101": "paused"}
    assert at("retry", "rows.results.csv", "--yes").code == 1
