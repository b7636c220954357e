"""Who has a file or a key, on whichever computer, and what becomes of one that slept?"""

import contextlib
import threading
import time

import psycopg
import pytest

from bulk_sync.errors import AlreadyRunning, LeaseLost, LedgerAway, LedgerUnreachable
from bulk_sync.ledger import Ledger, Runs, leases
from bulk_sync.ledger import postgres as driven
from bulk_sync.ledger.leases import Lease, LeaseFence
from bulk_sync.ledger.outage import Outage
from bulk_sync.ledger.session import Broken
from bulk_sync.ledger.shared_store import SharedStore
from bulk_sync.model import Change, Update
from tests.ledger.test_records import WHOLE
from tests.postgres import eventually


class TestAnOutage:
    def outage(self):
        self.at, self.said = 100.0, []
        return Outage(lambda: self.at)

    def test_is_borne_for_as_long_as_a_run_says_and_told_once(self):
        outage = self.outage()
        outage.bear(60.0, self.said.append)
        outage.began("ledger", "connection refused")
        self.at = 130.0
        outage.began("ledger", "connection refused")
        outage.began("lease", "connection refused")
        outage.check()
        outage.ended("lease")
        assert outage.is_on, "somebody cannot reach it yet"
        outage.ended("ledger")
        assert not outage.is_on
        outage.began("ledger", "connection refused")
        self.at = 191.0
        with pytest.raises(LedgerAway) as stopped:
            outage.check()
        assert stopped.value.exit_code == 3
        assert "bulk-sync resume" in str(stopped.value)
        assert self.said[0] == (
            "The shared ledger is away (connection refused). Nothing is sent until it is back. Waiting for 1 min at "
            "most (--max-outage)."
        )
        assert self.said[1] == "The shared ledger is back after 30 s."
        assert len(self.said) == 3

    def test_is_not_waited_for_any_more_once_the_run_ends(self):
        outage = self.outage()
        outage.bear(60.0, self.said.append)
        outage.began("ledger", "connection refused")
        threading.Timer(0.05, outage.give_up).start()
        outage.pause()
        with pytest.raises(LedgerAway):
            outage.check()


def expire(shared, name):
    """Let the lease's term be over."""
    with psycopg.connect(shared.address, autocommit=True) as db:
        db.execute("UPDATE bulk_sync.lease SET expires = clock_timestamp() - interval '1 s' WHERE name = %s", (name,))


@contextlib.contextmanager
def of_another(shared, name, monkeypatch):
    """Another process has the lease."""
    with monkeypatch.context() as patch:
        patch.setattr(leases, "_HOLDER", "another")
        other = Lease(shared, name)
        other.__enter__()
    leases._RENEWALS.drop(other)
    yield other


