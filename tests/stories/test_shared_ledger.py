"""Several computers share a ledger. Does each see what the others did, and go on with it, whatever dies or sleeps?"""

import json
import os
import signal
import time
from dataclasses import replace

import psycopg
import pytest

from bulk_sync.ledger.postgres import trouble
from bulk_sync.ledger.shared_store import SharedStore
from bulk_sync.sandbox.rules import Wanted
from tests.desk import PHONES
from tests.postgres import eventually
from tests.raw_api import raw_api, reply

pytestmark = pytest.mark.trial

ROWS = PHONES[:40]
AT_ONCE = 4


@pytest.fixture
def at(at, monkeypatch, shared):
    """A desk with the shared ledger in its environment."""
    monkeypatch.setenv("BULK_SYNC_LEDGER", shared.address)
    at.shared = shared
    at.sheet([(phone, "paused") for phone in ROWS])
    return at


def started(at, *arguments, state="state"):
    """The command as a process of its own, with a state folder of that name: a computer of its own."""
    variables = {"BULK_SYNC_LEDGER": at.shared.address, "BULK_SYNC_STATE_DIR": str(at.home / state)}
    return at.started(*arguments, "--concurrency", AT_ONCE, variables=variables, text=True)


def ended(process, seconds=60):
    """The exit code of a command, and what it said."""
    said = process.communicate(timeout=seconds)[1]
    assert "Traceback" not in said
    assert "s3cret-word" not in said
    return process.returncode, said


def sent_at_least(at, count):
    eventually(lambda: at.sent.total() >= count)


def all_is_done(at, twice=0):
    assert at.codes() == ["updated"] * len(ROWS)
    assert at.statuses(ROWS) == {"paused"}
    assert set(at.sent) == set(ROWS)
    assert at.sent.total() <= len(ROWS) + twice


def elsewhere(at, *arguments):
    """The command on another computer."""
    return at(*arguments, BULK_SYNC_STATE_DIR=str(at.home / "elsewhere"))


def test_any_computer_sees_a_run_and_goes_on_with_it(at):
    assert at("rows.csv", "--max-writes", 7).code == 5
    [run] = json.loads(elsewhere(at, "history", "--json").out)
    assert (run["state"], run["calls_settled"]) == ("unfinished", 7)
    (at.work / "rows.csv").write_text("edited since")
    done = elsewhere(at, "resume", "--max-writes", 100)
    assert done.code == 0
    assert "7 updates already done" in done.screen
    all_is_done(at)
    assert at.history()[0]["state"] == "finished"
    assert at("report", run["run"]).code == 0
    report = (at.work / f"report-{run['run']}.html").read_text()
    assert "s3cret-word" not in report + at("history", run["run"]).out
    assert not list((at.home / "elsewhere").rglob("input*"))


def test_whom_one_computer_has_put_into_dnc_no_other_calls(at):
    at.sheet([(ROWS[0], "DNC")], "stop.csv")
    assert at("stop.csv").code == 0
    assert ROWS[0][-4:] in elsewhere(at, "dnc", "list", "--show-phones").out
    at.sheet([(ROWS[0], "active")], "call.csv")
    at.api.store.update(Wanted(status="paused"), time.time(), phone=ROWS[0])
    assert at.status(ROWS[0]) == "paused"
    elsewhere(at, "call.csv")
    assert at.codes("call.results.csv") == ["leaves_dnc"]


def test_an_undo_on_another_computer_puts_back_what_was_changed(at):
    assert at("rows.csv", "--only-changed").code == 0
    [run] = at.history()
    assert elsewhere(at, "undo", run["run"], "--yes").code == 0
    undone = [row["sync_phone"] for row in at.rows(f"undo-{run['run']}.csv") if row["sync_code"] == "updated"]
    assert len(undone) >= 10  # what was read before it was sent
    assert at.statuses(undone) == {"active"}


def test_two_computers_never_sync_a_file_nor_send_with_a_key_at_once(at):
    at.sheet([(phone, "paused") for phone in ROWS], "other.csv")
    at.shut_after(3)
    with started(at, "rows.csv", "--rate", "100/s") as process:
        sent_at_least(at, 3)
        same = elsewhere(at, "rows.csv")
        assert same.code == 6
        assert f"process {process.pid} on" in same.screen
        other = elsewhere(at, "other.csv")
        assert other.code == 6
        assert "sending with the key" in other.screen
        assert at.history()[0]["state"] == "running"
        at.open()
        assert ended(process)[0] == 0
    all_is_done(at)
    assert elsewhere(at, "other.csv").code == 0


def test_after_kill_9_another_computer_goes_on_once_the_lease_is_over(at):
    at.shut_after(9)
    with started(at, "rows.csv", "--rate", "100/s") as process:
        sent_at_least(at, 10)
        process.kill()
        process.wait()
    at.open()
    [run] = at.history()
    assert elsewhere(at, "resume", run["run"]).code == 6
    with psycopg.connect(at.shared.address, autocommit=True) as db:
        db.execute("UPDATE bulk_sync.lease SET expires = clock_timestamp()")
    assert elsewhere(at, "resume").code == 0
    all_is_done(at, twice=AT_ONCE)


def test_a_computer_that_slept_while_another_took_over_sends_nothing_more(at):
    with started(at, "rows.csv", "--rate", "4/s") as sleeper:
        sent_at_least(at, 5)
        sleeper.send_signal(signal.SIGSTOP)
        time.sleep(21)  # a lease lasts 20 seconds
        with started(at, "resume", state="elsewhere") as other:
            assert ended(other)[0] == 0
        before = at.sent.total()
        sleeper.send_signal(signal.SIGCONT)
        code, said = ended(sleeper)
    assert code == 6
    assert "has taken over" in said
    assert at.sent.total() == before
    all_is_done(at, twice=AT_ONCE)
    assert at.history()[0]["state"] == "finished"


