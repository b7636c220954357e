"""What becomes of a file that somebody submits to a fleet, whatever becomes of the workers?"""

import csv
import signal
import time

import psycopg
import pytest

from tests.postgres import eventually

pytestmark = pytest.mark.trial

AT_ONCE = 4
SLOWLY = ("--rate", "6/s", "--concurrency", AT_ONCE)


def sent_at_least(team, count, seconds=30):
    eventually(lambda: len(team.writes) >= count, seconds)


def all_is_done(fleet, job, name, twice=0):
    """Every contact was changed, its row says so, and no more was sent twice than was in flight."""
    team = fleet.teams[name]
    assert team.statuses() == {"paused"}
    assert [row["sync_code"] for row in fleet.results(job)] == ["updated"] * len(team.phones)
    assert len(team.writes) <= len(team.phones) + twice


def test_a_file_is_synced_by_a_worker_and_its_results_are_to_be_had_anywhere(fleet):
    fleet.work()
    job = fleet.submit("red", None, "--rate", "200/s")
    found = fleet.finished(job)[job]
    assert (found["exit_code"], found["calls_settled"], found["profile"]) == (0, 60, "red")
    all_is_done(fleet, job, "red")
    assert "fleet status" in fleet("results", 999, code=2)
    assert "finished already" in fleet("cancel", job, code=2)
    assert "Only one that failed" in fleet("retry", job, code=2)
    assert "red.csv" in fleet("status")


def test_a_file_that_cannot_be_used_fails_with_its_sentence_and_others_go_on(fleet):
    fleet.work()
    bad = fleet.sheet("bad.csv", [])
    bad.write_text("colour\nblue\n")
    failed = int(fleet("submit", bad, "--profile", "green"))
    job = fleet.submit("green", None, "--rate", "200/s")
    found = fleet.finished(job)
    assert found[failed]["state"] == "failed"
    assert found[failed]["exit_code"] == 2
    assert "phone" in found[failed]["reason"]
    assert "has no results" in fleet("results", failed, code=2)


def test_a_job_whose_profile_no_worker_has_waits_for_one_that_has_it(fleet):
    fleet.work()
    waits = int(fleet("submit", fleet.sheet("other.csv", fleet.teams["red"].phones), "--profile", "violet"))
    fleet.finished(fleet.submit("red", None, "--rate", "200/s"))
    assert fleet.state(waits) == "waiting"
    fleet("cancel", waits)
    assert fleet.state(waits) == "cancelled"


def test_one_key_has_one_sender_and_others_are_served_meanwhile(fleet):
    fleet.work()
    fleet.work()
    half = len(fleet.teams["red"].phones) // 2
    first = fleet.submit("red", fleet.teams["red"].phones[:half], *SLOWLY, name="first.csv")
    second = fleet.submit("red", fleet.teams["red"].phones[half:], *SLOWLY, name="second.csv")
    other = fleet.submit("blue", None, "--rate", "200/s")
    sent_at_least(fleet.teams["red"], 3)
    fleet.finished(other)
    assert len(fleet.teams["red"].writes) < half
    fleet.finished(first, second)
    order = [write.phone for write in fleet.teams["red"].writes]
    assert set(order[:half]) == set(fleet.teams["red"].phones[:half])
    assert len(order) == 2 * half


def test_an_urgent_file_goes_before_one_that_is_being_synced_which_goes_on_afterwards(fleet):
    red = fleet.teams["red"]
    fleet.work()
    nightly = fleet.submit("red", None, *SLOWLY)
    sent_at_least(red, 5)
    submitted = time.time()
    urgent = fleet.submit("red", red.phones[-3:], "--urgent", name="urgent.csv", status="DNC")
    fleet.finished(nightly, urgent)
    mine = [write.at for write in red.writes if write.phone in red.phones[-3:]]
    assert min(mine) - submitted < 10
    assert "urgent file of the same team" in fleet.said()
    assert red.statuses(red.phones[-3:]) == {"DNC"}, "the nightly file takes nobody out of it afterwards"
    assert len(red.writes) == len(red.phones)
    assert [row["sync_code"] for row in fleet.results(urgent)] == ["updated"] * 3
    assert [row["sync_code"] for row in fleet.results(nightly)] == ["updated"] * 57 + ["leaves_dnc"] * 3


