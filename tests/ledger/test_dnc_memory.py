"""What does the DNC memory keep, of whom, and for how long?"""

import contextlib
import contextvars
import os
import stat
import tempfile
import threading
from functools import partial
from pathlib import Path

import pytest

from bulk_sync.errors import BadConfiguration, DncMemoryFault
from bulk_sync.ledger import Runs, SharedLedger, dnc_file, ledgers_at
from bulk_sync.ledger.dnc_memory import DncMemory, Entry, Remembered, Removal

URL = "https://api.example"
ANNA, BEN, CARL = "+14155550101", "+4915112345678", "+525512345678"
ID = "0F9C1E52-7A3B-4B7E-9C55-2D1F8E6A0B11"


@pytest.fixture
def opened(place, tmp_path):
    """Opens it, in a folder or in a shared ledger."""
    with ledgers_at(place.address if isinstance(place, SharedLedger) else None):
        yield partial(open_it, place if isinstance(place, Path) else None)


@pytest.fixture
def opened_here(tmp_path):
    """Opens it in a folder."""
    return partial(open_it, tmp_path)


def open_it(folder, read_only=False, url=URL):
    return DncMemory.open(url, read_only=read_only, folder=folder)


@pytest.fixture
def memory(opened):
    with opened() as found:
        yield found


def test_it_is_there_after_a_restart_and_read_only(opened_here, tmp_path):
    with opened_here() as memory:
        memory.shown("run-1", [(ANNA, ID)], at=3.0)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with opened_here(read_only=True) as memory:
        assert memory.find(None, ID) == Remembered(3.0, "the CRM showed it in run run-1")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert set(before) == {"dnc.db"}
    assert stat.S_IMODE((tmp_path / "dnc.db").stat().st_mode) == 0o600


def test_reading_makes_no_file_and_sees_what_others_write_at_this_moment(opened_here, tmp_path):
    with opened_here(read_only=True) as memory:
        assert not memory
        assert memory.find(ANNA, None) is None
    assert list(tmp_path.iterdir()) == []
    with opened_here() as writer:
        writer.asked("run-1", [(ANNA, None)])
        with opened_here(read_only=True) as memory:
            assert memory.find(ANNA, None)


def test_those_who_add_the_same_people_in_another_order_do_not_stop_each_other(opened):
    people = [(f"+1415{number:07d}", None) for number in range(5000)]
    failed, both = [], threading.Barrier(2)

    def add(name, some):
        try:
            with opened() as memory:
                memory.listed(name, [(ANNA, None)])
                both.wait()
                memory.listed(name, some)
        except Exception as error:  # noqa: BLE001 -- it is looked at below
            failed.append(error)

    for each in range(2):
        where = [(contextvars.copy_context(), some) for some in (people, people[::-1])]
        adding = [threading.Thread(target=here.run, args=(add, f"list {each}", some)) for here, some in where]
        for thread in adding:
            thread.start()
        for thread in adding:
            thread.join()
    assert failed == []
    with opened() as memory:
        assert len(memory) == len(people) + 1


def test_each_address_has_its_own(opened):
    with opened() as memory:
        memory.asked("run-1", [(ANNA, None)])
    for same in ("https://API.example/", "https://api.example:443", " https://api.example "):
        with opened(url=same) as memory:
            assert memory.find(ANNA, None), same
    for other in ("https://api.example/v2", "http://api.example"):
        with opened(url=other) as memory:
            assert memory.find(ANNA, None) is None, other
            assert memory.removed([(ANNA, None)], "not theirs") == 0
    with opened() as memory:
        assert memory.find(ANNA, None)


def test_a_number_and_an_id_that_are_one_contact_are_both_entries(memory):
    memory.asked("run-1", [(None, ID)], at=1.0)
    memory.listed("list.csv", [(BEN, None)], at=2.0)
    memory.linked([(ANNA, ID), (CARL, "other"), (BEN, "ben")])
    assert memory.find(ANNA, None) == Remembered(1.0, "run run-1")
    assert memory.find(None, "ben") == Remembered(2.0, "list list.csv")
    assert memory.find_all([CARL, "other"]) == {}
    memory.asked("run-2", [(ANNA, None)], at=0.5)
    assert memory.find(None, ID) == Remembered(0.5, "run run-2"), "what is learned of one holds for both"


def test_what_the_crm_shows_of_somebody_known_changes_nothing(memory):
    memory.asked("run-1", [(ANNA, None)], at=1.0)
    memory.shown("run-2", [(ANNA, ID), (BEN, None)], at=2.0)
    assert list(memory.entries()) == [
        Entry(ANNA, ID.lower(), 1.0, ("run run-1",)),
        Entry(BEN, None, 2.0, ("the CRM showed it in run run-2",)),
    ]
    assert memory.forget_own("run-1", [(ANNA, None)]) == 1
    assert memory.find(ANNA, ID) is None


def test_an_undo_takes_out_what_its_run_added_and_no_more(memory):
    memory.shown("run-0", [(BEN, None)])
    memory.asked("run-1", [(ANNA, ID), (BEN, None), (CARL, None)])
    memory.listed("never.csv", [(CARL, None)])
    assert memory.forget_own("run-1", [(None, ID), (BEN, None), (CARL, None)]) == 1
    assert memory.find(ANNA, ID) is None
    assert memory.find(BEN, None).source == "the CRM showed it in run run-0"
    assert memory.find(CARL, None).source == "list never.csv"
    assert memory.forget_own("run-2", [(BEN, None), (CARL, None)]) == 0


