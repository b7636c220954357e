"""What does a worker note of jobs that others have begun meanwhile, that were cancelled, or that nobody knows?"""

import asyncio
import time
from contextlib import closing

import click.testing
import pytest

from bulk_sync.cli.root import root
from bulk_sync.fleet import worker as working
from bulk_sync.fleet.job_run import Ending
from bulk_sync.fleet.job_table import JobTable
from bulk_sync.fleet.submission import cancelled, options_of, retried, submitted
from bulk_sync.fleet.worker import Worker
from bulk_sync.send.signals import Cancellation
from bulk_sync.settings import Settings

YIELDS = Ending("failed", 5, "Stopped to let an urgent file go first.", goes_on=True)
FAILS = Ending("failed", 3, "Stopped: 20 of 50 rows failed.")


@pytest.fixture
def table(shared):
    with closing(JobTable(shared)) as table:
        yield table


@pytest.fixture
def submit(shared, tmp_path):
    def submit():
        path = tmp_path / "list.csv"
        path.write_text("phone,status\n+14155550000,paused\n")
        return submitted(shared, "red", path, options_of(Settings(str(path))))

    return submit


def with_worker(place, do):
    """Do something with a worker, which has an event loop of its own; what it said."""
    said = []

    async def go():
        worker = Worker(place, ["red"], 1, said.append)
        with closing(worker._table), closing(worker._looks):
            await do(worker)

    asyncio.run(go())
    return said


def test_a_part_that_was_overtaken_leaves_the_job_as_it_is_and_cancel_reaches_the_other(shared, table, submit):
    job = submit()

    async def do(worker):
        begun, _ = table.begin(job, table.find(job).number)
        worker._put_back(table, job)  # by another worker, which begins it
        table.begin(job, table.find(job).number)
        for ending in (YIELDS, FAILS):
            worker._note(begun, ending, lambda _: None)
            assert table.find(job).state == "running"

    with_worker(shared, do)
    cancelled(table, job)
    assert table.asked_of([job])[0] == {job}


def test_a_job_that_was_cancelled_once_is_not_cancelled_by_that_in_a_later_part(shared, table, submit, monkeypatch):
    job = submit()
    endings = iter([FAILS, YIELDS])
    monkeypatch.setattr(working, "carry_out", lambda *_: next(endings))

    async def do(worker):
        worker._cancelled.add(job)
        worker._carry_out(job, table.find(job).number, Cancellation())
        assert table.find(job).state == "failed"
        worker._cancelled.add(job)
        assert retried(table, job)
        worker._carry_out(job, table.find(job).number, Cancellation())
        assert table.find(job).state == "waiting"

    with_worker(shared, do)


def test_a_job_that_is_to_end_is_cancelled_when_it_is_begun(shared, table, submit):
    job = submit()
    table.is_to_end(job)

    async def do(worker):
        worker._carry_out(job, table.find(job).number, Cancellation())

    assert with_worker(shared, do) == [f"Job {job}: Cancelled."]
    assert table.find(job).state == "cancelled"


def test_what_fails_outside_of_a_run_ends_the_job_with_a_reason_that_is_told(shared, table, submit, monkeypatch):
    def fails(*_):
        raise RuntimeError("somebody's number")

    job = submit()
    monkeypatch.setattr(working, "carry_out", fails)

    async def do(worker):
        worker._carry_out(job, table.find(job).number, Cancellation())

    _, said = with_worker(shared, do)
    assert "RuntimeError" in said
    assert table.find(job).state == "failed"
    assert "somebody" not in table.find(job).reason


def test_a_job_of_which_its_worker_gives_a_sign_is_nobody_elses(table, submit):
    job = submit()
    table.begin(job, 10**9)  # its entry in the queue is gone
    time.sleep(0.4)
    table.asked_of([job])
    assert table.lost(0.3) == []
    time.sleep(0.4)
    assert table.lost(0.3, but=[job]) == []
    assert [found.id for found in table.lost(0.3)] == [job]


def test_a_worker_that_ends_puts_no_lost_jobs_back(shared, table, submit, monkeypatch):
    job = submit()
    table.begin(job, 10**9)
    monkeypatch.setattr(working, "LOST", 0.1)

    async def do(worker):
        worker._alive_since = time.monotonic() - 1000
        await asyncio.sleep(0.2)
        worker._stop.set()
        await worker._mend()
        assert table.find(job).number == 10**9

    with_worker(shared, do)


def test_what_the_queues_worker_ends_by_is_told_once_until_it_was_well(shared):
    async def do(worker):
        for lasted in (0.1, 0.1, 100.0):
            worker._tell_of_the_queue(ValueError("no room"), lasted)

    said = with_worker(shared, do)
    assert len(said) == 2
    assert "ValueError: no room" in said[0]


def test_a_status_says_how_many_jobs_it_does_not_show(shared, table, monkeypatch):
    for _ in range(4):
        add = "INSERT INTO job (profile, name, body, options, urgent) VALUES ('red', 'a.csv', ?, '{}', false)"
        table.session.execute(add, (b"",))
    monkeypatch.setattr("bulk_sync.cli.fleet.MOST_SHOWN", 3)
    monkeypatch.setenv("BULK_SYNC_LEDGER", shared.address)
    done = click.testing.CliRunner().invoke(root, ["fleet", "status", "--json"])
    assert done.exit_code == 0
    assert "1 more jobs are not shown. Of all 4, 4 wait and 0 run." in done.output
