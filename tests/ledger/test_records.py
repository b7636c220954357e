"""What happened to each update of one run?"""

import json
import os
import sqlite3
import stat
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.errors import BadConfiguration, Code, Stopped
from bulk_sync.ledger import Ledger, Record, Unrecorded
from bulk_sync.ledger.schema import VERSION
from bulk_sync.model import Change, Outcome, Update

FACTS = {"base_url": "https://api.example", "options": {"region": "US"}, "key_fingerprint": "0123456789abcdef"}
WHOLE = Outcome(Code.UPDATED, "", 200, 2, 1_800_000_000.25, "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "+14155552671")


def update(row, **change):
    return Update(row, Change(**(change or {"status": "paused"})), phone=f"+1415555{row:04d}")


@pytest.fixture
def ledger(tmp_path):
    with Ledger.create(tmp_path / "state", "run-1", FACTS) as ledger:
        yield ledger


def test_what_was_recorded_reads_back_equal(ledger):
    outcomes = {0: WHOLE, 7: Outcome(Code.NETWORK_ERROR, "no answer: “…”", None, 5, None), 3: Outcome(Code.SUPERSEDED)}
    for row, outcome in outcomes.items():
        ledger.record(update(row), outcome)
    assert ledger.outcomes(0, 100) == outcomes


@pytest.mark.parametrize("code", list(Code))
def test_every_code_reads_back(ledger, code):
    ledger.record(update(1), Outcome(code, "why"))
    assert ledger.outcomes(1, 2)[1].code is code


def test_outcomes_are_read_by_the_range_of_rows(ledger):
    for row in range(10):
        ledger.record(update(row), WHOLE)
    assert sorted(ledger.outcomes(3, 6)) == [3, 4, 5]
    assert ledger.outcomes(6, 6) == {}
    assert ledger.outcomes(100, 200) == {}


def test_the_last_record_of_a_row_counts(ledger):
    ledger.record(update(1), Outcome(Code.SERVER_ERROR, "down", 503, 5))
    ledger.record(update(1), WHOLE)
    assert ledger.outcomes(0, 2) == {1: WHOLE}


def test_a_record_is_there_for_others_as_soon_as_it_is_made(ledger):
    ledger.record(update(4), WHOLE)
    with sqlite3.connect(ledger.path) as other:
        assert other.execute("SELECT row, code FROM outcome").fetchall() == [(4, "updated")]
    other.close()


def test_the_ledger_says_what_the_run_is_and_how_it_ended(ledger):
    ledger.finish({"exit_code": 3}, is_done=False)
    with sqlite3.connect(ledger.path) as other:
        facts = {key: json.loads(value) for key, value in other.execute("SELECT key, value FROM run")}
        version = other.execute("PRAGMA user_version").fetchone()[0]
    other.close()
    assert facts["run"] == "run-1"
    assert facts["exit_code"] == 3
    assert facts["options"] == {"region": "US"}
    assert facts["ended"] >= facts["started"]
    assert version == VERSION


def test_each_run_has_a_folder_of_its_own(tmp_path):
    with Ledger.create(tmp_path, "one", {}) as one, Ledger.create(tmp_path, "two", {}) as two:
        one.record(update(0), WHOLE)
        assert two.outcomes(0, 1) == {}
        assert one.path == tmp_path / "runs" / "one" / "ledger.db"


def test_a_run_never_writes_into_the_ledger_of_another(tmp_path):
    with Ledger.create(tmp_path, "one", {}) as one:
        one.record(update(0), WHOLE)
    with pytest.raises(BadConfiguration):
        Ledger.create(tmp_path, "one", {})
    with sqlite3.connect(one.path) as other:
        assert other.execute("SELECT count(*) FROM outcome").fetchone() == (1,)
    other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_only_the_owner_can_read_it(tmp_path):
    mask = os.umask(0)
    try:
        with Ledger.create(tmp_path / "a" / "b", "run", FACTS) as ledger:
            ledger.record(update(0), WHOLE)
            files = list(ledger.path.parent.iterdir())
            assert ledger.path in files
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        folders = [tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "runs", ledger.path.parent]
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    finally:
        os.umask(mask)


@pytest.mark.parametrize("made", ["state", "state/runs", "state/runs/run"])
def test_a_state_folder_that_cannot_be_written_to_is_a_sentence_before_anything_is_sent(tmp_path, made):
    blocked = tmp_path / made
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file where a folder should be")
    with pytest.raises(BadConfiguration) as refused:
        Ledger.create(tmp_path / "state", "run", FACTS)
    assert "BULK_SYNC_STATE_DIR" in str(refused.value)
    assert "nothing was sent" in str(refused.value)


def test_an_outcome_that_cannot_be_written_down_stops_the_run(ledger):
    ledger._db.execute("PRAGMA query_only=1")  # as a full disk would
    with pytest.raises(Unrecorded) as stopped:
        ledger.record(update(0), WHOLE)
    assert isinstance(stopped.value, Stopped)
    assert str(ledger.path) in str(stopped.value)
    ledger.finish(
        {"exit_code": 3}, is_done=False
    )  # how it ended cannot be noted either, and that is no reason for a traceback


def test_outcomes_that_are_recorded_together_read_back_equal(ledger):
    ledger.record_all([(update(row), WHOLE) for row in range(3)])
    assert ledger.outcomes(0, 9) == dict.fromkeys(range(3), WHOLE)


def test_of_outcomes_that_are_recorded_together_all_are_or_none(ledger):
    with pytest.raises(Unrecorded):
        ledger.record_all([(update(0), WHOLE), (update(1), Outcome(Code.REJECTED, "half of a pair: \ud800"))])
    assert ledger.outcomes(0, 9) == {}
    ledger.record(update(2), WHOLE)
    assert ledger.outcomes(0, 9) == {2: WHOLE}


def test_what_was_done_can_be_read_although_nothing_more_can_be_written(ledger):
    ledger.record(update(0), WHOLE)
    ledger._db.execute("PRAGMA query_only=1")
    assert ledger.outcomes(0, 1) == {0: WHOLE}


def test_after_a_crash_what_was_recorded_is_there(tmp_path):
    ledger = Ledger.create(tmp_path, "run", {})
    for row in range(5):
        ledger.record(update(row), WHOLE)
    copy = tmp_path / "copy.db"  # what a power cut would leave: the file and its write-ahead log, never closed
    copy.write_bytes(ledger.path.read_bytes())
    wal = ledger.path.with_name("ledger.db-wal")
    if wal.exists():
        copy.with_name("copy.db-wal").write_bytes(wal.read_bytes())
    with sqlite3.connect(copy) as other:
        assert other.execute("SELECT count(*) FROM outcome").fetchone() == (5,)
    other.close()
    ledger.__exit__(None, None, None)


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(
        st.integers(0, 10**7),
        st.builds(
            Outcome,
            code=st.sampled_from(list(Code)),
            error=st.text(max_size=50),
            http_status=st.none() | st.integers(100, 599),
            attempts=st.integers(0, 99),
            at=st.none() | st.floats(0, 4e9),
            contact_id=st.none() | st.text(min_size=1, max_size=40),
            phone=st.none() | st.text(min_size=1, max_size=20),
        ),
        max_size=5,
    )
)
def test_any_outcome_reads_back_equal(tmp_path_factory, outcomes):
    with Ledger.create(tmp_path_factory.mktemp("state"), "run", {}) as ledger:
        for row, outcome in outcomes.items():
            ledger.record(update(row), outcome)
        assert ledger.outcomes(0, 10**8) == outcomes


