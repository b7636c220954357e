"""Release queue: which update leaves next, of those that may?"""

import asyncio

import pytest

from bulk_sync.errors import Interrupted, LimitReached, ProgramFault
from bulk_sync.model import Change, Update
from bulk_sync.send.release_queue import FEWEST, ReleaseQueue, looked_over
from bulk_sync.send.stop_rules import Stop
from tests.virtual_time import run

UPDATES = [Update(10 * place, Change("paused"), phone=f"+1415555{place:04d}") for place in range(200)]


@pytest.fixture
def gated():
    """Runs a coroutine function of a gate, its stop and what it settled."""

    def trial(test):
        async def main():
            settled, stop = [], Stop()
            gate = ReleaseQueue(UPDATES, lambda update, outcome: settled.append((update.row, outcome.code)), stop)
            return await asyncio.wait_for(test(gate, stop, settled), 60)

        return run(main())

    return trial


class _Pace:
    """Updates leave one a second, the next of them in `wait` seconds."""

    def __init__(self, wait=0.0, rate=0.1):
        self.wait, self.per_second = wait, rate
        self.began = None

    def opens_in(self):
        now = asyncio.get_running_loop().time()
        self.began = self.began or now
        return max(0.0, self.began + self.wait - now)

    def rate(self):
        return self.per_second


def test_so_many_are_looked_at_before_their_turn_and_no_more(gated):
    async def test(gate, stop, settled):
        gate._pace = _Pace()
        for place in range(FEWEST):
            await gate.room(place)
        far = asyncio.ensure_future(gate.room(FEWEST))
        await asyncio.sleep(1)
        waited = not far.done()
        gate.left(3)
        await far
        return waited

    assert gated(test) is True


def test_where_updates_wait_for_their_window_looks_wait_as_well(gated):
    async def test(gate, stop, settled):
        gate._pace = _Pace(wait=50.0)
        began = asyncio.get_running_loop().time()
        await gate.room(0)
        return asyncio.get_running_loop().time() - began

    assert 30 < gated(test) < 41


@pytest.mark.parametrize("before", [True, False])
def test_who_waits_for_room_hears_that_the_run_has_ended(gated, before):
    async def test(gate, stop, settled):
        gate._pace = _Pace()
        for place in range(FEWEST):
            await gate.room(place)
        if before:
            stop.because(Interrupted(2))
        far = asyncio.ensure_future(gate.room(100))
        await asyncio.sleep(1)
        stop.because(Interrupted(2))
        with pytest.raises(Interrupted):
            await far

    gated(test)


class _Look:
    def __init__(self, act):
        self.act = act

    async def over(self, updates, read, gate):
        await self.act(gate)


def looked(gated, act):
    async def test(gate, stop, settled):
        await looked_over(_Look(act), UPDATES, None, gate, stop)
        return stop.reason, await gate.take()

    return gated(test)


def test_what_ends_the_look_ends_the_run(gated):
    async def act(gate):
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    async def fail():
        raise LimitReached("Stopped at 06:30 (--until).")

    reason, due = looked(gated, act)
    assert isinstance(reason, LimitReached)
    assert due is None


def test_a_fault_of_ours_in_the_look_is_not_hidden(gated):
    async def act(gate):
        raise KeyError("ours")

    reason, due = looked(gated, act)
    assert isinstance(reason, ProgramFault)
    assert isinstance(reason.cause, KeyError)
    assert due is None
