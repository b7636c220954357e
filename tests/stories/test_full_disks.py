"""The disk is full, or not to be written to. Does the run stop in time, and is all right when there is space again?"""

import contextlib
import errno
import io
import os
import sqlite3
import stat
import sys
from functools import partial

import pytest

from bulk_sync.output import deliver
from tests.desk import PHONES

pytestmark = pytest.mark.trial

resource = pytest.importorskip("resource", reason="no limit to the size of files on this system")

ROWS = PHONES[:24]
AT_ONCE = 4
ROOM = 90_000
"""Bytes a file may have: enough for a ledger's beginning, too few for 24 outcomes."""


@pytest.fixture
def at(at):
    at.sheet([(phone, "paused") for phone in ROWS])
    return at


@contextlib.contextmanager
def files_no_larger_than(size):
    """Writing more fails, as it does on a full disk. Python ignores the signal that comes with it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def no_space(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_run_stops_as_soon_as_an_outcome_cannot_be_recorded_and_the_rest_is_right_later(at):
    with files_no_larger_than(ROOM):
        stopped = at("rows.csv", "--concurrency", AT_ONCE)
    assert stopped.code == 7
    assert "could not be recorded" in stopped.screen
    assert "Free some space" in stopped.screen
    known = at.codes().count("updated")
    assert known <= at.sent.total() <= known + AT_ONCE
    unsent = [row["phone"] for row in at.rows() if row["sync_code"] == "stopped"]
    assert known + len(unsent) == len(ROWS)
    assert not set(unsent) & set(at.sent)  # what was accepted is never said not to have been sent

    assert at("rows.csv").code == 0
    assert at.codes() == ["updated"] * len(ROWS)
    assert set(at.sent) == set(ROWS)
    assert at.sent.total() <= len(ROWS) + AT_ONCE


@pytest.mark.parametrize("again", [["rows.csv"], ["resume"], ["retry", "rows.results.csv"], ["rows.csv", "--fresh"]])
def test_while_the_disk_is_still_full_nothing_is_sent(at, again):
    at("rows.csv", "--max-writes", 5)
    with files_no_larger_than(0):
        done = at(*again)
    assert (done.code, at.sent.total()) == (2 if again == ["resume"] else 4, 5)
    assert len(done.screen.splitlines()) <= 4

    assert at("resume", "--max-writes", 100).code == 0
    assert at.sent == dict.fromkeys(ROWS, 1)


def test_a_ledger_that_another_program_writes_to_is_left_alone_and_nothing_is_sent(at):
    at("rows.csv", "--max-writes", 5)
    at.monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0))
    with contextlib.closing(sqlite3.connect(next(at.state.rglob("ledger.db")), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = at("rows.csv")
    assert (done.code, at.sent.total()) == (4, 5)
    assert "locked" in done.screen
    assert at("rows.csv", "--max-writes", 100).code == 0
    assert at.sent == dict.fromkeys(ROWS, 1)


def test_a_state_folder_that_is_a_file_is_named_and_nothing_is_sent(at):
    (at.home / "note").write_text("")
    done = at("rows.csv", BULK_SYNC_STATE_DIR=str(at.home / "note"))
    assert (done.code, at.sent.total()) == (4, 0)
    assert "BULK_SYNC_STATE_DIR" in done.screen
    assert at("history", BULK_SYNC_STATE_DIR=str(at.home / "note")).code == 0


def test_an_input_that_finds_no_room_for_its_copy_is_not_sent(at):
    at.sheet([(phone, "paused", "x" * 6_000) for phone in ROWS], head=("phone", "status", "note"))
    with files_no_larger_than(ROOM):
        done = at("rows.csv")
    assert (done.code, at.sent.total()) == (4, 0)
    assert "copy of the input" in done.screen

    at.sheet([(PHONES[50], "paused")], "other.csv")
    at("other.csv", "--max-writes", 1)
    assert at("rows.csv").code == 0
    assert at("resume").code == 2


def test_results_that_find_no_place_at_all_can_be_had_later(at):
    with at.monkeypatch.context() as patch:
        patch.setattr("bulk_sync.finalize.write_file", no_space)
        done = at("rows.csv")
    assert (done.code, at.sent.total()) == (7, len(ROWS))
    assert "could not be written anywhere" in done.screen
    assert "bulk-sync resume" in done.screen

    assert at("resume").code == 0
    assert at.codes() == ["updated"] * len(ROWS)
    assert at.sent.total() == len(ROWS)


def test_a_full_disk_behind_standard_output_does_not_lose_the_results(at):
    class Full(io.BytesIO):
        write = no_space

    at.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((at.work / "rows.csv").read_bytes())))
    with at.monkeypatch.context() as patch:
        patch.setattr(at.capture, "readouterr", lambda: ("", ""))
        patch.setattr(sys, "stdout", io.TextIOWrapper(Full()))
        at("-")
    assert at("resume", "-o", "out.csv").code in {0, 2}
    [results] = [*at.work.glob("*out.csv"), *at.work.glob("*.results*.csv")]
    assert at.codes(results.name) == ["updated"] * len(ROWS)


def test_a_file_of_somebody_else_is_not_written_over_when_the_results_find_no_place(at):
    elsewhere = at.home / "elsewhere"
    elsewhere.mkdir()
    precious = at.work / "rows.results.csv"
    precious.write_text("precious")

    def write(to):
        if to.parent == elsewhere:
            no_space()
        to.write_text("results")

    place, _ = deliver(write, elsewhere / "rows.results.csv", elsewhere / "rows.csv")
    assert precious.read_text() == "precious"
    assert place.read_text() == "results"


def test_a_summary_that_cannot_be_written_is_told_before_anything_is_sent(at):
    done = at("rows.csv", "--json-results", "nowhere/summary.json")
    assert (done.code, at.sent.total()) == (2, 0)


def test_a_pipe_that_is_named_as_the_place_for_results_stays_one(at):
    os.mkfifo(at.work / "pipe.csv")
    reader = os.open(at.work / "pipe.csv", os.O_RDONLY | os.O_NONBLOCK)
    at("rows.csv", "-o", "pipe.csv")
    os.close(reader)
    assert stat.S_ISFIFO((at.work / "pipe.csv").stat().st_mode)
