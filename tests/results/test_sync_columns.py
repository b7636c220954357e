"""What do the added columns of the results file say?"""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.errors import Code, Result
from bulk_sync.model import SYNC_COLUMNS, Outcome
from bulk_sync.results.sync_columns import MOST_EXAMPLES, Results, Unsent
from tests.plan.building import ANNA, BORIS, SPRING, planned

ONE, TWO, THREE = "+14155552671", "+14155552672", "+14155552673"
AT = 1_800_000_000.25
STOPPED = Unsent(Code.KEY_REFUSED, "The API refused the key.")
NOTHING = Unsent(Code.STOPPED, "")


def made(plan, outcomes=None, *, unsent=NOTHING, size=50_000, asked=None):
    """All frames as one, and the `Results` that made them. `outcomes` None is a dry run."""

    def recorded(start, stop):
        if asked is not None:
            asked.append((start, stop))
        return {row: outcome for row, outcome in (outcomes or {}).items() if start <= row < stop}

    results = Results(plan, "20261121-1000-abcd", recorded, None if outcomes is None else unsent)
    frames = list(results.frames(size))
    return pd.concat(frames, ignore_index=True).astype(object) if frames else pd.DataFrame(
        columns=SYNC_COLUMNS
    ), results


def rows_of(frame):
    return [
        {name.removeprefix("sync_"): value for name, value in row.items() if value} for row in frame.to_dict("records")
    ]


def done(**more):
    return Outcome(Code.UPDATED, "", 200, 1, AT, **more)


def test_what_an_earlier_run_sent_names_that_run_and_what_stood_there_before():
    plan = planned("phone status", [["415-555-2671", "paused"], ["415-555-2672", "paused"]])
    frame, _ = made(plan, {0: done(run="earlier", previous_status="active", previous_campaign=SPRING), 1: done()})
    assert list(frame["sync_run"]) == ["earlier", "20261121-1000-abcd"]
    assert list(frame["sync_previous_status"]) == ["active", ""]
    assert list(frame["sync_previous_campaign"]) == [SPRING, ""]


def test_in_a_preview_of_a_retry_what_stands_already_is_not_announced_again():
    plan = planned("phone status", [["415-555-2671", "paused"], ["415-555-2672", "paused"]])
    results = Results(plan, "run", lambda start, stop: {0: done()}, None)
    [frame] = results.frames()
    assert list(frame["sync_result"]) == ["success", "would_send"]


def test_a_row_that_was_sent_tells_everything_about_its_call():
    plan = planned("phone status", [["415-555-2671", "paused"]])
    frame, _ = made(plan, {0: done(contact_id=ANNA, phone=ONE)})
    assert rows_of(frame) == [
        {
            "row": "2",
            "result": "success",
            "code": "updated",
            "phone": ONE,
            "contact_id": ANNA,
            "http_status": "200",
            "attempts": "1",
            "at": "2027-01-15T08:00:00.250Z",
            "run": "20261121-1000-abcd",
        }
    ]


@pytest.mark.parametrize("code", [code for code in Code if code.result is not Result.WOULD_SEND])
def test_every_code_of_an_outcome_comes_with_its_result_and_whether_to_retry(code):
    plan = planned("phone status", [[ONE, "paused"]])
    frame, _ = made(plan, {0: Outcome(code, "why", 200, 1, AT)})
    assert frame["sync_code"][0] == code.word
    assert frame["sync_result"][0] == code.result.value
    expected = "" if code.result in {Result.SUCCESS, Result.SKIPPED} else "yes" if code.retryable else "no"
    assert frame["sync_retryable"][0] == expected


def test_rows_that_were_not_to_be_sent_keep_the_fate_of_the_plan():
    rows = [
        [ONE, "paused", ""],
        [ONE, "Paused", ""],
        [ONE, "active", ""],
        ["", "", ""],
        ["12", "paused", ""],
        [TWO, "", ""],
    ]
    plan = planned("phone status campaign", rows)
    frame, _ = made(plan, {0: done()})
    assert frame["sync_code"].tolist() == [
        "updated",
        "duplicate",
        "superseded",
        "blank",
        "invalid_phone",
        "nothing_to_change",
    ]
    assert frame["sync_result"].tolist() == ["success", "skipped", "skipped", "skipped", "error", "error"]
    assert frame["sync_retryable"].tolist() == ["", "", "", "", "no", "no"]
    assert frame["sync_phone"].tolist() == [ONE, ONE, ONE, "", "", TWO]
    assert frame["sync_error"][1].startswith("Row 2 ")
    assert frame["sync_error"][4].startswith("Row 6, Phone (A6)")
    assert frame["sync_attempts"].tolist() == ["1", "", "", "", "", ""]


