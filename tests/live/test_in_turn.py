"""How is each contact looked at just before its update's turn?"""

import asyncio

import pytest

from bulk_sync.clearing import Cleared
from bulk_sync.errors import Code, Interrupted
from bulk_sync.live.in_turn import InTurn
from bulk_sync.model import Content, Outcome
from tests.simulation.live_run import row
from tests.virtual_time import run

UPDATES = [row(number, at=number) for number in range(20)]


class _Gate:
    def __init__(self):
        self.passed, self.settled, self.asked = {}, {}, []

    def passes(self, place, cleared=None):
        self.passed[place] = cleared

    def settles(self, place, outcome):
        self.settled[place] = outcome

    async def nears(self, place, ahead):
        self.asked.append((place, ahead))
        await asyncio.sleep(0)


async def reads(path, priority):
    return Content((path, priority))


def test_each_is_looked_at_in_its_turn_and_passes_or_is_settled():
    async def check(update, read):
        assert (await read("/x")).value == ("/x", update.row)
        return Outcome(Code.UNCHANGED) if update.row % 2 else Cleared(update, "active")

    gate = _Gate()
    run(InTurn(check, ahead=3).over(UPDATES, reads, gate))
    assert gate.passed == {place: Cleared(UPDATES[place], "active") for place in range(0, 20, 2)}
    assert gate.settled == {place: Outcome(Code.UNCHANGED) for place in range(1, 20, 2)}
    assert gate.asked == [(place, 3) for place in range(20)]


def test_no_more_are_looked_at_together_than_may_be_ahead():
    at_once = most = 0

    async def check(update, read):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(1)
        at_once -= 1
        return Cleared(update)

    run(InTurn(check, ahead=3).over(UPDATES, reads, _Gate()))
    assert most == 3


def test_what_ends_the_run_ends_the_look():
    async def check(update, read):
        raise Interrupted(2)

    with pytest.raises(ExceptionGroup) as raised:
        run(InTurn(check, ahead=3).over(UPDATES, reads, _Gate()))
    assert raised.group_contains(Interrupted)
