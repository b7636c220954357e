"""What does a person read where the database of a shared ledger is not as it should be?"""

import threading

import psycopg
import pytest

from bulk_sync.errors import BadConfiguration, LedgerUnreachable
from bulk_sync.ledger import Ledger, Runs, SharedLedger, ledgers_at
from bulk_sync.ledger import ledger as recorded
from bulk_sync.ledger import postgres as driven
from bulk_sync.ledger.notes import ReadFact
from bulk_sync.ledger.postgres import connected
from bulk_sync.ledger.shared_schema import migrate
from bulk_sync.model import Change, Update
from tests.ledger.test_records import WHOLE

pytestmark = pytest.mark.trial

NUMBERS = iter(range(1000))


def refused(place):
    """What is said to who begins a run there."""
    with pytest.raises(BadConfiguration) as error:
        Ledger.create(place, "run-1", {})
    assert error.value.exit_code == 4
    said = str(error.value)
    assert "Nothing was sent" in said
    assert "s3cret-word" not in said
    return said


def execute(place, *statements):
    with psycopg.connect(place.address, autocommit=True) as db:
        for statement in statements:
            db.execute(statement)


def test_one_that_is_not_there_or_not_set_up_says_so(server, shared):
    assert 'database "nowhere" does not exist' in refused(SharedLedger.parse(f"{server.address}/nowhere"))
    wrong = server.address.replace("s3cret-word", "wrong")
    said = refused(SharedLedger.parse(f"{wrong}/pattern"))
    assert "password authentication failed" in said
    assert said.endswith("Check the name and the password in its address.")
    assert "Check the name of the database" in refused(SharedLedger.parse(f"{server.address}/nowhere"))
    assert "Is the server running?" in refused(SharedLedger.parse("postgresql://127.0.0.1:1/fleet"))
    bare = SharedLedger.parse(server.database(f"bare_{next(NUMBERS)}"))
    assert "bulk-sync fleet migrate" in refused(bare)
    assert "version none is 2 now" in migrate(bare)
    assert "is up to date" in migrate(bare)
    assert Runs(bare).all() == []


def test_an_older_program_refuses_and_an_older_database_is_to_be_brought_up_to_date(shared):
    execute(shared, "UPDATE bulk_sync.version SET number = 7")
    assert "pip install --upgrade bulk-sync" in refused(shared)
    with pytest.raises(BadConfiguration, match="newer version"):
        migrate(shared)
    execute(shared, "UPDATE bulk_sync.version SET number = 0")
    assert "bulk-sync fleet migrate" in refused(shared)


def test_one_that_takes_no_writes_says_so(server, shared):
    execute(shared, f"ALTER DATABASE {shared.address.rpartition('/')[2]} SET default_transaction_read_only = on")
    assert "takes no writes" in refused(shared)
    assert "primary" in refused(shared)


def test_a_server_that_is_too_old_is_refused(shared, monkeypatch):
    monkeypatch.setattr(driven, "OLDEST_SERVER", 990_000)
    with pytest.raises(BadConfiguration, match="too old"):
        Ledger.create(shared, "run-1", {})


def test_without_the_extra_there_is_a_sentence(shared, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(BadConfiguration, match=r"bulk-sync\[fleet\]"):
        Ledger.create(shared, "run-1", {})


def test_a_connection_that_broke_while_nobody_used_it_is_made_anew_at_once(shared, server):
    with Ledger.create(shared, "run-1", {"a": 1}) as ledger:
        with server.away():
            pass
        assert ledger.facts()["a"] == 1
        with server.away():
            pass
        ledger.note({"a": 2})
        assert ledger.facts()["a"] == 2
        with server.away(), pytest.raises(LedgerUnreachable, match="Nothing was sent"):
            ledger.facts()


def test_what_is_wrong_in_mid_run_is_no_reason_to_say_that_nothing_was_sent(shared):
    with Ledger.create(shared, "run-1", {"a": 1}) as ledger:
        ledger._db.outage.bear(10.0, lambda _: None)
        execute(shared, "DROP VIEW bulk_sync.run")
        with pytest.raises(LedgerUnreachable) as error:
            ledger.facts()
    assert "Nothing was sent" not in str(error.value)


def test_setting_it_up_waits_for_a_lock_for_as_long_as_that_is_held(shared, monkeypatch):
    execute(shared, "UPDATE bulk_sync.version SET number = number")
    monkeypatch.setattr(driven, "_LOCK_TIMEOUT", "100ms")
    with psycopg.connect(shared.address) as db:
        db.execute("LOCK TABLE bulk_sync.version")
        threading.Timer(1.0, db.rollback).start()
        assert "is up to date" in migrate(shared)


def test_what_a_run_has_settled_is_asked_for_in_ranges(shared, monkeypatch):
    monkeypatch.setattr(recorded, "AT_ONCE", 30)
    updates = [Update(row, Change("paused"), phone=f"+1415555{row:04d}") for row in range(100)]
    others = [Update(row, Change("active"), phone=f"+1415555{row:04d}") for row in range(100)]
    with Ledger.create(shared, "run-1", {}) as ledger:
        ledger.record_all([(update, WHOLE) for update in updates[:70]])
        asked = []
        execute = ledger._db.execute
        monkeypatch.setattr(ledger._db, "execute", lambda *said: asked.append(said) or execute(*said))
        assert ledger.settled_of(updates[::-1]) == set(range(70))
        assert len(asked) == 4
        assert ledger.settled_of(others) == set()


def test_that_contacts_could_be_read_is_noted_once(shared, monkeypatch):
    opened = []
    monkeypatch.setattr(driven, "connected", lambda *said, **more: opened.append(said) or connected(*said, **more))
    with ledgers_at(shared.address):
        fact = ReadFact("https://api.example", None)
        for _ in range(50):
            fact.note()
        assert len(opened) == 2
        assert ReadFact("https://api.example", None).is_known


def test_a_connection_that_breaks_between_two_statements_is_made_anew(shared):
    with Ledger.create(shared, "run-1", {"a": 1}) as ledger:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
        ledger._db.outage.bear(10.0, lambda _: None)
        execute(shared, query)
        assert ledger.facts()["a"] == 1
        execute(shared, query)
        ledger.note({"a": 2})
        assert ledger.facts()["a"] == 2
