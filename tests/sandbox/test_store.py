"""The state: kept whole, kept across restarts, and never mistaken for another file."""

import contextlib
import sqlite3

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sandbox import SandboxContact, SandboxOptions, running, server_module
from bulk_sync.sandbox.rules import Wanted
from bulk_sync.sandbox.seed import contacts

PHONE = "+11234567890"


def test_a_database_file_keeps_the_state_across_restarts(tmp_path):
    path = str(tmp_path / "state.db")
    with running(options=SandboxOptions(db=path)) as first:
        first.store.update(Wanted(status="DNC", variables={"a": "b"}), 5.0, phone=PHONE)
        before, dump = first.store.contacts(), list(first.store.db.iterdump())
        campaigns, statuses, splitters = first.store.campaigns, first.store.statuses, first.store.splitters
    with running(options=SandboxOptions(db=path), contacts=[]) as second:
        assert (second.store.contacts(), list(second.store.db.iterdump())) == (before, dump)
        assert (second.store.campaigns, second.store.statuses, second.store.splitters) == (
            campaigns,
            statuses,
            splitters,
        )


def of_something_else(path):
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE contacts (name TEXT)")


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (
            lambda path: path.write_text("something that somebody wants to keep " * 50),
            "cannot keep the sandbox's state",
        ),
        (of_something_else, "not a database of this version"),
    ],
)
def test_a_file_that_is_no_database_of_a_sandbox_is_refused_and_left_as_it_is(tmp_path, make, complaint):
    path = tmp_path / "state.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(BadInput, match=complaint):
        server_module().stocked(SandboxOptions(db=str(path)), None)
    assert path.read_bytes() == before


def test_a_database_in_a_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(BadInput, match="name a new file with --db"):
        server_module().stocked(SandboxOptions(db=str(tmp_path / "nowhere" / "state.db")), None)


def test_a_second_sandbox_on_the_same_file_is_refused(tmp_path):
    options = SandboxOptions(db=str(tmp_path / "state.db"))
    with running(options=options), pytest.raises(BadInput, match="another sandbox is using it"):
        server_module().stocked(options, None)


def test_a_start_that_failed_leaves_nothing_behind_in_the_database(tmp_path):
    options = SandboxOptions(db=str(tmp_path / "state.db"))
    with pytest.raises(BadInput), running(options=options, contacts=[SandboxContact(phone="5")]):
        pass
    with running(options=options) as served:
        assert served.store.size() == len(contacts())


def test_what_breaks_in_the_middle_leaves_everything_as_it_was(api, monkeypatch):
    who = api.someone()
    counters = api.store.log.counters()

    def broken(*_):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(api.store.log, "plan", broken)
    with pytest.raises(RuntimeError, match="in the middle"):
        api.store.update(Wanted(status="DNC"), 5.0, phone=who.phone)
    assert api.now(who) == who
    assert len(api.standing(who)) == 5
    assert api.store.log.counters() == counters
