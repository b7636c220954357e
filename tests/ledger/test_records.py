"""What happened to each update of one run?"""

import os
import secrets
import stat
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulk_sync.errors import BadConfiguration, Code, Stopped
from bulk_sync.ledger import Ledger, Record, Unrecorded
from bulk_sync.model import Change, Outcome, Update

FACTS = {"base_url": "https://api.example", "options": {"region": "US"}, "key_fingerprint": "0123456789abcdef"}
WHOLE = Outcome(Code.UPDATED, "", 200, 2, 1_800_000_000.25, "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "+14155552671")


def update(row, **change):
    return Update(row, Change(**(change or {"status": "paused"})), phone=f"+1415555{row:04d}")


@pytest.fixture
def local(tmp_path):
    with Ledger.create(tmp_path / "state", "run-1", FACTS) as ledger:
        yield ledger


@pytest.fixture
def ledger(place):
    with Ledger.create(place, "run-1", FACTS) as ledger:
        yield ledger


def test_a_run_never_writes_into_the_ledger_of_another(place):
    with Ledger.create(place, "one", {}) as one:
        one.record_all([(update(0), WHOLE)])
    with pytest.raises(BadConfiguration):
        Ledger.create(place, "one", {})
    with Ledger.create(place, "two", {}) as two:
        two.record_all([(update(0, campaign="x"), WHOLE), (update(1), WHOLE)])
    with Ledger.open(place, "one") as other:
        assert other.settled() == 1
        assert other.settled_of([update(0)])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_only_the_owner_can_read_it(tmp_path):
    mask = os.umask(0)
    try:
        with Ledger.create(tmp_path / "a" / "b", "run", FACTS) as ledger:
            ledger.record_all([(update(0), WHOLE)])
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


def test_an_outcome_that_cannot_be_written_down_stops_the_run(local):
    ledger = local
    ledger._db.execute("PRAGMA query_only=1")  # as a full disk would
    with pytest.raises(Unrecorded) as stopped:
        ledger.record_all([(update(0), WHOLE)])
    assert isinstance(stopped.value, Stopped)
    assert str(ledger.path) in str(stopped.value)
    ledger.finish(
        {"exit_code": 3}, is_done=False
    )  # how it ended cannot be noted either, and that is no reason for a traceback


# PostgreSQL's texts hold no NUL, which is replaced there
TEXT = st.characters(codec="utf-8", exclude_characters="\0")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.integers(0, 10**7),
        st.builds(
            Outcome,
            code=st.sampled_from(list(Code)),
            error=st.text(TEXT, max_size=50),
            http_status=st.none() | st.integers(100, 599),
            attempts=st.integers(0, 99),
            at=st.none() | st.floats(0, 4e9),
            contact_id=st.none() | st.text(TEXT, min_size=1, max_size=40),
            phone=st.none() | st.text(TEXT, min_size=1, max_size=20),
        ),
        max_size=5,
    )
)
def test_any_outcome_reads_back_equal(place, outcomes):
    with Ledger.create(place, secrets.token_hex(8), {}) as ledger:
        for row, outcome in outcomes.items():
            ledger.record_all([(update(row), outcome)])
        assert ledger.outcomes(0, 10**8) == outcomes


def test_a_copy_of_the_input_is_kept_until_the_run_is_over(ledger, place, tmp_path):
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
    with Ledger.open(place, ledger.run) as again:
        assert again.kept.read_bytes() == b"phone\r\n\xff1\r\n"
    ledger.finish({}, is_done=True)
    ledger.close()
    assert not copy.exists()
    with Ledger.open(place, ledger.run) as again:
        assert again.kept is None
    assert file.exists()


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
        ledger.record_all([(Update(3, sent, phone="+14155550003"), WHOLE)])
        assert ledger.settled_of([Update(3, asked, phone="+14155550003")]) == ({3} if sent == asked else set())
        assert not ledger.settled_of([Update(4, sent, phone="+14155550003")])
        assert not ledger.settled_of([Update(3, sent, phone="+14155550004")])
        assert not ledger.settled_of([Update(3, sent, contact_id="+14155550003")])


def test_what_was_done_last_about_a_contact_is_found_whatever_its_row(ledger):
    first = Record(Update(3, Change("paused"), phone="+14155550003"), WHOLE)
    by_id = Record(Update(4, Change("paused"), contact_id="+14155550003"), WHOLE)
    later = Record(Update(5, Change("DNC"), phone="+14155550003"), replace(WHOLE, at=WHOLE.at + 1))
    ledger.adopt([later, by_id, first])
    assert ledger.of_contact(Update(99, Change("active"), phone="+14155550003")) == later
    assert ledger.of_contact(Update(99, Change("active"), contact_id="+14155550003")) == by_id
    assert ledger.of_contact(Update(99, Change("active"), phone="+14155550004")) is None


def test_what_was_sent_reads_back_as_updates(place):
    records = [
        Record(Update(row, change, contact_id=f"id-{row}"), WHOLE if row % 2 else Outcome(Code.REJECTED, "no", 400, 1))
        for row, change in enumerate(CHANGES)
    ]
    with Ledger.create(place, "run", {}) as ledger:
        for record in records:
            ledger.record_all([(record.update, record.outcome)])
        assert list(ledger.records()) == records


def test_what_cannot_be_taken_over_is_a_sentence_before_anything_is_sent(local):
    local._db.execute("PRAGMA query_only=1")
    with pytest.raises(BadConfiguration, match="nothing was sent"):
        local.adopt([Record(update(1), WHOLE)])


def test_a_run_that_is_not_there_is_a_sentence(place):
    with pytest.raises(BadConfiguration, match="bulk-sync history"):
        Ledger.open(place, "nobody")


def test_more_records_than_are_read_at_once_come_in_order(ledger, monkeypatch):
    monkeypatch.setattr("bulk_sync.ledger.ledger.AT_ONCE", 7)
    rows = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377]
    ledger.record_all([(update(row), WHOLE) for row in reversed(rows)])
    assert [record.update.row for record in ledger.records()] == rows


def test_what_stood_before_the_first_call_stays_and_open_ends_are_told(ledger):
    before = replace(WHOLE, previous_status="active", previous_campaign="first")
    ledger.departing([(update(1), before), (update(2), before)])
    ledger.departing([(update(1), replace(WHOLE, previous_status="paused"))])  # the call's own work is not noted
    ledger.left_open(update(2), Outcome(Code.NETWORK_ERROR, "cut short", None, 3))
    assert ledger.open_ends()[2].error == "cut short"
    assert [record.update.row for record in ledger.departures()] == [1, 2]
    ledger.record_all([(update(1), replace(WHOLE, previous_status="paused")), (update(2), WHOLE)])
    assert ledger.open_ends() == {}
    assert ledger.outcomes(1, 2)[1].previous_status == "active"
    assert ledger.undoable() == 2


def test_a_run_that_only_failed_is_told_from_one_that_was_answered(ledger):
    away = [Outcome(Code.NETWORK_ERROR, "", None, 5), Outcome(Code.SERVER_ERROR, "", 503, 5)]
    assert not ledger.has_only_failures()
    ledger.record_all([(update(row), outcome) for row, outcome in enumerate(away)])
    assert ledger.has_only_failures()
    assert not ledger.has_answers()
    ledger.record_all([(update(2), Outcome(Code.SERVER_ERROR, "", 425, 5))])
    assert not ledger.has_only_failures()
    ledger.record_all([(update(3), WHOLE)])
    assert ledger.has_answers()
