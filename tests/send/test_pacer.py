"""bulk_sync/send/pacer.py: who leaves next, in virtual time."""

import asyncio
import math

import pytest

from bulk_sync.send.budget import Budget
from bulk_sync.send.exchange import ReplyNews
from bulk_sync.send.pacer import Pacer
from bulk_sync.send.rate import Rate
from tests.virtual_time import run


class Line:
    """A pacer, the order in which workers left, and when."""

    def __init__(self, ceiling="2/10s", most_in_flight=32):
        self.clock = asyncio.get_running_loop().time
        self.began = self.clock()
        rate = Rate.parse(ceiling)
        self.pacer = Pacer(Budget(ceiling=rate, assumed=rate, most_in_flight=most_in_flight), clock=self.clock)
        self.left = []

    async def worker(self, name, priority, takes=0.5):
        sent = await self.pacer.departure(priority)
        self.left.append((name, round(sent - self.began, 2)))
        await asyncio.sleep(takes)
        self.reply(sent)

    def reply(self, sent, headers=None, refused=False):
        now = self.clock()
        self.pacer.arrived(ReplyNews(sent, now, 1.79e9 + now, headers or {}, refused=refused))


def test_departures_go_by_priority_and_then_by_who_came_first():
    async def main():
        line = Line()
        async with asyncio.TaskGroup() as group:
            for name, priority in [("first", 9), ("c", 5), ("a", 1), ("b", 1), ("d", 5)]:
                group.create_task(line.worker(name, priority))
                await asyncio.sleep(0)
        return line.left

    assert [name for name, _ in run(main())] == ["first", "a", "b", "c", "d"]


def test_waiting_for_a_window_takes_one_timer_and_no_polling():
    async def main():
        line = Line()
        asked = []
        budget = line.pacer._budget
        ask = budget.next_departure
        budget.next_departure = lambda now: asked.append(now) or ask(now)
        async with asyncio.TaskGroup() as group:
            for number in range(6):
                group.create_task(line.worker(number, number))
        return line.left, len(asked)

    left, asked = run(main())
    moments = [moment for _, moment in left]
    assert moments == pytest.approx([0, 0.5, 10.5, 11.0, 21.0, 21.5], abs=0.05)
    assert asked < 40


@pytest.mark.parametrize("was_given_its_turn", [False, True])
def test_a_worker_that_is_cancelled_does_not_hold_up_the_others(was_given_its_turn):
    async def main():
        line = Line()
        sent = await line.pacer.departure(0)
        gone = asyncio.create_task(line.worker("gone", 1))
        stays = asyncio.create_task(line.worker("stays", 2))
        await asyncio.sleep(0)
        if was_given_its_turn:
            line.reply(sent)  # the turn is given to `gone`, which has not woken yet
        gone.cancel()
        if not was_given_its_turn:
            await asyncio.sleep(0)
            line.reply(sent)
        await stays
        return line.left

    assert [name for name, _ in run(main())] == ["stays"]


def test_closing_gives_the_error_to_those_who_wait_and_those_who_come_later():
    async def main():
        line = Line()
        await line.pacer.departure(0)
        waiting = asyncio.create_task(line.pacer.departure(1))
        await asyncio.sleep(0)
        line.pacer.close(RuntimeError("stopped"))
        with pytest.raises(RuntimeError, match="stopped"):
            await waiting
        with pytest.raises(RuntimeError, match="stopped"):
            await line.pacer.departure(2)
        return line.pacer._timer

    assert run(main()) is None


def test_a_lost_reply_lets_the_next_worker_go():
    async def main():
        line = Line()
        sent = await line.pacer.departure(0)
        waiting = asyncio.create_task(line.pacer.departure(1))
        await asyncio.sleep(3)
        assert not waiting.done()
        line.pacer.lost(sent)
        return await waiting - line.began

    assert run(main()) == pytest.approx(3.0)


def test_the_most_in_flight_holds_whatever_the_budget_allows():
    async def main():
        line = Line(ceiling="1000/s", most_in_flight=3)
        headers = {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "900", "x-ratelimit-reset": "60"}
        line.reply(await line.pacer.departure(0), headers)
        waiting = [asyncio.create_task(line.pacer.departure(number)) for number in range(10)]
        await asyncio.sleep(1)
        left = sum(each.done() for each in waiting)
        line.pacer.close(RuntimeError())
        await asyncio.gather(*waiting, return_exceptions=True)
        return left

    assert run(main()) == 3


def test_a_budget_that_only_a_reply_can_open_sets_no_timer():
    async def main():
        line = Line()
        sent = await line.pacer.departure(0)
        waiting = asyncio.create_task(line.pacer.departure(1))
        await asyncio.sleep(0)
        assert line.pacer._budget.next_departure(line.clock()) == math.inf
        assert line.pacer._timer is None
        line.reply(sent)
        await waiting

    run(main())