def test_while_the_database_is_away_nothing_leaves_and_afterwards_the_run_goes_on(at, server):
    with started(at, "rows.csv", "--rate", "8/s") as process:
        sent_at_least(at, 8)
        with server.away():
            time.sleep(1.0)
            before = at.sent.total()
            time.sleep(3.0)
            assert at.sent.total() == before
        code, said = ended(process)
    assert code == 0
    assert "The shared ledger is away" in said
    assert "The shared ledger is back after" in said
    all_is_done(at)


def test_a_database_that_stays_away_ends_the_run_and_resume_writes_the_results(at, server):
    with started(at, "rows.csv", "--rate", "8/s", "--max-outage", "2s") as process:
        sent_at_least(at, 8)
        with server.away():
            code, said = ended(process)
            sent = at.sent.total()
        assert code == 3
        assert "the shared ledger did not come back" in said
    assert not list(at.work.glob("*.results.csv"))
    assert at.sent.total() == sent < len(ROWS)
    with psycopg.connect(at.shared.address, autocommit=True) as db:
        db.execute("UPDATE bulk_sync.lease SET expires = clock_timestamp()")
    assert elsewhere(at, "resume").code == 0
    all_is_done(at, twice=AT_ONCE)


@pytest.mark.parametrize(("signals", "seconds"), [(1, 16), (2, 5)])
def test_sigterm_ends_the_run_where_neither_api_nor_database_is_there(at, server, monkeypatch, signals, seconds):
    with raw_api(lambda asked: reply(500 if asked.writes else 404, {})) as api:
        monkeypatch.setattr(at, "api", replace(at.api, url=api.url))
        with started(at, "rows.csv", "--max-errors", "100%", "--max-outage", "60s") as process:
            eventually(lambda: len(api.writes) >= AT_ONCE)
            with server.away():
                time.sleep(1.5)
                for _ in range(signals):
                    process.terminate()
                    time.sleep(0.5)
                code, said = ended(process, seconds)
    assert code == 3
    assert "at once" not in said


def test_sigterm_while_the_database_is_away_ends_the_run(at, server):
    with started(at, "rows.csv", "--rate", "8/s") as process:
        sent_at_least(at, 8)
        with server.away():
            time.sleep(1.0)
            process.terminate()
            assert ended(process, 25)[0] == 3


def test_without_its_database_in_the_last_second_a_run_ends_as_it_went(at, server, monkeypatch):
    monkeypatch.setattr(SharedStore, "names", lambda _: unreachable(at))
    done = at("rows.csv")
    assert done.code == 0
    assert "Nothing was sent" not in done.screen
    all_is_done(at)


def test_results_that_stand_there_stay_where_nobody_knows_whose_they_are(at, monkeypatch):
    assert at("rows.csv").code == 0
    before = (at.work / "rows.results.csv").read_bytes()
    at.sheet([("+14155550000", "no such status")])
    monkeypatch.setattr(SharedStore, "looks", lambda _: unreachable(at))
    done = at("rows.csv", "--fresh")
    assert done.code == 1
    assert (at.work / "rows.results.csv").read_bytes() == before
    assert (at.work / "rows.not_sent.csv").exists()


def unreachable(at):
    """What is found in a database that has just gone."""
    raise trouble(at.shared, psycopg.OperationalError("connection refused"))


def test_a_file_whose_name_is_not_utf_8_is_refused_in_a_sentence(at):
    path = os.path.join(os.fsencode(at.work), b"liste-\xe4.csv")  # noqa: PTH118 -- a name in bytes
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"phone,status\n+14155550100,paused\n")
    for more in ([], ["--dry-run"]):
        done = at(os.fsdecode(path), *more)
        assert done.code == 4
        assert "Rename the file" in done.screen
    assert at.sent.total() == 0


@pytest.mark.parametrize("command", [("rows.csv",), ("resume",), ("history",), ("dnc", "list"), ("fleet", "migrate")])
def test_without_its_database_a_command_says_so_before_anything_is_sent(at, server, command):
    with server.away():
        done = at(*command)
    assert done.code == 4
    assert "Connection refused" in done.screen
    assert "s3cret-word" not in done.screen
    assert at.sent.total() == 0


def test_a_password_on_the_command_line_is_refused_and_an_address_without_one_is_not(at, monkeypatch):
    monkeypatch.delenv("BULK_SYNC_LEDGER")
    refused = at("rows.csv", "--ledger", at.shared.address)
    assert refused.code == 4
    assert "BULK_SYNC_LEDGER" in refused.screen
    assert "s3cret-word" not in refused.screen
    monkeypatch.setenv("PGPASSWORD", "s3cret-word")
    monkeypatch.setenv("PGUSER", "owner")
    plain = at.shared.address.replace("owner:s3cret-word@", "")
    assert at("rows.csv", "--ledger", plain).code == 0
    assert not (at.state / "runs").exists()
    assert len(json.loads(at("history", "--json", "--ledger", plain).out)) == 1
    assert at.history() == []


def test_the_working_folders_file_cannot_name_a_ledger(at):
    (at.work / "bulk-sync.toml").write_text('ledger = "postgresql://elsewhere.example/theirs"\n')
    refused = at("rows.csv")
    assert refused.code == 4
    assert "it names an address" in refused.screen
    assert at.sent.total() == 0