MERGED = [[ONE, "paused", ""], [TWO, "active", ""], [ONE, "", SPRING]]
REJECTED = Outcome(Code.REJECTED, "no", 400, 1, AT)
SHARED = {
    "success": ({0: done(contact_id=ANNA), 1: done()}, "updated updated merged", ["", "", ""], ["1", "1", "1"], ""),
    "failure": ({0: REJECTED, 1: done()}, "rejected updated rejected", ["no", "", "no"], ["1", "1", "1"], "no"),
    "the end of the run": (
        {1: done()},
        "key_refused updated key_refused",
        [STOPPED.why, "", STOPPED.why],
        ["", "1", ""],
        "yes",
    ),
}


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("fate", SHARED)
def test_a_merged_row_shares_the_fate_of_the_call_that_carried_it(fate, size):
    outcomes, codes, errors, attempts, retryable = SHARED[fate]
    frame, _ = made(planned("phone status campaign", MERGED), outcomes, unsent=STOPPED, size=size)
    assert frame["sync_code"].tolist() == codes.split()
    assert frame["sync_error"].tolist() == errors
    assert frame["sync_attempts"].tolist() == attempts
    assert frame["sync_retryable"].tolist() == [retryable, "", retryable]
    assert frame["sync_phone"].tolist() == [ONE, TWO, ONE]
    assert frame["sync_contact_id"].tolist() == ([ANNA, "", ANNA] if fate == "success" else [""] * 3)
    assert tuple(frame.columns) == SYNC_COLUMNS
    assert all(isinstance(value, str) for column in frame for value in frame[column])


def test_a_row_found_by_id_shows_the_id_whatever_becomes_of_it():
    plan = planned("id status", [[ANNA, "paused"], [BORIS, "?"], ["17", "paused"]])
    frame, _ = made(plan, {})
    assert frame["sync_contact_id"].tolist() == [ANNA, BORIS, ""]
    frame, _ = made(plan, {0: done(contact_id=BORIS)})
    assert frame["sync_contact_id"][0] == ANNA


@pytest.mark.parametrize("size", [1, 3, 50_000])
def test_the_first_error_of_each_kind_is_kept_as_an_example(size):
    rows = [["12", "paused"], ["13", "paused"], [ONE, "?"], [TWO, "paused"], ["14", "??"], [ONE, "paused"], [THREE, ""]]
    outcomes = {3: Outcome(Code.REJECTED, "The API refused it.", 400, 1, AT), 5: done()}
    _, results = made(planned("phone status", rows), outcomes, size=size)
    assert list(results.examples) == ["invalid_phone", "unknown_status", "rejected", "nothing_to_change"]
    assert results.examples["invalid_phone"].startswith("Row 2, Phone (A2)")
    assert results.examples["rejected"] == "Row 5: The API refused it."


def test_no_more_examples_are_kept_than_a_person_reads():
    codes = [code for code in Code if code.result is Result.ERROR]
    plan = planned("phone status", [[f"+1415555{row:04d}", "paused"] for row in range(len(codes))])
    _, results = made(plan, {row: Outcome(code, "why") for row, code in enumerate(codes)})
    assert len(results.examples) == MOST_EXAMPLES < len(codes)


STATUS = st.sampled_from(["paused", "active", "DNC", "?", ""])
ROWS = st.lists(
    st.tuples(st.sampled_from([ONE, TWO, THREE, "", "12"]), STATUS, st.sampled_from(["", SPRING])), max_size=12
)
OUTCOMES = st.sampled_from(
    [None, done(), Outcome(Code.REJECTED, "no", 400, 1, AT), Outcome(Code.BAD_REPLY, "?", 200, 5, AT)]
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.data(), st.integers(1, 12), st.booleans())
def test_results_are_the_same_whatever_the_chunks_and_every_row_has_one(rows, data, size, dry):
    plan = planned("phone status campaign", rows)
    drawn = {int(place): data.draw(OUTCOMES) for place in plan.sequence}
    outcomes = None if dry else {place: outcome for place, outcome in drawn.items() if outcome is not None}
    whole, _ = made(plan, outcomes, unsent=STOPPED)
    parts, results = made(plan, outcomes, unsent=STOPPED, size=size)
    assert whole.to_dict("records") == parts.to_dict("records")
    assert whole["sync_row"].tolist() == [str(row + 2) for row in range(len(rows))]
    assert sum(results.tally.values()) == len(rows)
    for result, error in zip(whole["sync_result"], whole["sync_error"], strict=True):
        assert (result in {"error", "not_sent"}) <= bool(error)
        assert not (result in {"success", "would_send"} and error)
