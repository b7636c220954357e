"""How are many updates sent at once, and what ends it?"""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.errors import Code, KeyRefused
from bulk_sync.model import Change, Outcome, Update
from bulk_sync.send.config import ENOUGH_TO_JUDGE, ErrorThreshold
from bulk_sync.send.engine import deliver
from bulk_sync.send.release_queue import ReleaseQueue
from bulk_sync.send.stop_rules import Stop

DONE = Outcome(Code.UPDATED, attempts=1)


def updates(count):
    return [Update(row, Change("paused"), phone=f"+1415555{row:04d}") for row in range(count)]


class Line:
    """Settles each update with `fate(row)`, after a few turns of the loop; looks at who is on the way."""

    def __init__(self, fate=lambda _row: DONE, turns=2):
        self.stop, self.fate, self.turns = Stop(), fate, turns
        self.left, self.recorded, self.flying, self.most = [], {}, 0, 0

    async def settle(self, due):
        priority, update, _ = due
        self.stop.check()  # as the budget does: nobody leaves after the run stopped
        self.left.append((priority, update.row))
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            for _ in range(self.turns):
                await asyncio.sleep(0)
            return self.fate(update.row)
        finally:
            self.flying -= 1

    async def record(self, update, outcome):
        assert update.row not in self.recorded
        self.recorded[update.row] = outcome

    def run(self, count, workers=4, record=None):
        asyncio.run(self._delivered(count, workers, record or self.record))
        return self

    async def _delivered(self, count, workers, record):
        queue = ReleaseQueue(updates(count), None, self.stop)
        queue.release_all()
        await deliver(queue, self.settle, record, workers=workers, stop=self.stop)


def raising(reason, at):
    def fate(row):
        if row == at:
            raise reason
        return DONE

    return fate


@pytest.mark.parametrize("workers", [1, 4, 16])
def test_after_the_stop_what_is_on_its_way_is_recorded_and_nothing_else_leaves(workers):
    line = Line(raising(KeyRefused("x"), at=0)).run(100, workers)
    assert [row for _, row in line.left] == list(range(workers))
    assert sorted(line.recorded) == list(range(1, workers))


@pytest.mark.parametrize(
    ("rows", "share", "failed", "settled", "exceeded"),
    [
        (10, None, 9, 9, False),
        (10, None, 10, 10, True),
        (10, None, 10, 100_000, True),
        (10, None, 11, 11, True),
        (1, None, 1, 1, True),
        (0, None, 1, 1, True),
        (None, 0.2, 49, 49, False),
        (None, 0.2, 50, 50, True),
        (None, 0.2, 11, 50, True),
        (None, 0.2, 9, 50, False),
        (None, 0.2, 10, 50, True),
        (None, 0.2, 199, 1000, False),
        (None, 0.2, 201, 1000, True),
        (None, 0.0, 1, 1, False),
        (None, 0.0, 1, 50, True),
        (None, None, 999, 999, False),
    ],
)
def test_how_many_failures_are_too_many(rows, share, failed, settled, exceeded):
    assert ErrorThreshold(rows, share).exceeded(failed, settled) is exceeded
    assert ENOUGH_TO_JUDGE == 50


@settings(deadline=None)
@given(st.lists(st.sampled_from(["done", "failed", "stop"]), max_size=30), st.integers(1, 8), st.integers(0, 4))
def test_however_it_ends_nothing_is_recorded_twice_and_nothing_lost_that_was_settled(fates, workers, turns):
    settled = []

    def fate(row):
        if fates[row] == "stop":
            raise KeyRefused(str(row))
        settled.append(row)
        return DONE if fates[row] == "done" else Outcome(Code.REJECTED)

    line = Line(fate, turns).run(len(fates), workers)
    assert sorted(line.recorded) == sorted(settled)
    if "stop" not in fates:
        assert len(line.recorded) == len(fates)
    else:
        assert line.stop.reason is not None