def test_a_run_is_cancelled_and_taken_up_again(fleet):
    red = fleet.teams["red"]
    fleet.work()
    job = fleet.submit("red", None, *SLOWLY)
    sent_at_least(red, 5)
    fleet("cancel", job)
    eventually(lambda: fleet.state(job) == "cancelled")
    before = len(red.writes)
    assert before < 40
    codes = [row["sync_code"] for row in fleet_results(fleet, job)]
    assert codes.count("updated") == before
    assert codes.count("interrupted") == 60 - before
    fleet("retry", job)
    fleet.finished(job)
    all_is_done(fleet, job, "red")


def fleet_results(fleet, job):
    """Results of a job that did not end well."""
    fleet("results", job, "-o", fleet.home / "so-far.csv", code=130)
    with (fleet.home / "so-far.csv").open(newline="", encoding="utf-8-sig") as text:
        return list(csv.DictReader(text))


def test_after_sigterm_a_worker_puts_its_files_back_and_another_goes_on(fleet):
    first = fleet.work()
    job = fleet.submit("red", None, *SLOWLY)
    sent_at_least(fleet.teams["red"], 5)
    began = time.monotonic()
    first.terminate()
    assert first.wait(25) == 0
    assert time.monotonic() - began < 20
    assert fleet.state(job) == "waiting"
    fleet.work()
    fleet.finished(job)
    all_is_done(fleet, job, "red")


def test_after_kill_9_another_worker_goes_on(fleet):
    first = fleet.work()
    fleet.work()
    job = fleet.submit("red", None, *SLOWLY)
    sent_at_least(fleet.teams["red"], 5)
    runner = first if "begins" in fleet.said(0) else fleet.workers[1]
    runner.kill()
    fleet.finished(job, seconds=120)
    all_is_done(fleet, job, "red", twice=AT_ONCE)


def test_a_worker_that_slept_begins_no_further_write_and_ends_nobodys_job(fleet):
    fleet.work()
    fleet.work()
    red = fleet.teams["red"]
    job = fleet.submit("red", None, "--rate", "1/s", "--concurrency", AT_ONCE)
    sent_at_least(red, 5)
    runner = fleet.workers[0 if "begins" in fleet.said(0) else 1]
    runner.send_signal(signal.SIGSTOP)
    before = len(red.writes)
    eventually(lambda: len(red.writes) > before + 3, 90)  # the other one goes on
    runner.send_signal(signal.SIGCONT)
    fleet.finished(job, seconds=120)
    all_is_done(fleet, job, "red", twice=AT_ONCE)
    later = fleet.submit("red", None, "--rate", "200/s", name="later.csv")
    fleet.finished(later)
    assert runner.poll() is None


@pytest.mark.parametrize("away", [0.2, 25.0])
def test_while_the_database_is_away_nothing_leaves_and_afterwards_all_goes_on(fleet, server, away):
    fleet.work()
    red = fleet.teams["red"]
    job = fleet.submit("red", None, *SLOWLY)
    sent_at_least(red, 5)
    with server.away():
        time.sleep(away / 2)
        before = len(red.writes)
        time.sleep(away / 2)
        assert len(red.writes) == before
    fleet.finished(job, seconds=120)
    all_is_done(fleet, job, "red")
    fleet.finished(fleet.submit("green", None, "--rate", "200/s"), seconds=90)


def test_a_worker_without_profiles_or_database_says_so(fleet, server):
    assert "[profile.NAME]" in fleet("worker", code=4)
    with server.away():
        assert "Connection refused" in fleet("status", code=4)


def test_a_worker_ends_when_a_newer_version_has_come_to_the_database(fleet):
    worker = fleet.work()
    job = fleet.submit("red", None, "--rate", "2/s", "--concurrency", AT_ONCE)
    sent_at_least(fleet.teams["red"], 3)
    with psycopg.connect(fleet.address, autocommit=True) as db:
        db.execute("UPDATE bulk_sync.version SET number = number + 1")
        assert worker.wait(40) == 4
        assert "pip install --upgrade" in fleet.said()
        [(state,)] = db.execute("SELECT state FROM bulk_sync.job WHERE id = %s", (job,)).fetchall()
        assert state in {"running", "waiting"}, "nothing is lost by that"
        db.execute("UPDATE bulk_sync.version SET number = number - 1")
    fleet.work()
    fleet.finished(job, seconds=90)
    all_is_done(fleet, job, "red")
