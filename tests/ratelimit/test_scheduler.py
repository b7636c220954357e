"""bulk_sync/ratelimit/scheduler.py: who leaves next, in virtual time."""

import asyncio

import pytest

from bulk_sync.ratelimit.buckets import Buckets
from bulk_sync.ratelimit.budget import Budget
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.ratelimit.scheduler import Scheduler, percentiles
from tests.virtual_time import run


class Line:
    """A scheduler, the order in which workers left, and when."""

    def __init__(self, ceiling="2/10s", most_in_flight=32):
        self.clock = asyncio.get_running_loop().time
        self.began = self.clock()
        rate = Rate.parse(ceiling)
        budget = Buckets(lambda: Budget(ceiling=rate, assumed=rate, most_in_flight=most_in_flight))
        self.waits = []
        self.scheduler = Scheduler(budget, clock=self.clock, waits=lambda seconds: self.waits.append(round(seconds)))
        self.left = []

    async def worker(self, name, priority, takes=0.5, method="POST"):
        departure = await self.scheduler.departure(priority, method)
        self.left.append((name, round(departure.moment - self.began, 2)))
        await asyncio.sleep(takes)
        self.reply(departure)

    def reply(self, departure, headers=None, refused=False):
        self.scheduler.arrived(departure, 429 if refused else 200, headers or {})


def test_departures_go_by_priority_and_then_by_who_came_first():
    async def main():
        line = Line()
        async with asyncio.TaskGroup() as group:
            for name, priority in [("first", 9), ("c", 5), ("a", 1), ("b", 1), ("d", 5)]:
                group.create_task(line.worker(name, priority))
                await asyncio.sleep(0)
        return line.left

    assert [name for name, _ in run(main())] == ["first", "a", "b", "c", "d"]


def test_each_long_wait_for_the_budget_is_told_once_and_short_ones_are_not():
    async def main(ceiling):
        line = Line(ceiling)
        async with asyncio.TaskGroup() as group:
            for at in range(6):
                group.create_task(line.worker(at, 1))
        return line.waits

    assert run(main("2/10s")) == [10, 10]
    assert run(main("2/3s")) == []


def test_a_wait_for_a_window_of_hours_is_told_in_a_sentence():
    async def main(ceiling):
        line, told = Line(ceiling), []
        line.scheduler._tell = told.append
        async with asyncio.TaskGroup() as group:
            for at in range(3):
                group.create_task(line.worker(at, 1))
        return told

    assert run(main("2/h")) == ["The rate limit is used up. The run goes on in 1 h."]
    assert run(main("2/5min")) == []


def test_where_one_method_must_wait_another_passes_and_priority_decides_between_those_that_may():
    class PutsWait(Buckets):
        def next_departure(self, now, method):
            return max(super().next_departure(now, method), self.opens if method == "PUT" else now)

    async def main():
        line = Line("1000/s", most_in_flight=1)
        budget = PutsWait(lambda: Budget(ceiling=None, assumed=Rate(1000, 1.0), most_in_flight=1))
        budget.opens = line.clock() + 5
        line.scheduler = Scheduler(budget, clock=line.clock)
        async with asyncio.TaskGroup() as group:
            for name, priority, method in [("put", 1, "PUT"), ("c", 3, "POST"), ("a", 2, "POST"), ("b", 2, "POST")]:
                group.create_task(line.worker(name, priority, takes=2.0, method=method))
                await asyncio.sleep(0)
            await asyncio.sleep(5.5)
            group.create_task(line.worker("late", 0, method="POST"))
        return line.left

    assert [name for name, _ in run(main())] == ["c", "a", "b", "late", "put"]


@pytest.mark.parametrize("was_given_its_turn", [False, True])
def test_a_worker_that_is_cancelled_does_not_hold_up_the_others(was_given_its_turn):
    async def main():
        line = Line()
        sent = await line.scheduler.departure(0, "POST")
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
        await line.scheduler.departure(0, "POST")
        waiting = asyncio.create_task(line.scheduler.departure(1, "POST"))
        await asyncio.sleep(0)
        line.scheduler.close(RuntimeError("stopped"))
        with pytest.raises(RuntimeError, match="stopped"):
            await waiting
        with pytest.raises(RuntimeError, match="stopped"):
            await line.scheduler.departure(2, "POST")
        return line.scheduler._timer

    assert run(main()) is None


def test_percentiles_are_those_of_all_replies():
    assert percentiles([]) == {}
    assert percentiles([0.0]) == {"p50": 0.0, "p95": 0.0, "p99": 0.0}
    assert percentiles([float(each) for each in reversed(range(1, 1001))]) == {"p50": 500.0, "p95": 950.0, "p99": 990.0}
