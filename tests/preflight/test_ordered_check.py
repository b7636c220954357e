"""Ordered check: each contact is looked at just before its update's turn."""

import asyncio

import pytest

from bulk_sync.errors import Code, Interrupted
from bulk_sync.model import Outcome, ReadOk
from bulk_sync.preflight.ordered_check import AT_ONCE, OrderedCheck
from bulk_sync.release import ReadyUpdate
from tests.simulation.live_run import row
from tests.virtual_time import run

UPDATES = [row(number, at=number) for number in range(40)]


class _Queue:
    def __init__(self):
        self.released, self.settled, self.asked = {}, {}, []

    def release(self, place, ready=None):
        self.released[place] = ready

    def settle(self, place, outcome):
        self.settled[place] = outcome

    async def room(self, place):
        self.asked.append(place)
        await asyncio.sleep(0)


async def reads(path, priority):
    return ReadOk((path, priority))


def test_each_is_looked_at_in_its_turn_and_is_released_or_settled():
    async def check(update, read):
        assert (await read("/x")).value == ("/x", update.row)
        return Outcome(Code.UNCHANGED) if update.row % 2 else ReadyUpdate(update, "active")

    queue = _Queue()
    run(OrderedCheck(check).over(UPDATES, reads, queue))
    assert queue.released == {place: ReadyUpdate(UPDATES[place], "active") for place in range(0, 40, 2)}
    assert queue.settled == {place: Outcome(Code.UNCHANGED) for place in range(1, 40, 2)}
    assert queue.asked == list(range(40))


def test_no_more_are_looked_at_together_than_is_good():
    at_once = most = 0

    async def check(update, read):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(1)
        at_once -= 1
        return ReadyUpdate(update)

    run(OrderedCheck(check).over(UPDATES, reads, _Queue()))
    assert most == AT_ONCE


def test_what_ends_the_run_ends_the_look():
    async def check(update, read):
        raise Interrupted(2)

    with pytest.raises(ExceptionGroup) as raised:
        run(OrderedCheck(check).over(UPDATES, reads, _Queue()))
    assert raised.group_contains(Interrupted)