@pytest.mark.parametrize("gone", [("CLOCK_BOOTTIME",), ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC_RAW")])
def test_no_clock_that_can_be_set_back_is_gone_by(monkeypatch, gone):
    for clock in gone:
        monkeypatch.delattr(time, clock, raising=False)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    before = leases.now()
    assert 0 < before <= leases.now()


@pytest.mark.trial
class TestALease:
    def test_is_one_holders_and_its_fence_grows(self, shared):
        with Lease(shared, "/data/a.csv") as first:
            first.by("run-1")
            assert Lease(shared, "/data/a.csv").is_taken
            with pytest.raises(AlreadyRunning, match="run run-1, process") as refused, Lease(shared, "/data/a.csv"):
                pass
            assert refused.value.exit_code == 6
            with Lease(shared, "/data/b.csv"):
                pass
        assert not Lease(shared, "/data/a.csv").is_taken
        with Lease(shared, "/data/a.csv") as second:
            assert (first.fence, second.fence) == (1, 2)
            assert second.last_run == "run-1"

    def test_lasts_as_long_as_it_is_renewed(self, shared, monkeypatch):
        monkeypatch.setattr(leases, "RENEWAL", 0.1)
        with Lease(shared, "/data/a.csv") as lease:
            until = lease._until
            eventually(lambda: lease._until > until)
            assert lease.is_valid()

    def test_that_may_be_over_by_its_holders_clock_lets_nothing_leave_until_it_was_renewed(self, shared, monkeypatch):
        monkeypatch.setattr(leases, "RENEWAL", 3600.0)
        with Lease(shared, "/data/a.csv") as lease:
            fence = LeaseFence(lease)
            assert fence.is_open()
            slept = leases.now() + 19.0
            monkeypatch.setattr(leases, "now", lambda: slept)
            assert not fence.is_open()
            fence.check()
            leases._RENEWALS._changed.set()
            eventually(fence.is_open)

    def test_that_another_has_by_now_is_lost_for_good(self, shared, monkeypatch):
        monkeypatch.setattr(leases, "_renewed", lambda *_: True)
        store = SharedStore(shared)
        with store.claim("/data/a.csv") as claim, Ledger.create(shared, "run-1", {}) as ledger:
            ledger.hold(claim, LeaseFence(claim))
            ledger.record_all([(Update(0, Change("paused"), phone="+14155550000"), WHOLE)])
            expire(shared, "/data/a.csv")
            with of_another(shared, "/data/a.csv", monkeypatch) as other:
                assert other.fence == claim.fence + 1
                with pytest.raises(LeaseLost) as lost:
                    ledger.record_all([(Update(1, Change("paused"), phone="+14155550001"), WHOLE)])
                assert lost.value.exit_code == 6
                assert not ledger.fence.is_open()
                with pytest.raises(LeaseLost):
                    ledger.fence.check()
            assert ledger.settled() == 1

    def test_its_renewal_finds_out_too(self, shared, monkeypatch):
        monkeypatch.setattr(leases, "RENEWAL", 0.1)
        with Lease(shared, "/data/a.csv") as lease:
            with psycopg.connect(shared.address, autocommit=True) as db:
                db.execute("UPDATE bulk_sync.lease SET holder = 'another', fence = fence + 1")
            eventually(lambda: lease._is_lost)
            with pytest.raises(LeaseLost, match=r"/data/a\.csv"):
                lease.check()

    def test_of_a_key_is_one_however_its_address_is_written(self, shared):
        runs = Runs(shared)
        with (
            runs.claim("/data/a.csv") as a,
            runs.claim("/data/b.csv") as b,
            runs.sending("https://api.guayaba.ai", "ab" * 8, a),
        ):
            with pytest.raises(AlreadyRunning), runs.sending(" https://API.guayaba.ai:443/", "ab" * 8, b):
                pass
            with runs.sending("https://api.guayaba.ai", "cd" * 8, b):
                pass

    def test_that_was_let_go_of_is_not_renewed_with_another(self, shared, server, monkeypatch):
        monkeypatch.setattr(leases, "RENEWAL", 0.1)
        with Lease(shared, "/data/a.csv") as other:
            lease = Lease(shared, "/data/b.csv")
            lease.__enter__()
            with server.away():
                lease.__exit__(None, None, None)
            query = "SELECT expires FROM bulk_sync.lease WHERE name = '/data/b.csv'"
            with psycopg.connect(shared.address, autocommit=True) as db:
                before = db.execute(query).fetchone()
                until = other._until
                eventually(lambda: other._until > until + 1)
                assert db.execute(query).fetchone() == before

    def test_that_was_over_and_is_had_by_another_run_of_this_process_is_lost(self, shared, monkeypatch):
        monkeypatch.setattr(leases, "_renewed", lambda *_: True)
        with Lease(shared, "/data/a.csv") as first:
            expire(shared, "/data/a.csv")
            with Lease(shared, "/data/a.csv") as second:
                assert not LeaseFence(first).is_open()
                with pytest.raises(LeaseLost):
                    LeaseFence(first).check()
                assert LeaseFence(second).is_open()

    def test_is_held_up_by_no_computer_that_stopped_in_mid_transaction(self, shared, monkeypatch):
        monkeypatch.setattr(leases, "_renewed", lambda *_: True)
        with SharedStore(shared).claim("/data/a.csv") as claim, Ledger.create(shared, "run-1", {}) as ledger:
            ledger.hold(claim, LeaseFence(claim))
            with contextlib.suppress(Broken), ledger._db.transaction():
                other = threading.Thread(target=expire, args=(shared, "/data/a.csv"))
                other.start()
                other.join(15)
                assert not other.is_alive()
            with Lease(shared, "/data/a.csv") as other:
                assert other.fence == claim.fence + 1

    def test_that_is_locked_for_a_while_is_waited_for(self, shared, monkeypatch):
        monkeypatch.setattr(driven, "_LOCK_TIMEOUT", "500ms")
        with Lease(shared, "/data/a.csv"):
            pass
        with psycopg.connect(shared.address) as db:
            db.execute("SELECT 1 FROM bulk_sync.lease FOR SHARE")
            threading.Timer(0.8, db.rollback).start()
            with Lease(shared, "/data/a.csv") as lease:
                assert lease.fence == 2
            db.execute("SELECT 1 FROM bulk_sync.lease FOR SHARE")
            with pytest.raises(LedgerUnreachable, match="held by another program"), Lease(shared, "/data/a.csv"):
                pass

    def test_that_ended_while_the_database_was_away_is_ours_again_if_nobody_took_it(self, shared, server, monkeypatch):
        monkeypatch.setattr(leases, "RENEWAL", 0.1)
        with Lease(shared, "/data/a.csv") as lease:
            fence, said = LeaseFence(lease), []
            fence.bear(60.0, said.append)
            with server.away():
                eventually(lambda: not fence.is_open())
                fence.check()
            eventually(fence.is_open)
            assert len(said) == 2
