"""What is left of a ledger after a power cut, a full disk, a hand that slipped?"""

import os
import sqlite3

import pytest

from bulk_sync.errors import BadConfiguration, Code
from bulk_sync.ledger import Ledger, Runs
from bulk_sync.ledger.schema import _STEPS, VERSION
from bulk_sync.model import Change, Outcome, Update

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
ROWS = 8


def outcome(row):
    return Outcome(Code.UPDATED, "", 200, 1, 1_800_000_000.0 + row, f"id-{row}")


def update(row):
    return Update(row, Change("paused"), phone=f"+1415555{row:04d}")


@pytest.fixture
def cut_off(tmp_path):
    """The bytes of a ledger and of its write-ahead log as a crash leaves them, never closed."""
    ledger = Ledger.create(tmp_path / "whole", "run", {"base_url": "https://api.example"})
    for row in range(ROWS):
        ledger.record_all([(update(row), outcome(row))])
    log = ledger.path.with_name("ledger.db-wal")
    found = ledger.path.read_bytes(), log.read_bytes()
    ledger.close()
    return found


def read_back(folder, database, log):
    """What a ledger of these bytes gives: its outcomes, or None where it says that it cannot be read."""
    path = folder / "runs" / "run" / "ledger.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.iterdir():
        leftover.unlink()
    path.write_bytes(database)
    path.with_name("ledger.db-wal").write_bytes(log)
    try:
        with Ledger.open(folder, "run") as ledger:
            return ledger.outcomes(0, 100)
    except BadConfiguration:
        return None


def test_a_log_that_is_cut_anywhere_reads_back_as_the_outcomes_up_to_there(cut_off, tmp_path):
    """Every byte of the last pages with HYPOTHESIS_PROFILE=thorough, else the edges of the pages and some between."""
    database, log = cut_off
    last = range(max(0, len(log) - 4 * 4120), len(log) + 1)
    cuts = last if THOROUGH else [at for at in last if at % 4120 in {31, 32, 33, 55, 56, 57} or at % 997 == 0]
    lengths = []
    for cut in [*cuts, len(log)]:
        found = read_back(tmp_path / "cut", database, log[:cut])
        assert found is not None
        assert found == {row: outcome(row) for row in range(len(found))}, cut
        lengths.append(len(found))
    assert lengths == sorted(lengths), "more of the log gave less"
    assert lengths[-1] == ROWS
    assert lengths[0] < ROWS


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"not a database at all, but long enough to be looked at" * 30),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (len(path.read_bytes()) - 4096)),
    ],
)
def test_a_ledger_that_cannot_be_read_is_a_sentence_and_no_traceback(tmp_path, damage):
    with Ledger.create(tmp_path, "run", {}) as ledger:
        ledger.record_all([(update(0), outcome(0))])
        path = ledger.path
    damage(path)
    with pytest.raises(BadConfiguration) as refused:
        Ledger.open(tmp_path, "run")
    assert "nothing was sent" in str(refused.value)
    assert "--fresh" in str(refused.value)
    [run] = Runs(tmp_path).all()
    assert run.state == "unreadable"


def test_a_ledger_that_somebody_holds_is_a_sentence(tmp_path, monkeypatch):
    with Ledger.create(tmp_path, "run", {}) as ledger:
        path = ledger.path
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: connect(*args, **{**more, "timeout": 0.0}))
    holder = connect(path, isolation_level=None)
    holder.executescript("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;")
    with pytest.raises(BadConfiguration, match="locked"):
        Ledger.open(tmp_path, "run")
    holder.close()


def test_a_ledger_of_the_first_version_is_brought_up_to_date(tmp_path):
    path = tmp_path / "runs" / "old" / "ledger.db"
    path.parent.mkdir(parents=True)
    old = sqlite3.connect(path)
    old.executescript(f"{_STEPS[0]} PRAGMA user_version=1;")
    old.execute("INSERT INTO run VALUES ('run', '\"old\"')")
    old.execute("INSERT INTO outcome VALUES (5, 'updated', '', 200, 1, 1.5, 'id-5', '+14155552671')")
    old.commit()
    old.close()
    with Ledger.open(tmp_path, "old") as ledger:
        assert ledger.outcomes(0, 9) == {5: Outcome(Code.UPDATED, "", 200, 1, 1.5, "id-5", "+14155552671")}
        assert not ledger.settled_of([update(5)]), "what the old version sent is not known"
        assert ledger._db.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path):
    with Ledger.create(tmp_path, "run", {}) as ledger:
        ledger._db.execute(f"PRAGMA user_version={VERSION + 1}")
        path = ledger.path
    before = path.read_bytes()
    with pytest.raises(BadConfiguration, match="newer version"):
        Ledger.open(tmp_path, "run")
    assert path.read_bytes() == before
    assert Runs(tmp_path).all()[0].state == "unreadable"