def test_a_copy_of_the_input_is_kept_until_the_run_is_over(ledger, tmp_path):
    file = tmp_path / "contacts.csv"
    file.write_bytes(b"phone\r\n\xff1\r\n")
    copy = ledger.keep(file)
    file.write_bytes(b"edited")
    assert copy.read_bytes() == b"phone\r\n\xff1\r\n"
    assert copy.suffix == ".csv"
    if sys.platform != "win32":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    ledger.finish({}, is_done=False)
    assert copy.exists(), "what is left to send needs it"
    assert ledger.keep(file) == ledger.kept == copy
    assert copy.read_bytes() == b"phone\r\n\xff1\r\n"
    ledger.finish({}, is_done=True)
    assert ledger.kept is None
    assert not copy.exists()
    assert ledger.path.exists()
    assert file.exists()


def test_an_input_that_cannot_be_copied_is_a_sentence_before_anything_is_sent(ledger, tmp_path):
    with pytest.raises(BadConfiguration, match="nothing was sent"):
        ledger.keep(tmp_path / "gone.csv")


def test_a_run_is_taken_up_with_all_that_was_recorded(tmp_path):
    with Ledger.create(tmp_path, "run", FACTS) as ledger:
        ledger.record(update(3), WHOLE)
    with Ledger.open(tmp_path, "run") as ledger:
        assert ledger.outcomes(0, 9) == {3: WHOLE}
        assert ledger.settled() == 1
        assert ledger.facts()["base_url"] == FACTS["base_url"]
        ledger.record(update(4), WHOLE)
        assert ledger.settled() == 2


