import asyncio

import pytest

from bulk_sync.errors import ApiAway, Interrupted, KeyRefused, TooManyErrors
from bulk_sync.send.stop_rules import Stop


def test_the_first_reason_counts():
    stop = Stop()
    stop.check()
    stop.because(KeyRefused("first"))
    stop.because(Interrupted(2))
    assert str(stop.reason) == "first"
    with pytest.raises(KeyRefused, match="first"):
        stop.check()


def test_each_listener_is_told_once():
    stop, told = Stop(), []
    stop.tell(told.append)
    stop.tell(told.append)
    reason = TooManyErrors("x")
    stop.because(reason)
    stop.because(ApiAway("y"))
    assert told == [reason, reason]


def test_a_listener_that_comes_late_is_told_too():
    stop, told = Stop(), []
    reason = TooManyErrors("x")
    stop.because(reason)
    stop.tell(told.append)
    assert told == [reason]


def test_a_pause_is_a_pause():
    asyncio.run(Stop().pause(0))


def test_a_pause_ends_as_soon_as_the_run_stops():
    async def main():
        stop = Stop()
        sleeping = asyncio.ensure_future(stop.pause(3600))
        await asyncio.sleep(0)
        assert not sleeping.done()
        stop.because(KeyRefused("refused"))
        with pytest.raises(KeyRefused):
            await sleeping

    asyncio.run(main())


def test_no_pause_begins_after_the_run_stopped():
    async def main():
        stop = Stop()
        stop.because(KeyRefused("refused"))
        with pytest.raises(KeyRefused):
            await stop.pause(3600)

    asyncio.run(main())