def test_who_was_removed_leaves_a_line_without_the_number_and_nothing_else(opened, place):
    with opened() as memory:
        memory.asked("run-1", [(ANNA, ID), (BEN, None)])
        memory.listed("never.csv", [(ANNA, None)])
        assert memory.removed([(ANNA, None), (CARL, None)], "asked to be called again", at=7.0) == 1
        assert memory.find(ANNA, ID) is None
        assert memory.find(BEN, None)
        assert memory.removals() == [Removal(7.0, "asked to be called again", 1)]
        memory.shown("run-2", [(ANNA, None)], at=9.0)
        assert memory.find(ANNA, None) == Remembered(9.0, "the CRM showed it in run run-2"), "the CRM has the last word"
        memory.removed([(ANNA, None)], "again")
    if isinstance(place, Path):
        found = b"".join(path.read_bytes() for path in place.iterdir())
        assert BEN.encode() in found
        assert ANNA.encode() not in found
        assert ID.lower().encode() not in found


def test_the_memory_knows_whom_it_knows_by_one_name_only(memory):
    assert memory.knows_by_one_name() == (False, False)
    memory.asked("run-1", [(ANNA, ID)])
    assert memory.knows_by_one_name() == (False, False)
    memory.asked("run-1", [(BEN, None)])
    assert memory.knows_by_one_name() == (True, False)
    memory.asked("run-1", [(None, "somebody")])
    assert memory.knows_by_one_name() == (True, True)


def test_many_are_looked_for_at_once(memory):
    everybody = [f"+1415{number:07d}" for number in range(25_000)]
    assert memory.listed("never.csv", [(each, None) for each in everybody]) == 25_000
    assert memory.listed("more.csv", [(each, None) for each in [*everybody[:10], ANNA, ANNA]]) == 1
    assert len(memory) == 25_001
    found = memory.find_all([*everybody, BEN])
    assert set(found) == set(everybody)
    assert {each.source for each in found.values()} == {"list never.csv"}
    assert list(memory.numbers()) == sorted(int(each[1:]) for each in {*everybody, ANNA})


# ------------------------------------------------------------------------------------------------------ what is broken


@pytest.fixture
def path(opened_here, tmp_path):
    """A memory of some pages."""
    with opened_here() as memory:
        memory.listed("never.csv", [(f"+1415{number:07d}", f"id-{number}") for number in range(2_000)])
    return tmp_path / "dnc.db"


def refused(opened):
    """What is said to who opens it, to write or to read."""
    said = []
    for read_only in (False, True):
        with pytest.raises(DncMemoryFault) as error:
            opened(read_only=read_only).close()
        assert error.value.exit_code == 4
        said.append(str(error.value))
    assert said[0] == said[1]
    return said[0]


def test_garbage_and_emptiness_are_damage(path, opened_here):
    for damage in (b"not a database" * 1000, b"", b"SQLite format 3\x00" + bytes(5000), path.read_bytes()[:40]):
        path.write_bytes(damage)
        said = refused(opened_here)
        assert "is damaged" in said
        assert "bulk-sync dnc add FILE" in said
        assert path.read_bytes() == damage, "what may be mended is left as it is"


def test_one_that_is_gone_while_its_log_is_there_is_damaged(path, opened_here):
    path.with_name("dnc.db-wal").write_bytes(b"what was written last")
    path.unlink()
    assert "is damaged (it is gone" in refused(opened_here)
    assert not path.exists()


@contextlib.contextmanager
def as_nobody():
    """As a user who may read nothing of this one's."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="rights are another matter there")
def test_one_that_may_not_be_read_says_whose_right_is_missing(path, opened_here):
    path.chmod(0)
    with as_nobody():
        assert "right to read and write" in refused(opened_here)


@pytest.mark.skipif(os.name == "nt", reason="rights are another matter there")
def test_a_state_folder_that_may_not_be_read_is_no_empty_one(opened_here, path, monkeypatch):
    """`Path.exists` raises there, and since Python 3.14 it says no."""
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(path.parent))
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nowhere")
    (path.parent / "runs").mkdir()
    monkeypatch.setattr(Path, "exists", os.path.exists)
    path.parent.chmod(0o000)
    try:
        with as_nobody():
            assert "right to read and write" in refused(opened_here)
            with pytest.raises(DncMemoryFault):
                dnc_file.has_memory()
            with pytest.raises(BadConfiguration, match="as the user who made them"):
                Runs().newest_unfinished()
    finally:
        path.parent.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="rights are another matter there")
def test_one_that_lies_in_a_folder_of_others_can_be_read_and_not_written():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with DncMemory.open(URL, read_only=False, folder=folder) as memory:
            memory.asked("run-1", [(ANNA, None)])
        (folder / "dnc.db").chmod(0o444)
        folder.chmod(0o555)
        with as_nobody():
            with DncMemory.open(URL, read_only=True, folder=folder) as memory:
                assert memory.find(ANNA, None)
            with pytest.raises(DncMemoryFault, match="right to read and write"):
                DncMemory.open(URL, read_only=False, folder=folder)