CHANGES = [
    Change("paused"),
    Change("DNC"),
    Change(campaign="paused"),
    Change("paused", campaign="7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59"),
    Change("paused", name="Ana"),
    Change("paused", name="Aná"),
    Change("paused", timezone="Ana"),
    Change("paused", phone="+14155552671"),
    Change("paused", variables={"a": "1"}),
    Change("paused", variables={"a": "2"}),
    Change("paused", variables={}),
]


@pytest.mark.parametrize("sent", CHANGES)
@pytest.mark.parametrize("asked", CHANGES)
def test_only_the_very_same_update_counts_as_settled(tmp_path, sent, asked):
    with Ledger.create(tmp_path, "run", {}) as ledger:
        ledger.record(Update(3, sent, phone="+14155550003"), WHOLE)
        assert ledger.settles(Update(3, asked, phone="+14155550003")) is (sent == asked)
        assert not ledger.settles(Update(4, sent, phone="+14155550003"))
        assert not ledger.settles(Update(3, sent, phone="+14155550004"))
        assert not ledger.settles(Update(3, sent, contact_id="+14155550003"))


def test_what_was_done_last_about_a_contact_is_found_whatever_its_row(ledger):
    first = Record(Update(3, Change("paused"), phone="+14155550003"), WHOLE)
    by_id = Record(Update(4, Change("paused"), contact_id="+14155550003"), WHOLE)
    later = Record(Update(5, Change("DNC"), phone="+14155550003"), replace(WHOLE, at=WHOLE.at + 1))
    ledger.adopt([later, by_id, first])
    assert ledger.of_contact(Update(99, Change("active"), phone="+14155550003")) == later
    assert ledger.of_contact(Update(99, Change("active"), contact_id="+14155550003")) == by_id
    assert ledger.of_contact(Update(99, Change("active"), phone="+14155550004")) is None


def test_what_was_sent_reads_back_as_updates(tmp_path):
    records = [
        Record(Update(row, change, contact_id=f"id-{row}"), WHOLE if row % 2 else Outcome(Code.REJECTED, "no", 400, 1))
        for row, change in enumerate(CHANGES)
    ]
    with Ledger.create(tmp_path, "run", {}) as ledger:
        for record in records:
            ledger.record(record.update, record.outcome)
        assert list(ledger.records()) == records


def test_what_stands_from_other_runs_is_taken_over_with_the_name_of_its_run(ledger):
    stands = replace(WHOLE, run="earlier", previous_status="active", previous_campaign="c")
    ledger.adopt([Record(update(1), stands), Record(update(2), WHOLE)])
    assert ledger.outcomes(0, 9) == {1: stands, 2: WHOLE}


def test_what_cannot_be_taken_over_is_a_sentence_before_anything_is_sent(ledger):
    ledger._db.execute("PRAGMA query_only=1")
    with pytest.raises(BadConfiguration, match="nothing was sent"):
        ledger.adopt([Record(update(1), WHOLE)])


def test_a_run_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(BadConfiguration, match="bulk-sync history"):
        Ledger.open(tmp_path, "nobody")
