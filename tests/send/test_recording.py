"""When are outcomes written down? With a real thread; time passes only where a test says so."""

import asyncio
import threading

import pytest

from bulk_sync.errors import Code, Stopped
from bulk_sync.model import Change, Outcome, Update
from bulk_sync.send import recording as module
from bulk_sync.send.engine import deliver
from bulk_sync.send.recording import Recording
from bulk_sync.send.release_queue import ReleaseQueue
from bulk_sync.send.stop_rules import Stop

DONE = Outcome(Code.UPDATED)


class DiskFull(Stopped):
    pass


FULL = DiskFull("full")


def update(row):
    return Update(row, Change("paused"), phone="+14155550000")


class Disk:
    """Keeps batches of rows, in its own thread, when `free` is set; fails for the rows in `fails`."""

    def __init__(self, fails=(), error=FULL):
        self.batches, self.told, self.threads = [], [], set()
        self.fails, self.error = fails, error
        self.free = threading.Event()
        self.free.set()

    def keep(self, batch):
        assert self.free.wait(10)
        self.threads.add(threading.get_ident())
        rows = [update.row for update, _ in batch]
        if set(rows) & set(self.fails):
            raise self.error
        self.batches.append(rows)

    def tell(self, kept):
        rows = [update.row for update, _ in kept]
        assert set(rows) <= {row for batch in self.batches for row in batch}
        self.told += rows


def recorded(disk, main):
    """What `main(record, recording)` gives, and why the run stopped, if it did."""

    async def run():
        stop = Stop()
        async with Recording(disk.keep, disk.tell, stop) as recording:
            found = await main(lambda row: recording.record(update(row), DONE))
        return found, stop.reason

    return asyncio.run(run())


def test_what_comes_in_one_turn_or_while_the_disk_is_busy_is_kept_together_and_in_its_order():
    disk = Disk()
    disk.free.clear()

    async def main(record):
        first = [record(row) for row in range(5)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        later = [record(row) for row in range(5, 12)]
        disk.free.set()
        await asyncio.gather(*first, *later)

    recorded(disk, main)
    assert disk.batches == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11]]
    assert disk.told == list(range(12))


def test_where_enough_of_them_wait_they_wait_no_longer(monkeypatch):
    monkeypatch.setattr(module, "APART", 3600.0)
    monkeypatch.setattr(module, "ENOUGH", 5)
    disk = Disk()

    async def main(record):
        await record(0)
        await asyncio.gather(*map(record, range(1, 6)))

    recorded(disk, main)
    assert disk.batches == [[0], [1, 2, 3, 4, 5]]


def test_one_that_cannot_be_kept_takes_no_other_with_it():
    disk = Disk(fails=[1])

    async def main(record):
        return await asyncio.gather(*map(record, range(3)), return_exceptions=True)

    found, reason = recorded(disk, main)
    assert found == [None, disk.error, None]
    assert disk.told == [0, 2]
    assert reason is disk.error


def test_a_fault_of_the_program_is_not_swallowed():
    async def main(record):
        record(0).cancel()

    with pytest.raises(ZeroDivisionError):
        recorded(Disk(fails=[0], error=ZeroDivisionError()), main)


def test_while_outcomes_are_not_kept_no_more_calls_leave_than_there_are_workers():
    """What a kill -9 leaves unknown: never more than is in flight."""
    disk = Disk()
    disk.free.clear()
    settled = []

    async def settle(due):
        settled.append(due[1].row)
        return DONE

    async def run():
        stop = Stop()
        async with Recording(disk.keep, disk.tell, stop) as recording:
            source = ReleaseQueue([update(row) for row in range(50)], None, stop)
            source.release_all()
            work = asyncio.ensure_future(deliver(source, settle, recording.record, workers=4, stop=stop))
            for _ in range(100):
                await asyncio.sleep(0)
            assert settled == [0, 1, 2, 3]
            disk.free.set()
            await work

    asyncio.run(run())
    assert sorted(disk.told) == sorted(settled) == list(range(50))
