"""Which limits does a run set itself, and when are they reached? In virtual time."""

import time

import pytest

from bulk_sync.errors import Code, LimitReached
from bulk_sync.send.config import Limits

from .sending_line import WALL, SendingLine


@pytest.mark.parametrize("workers", [1, 32])
@pytest.mark.parametrize("seconds", [1.0, 30.0, 61.0, 100.0])
def test_a_run_stops_when_its_time_is_over_also_out_of_a_wait(workers, seconds):
    line = SendingLine(rows=900, rate="30/min", workers=workers, limits=Limits(seconds=seconds))
    assert isinstance(line.reason, LimitReached)
    assert line.reason.exit_code == 5
    assert line.reason.code is Code.DEADLINE
    assert seconds <= line.took <= seconds + 0.1
    assert 30 <= len(line.outcomes) == len(line.calls) <= 60


@pytest.mark.parametrize(
    ("jumps", "earliest", "latest"),
    [
        ((), 3600, 3600.1),
        (((100, 3000),), 600, 630),  # the clock was set, or the computer slept
        (((100, -600),), 4200, 4230),
        (((100, 90_000),), 100, 130),
    ],
)
def test_a_time_of_day_goes_by_the_clock_on_the_wall(jumps, earliest, latest):
    line = SendingLine(rows=4000, rate="30/min", limits=Limits(until=WALL + 3600), wall_jumps=jumps)
    assert isinstance(line.reason, LimitReached)
    assert earliest <= line.took <= latest
    assert time.strftime("%H:%M", time.localtime(WALL + 3600)) in str(line.reason)


@pytest.mark.parametrize("workers", [1, 7, 32])
@pytest.mark.parametrize("most", [1, 29, 30, 31, 64])
def test_never_more_writes_leave_than_allowed(workers, most):
    line = SendingLine(rows=100, rate="30/min", workers=workers, limits=Limits(writes=most))
    assert isinstance(line.reason, LimitReached)
    assert len(line.calls) == len(line.outcomes) == most
    assert line.took <= (most - 1) // 30 * 60 + 2, "it waited for a window that was of no use"
    assert "--max-writes" in str(line.reason)


def test_a_limit_is_named_as_it_was_set():
    assert "1 h" in str(SendingLine(rows=4000, rate="30/min", limits=Limits(seconds=3600)).reason)
    assert "1 write " in str(SendingLine(rows=3, limits=Limits(writes=1)).reason)
    assert "1,000 writes" in str(SendingLine(rows=1001, limits=Limits(writes=1000)).reason)
